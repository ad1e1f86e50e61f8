"""Trains the bot's model, named after the hash of everything it rests on, and writes its card beside it.

A model is the tree's own when its name carries the hash of the tree as it stands; then nothing is trained.
The model in use may be an older one: new training messages change the answers only once their model is
promoted. New code cannot run with an old model, so after a change of code the tree's own model is trained and
put in use.
"""

from __future__ import annotations

import gzip
import hashlib
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
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.learning.corpus.topic_files import read_examples, training_messages
from signpost.learning.evaluation.crossvalidate import load_understanding
from signpost.learning.registry import (
    SUFFIX,
    Card,
    EncoderCard,
    Model,
    ModelError,
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

NLU_DATA = ROOT / "data" / "nlu"
RULES = ROOT / "data" / "rules"
# What a model learns from: a change takes effect when a model trained on it is promoted.
LEARNED_FROM = ("config.yml", "data/nlu/*.yml", "models/encoder/*", "signpost/understanding/vocabulary/*.yml")
# What a model runs with. Code counts too: Rasa's own cache does not see edits in what a component imports.
RUNS_WITH = (
    "domain.yml",
    "data/rules/*.yml",
    "requirements.lock",
    "signpost/nlu/*.py",
    "signpost/understanding/*.py",
    "signpost/errors.py",
    "signpost/files.py",
    "signpost/routing/situation.py",
)
LIBRARIES = ("rasa", "onnxruntime", "tensorflow", "spacy", "scikit-learn", "numpy")
MESSAGES_ENDING = ".messages.json.gz"
# Why a model was put in use without being compared with another.
FIRST = "the first model"
CODE_HAS_CHANGED = "the code has changed: the model in use before does not run with it"


class TrainingError(SignpostError):
    """Rasa could not train a model."""


def tree_model() -> Path:
    """Where the model of the tree as it stands lies, or would lie."""
    return models_folder() / f"signpost-{_hash(LEARNED_FROM + RUNS_WITH)[:16]}{SUFFIX}"


def code_hash() -> str:
    """Hash of what a model runs with; a model of another hash cannot be used with this tree."""
    return _hash(RUNS_WITH)


def _hash(patterns: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    paths = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def open_if_whole(path: Path | None) -> Model | None:
    """A model that is there and is the file that its card describes; None otherwise."""
    if path is None:
        return None
    try:
        return open_model(path)
    except ModelError:
        return None


def runs_here(model: Model) -> bool:
    """Whether a model was trained with the code of this tree."""
    return model.card.code_sha256 == code_hash()


def model_to_run() -> Model:
    """The model in use; if none runs with this code, the tree's own is trained and put in use.

    Raises:
        TrainingError
    """
    pointed = in_use()
    used = open_if_whole(pointed)
    if used is not None and runs_here(used):
        if used.path != tree_model():
            _say(
                f"Answering with {used.name}, the model in use. What models learn from has changed: "
                "`make train`, `make compare`, `make promote`."
            )
        return used
    return put_in_use(train(), note=FIRST if pointed is None else CODE_HAS_CHANGED)


def train() -> Model:
    """The tree's own model; trained if it is missing.

    Raises:
        TrainingError: Rasa gave no model; its own output says why.
    """
    path = tree_model()
    if (whole := open_if_whole(path)) is not None:
        return whole
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _say("Training the model. This takes a few minutes on two cores, less if most were encoded before.")
    started = time.monotonic()
    messages = training_messages(NLU_DATA)
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
                training_files=[str(messages), str(RULES)],  # never data/review
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
    examples = [example for file in sorted(NLU_DATA.glob("*.yml")) for example in read_examples(file)]
    rows = [
        {"text": example.text, "intent": example.intent, "example_metadata": dict(example.metadata)}
        for example in examples
    ]
    path.write_text(json.dumps({"rasa_nlu_data": {"common_examples": rows}}), encoding="utf-8")


def describe(messages: list[LabelledMessage]) -> Card:
    """The card of a model trained now; its file's hash and the seconds are added after training."""
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
    labels = {**message.one_of, **{name: sorted(values) for name, values in message.any_of.items()}}
    labels |= {name: message.yes_no[name] for name in ("lgbt", "danger_over", "danger_in_context")}
    return {
        "text": message.text,
        "intent": message.intent,
        "topic": message.topic,
        "labels": {**labels, "urgency": "immediate" if message.yes_no["danger"] else "not_immediate"},
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
