"""`make variants`: what each part of the pipeline is worth, on the same topic files that no variant had seen.

Every variant learns from the first fold's messages and predicts the others, and a labelled file if one is
given; the tuned encoder is the one that `make tune` made for that fold. A label is predicted where its head
gives a probability above 0.5.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline

from signpost.files import ROOT
from signpost.learning.evaluation.stock import stock_reader, train_stock
from signpost.learning.training.finetune import tuned_once
from signpost.understanding.encoder import SentenceEncoder, WindowEncoder
from signpost.understanding.heads import SLOT_OF, Heads, Output, choice_outputs, truth
from signpost.understanding.labels import ANY_OF, ONE_OF, LabelledMessage
from signpost.understanding.pipeline import build_pipeline, read_signals
from signpost.understanding.text import clean

REPORT = ROOT / "reports" / "variants"
DANGER = Output("danger", "yes")
# Danger recall is compared where this share of the messages without danger raises an alarm.
FALSE_ALARMS = (0.02, 0.05, 0.10)
CHARACTER_PARTS = 256  # directions kept of the character n-grams
TIMED = 50  # messages read one by one to see how long one takes
LEARN = "learn"
UNSEEN = "topic files not seen"
STOCK_LABELS = ("danger", "lgbt", *ONE_OF, *ANY_OF)
# Cleaned texts to features, shape (texts, width).
Featurizer = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Material:
    """Labelled messages by origin, LEARN among them; the featurizers, and their features of the messages."""

    messages: Mapping[str, Sequence[LabelledMessage]]
    featurizers: Mapping[str, Featurizer]
    features: Mapping[tuple[str, str], np.ndarray]  # by featurizer and origin

    def measured(self) -> Iterator[tuple[str, Sequence[LabelledMessage]]]:
        """What is predicted."""
        return ((title, messages) for title, messages in self.messages.items() if title != LEARN)


def prepare(
    messages: Mapping[str, Sequence[LabelledMessage]], tuned_on: Sequence[LabelledMessage]
) -> Material:
    """Compute every feature once; the encoder was tuned on ``tuned_on``, by `make tune` for this fold."""
    texts = {title: [clean(message.text) for message in found] for title, found in messages.items()}
    nlp = build_pipeline()
    characters = character_counts().fit(texts[LEARN])
    featurizers: dict[str, Featurizer] = {
        "frozen encoder": _vectors(SentenceEncoder(tuned=False)),
        "tuned encoder": _vectors(tuned_once(tuned_on)),
        "signals": lambda some: np.array(
            [list(read_signals(nlp(text), text).values()) for text in some], np.float32
        ),
        "characters": characters.transform,
    }
    features = {
        (name, title): featurize(found)
        for name, featurize in featurizers.items()
        for title, found in texts.items()
    }
    return Material(messages, featurizers, features)


def character_counts() -> Pipeline:
    """Weighted counts of two to five characters within words, in their main directions."""
    counts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    return make_pipeline(counts, TruncatedSVD(CHARACTER_PARTS, random_state=42))


def _vectors(encoder: WindowEncoder) -> Featurizer:
    return lambda texts: np.stack([windows.max(axis=0) for windows in encoder.encode(texts)])


def scores_of(chances: np.ndarray, unseen: Sequence[LabelledMessage]) -> dict[str, float]:
    """Macro F1 by label, and danger recall, from decision scores of shape (messages, outputs)."""
    wanted = truth(unseen)
    real, head = wanted[:, SLOT_OF[DANGER]], chances[:, SLOT_OF[DANGER]]
    row = {"danger_auc": float(roc_auc_score(real, head))}
    for share in FALSE_ALARMS:
        row[f"danger_found_at_{100 * share:.0f}"] = float(
            (head[real] > np.quantile(head[~real], 1 - share)).mean()
        )
    for label in ONE_OF:
        columns = [SLOT_OF[output] for output in choice_outputs(label)]
        row[label] = float(
            f1_score(
                wanted[:, columns].argmax(1), chances[:, columns].argmax(1), average="macro", zero_division=0
            )
        )
    for label, values in ANY_OF.items():
        columns = [SLOT_OF[Output(label, value)] for value in values if value != "children"]
        row[label] = float(
            f1_score(wanted[:, columns], chances[:, columns] > 0, average="macro", zero_division=0)
        )
    column = SLOT_OF[Output("lgbt", "yes")]
    row["lgbt"] = float(f1_score(wanted[:, column], chances[:, column] > 0, average="macro"))
    return row


def linear(material: Material, names: Sequence[str], every: int = 1) -> dict[str, Any]:
    """Our linear heads on some of the features, learning from one message in ``every``."""
    started = time.process_time()
    heads = Heads.fit(
        np.hstack([material.features[name, LEARN][::every] for name in names]),
        material.messages[LEARN][::every],
    )
    fit_s = time.process_time() - started
    row = {
        title: scores_of(
            heads.scores(np.hstack([material.features[name, title] for name in names])), messages
        )
        for title, messages in material.measured()
    }
    ms = _middle_ms(
        lambda texts: heads.scores(
            np.hstack([material.featurizers[name](list(map(clean, texts))) for name in names])
        ),
        material,
    )
    return {**row, "fit_s": fit_s, "ms": ms, "mib": _size(heads)}


def _middle_ms(read: Callable[[Sequence[str]], Any], material: Material) -> float:
    """Median time in ms of single messages: robust against other work on the machine."""
    times = []
    for message in material.messages[UNSEEN][:TIMED]:
        started = time.monotonic()
        read([message.text])
        times.append(1000 * (time.monotonic() - started))
    return float(np.median(times))


def _size(heads: Heads) -> float:
    """MiB of the heads' file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heads.npz"
        heads.save(path)
        return path.stat().st_size / 2**20


def stock(material: Material, every: int, epochs: int, labels: Sequence[str]) -> dict[str, Any]:
    """Rasa's default pipeline, one model a label, learning from one message in ``every``."""
    scores = {title: np.full((len(messages), len(SLOT_OF)), -1.0) for title, messages in material.measured()}
    fit_s = ms = mib = 0.0
    for label in labels:
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            model = train_stock(material.messages[LEARN][::every], label, Path(folder), epochs)
            fit_s += time.process_time() - started
            mib += model.stat().st_size / 2**20
            read = stock_reader(model)
            read(["warm up"])
            ms += _middle_ms(read, material)
            for title, messages in material.measured():
                confidences = read([message.text for message in messages])
                for output, column in SLOT_OF.items():
                    if output.label == label:
                        scores[title][:, column] = [
                            _confidence(row, label, output.value) for row in confidences
                        ]
        print(f"Rasa's default, {label}: {fit_s:.0f} processor seconds so far", flush=True)
    rows = {title: scores_of(scores[title], messages) for title, messages in material.measured()}
    known = {
        title: {name: value for name, value in row.items() if name.split("_")[0] in labels}
        for title, row in rows.items()
    }
    return {**known, "fit_s": fit_s, "ms": ms, "mib": mib}


def _confidence(row: Mapping[str, float], label: str, value: str) -> float:
    """A score above 0 where the value is in the likeliest intent; for danger graded by its confidence."""
    likeliest = max(row, key=row.__getitem__)
    if label in ("danger", "lgbt"):
        return row["yes"] - 0.5
    return 0.5 if value in likeliest.split("+") else -0.5


def as_markdown(title: str, table: Mapping[str, Mapping[str, Any]]) -> str:
    """One table for the documents, a variant a row; empty where a variant did not learn the label."""
    columns = list(next(iter(table.values()))[title])
    head = [
        f"| {title} | "
        + " | ".join([*(column.replace("_", " ") for column in columns), "fit, processor s", "ms", "MiB"])
        + " |",
        "|---" * (len(columns) + 4) + "|",
    ]
    rows = []
    for name, row in table.items():
        cells = [f"{row[title][column]:.3f}" if column in row[title] else "" for column in columns]
        rows.append(
            "| "
            + " | ".join([name, *cells, f"{row['fit_s']:.0f}", f"{row['ms']:.1f}", f"{row['mib']:.1f}"])
            + " |"
        )
    return "\n".join([*head, *rows]) + "\n"
