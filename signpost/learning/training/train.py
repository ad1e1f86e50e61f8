"""Trains the bot's model, named after the hash of everything it rests on, and writes its card beside it.

A model is the tree's own when its name carries the hash of the tree as it stands; then nothing is trained.
The model in use may be an older one: messages, rules, answers and code change what bots answer only when a
model that was trained with them is promoted. The one exception is the first model of a fresh clone.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import shutil
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.learning.corpus.messages import as_metadata, training_messages
from signpost.learning.loaded_code import RUNS_WITH, code_hash, hash_of
from signpost.learning.registry import (
    SUFFIX,
    Card,
    EncoderCard,
    Model,
    ModelError,
    OtherCodeError,
    TrainingData,
    beside,
    file_sha256,
    in_use,
    models_folder,
    name_of,
    open_model,
    put_in_use,
    write_card,
)
from signpost.progress import shown, tell
from signpost.understanding.decision import Thresholds, Understanding
from signpost.understanding.encoder import TUNED_FOLDER, tuned_card
from signpost.understanding.heads import UNCALIBRATED
from signpost.understanding.labels import LabelledMessage, data_hash, label_message

RULES = ROOT / "data" / "rules"
# What a model learns from and carries in its file: a change takes effect when a model trained on it is
# promoted.
LEARNED_FROM = (
    "config.yml",
    "data/dialogues/*.jsonl",
    "domain.yml",
    "data/nlu/**/*.yml",
    "data/rules/*.yml",
    "models/encoder/*",
    "signpost/understanding/vocabulary/*.yml",
)
LIBRARIES = ("rasa", "onnxruntime", "tensorflow", "spacy", "scikit-learn", "numpy")
MESSAGES_ENDING = ".messages.json.gz"
# Why a model was put in use without being compared with another.
FIRST = "the first model"


class TrainingError(SignpostError):
    """Rasa could not train a model."""


def tree_model() -> Path:
    """Where the model of the tree as it stands lies, or would lie."""
    return models_folder() / f"signpost-{hash_of(LEARNED_FROM + RUNS_WITH)[:16]}{SUFFIX}"


def open_if_whole(path: Path | None) -> Model | None:
    """A model that is there and is the file that its card describes; None otherwise."""
    if path is None:
        return None
    try:
        return open_model(path)
    except ModelError:
        return None


def runs_here(model: Model) -> bool:
    """Whether a model was trained with the code that this process has loaded."""
    return model.card.code_sha256 == code_hash()


def model_to_run() -> Path:
    """The model in use for this code; in a fresh clone, where none ever was, the tree's own is trained and
    put in use.

    Raises:
        OtherCodeError: the model in use was trained with other code. Only `make promote` puts another one in
            use.
        TrainingError
    """
    used = in_use(code_hash())
    if used is None and (other := in_use()) is not None:
        raise OtherCodeError(
            f"{name_of(other)}, the model in use, was trained with other code than this. "
            "`make train`, `make compare` and `make promote` bring one that fits; nothing else puts a model "
            "in use."
        )
    if used is None:
        return put_in_use(train(), note=FIRST).path
    if used != tree_model():
        _say(
            f"Answering with {name_of(used)}, the model in use. What models learn from has changed since: "
            "`make train`, `make compare`, `make promote`."
        )
    return used


def train() -> Model:
    """The tree's own model; trained if it is missing.

    Raises:
        TrainingError: Rasa gave no model, and its own output says why; or this environment only answers.
    """
    path = tree_model()
    if (whole := open_if_whole(path)) is not None:
        return whole
    if find_spec("tensorflow") is None:
        raise TrainingError(
            "Nothing can be trained here: this environment only answers (`make server`). Bring a model with "
            "a release (docs/one-machine.md), or set up the rest with `make install`."
        )
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _say("Training the model. This takes a few minutes on two cores, less if most were encoded before.")
    started = time.monotonic()
    messages = training_messages()
    card = describe(messages)
    path.parent.mkdir(parents=True, exist_ok=True)
    with shown(quiet=not sys.stderr.isatty()):
        _train_with_rasa(path)
    with gzip.open(beside(path, MESSAGES_ENDING), "wt", encoding="utf-8") as file:
        json.dump([_as_row(message) for message in messages], file, ensure_ascii=False)
    card = replace(card, sha256=file_sha256(path), seconds=round(time.monotonic() - started))
    write_card(path, card)
    _say(f"Trained in {card.seconds} s: {name_of(path)}")
    return Model(path, card)


def _train_with_rasa(model: Path) -> None:
    from rasa.model_training import train as rasa_train
    from rasa.shared.exceptions import RasaException

    with TemporaryDirectory() as folder:
        messages = Path(folder) / "messages.json"
        write_for_rasa(messages)
        tell("start", 1.0)
        try:
            result = rasa_train(
                domain=str(ROOT / "domain.yml"),
                config=str(ROOT / "config.yml"),
                training_files=[str(messages), str(RULES)],  # never review/
                output=str(model.parent),
                fixed_model_name=f"{name_of(model)}.part",
            )
        except RasaException as error:
            raise TrainingError(f"Rasa trained no model: {error}") from error
    tell("rules", 1.0)
    if result.code != 0 or result.model is None:
        raise TrainingError("Rasa trained no model; see its output above.")
    # The name says that it is whole: a training that was cut off leaves no model of that name.
    shutil.move(result.model, model)


def write_for_rasa(path: Path) -> None:
    """All training messages as Rasa's JSON: its YAML reader takes a minute for them, and reads them twice."""
    rows = [
        {"text": message.text, "intent": message.intent, "example_metadata": as_metadata(message)}
        for message in training_messages()
    ]
    path.write_text(json.dumps({"rasa_nlu_data": {"common_examples": rows}}), encoding="utf-8")


def describe(messages: list[LabelledMessage]) -> Card:
    """The card of a model trained now; its file's hash and the seconds are added after training."""
    # imports spaCy, and that imports TensorFlow where it is installed: `make run` with a model needs neither
    from signpost.learning.evaluation.crossvalidate import load_understanding

    understanding = load_understanding(TUNED_FOLDER) or Understanding(UNCALIBRATED, Thresholds())
    encoder = tuned_card() or {}
    plain = understanding.to_json()
    return Card(
        sha256="",
        trained_on=date.today().isoformat(),
        data=TrainingData(
            sha256=data_hash(messages),
            messages=len(messages),
            danger=sum(message.yes_no["danger"] for message in messages),
            by_topic=dict(sorted(Counter(message.topic for message in messages).items())),
            by_intent=dict(sorted(Counter(message.intent for message in messages).items())),
        ),
        encoder=EncoderCard(
            **{key: encoder[key] for key in ("sha256", "messages", "tuned_on") if key in encoder}
        ),
        calibration=plain["calibration"],
        thresholds=plain["thresholds"],
        libraries={"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        code_sha256=code_hash(),
    )


def messages_of(model: Model) -> list[LabelledMessage] | None:
    """The messages that a model was trained on, or None where they were not kept."""
    path = beside(model.path, MESSAGES_ENDING)
    if not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [
            label_message(row["text"], row["labels"], intent=row["intent"], topic=row["topic"])
            for row in json.load(file)
        ]


def _as_row(message: LabelledMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "intent": message.intent,
        "topic": message.topic,
        "labels": as_metadata(message),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
