"""`make variants`: what each part of the pipeline is worth, on the same topic files that no variant had seen.

Every variant learns from the first fold's messages and predicts the others; the tuned encoder is the one that
`make tune` made for that fold. A label holds where its head says "likelier than not".
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from signpost.encoder import SentenceEncoder
from signpost.evaluation.crossvalidate import folds_of
from signpost.evaluation.features import feature_rows
from signpost.evaluation.stock import stock_confidences
from signpost.heads import SLOT_OF, Heads, Output, choice_outputs, truth
from signpost.labels import ANY_OF, ONE_OF, LabelledMessage, read_training_messages
from signpost.reading import build_pipeline
from signpost.text import clean
from signpost.tuning import tuned_once

ROOT = Path(__file__).parent.parent
DANGER = Output("danger", "yes")
# Danger recall is compared where this share of the messages without danger raises an alarm.
FALSE_ALARMS = (0.02, 0.05, 0.10)
CHARACTER_PARTS = 256  # directions kept of the character n-grams


@dataclass(frozen=True)
class Fold:
    """Messages to learn from and messages to predict, with their features by name, each (messages, width)."""

    learn: Sequence[LabelledMessage]
    unseen: Sequence[LabelledMessage]
    features: Mapping[str, tuple[np.ndarray, np.ndarray]]


def character_features(learn: Sequence[str], unseen: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Weighted counts of two to five characters within words, in their main directions: shapes (texts, CHARACTER_PARTS)."""
    counts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    pipeline = make_pipeline(counts, TruncatedSVD(CHARACTER_PARTS, random_state=42))
    return pipeline.fit_transform(learn), pipeline.transform(unseen)


def scores_of(chances: np.ndarray, unseen: Sequence[LabelledMessage]) -> dict[str, float]:
    """Macro F1 by label and how danger is told apart, from scores (messages, outputs) above 0 where likelier than not."""
    wanted = truth(unseen)
    real, head = wanted[:, SLOT_OF[DANGER]], chances[:, SLOT_OF[DANGER]]
    row = {"danger_auc": float(roc_auc_score(real, head))}
    for share in FALSE_ALARMS:
        row[f"danger_found_at_{100 * share:.0f}"] = float((head[real] > np.quantile(head[~real], 1 - share)).mean())
    for label in ONE_OF:
        columns = [SLOT_OF[output] for output in choice_outputs(label)]
        row[label] = float(f1_score(wanted[:, columns].argmax(1), chances[:, columns].argmax(1), average="macro", zero_division=0))
    for label, values in ANY_OF.items():
        columns = [SLOT_OF[Output(label, value)] for value in values if value != "children"]
        row[label] = float(f1_score(wanted[:, columns], chances[:, columns] > 0, average="macro", zero_division=0))
    column = SLOT_OF[Output("lgbt", "yes")]
    row["lgbt"] = float(f1_score(wanted[:, column], chances[:, column] > 0, average="macro"))
    return row


def linear(fold: Fold, names: Sequence[str]) -> dict[str, Any]:
    """Our linear heads on some of the features."""
    started = time.monotonic()
    learn, unseen = (np.hstack([fold.features[name][side] for name in names]) for side in (0, 1))
    heads = Heads.fit(learn, fold.learn)
    return {**scores_of(heads.scores(unseen), fold.unseen), "fit_s": time.monotonic() - started}


def stock(fold: Fold) -> dict[str, Any]:
    """Rasa's default pipeline, one model a label."""
    started = time.monotonic()
    chances = np.full((len(fold.unseen), len(SLOT_OF)), -1.0)
    for label in ("danger", "lgbt", *ONE_OF, *ANY_OF):
        confidences = stock_confidences(fold.learn, fold.unseen, label)
        for output, column in SLOT_OF.items():
            if output.label == label:
                chances[:, column] = [_confidence(row, label, output.value) for row in confidences]
    return {**scores_of(chances, fold.unseen), "fit_s": time.monotonic() - started}


def _confidence(row: Mapping[str, float], label: str, value: str) -> float:
    """A score above 0 where the value is in the likeliest intent; for danger graded by its confidence."""
    likeliest = max(row, key=row.__getitem__)
    if label in ("danger", "lgbt"):
        return row["yes"] - 0.5
    return 0.5 if value in likeliest.split("+") else -0.5


def main() -> None:
    """Compare and write reports/variants.json and reports/variants.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-stock", action="store_true", help="leave out Rasa's default pipeline, which takes longest")
    options = parser.parse_args()
    messages = read_training_messages(ROOT / "data" / "nlu")
    learn_rows, unseen_rows = folds_of(messages)[0]
    learn, unseen = [messages[row] for row in learn_rows], [messages[row] for row in unseen_rows]
    fold = Fold(learn, unseen, _features(learn, unseen))
    recipes: dict[str, Callable[[], dict[str, Any]]] = {
        f"{encoder}{', signals' if signals else ''}{', character n-grams' if characters else ''}": (
            lambda names=(encoder, *["signals"] * signals, *["characters"] * characters): linear(fold, names)
        )
        for encoder in ("frozen encoder", "tuned encoder")
        for signals in (False, True)
        for characters in (False, True)
    }
    if not options.without_stock:
        recipes["Rasa's default (DIET on count vectors)"] = lambda: stock(fold)
    table: dict[str, dict[str, Any]] = {}
    for name, run in recipes.items():
        table[name] = run()
        print(name, {key: round(value, 3) for key, value in table[name].items()}, flush=True)
        (ROOT / "reports" / "variants.json").write_text(
            json.dumps({"learned_from": len(learn), "predicted": len(unseen), "danger": sum(m.yes_no["danger"] for m in unseen), "variants": table}, indent=1)
        )
    (ROOT / "reports" / "variants.md").write_text(as_markdown(table), encoding="utf-8")


def as_markdown(table: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for the documents, a variant a row."""
    columns = list(next(iter(table.values())))
    head = ["| variant | " + " | ".join(column.replace("_", " ") for column in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    rows = ["| " + " | ".join([name, *(f"{row[column]:.0f}" if column == "fit_s" else f"{row[column]:.3f}" for column in columns)]) + " |" for name, row in table.items()]
    return "\n".join([*head, *rows]) + "\n"


def _features(learn: Sequence[LabelledMessage], unseen: Sequence[LabelledMessage]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    nlp = build_pipeline()
    frozen, tuned = SentenceEncoder(tuned=False), tuned_once(learn)
    width = frozen.width
    by_name: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, encoder in (("frozen encoder", frozen), ("tuned encoder", tuned)):
        rows = feature_rows(encoder, nlp, learn), feature_rows(encoder, nlp, unseen)
        by_name[name] = rows[0][:, :width], rows[1][:, :width]
        by_name["signals"] = rows[0][:, width:], rows[1][:, width:]
    by_name["characters"] = character_features([clean(m.text) for m in learn], [clean(m.text) for m in unseen])
    return by_name


if __name__ == "__main__":
    main()
