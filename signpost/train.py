"""`make train`: trains the bot's model, named after the hash of everything it rests on.

A model is current when its name carries the hash of the tree as it stands; then nothing is trained.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "models"
# What a model rests on. Code counts too: Rasa's own cache does not see edits in what a component imports.
INGREDIENTS = (
    "config.yml",
    "domain.yml",
    "data/**/*.yml",
    "models/encoder/*",
    "signpost/nlu/*.py",
    "signpost/vocabulary/*.yml",
    "signpost/*.py",
    "requirements.lock",
)
# Files of the package that no trained model depends on.
UNRELATED = frozenset(
    {"agents.py", "conversations.py", "directory.py", "evaluate.py", "findings.py", "logs.py", "memory.py", "models.py", "neighbours.py", "page.py", "payload.py"}
    | {"questions.py", "review.py", "run.py", "serve.py", "serve_actions.py", "settings.py", "topics.py", "train.py", "tune.py", "tuning.py"}
)


class TrainingError(RuntimeError):
    """Rasa could not train a model."""


def current_model() -> Path:
    """Where the model of the tree as it stands lies, or would lie."""
    digest = hashlib.sha256()
    paths = {path for pattern in INGREDIENTS for path in ROOT.glob(pattern) if path.name not in UNRELATED and path.is_file()}
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return MODELS / f"signpost-{digest.hexdigest()[:16]}.tar.gz"


def train() -> Path:
    """Train if the current model is missing.

    Raises:
        TrainingError: Rasa gave no model; its own output says why.
    """
    model = current_model()
    if model.exists():
        return model
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from rasa.model_training import train as rasa_train

    started = time.monotonic()
    print("Training the model. This takes a few minutes on two cores.", file=sys.stderr, flush=True)
    result = rasa_train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "data")],
        output=str(MODELS),
        fixed_model_name=model.name.removesuffix(".tar.gz") + ".part",
    )
    if result.code != 0 or result.model is None:
        raise TrainingError("Rasa trained no model; see its output above.")
    # The name says that it is whole: a training that was cut off leaves no model of that name.
    shutil.move(result.model, model)
    print(f"Trained in {time.monotonic() - started:.0f} s: models/{model.name}", file=sys.stderr, flush=True)
    return model


if __name__ == "__main__":
    train()
