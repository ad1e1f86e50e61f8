"""Cross-validation grouped by topic file: no encoder, head or floor ever saw the file of a message that it
reads.

The predictions are turned into labels by ``signpost.understanding.read.read``, as the running bot's are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from spacy.language import Language

from signpost.errors import SignpostError
from signpost.learning.evaluation.costs import choose_thresholds
from signpost.learning.evaluation.measure import Predicted, true_situation
from signpost.routing import Situation
from signpost.routing.services import CHILDLINE, SAMARITANS
from signpost.understanding.decision import Reading, Understanding, read_understanding
from signpost.understanding.features import Encode, part_rows, whole_rows
from signpost.understanding.floor import QUESTIONS, Floor
from signpost.understanding.heads import Heads, calibrate, known, probabilities, truth
from signpost.understanding.labels import LabelledMessage, data_hash
from signpost.understanding.read import Evidence, read
from signpost.understanding.words import Words, read_words

FOLDS = 3
SEED = 42
# As in config.yml.
INTENT_SETTINGS = {"class_weight": "balanced", "max_iter": 150, "tol": 1e-4, "random_state": 42}
# A part whose score is less than this above the whole's changes nothing that could be seen.
MIN_RISE = 0.05


class EvaluationError(SignpostError):
    """What an evaluation rests on is missing or cannot be read."""


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of messages by models that did not see their topic file.

    ``rows`` are the messages that were predicted, shape (predicted,); ``whole`` and ``parts`` (predicted,
    outputs), ``floor`` (predicted, questions) and ``intent_danger`` (predicted,) are in the same order.
    """

    rows: np.ndarray
    whole: np.ndarray
    parts: np.ndarray
    floor: np.ndarray
    intent_danger: np.ndarray

    def save(self, path: Path, messages: Sequence[LabelledMessage]) -> None:
        """Keep them with the hash of the messages that they belong to."""
        # Where a message has no parts, or they show no more than the whole, nothing is kept of them.
        rise = np.maximum(self.parts - self.whole, 0.0)
        np.savez_compressed(
            path,
            rows=self.rows.astype(np.int32),
            data=np.array(data_hash(messages)),
            whole=self.whole.astype(np.float16),
            rise=np.where(rise > MIN_RISE, rise, 0.0).astype(np.float16),
            floor=self.floor.astype(np.float16),
            intent_danger=self.intent_danger.astype(np.float16),
        )

    @staticmethod
    def join(folds: Sequence[OutOfFold]) -> OutOfFold:
        """All folds' predictions as one."""
        names = ("rows", "whole", "parts", "floor", "intent_danger")
        return OutOfFold(*(np.concatenate([getattr(fold, name) for fold in folds]) for name in names))


def load_out_of_fold(path: Path, messages: Sequence[LabelledMessage]) -> OutOfFold | None:
    """Predictions saved by the last `make tune`.

    None if there are none or the messages have changed since.

    Raises:
        EvaluationError: the file cannot be read.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as saved:
            if str(saved["data"]) != data_hash(messages):
                return None
            whole = saved["whole"].astype(np.float64)
            return OutOfFold(
                saved["rows"],
                whole,
                whole + saved["rise"].astype(np.float64),
                saved["floor"].astype(np.float64),
                saved["intent_danger"].astype(np.float64),
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise EvaluationError(f"{path} cannot be read: restore it or run `make tune`. ({error})") from error


def load_understanding(folder: Path) -> Understanding | None:
    """Calibration and thresholds of the last `make tune`, or None if there are none.

    Raises:
        EvaluationError: the file cannot be read.
    """
    path = folder / "calibration.json"
    if not path.exists():
        return None
    try:
        return read_understanding(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} cannot be read: restore it or run `make tune`. ({error})") from error


def folds_of(messages: Sequence[LabelledMessage]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows to predict, a pair a fold; no topic file is on both sides.

    Topics that are asked about are spread over the folds, so that each can be learned in every fold.
    """
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    kinds = [next(iter(sorted(message.any_of["asks"])), message.one_of["scope"]) for message in messages]
    return list(splitter.split(messages, kinds, groups=[message.topic for message in messages]))


@dataclass(frozen=True)
class FoldModels:
    """What was fitted on the learned rows of one fold; it has never seen the topic files of the ``unseen``
    rows."""

    unseen: np.ndarray
    encode: Encode
    heads: Heads
    floor: Floor
    intents: LogisticRegression

    def intent_chances(self, rows: np.ndarray, intent: str) -> np.ndarray:
        """How likely an intent is, shape (messages,)."""
        chances = self.intents.predict_proba(rows)
        return np.asarray(chances[:, list(self.intents.classes_).index(intent)])

    def predict(self, messages: Sequence[LabelledMessage], words: Sequence[Words]) -> OutOfFold:
        """Predictions of the unseen rows; ``words`` are those of all messages."""
        own_words = [words[row] for row in self.unseen]
        rows = whole_rows(self.encode, own_words)
        whole = self.heads.scores(rows)
        parts = whole.copy()
        part_features, owner = part_rows(self.encode, own_words)
        if len(owner):
            scores = self.heads.scores(part_features)
            for number in np.unique(owner):
                parts[number] = scores[owner == number].max(axis=0)
        floor = self.floor.chances([entry.folded for entry in own_words])
        return OutOfFold(self.unseen, whole, parts, floor, self.intent_chances(rows, "report_danger"))


def fit_folds(
    messages: Sequence[LabelledMessage],
    words: Sequence[Words],
    encoder_of: Callable[[np.ndarray], Encode],
    *,
    folds: int = FOLDS,
) -> Iterator[FoldModels]:
    """The one loop over folds.

    Args:
        encoder_of: gives the encoder for the rows that are learned from, shape (learned,).
    """
    for learned, unseen in folds_of(messages)[:folds]:
        encode = encoder_of(learned)
        learn, learn_words = [messages[row] for row in learned], [words[row] for row in learned]
        rows = whole_rows(encode, learn_words)
        intents = LogisticRegression(**INTENT_SETTINGS).fit(rows, [message.intent for message in learn])
        floor = Floor.fit([entry.folded for entry in learn_words], learn)
        yield FoldModels(unseen, encode, Heads.fit(rows, learn), floor, intents)


def predict_folds(
    messages: Sequence[LabelledMessage],
    words: Sequence[Words],
    encoder_of: Callable[[np.ndarray], Encode],
    *,
    folds: int = FOLDS,
) -> Iterator[OutOfFold]:
    """Predictions fold by fold."""
    for models in fit_folds(messages, words, encoder_of, folds=folds):
        yield models.predict(messages, words)


def readings(predictions: OutOfFold, words: Sequence[Words], understanding: Understanding) -> list[Reading]:
    """What the predictions come to, as the pipeline reads them; ``words`` are those of the predicted
    messages."""
    found = []
    for number, entry in enumerate(words):
        evidence = Evidence(
            entry,
            predictions.whole[number],
            predictions.parts[number],
            dict(zip(QUESTIONS, map(float, predictions.floor[number]))),
            float(predictions.intent_danger[number]),
        )
        found.append(read(evidence, understanding.calibration, understanding.thresholds))
    return found


def read_out_of_fold(
    predictions: OutOfFold,
    all_messages: Sequence[LabelledMessage],
    understanding: Understanding,
    nlp: Language,
    lines: Callable[[Situation, str], tuple[str, ...]] = lambda situation, urgency: (),
) -> tuple[list[Predicted], np.ndarray]:
    """The labels that the predictions give, and the chances, shape (predicted, outputs).

    ``lines`` tells which lines a situation with an urgency is shown.
    """
    words = [read_words(nlp, all_messages[row].text) for row in predictions.rows]
    chances = probabilities(predictions.whole, predictions.parts, understanding.calibration)
    predicted = [as_predicted(reading, lines) for reading in readings(predictions, words, understanding)]
    return predicted, chances


def as_predicted(
    reading: Reading, lines: Callable[[Situation, str], tuple[str, ...]] = lambda situation, urgency: ()
) -> Predicted:
    """A reading in the form that is scored."""
    labels = LabelledMessage(
        "",
        "",
        "",
        reading.one_of,
        {name: frozenset(values) for name, values in reading.any_of.items()},
        {
            "lgbt": reading.lgbt,
            "danger": False,
            "despair": reading.despair == "writer",
            "despair_other": reading.despair == "somebody_else",
        },
    )
    beside = (
        *((SAMARITANS,) if reading.perhaps_despair else ()),
        *((CHILDLINE,) if reading.perhaps_child else ()),
    )
    shown = lines(replace(true_situation(labels), beside=beside), reading.urgency)
    return Predicted(
        reading.urgency,
        reading.one_of,
        labels.any_of,
        reading.lgbt,
        shown,
        reading.raised_by,
        despair=reading.despair,
    )


def understand(
    predictions: OutOfFold, messages: Sequence[LabelledMessage], words: Sequence[Words]
) -> Understanding:
    """Calibrate and choose every threshold on cross-validated predictions; ``words`` are those of all
    messages."""
    seen = [messages[row] for row in predictions.rows]
    wanted, told = truth(seen), known(seen)
    calibration = calibrate(predictions.whole, predictions.parts, wanted, told)
    chances = probabilities(predictions.whole, predictions.parts, calibration)
    own_words = [words[row] for row in predictions.rows]
    thresholds = choose_thresholds(
        chances,
        predictions.floor,
        predictions.intent_danger,
        wanted,
        told,
        np.array([bool(entry.signals["harm_to_self"]) for entry in own_words]),
        np.array([entry.facts.grown_up for entry in own_words]),
    )
    return Understanding(calibration, thresholds)
