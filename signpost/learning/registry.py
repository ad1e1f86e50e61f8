"""Trained models: the files, their cards, and which one is in use.

A model is ``signpost-<hash>.tar.gz``; its card ``signpost-<hash>.json`` lies beside it and has the file's
SHA-256 and the hash of the code that it was trained with. ``in-use.json`` lists what was put in use, the
latest first; every bot process watches it, and answers with the first model there that was trained with the
code that it has loaded. So old and new code can share a folder of models while one replaces the other. The
file is only replaced atomically.

ModelError
 +-- NoCardError        a model without a card, or a card that cannot be read
 +-- OtherFileError     the file is not the one that its card describes
 +-- OtherCodeError     the model was trained with other code than this process has loaded
 +-- NothingBeforeError there is no earlier model to go back to
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from signpost.errors import SignpostError
from signpost.files import ROOT, write_whole
from signpost.learning.results import Scores, as_json, from_json

POINTER = "in-use.json"
# On a bot's command line: whatever model is in use.
IN_USE = Path("in-use")
SUFFIX = ".tar.gz"
CARD_ENDING = ".json"
# Earlier models that the pointer remembers for going back.
MAX_REMEMBERED = 20
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
class TrainingData:
    """The messages that a model was trained on."""

    messages: int
    sha256: str = ""
    danger: int = 0
    by_topic: Mapping[str, int] = field(default_factory=dict)
    by_intent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class EncoderCard:
    """The sentence encoder of a model; empty where it was not tuned."""

    sha256: str = ""
    messages: int = 0
    tuned_on: str = ""


@dataclass(frozen=True)
class PutInUse:
    """When a model was put in use, UTC, and how that came about."""

    at: str
    note: str


@dataclass(frozen=True)
class GateDecision:
    """One promotion: the model compared with, the objections, and the reason to promote all the same."""

    on: str
    against: str | None
    quick: bool
    objections: tuple[str, ...]
    anyway: str | None


@dataclass(frozen=True)
class Card:
    """What is known about one model; ``sha256`` is its file's. Older cards may lack the rest.

    ``calibration`` and ``thresholds`` are those of ``signpost.understanding``, as plain data.
    """

    sha256: str
    trained_on: str = ""
    seconds: int = 0
    data: TrainingData = TrainingData(0)
    encoder: EncoderCard = EncoderCard()
    calibration: Mapping[str, object] = field(default_factory=dict)
    thresholds: Mapping[str, object] = field(default_factory=dict)
    scores: Scores | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    code_sha256: str = ""
    put_in_use: tuple[PutInUse, ...] = ()
    gate: tuple[GateDecision, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model whose file is the one that its card describes: ``open_model`` hashes the file once."""

    path: Path
    card: Card

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return name_of(self.path)

    def with_card(self, card: Card) -> Model:
        """The same model with another card, which is written."""
        write_card(self.path, card)
        return replace(self, card=card)


@dataclass(frozen=True)
class ListedModel:
    """A model of the folder, not opened; ``card`` is None where it has none that can be read."""

    name: str
    path: Path
    card: Card | None
    in_use: bool


@dataclass(frozen=True)
class _Pointer:
    """in-use.json: names of files; ``before`` has the latest first, ``code_sha256`` the code of each."""

    model: str = ""
    since: str = ""
    before: tuple[str, ...] = ()
    code_sha256: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        """What was put in use, the latest first."""
        return [name for name in (self.model, *self.before) if name]

    def code_of(self, name: str) -> str:
        """The code that a model was trained with: noted when it was put in use, or its card's; "" if
        unknown."""
        if noted := self.code_sha256.get(name):
            return noted
        card = _card_or_none(models_folder() / name)
        return card.code_sha256 if card else ""


def models_folder() -> Path:
    """Where models lie: SIGNPOST_MODELS, or ``models/`` of this checkout."""
    return Path(os.environ.get("SIGNPOST_MODELS") or ROOT / "models")


def name_of(model: Path) -> str:
    """A model's name, without the ending."""
    return model.name.removesuffix(SUFFIX)


def beside(model: Path, ending: str) -> Path:
    """The file of another kind that belongs to a model, such as its card (``.json``)."""
    return model.with_name(name_of(model) + ending)


def open_model(path: Path, *, code: str | None = None) -> Model:
    """Read a model's card and compare the file with it.

    Args:
        code: the hash of the code that the model must have been trained with; None: any.

    Raises:
        NoCardError, OtherFileError, OtherCodeError
    """
    card = read_card(path)
    if not path.exists() or file_sha256(path) != card.sha256:
        raise OtherFileError(
            f"{path.name} is not the file that its card describes: train it again, or restore the file."
        )
    if code is not None and card.code_sha256 != code:
        raise OtherCodeError(
            f"{name_of(path)} was trained with other code than this process has loaded: train a model with "
            "this code, or start a process of that code."
        )
    return Model(path, card)


def list_models(code: str | None = None) -> list[ListedModel]:
    """All models of the folder, the one trained last first; ``code`` as for ``in_use``.

    What `rasa train` leaves there is among them, without a card: it was never tested, and nothing puts it in
    use.
    """
    used = in_use(code)
    paths = [path for path in models_folder().glob(f"*{SUFFIX}") if ".part" not in path.name]
    paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [ListedModel(name_of(path), path, _card_or_none(path), path == used) for path in paths]


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


def read_card(path: Path) -> Card:
    """The card of a model; whether it describes the file is not checked.

    Raises:
        NoCardError
    """
    try:
        return from_json(Card, beside(path, CARD_ENDING).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoCardError(f"{path.name} has no card that can be read: run `make train`.") from error


def write_card(path: Path, card: Card) -> None:
    """Write a model's card whole or not at all."""
    write_whole(beside(path, CARD_ENDING), as_json(card))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_use(code: str | None = None) -> Path | None:
    """The model that bots answer with, or None where none was put in use or its file is gone.

    Args:
        code: the hash of a bot's code: the latest one put in use that was trained with it. None: the latest
            of all.
    """
    pointer = _pointer()
    names = [name for name in pointer.names() if code is None or pointer.code_of(name) == code]
    path = models_folder() / names[0] if names else None
    return path if path and path.exists() else None


def put_in_use(model: Model, *, note: str) -> Model:
    """Make a model of the folder the one in use; ``note`` says how that came about and goes into its card."""
    return _point(model, [name for name in _pointer().names() if name != model.path.name], note)


def roll_back(*, code: str, note: str) -> Model:
    """Put the model that was in use before back, of those trained with ``code``.

    The one that is left is no longer remembered.

    Raises:
        NothingBeforeError, NoCardError, OtherFileError
    """
    pointer = _pointer()
    names = pointer.names()
    ours = [name for name in names if (models_folder() / name).exists() and pointer.code_of(name) == code]
    if len(ours) < 2:
        raise NothingBeforeError(
            "No earlier model that was trained with this code is known, so there is nothing to go back to."
        )
    left, before = ours[:2]
    rest = [name for name in names if name not in (left, before)]
    return _point(open_model(models_folder() / before), rest, note)


def prune(*, spared: Path) -> list[str]:
    """Delete models that nobody will go back to; returns their names.

    Kept are the last MAX_KEPT that were put in use, for each code, what is younger than KEPT_FOR_S, what is
    not ours, and ``spared``.
    """
    kept, per_code = {spared.name}, Counter[str]()
    pointer = _pointer()
    for name in pointer.names():
        code = pointer.code_of(name)
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


def _point(model: Model, before: list[str], note: str) -> Model:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    pointed = model.with_card(
        replace(model.card, put_in_use=(*model.card.put_in_use, PutInUse(at=now, note=note)))
    )
    name, remembered = model.path.name, tuple(dict.fromkeys(before))[:MAX_REMEMBERED]
    pointer = _pointer()
    codes = {name: model.card.code_sha256, **{name: pointer.code_of(name) for name in remembered}}
    write_whole(models_folder() / POINTER, as_json(_Pointer(name, now, remembered, codes)))
    return pointed


def _pointer() -> _Pointer:
    try:
        return from_json(_Pointer, (models_folder() / POINTER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return _Pointer()


def _card_or_none(path: Path) -> Card | None:
    try:
        return read_card(path)
    except NoCardError:
        return None
