"""Trained models: the files, their cards, and which one is in use.

A model is ``signpost-<hash>.tar.gz``; its card lies beside it as ``signpost-<hash>.json`` and holds the file's SHA-256
and the hash of the code that it was trained with. ``in-use.json`` lists what was put in use, the last one first; every
bot process watches it, and answers with the first model there that was trained with the code that it has loaded. So old
and new code can share a folder of models while one takes the other's place. The file is only ever replaced whole.

ModelError
 +-- NoCardError        a model without a card, or a card that cannot be read
 +-- OtherFileError     the file is not the one that its card describes
 +-- OtherCodeError     the model was trained with other code than this process has loaded
 +-- NothingBeforeError there is no earlier model to go back to
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from signpost.errors import SignpostError
from signpost.files import ROOT, write_whole

POINTER = "in-use.json"
# On a bot's command line: whatever model is in use.
IN_USE = Path("in-use")
SUFFIX = ".tar.gz"
# Earlier models that the pointer remembers for going back.
MOST_REMEMBERED = 20
# Of each code's models so many are kept on the disk: the one in use and those before it.
MAX_KEPT = 4
# What was trained within this is kept in any case: a candidate that nobody has decided on yet. In seconds.
KEPT_FOR_S = 14 * 24 * 3600


class ModelError(SignpostError):
    """Base of all errors about trained models."""


class NoCardError(ModelError):
    """The card is missing or cannot be read."""


class OtherFileError(ModelError):
    """The model's file differs from what its card says."""


class OtherCodeError(ModelError):
    """The model was trained with other code."""


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


def list_models(code: str | None = None) -> list[Model]:
    """All models of the folder, the one trained last first; ``code`` as for ``in_use``.

    What `rasa train` leaves there is among them, without a card: no test was held with it, and nothing puts it in use.
    """
    used = in_use(code)
    paths = [path for path in models_folder().glob(f"*{SUFFIX}") if ".part" not in path.name]
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
            f"{len(found)} models are called {name!r}; there are {', '.join(model.name for model in list_models()) or 'none'}."
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


def check(model: Path, *, code: str | None = None) -> dict[str, Any]:
    """The card of a model whose file is the one that the card describes.

    Args:
        code: the hash of the code that the model must have been trained with; None: any.

    Raises:
        NoCardError, OtherFileError, OtherCodeError
    """
    card = read_card(model)
    if not model.exists() or file_sha256(model) != card["sha256"]:
        raise OtherFileError(
            f"{model.name} is not the file that its card describes: train it again, or bring the right file back."
        )
    if code is not None and card.get("code_sha256") != code:
        raise OtherCodeError(
            f"{name_of(model)} was trained with other code than this process has loaded: train a model with this code, "
            "or start a process of that code."
        )
    return card


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_use(code: str | None = None) -> Path | None:
    """The model that bots answer with, or None where none was put in use or its file is gone.

    Args:
        code: the hash of a bot's code: the last one put in use that was trained with it. None: the last one of all.
    """
    pointer = _pointer()
    names = [name for name in _listed(pointer) if code is None or _code_of(name, pointer) == code]
    path = models_folder() / names[0] if names else None
    return path if path and path.exists() else None


def put_in_use(model: Path, *, note: str) -> None:
    """Make a model of the folder the one in use; ``note`` says how that came about and goes into its card.

    Raises:
        NoCardError, OtherFileError
    """
    card = check(model)
    _point([model.name, *(name for name in _listed(_pointer()) if name != model.name)], model, card, note)


def roll_back(*, code: str, note: str) -> Path:
    """Put the model that was in use before back, of those trained with ``code``; the one that is left is no longer remembered.

    Raises:
        NothingBeforeError, NoCardError, OtherFileError
    """
    pointer = _pointer()
    names = _listed(pointer)
    ours = [name for name in names if (models_folder() / name).exists() and _code_of(name, pointer) == code]
    if len(ours) < 2:
        raise NothingBeforeError(
            "No earlier model that was trained with this code is known, so there is nothing to go back to."
        )
    left, before = ours[0], models_folder() / ours[1]
    rest = [name for name in names if name not in (left, before.name)]
    _point([before.name, *rest], before, check(before), note)
    return before


def prune(*, spared: Path) -> list[str]:
    """Delete models that nobody will go back to; returns their names.

    Kept are the last MAX_KEPT that were put in use, for each code, what is younger than KEPT_FOR_S, what is not ours, and ``spared``.
    """
    kept, per_code = {spared.name}, Counter[str]()
    pointer = _pointer()
    for name in _listed(pointer):
        code = _code_of(name, pointer)
        per_code[code] += 1
        if per_code[code] <= MAX_KEPT:
            kept.add(name)
    gone = [
        model
        for model in list_models()
        if model.card
        and model.path.name not in kept
        and time.time() - model.path.stat().st_mtime > KEPT_FOR_S
    ]
    for model in gone:
        for path in models_folder().glob(f"{model.name}.*"):
            path.unlink(missing_ok=True)
    return [model.name for model in gone]


def _point(names: list[str], model: Path, card: dict[str, Any], note: str) -> None:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_card(model, {**card, "put_in_use": [*card.get("put_in_use", []), {"at": now, "note": note}]})
    names = list(dict.fromkeys(names))[: MOST_REMEMBERED + 1]
    pointer = _pointer()
    codes = {name: _code_of(name, pointer) for name in names}
    _write_whole(
        models_folder() / POINTER,
        {"model": names[0], "since": now, "before": names[1:], "code_sha256": codes},
    )


def _listed(pointer: dict[str, Any]) -> list[str]:
    """Names of what was put in use, the last one first."""
    before = pointer.get("before", [])
    return [
        str(name) for name in (pointer.get("model"), *(before if isinstance(before, list) else [])) if name
    ]


def _code_of(name: str, pointer: dict[str, Any]) -> str:
    """The code that a model was trained with: as noted when it was put in use, else as its card says; "" where that is not known."""
    noted = pointer.get("code_sha256")
    if isinstance(noted, dict) and noted.get(name):
        return str(noted[name])
    card = _card_or_none(models_folder() / name)
    return str(card.get("code_sha256", "")) if card else ""


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
