"""Trained models: the files, their cards, and which one is in use.

A model is ``signpost-<hash>.tar.gz``; its card ``signpost-<hash>.json`` lies beside it and has the file's
SHA-256. ``in-use.json`` names the model that bots answer with; every bot process watches it. It is only
replaced atomically.

ModelError
 +-- NoCardError        a model without a card, or a card that cannot be read
 +-- OtherFileError     the file is not the one that its card describes
 +-- NothingBeforeError there is no earlier model to go back to
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from signpost.errors import SignpostError
from signpost.files import ROOT, write_whole

POINTER = "in-use.json"
SUFFIX = ".tar.gz"
# Earlier models that the pointer remembers for going back.
MAX_REMEMBERED = 20


class ModelError(SignpostError):
    """Base of all errors about trained models."""


class NoCardError(ModelError):
    """The card is missing or cannot be read."""


class OtherFileError(ModelError):
    """The model's file differs from what its card says."""


class NothingBeforeError(ModelError):
    """No earlier model is known."""


@dataclass(frozen=True)
class Model:
    """One trained model; ``card`` is None where it has none that can be read."""

    name: str
    path: Path
    card: dict[str, Any] | None
    in_use: bool


def models_folder() -> Path:
    """Where models lie: SIGNPOST_MODELS, or ``models/`` of this checkout."""
    return Path(os.environ.get("SIGNPOST_MODELS") or ROOT / "models")


def name_of(model: Path) -> str:
    """A model's name, without the ending."""
    return model.name.removesuffix(SUFFIX)


def beside(model: Path, ending: str) -> Path:
    """The file of another kind that belongs to a model, such as its card (``.json``)."""
    return model.with_name(name_of(model) + ending)


def list_models() -> list[Model]:
    """All models of the folder, the one trained last first."""
    used = in_use()
    paths = [path for path in models_folder().glob(f"signpost-*{SUFFIX}") if ".part" not in path.name]
    paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [Model(name_of(path), path, _card_or_none(path), path == used) for path in paths]


def find_model(name: str) -> Path:
    """A model by its name, or by the beginning of its hash.

    Raises:
        ModelError: none or several have it.
    """
    found = [
        model.path
        for model in list_models()
        if model.name == name or model.name.startswith(f"signpost-{name.removeprefix('signpost-')}")
    ]
    if len(found) != 1:
        raise ModelError(
            f"{len(found)} models are called {name!r}; "
            f"there are {', '.join(model.name for model in list_models()) or 'none'}."
        )
    return found[0]


def read_card(model: Path) -> dict[str, Any]:
    """A model's card.

    Raises:
        NoCardError
    """
    try:
        card = json.loads(beside(model, ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoCardError(f"{model.name} has no card that can be read: run `make train`.") from error
    if not isinstance(card, dict) or "sha256" not in card:
        raise NoCardError(f"The card of {model.name} is not complete: run `make train`.")
    return card


def write_card(model: Path, card: dict[str, Any]) -> None:
    """Write a model's card whole or not at all."""
    _write_whole(beside(model, ".json"), card)


def check(model: Path) -> dict[str, Any]:
    """The card of a model whose file is the one that the card describes.

    Raises:
        NoCardError, OtherFileError
    """
    card = read_card(model)
    if not model.exists() or file_sha256(model) != card["sha256"]:
        raise OtherFileError(
            f"{model.name} is not the file that its card describes: train it again, or restore the file."
        )
    return card


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_use() -> Path | None:
    """The model that bots answer with, or None where none was put in use or its file is gone."""
    name = _pointer().get("model")
    path = models_folder() / str(name)
    return path if name and path.exists() else None


def put_in_use(model: Path, *, note: str) -> None:
    """Make a model of the folder the one in use; ``note`` says how that came about and goes into its card.

    Raises:
        NoCardError, OtherFileError
    """
    card, pointer = check(model), _pointer()
    before = [
        name for name in [pointer.get("model"), *pointer.get("before", [])] if name and name != model.name
    ]
    _point(model, before, card, note)


def roll_back(*, note: str) -> Path:
    """Put the model that was in use before back; the one that is left is no longer remembered.

    Raises:
        NothingBeforeError, NoCardError, OtherFileError
    """
    before = [
        models_folder() / name for name in _pointer().get("before", []) if (models_folder() / name).exists()
    ]
    if not before:
        raise NothingBeforeError("No earlier model is known, so there is nothing to go back to.")
    _point(before[0], [path.name for path in before[1:]], check(before[0]), note)
    return before[0]


def _point(model: Path, before: list[str], card: dict[str, Any], note: str) -> None:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_card(model, {**card, "put_in_use": [*card.get("put_in_use", []), {"at": now, "note": note}]})
    _write_whole(
        models_folder() / POINTER,
        {"model": model.name, "since": now, "before": list(dict.fromkeys(before))[:MAX_REMEMBERED]},
    )


def _pointer() -> dict[str, Any]:
    try:
        data = json.loads((models_folder() / POINTER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _card_or_none(model: Path) -> dict[str, Any] | None:
    try:
        return read_card(model)
    except NoCardError:
        return None


def _write_whole(path: Path, data: dict[str, Any]) -> None:
    write_whole(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
