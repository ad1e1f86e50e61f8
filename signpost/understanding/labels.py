"""The labels of one message: which there are, and how a training example carries them.

A training example under ``data/nlu`` carries its labels as Rasa's own example metadata; what is left out
has the default. The label sets are those of the labelling guide, plus two of ours that only make sense
inside a conversation: ``danger_over`` (the text says that a danger is over) and ``danger_in_context``
(the text is danger only if something abusive was told before, such as "he's back"), ``danger_less`` (the text
weakens a danger without ending it) and ``taken_back`` (what was understood wrongly or is no longer wanted).
``asks`` names the topics that a message asks about; each has its answer in directory/answers.yml.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.routing.situation import Abuse, Area, Gender, Need, Scope, Who

# Labels of which exactly one holds, with the value that stands when the metadata is silent.
ONE_OF: dict[str, tuple[str, ...]] = {
    "scope": tuple(scope.value for scope in Scope),
    "gender": tuple(gender.value for gender in Gender),
    "area": tuple(area.value for area in Area),
    "who": tuple(who.value for who in Who),
}
DEFAULTS = {"gender": Gender.UNKNOWN.value, "area": Area.UNKNOWN.value}
TOPICS_FILE = ROOT / "directory" / "answers.yml"
# A topic is the name of a block at the start of a line.
TOPICS: tuple[str, ...] = tuple(re.findall(r"^(\w+):", TOPICS_FILE.read_text(encoding="utf-8"), re.MULTILINE))
# What can be taken back besides needs and kinds of abuse.
FACTS = ("area", "gender", "lgbt", "who", "despair", "danger")
# Labels of which any number holds.
ANY_OF: dict[str, tuple[str, ...]] = {
    "abuse": tuple(abuse.value for abuse in Abuse),
    "needs": tuple(need.value for need in Need),
    "asks": TOPICS,
    "taken_back": (*FACTS, *(need.value for need in Need), *(abuse.value for abuse in Abuse)),
}
# Labels that hold or do not.
YES_NO: tuple[str, ...] = (
    "danger",
    "lgbt",
    "despair",
    "despair_other",
    "danger_over",
    "danger_less",
    "danger_in_context",
)
FLAGS = ("lgbt", "danger_over", "danger_less", "danger_in_context")
DESPAIR = {"none": (False, False), "writer": (True, False), "somebody_else": (False, True)}

METADATA_KEYS = frozenset({*ONE_OF, *ANY_OF, *FLAGS, "urgency", "despair", "unknown"})


class LabelError(SignpostError, ValueError):
    """An example's metadata does not fit the labelling guide."""


@dataclass(frozen=True)
class LabelledMessage:
    """One message with its labels. ``topic`` is the file it stands in: the group for cross-validation."""

    text: str
    intent: str
    topic: str
    one_of: Mapping[str, str]
    any_of: Mapping[str, frozenset[str]]
    yes_no: Mapping[str, bool]
    id: str = field(default="")
    # Labels that this message leaves open, as a turn within a talk does: neither learned from nor scored.
    unknown: frozenset[str] = frozenset()
    # What the same person wrote before it, oldest first, where it is to be read with it.
    earlier: tuple[str, ...] = ()


def label_message(
    text: str, metadata: Mapping[str, Any], *, intent: str = "", topic: str = "", id: str = ""
) -> LabelledMessage:
    """Read the labels of one example.

    Raises:
        LabelError: a key or a value that the labelling guide does not know; names the text and the allowed values.
    """
    one_of = {}
    for name, allowed in ONE_OF.items():
        value = metadata.get(name, DEFAULTS.get(name))
        if value not in allowed:
            raise LabelError(f"{topic}: {name} is {value!r}, allowed are {', '.join(allowed)}: {text[:60]!r}")
        one_of[name] = value
    any_of = {}
    for name, allowed in ANY_OF.items():
        values = frozenset(metadata.get(name, ()))
        if not values <= set(allowed):
            raise LabelError(
                f"{topic}: {name} is {sorted(values - set(allowed))}, allowed are {', '.join(allowed)}: {text[:60]!r}"
            )
        any_of[name] = values
    urgency = metadata.get("urgency", "not_immediate")
    if urgency not in ("immediate", "not_immediate"):
        raise LabelError(
            f"{topic}: urgency is {urgency!r}, allowed are immediate, not_immediate: {text[:60]!r}"
        )
    despair = metadata.get("despair", "writer" if one_of["scope"] == Scope.SELF_HARM.value else "none")
    if despair not in DESPAIR:
        raise LabelError(f"{topic}: despair is {despair!r}, allowed are {', '.join(DESPAIR)}: {text[:60]!r}")
    yes_no = {
        "danger": urgency == "immediate",
        **dict(zip(("despair", "despair_other"), DESPAIR[despair])),
        **{name: bool(metadata.get(name, False)) for name in FLAGS},
    }
    return LabelledMessage(
        text, intent, topic, one_of, any_of, yes_no, id, frozenset(metadata.get("unknown", ()))
    )


def read_labelled_jsonl(path: Path) -> list[LabelledMessage]:
    """Read messages in the labelling guide's own form, one JSON object a line.

    Raises:
        LabelError: a label that the guide does not know.
    """
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [label_message(row["text"], row, topic=path.stem, id=row["id"]) for row in rows]


def data_hash(messages: Sequence[LabelledMessage]) -> str:
    """SHA-256 over texts and labels in their order."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(
            repr(
                (
                    message.text,
                    message.intent,
                    sorted(message.one_of.items()),
                    message.yes_no,
                    sorted(message.unknown),
                )
            ).encode()
        )
        digest.update(repr([(label, sorted(values)) for label, values in message.any_of.items()]).encode())
    return digest.hexdigest()
