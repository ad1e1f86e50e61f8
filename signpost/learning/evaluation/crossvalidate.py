"""Cross-validation grouped by topic file: no encoder or head ever saw the file of a message that it reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence
from zipfile import BadZipFile

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import GroupKFold

from signpost.errors import SignpostError
from signpost.learning.evaluation.measure import Predicted, true_situation
from signpost.routing import Situation
from signpost.understanding.decision import DANGER, Thresholds, Understanding, decide, read_understanding
from signpost.understanding.heads import SLOT_OF, Heads, calibrate, probabilities, truth, yes_no_outputs
from signpost.understanding.labels import LabelledMessage, data_hash
from signpost.understanding.pipeline import build_pipeline, named_areas, names_same_sex_couple, read_signals
from signpost.understanding.text import clean

FOLDS = 3
# `check` aims to find this proportion of danger, unless it would ask about more than MAX_FALSE_ALARMS of the
# rest.
DANGER_FOUND = 0.99
MAX_FALSE_ALARMS = 0.10
# A passage may raise `check` if the danger head gives the whole message at least this fraction of its
# threshold.
PASSAGE_SHARE = 0.25


class EvaluationError(SignpostError):
    """What an evaluation rests on is missing or cannot be read."""


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of messages by models that did not see their topic.

    ``rows`` are the messages that were predicted, shape (predicted,); ``scores`` (predicted, outputs) and
    ``intent_danger`` (predicted,) are in the same order.
    """

    rows: np.ndarray
    scores: np.ndarray
    intent_danger: np.ndarray

    def save(self, path: Path, messages: Sequence[LabelledMessage]) -> None:
        """Keep them with the hash of the messages that they belong to."""
        halves = {
            "scores": self.scores.astype(np.float16),
            "intent_danger": self.intent_danger.astype(np.float16),
        }
        np.savez_compressed(
            path, rows=self.rows.astype(np.int32), data=np.array(data_hash(messages)), **halves
        )


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
            return OutOfFold(
                saved["rows"], saved["scores"].astype(np.float64), saved["intent_danger"].astype(np.float64)
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
    """Rows to learn from and rows to predict, a pair a fold; no topic file stands on both sides."""
    return list(GroupKFold(FOLDS).split(messages, groups=[message.topic for message in messages]))


def predict_fold(
    learn_features: np.ndarray, learn: Sequence[LabelledMessage], features: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Scores (messages, outputs) and the intent classifier's danger (messages,) for one fold."""
    scores = Heads.fit(learn_features, learn).scores(features)
    intents = LogisticRegression(
        class_weight="balanced", max_iter=150, tol=1e-4, random_state=42
    )  # as in config.yml
    intents.fit(learn_features, [message.intent for message in learn])
    danger = list(intents.classes_).index("report_danger")
    return scores, intents.predict_proba(features)[:, danger]


def read_out_of_fold(
    predictions: OutOfFold,
    all_messages: Sequence[LabelledMessage],
    understanding: Understanding,
    lines: Callable[[Situation, str], tuple[str, ...]] = lambda situation, urgency: (),
) -> tuple[list[Predicted], np.ndarray]:
    """Labels as the pipeline would read them, and probabilities of shape (predicted, outputs).

    ``lines`` tells which lines a situation with an urgency is shown.
    """
    chances = probabilities(predictions.scores, understanding.calibration)
    nlp = build_pipeline()
    predicted = []
    for message, row, intent_danger in zip(
        (all_messages[row] for row in predictions.rows), chances, predictions.intent_danger
    ):
        text = clean(message.text)
        doc = nlp(text)
        signals = read_signals(doc, text)
        patterns = [name for name, *_, guarded in doc._.danger_hits if not guarded]
        reading = decide(
            row,
            understanding.thresholds,
            intent_danger=float(intent_danger),
            patterns=patterns,
            areas=named_areas(doc),
            names_self_harm=bool(signals["harm_to_self"]),
            names_same_sex_couple=names_same_sex_couple(doc),
        )
        labels = LabelledMessage(
            message.text,
            "",
            "",
            reading.one_of,
            {name: frozenset(values) for name, values in reading.any_of.items()},
            {"lgbt": reading.lgbt, "danger": False},
        )
        shown = lines(true_situation(labels), reading.urgency)
        predicted.append(
            Predicted(reading.urgency, reading.one_of, labels.any_of, reading.lgbt, shown, reading.raised_by)
        )
    return predicted, chances


def understand(predictions: OutOfFold, messages: Sequence[LabelledMessage]) -> Understanding:
    """Calibrate and choose every threshold on cross-validated predictions."""
    wanted = truth([messages[row] for row in predictions.rows])
    calibration = calibrate(predictions.scores, wanted)
    return Understanding(
        calibration,
        choose_thresholds(probabilities(predictions.scores, calibration), predictions.intent_danger, wanted),
    )


def choose_thresholds(chances: np.ndarray, intent_danger: np.ndarray, wanted: np.ndarray) -> Thresholds:
    """The stated rules, all on the danger head's cross-validated chances.

    immediate: danger is more likely than not, 0.5. check: the largest probability at which 99 % of danger is
    found, but none so small that more than 10 % of the messages without danger raise an alarm of either kind.
    intent_check: the largest of the intent classifier's probabilities that 1 % of those messages exceed.
    Every other binary label: the probability with the best F1, between 0.2 and 0.8.
    """
    danger, head = wanted[:, SLOT_OF[DANGER]], chances[:, SLOT_OF[DANGER]]
    finds_enough = float(np.quantile(head[danger], 1.0 - DANGER_FOUND, method="lower"))
    bearable = float(np.quantile(head[~danger], 1.0 - MAX_FALSE_ALARMS, method="higher"))
    check = min(max(finds_enough, bearable), 0.5)
    labels = {
        output.key: best_f1_threshold(chances[:, SLOT_OF[output]], wanted[:, SLOT_OF[output]])
        for output in yes_no_outputs()
        if output != DANGER
    }
    intent_check = float(np.quantile(intent_danger[~danger], 0.99, method="higher"))
    return Thresholds(
        immediate=0.5,
        check=check,
        passage_floor=PASSAGE_SHARE * check,
        intent_check=intent_check,
        labels=labels,
    )


def best_f1_threshold(chances: np.ndarray, wanted: np.ndarray) -> float:
    """The chance at which F1 is best; 0.5 where the label never occurs."""
    if not wanted.any():
        return 0.5
    precision, recall, thresholds = precision_recall_curve(wanted, chances)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-9)
    return float(np.clip(thresholds[f1.argmax()], 0.2, 0.8))
