"""A topic file under ``data/nlu``: the one form in which training messages are written, and reading it back.

The form is canonical, so that a diff shows what was changed and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

from signpost.files import read_yaml, write_whole
from signpost.understanding.labels import (
    ANY_OF,
    DEFAULTS,
    METADATA_KEYS,
    LabelError,
    LabelledMessage,
    label_message,
    read_labelled_jsonl,
    read_training_messages,
)

# The order of the labels in a file.
KEY_ORDER = (
    "scope",
    "who",
    "urgency",
    "abuse",
    "gender",
    "lgbt",
    "area",
    "needs",
    "danger_in_context",
    "danger_over",
)
YES_OR_NO = ("lgbt", "danger_in_context", "danger_over")
SILENT = {
    **DEFAULTS,
    "urgency": "not_immediate",
    "lgbt": False,
    "danger_in_context": False,
    "danger_over": False,
}


@dataclass(frozen=True)
class Example:
    """One training message as it stands in a file: its labels in canonical form (``canonical_metadata``)."""

    text: str
    intent: str
    metadata: Mapping[str, Any]


def canonical_metadata(labels: Mapping[str, Any]) -> dict[str, Any]:
    """The labels in the file's order, without those that say what is taken for granted.

    Raises:
        LabelError: a label or a value that the labelling guide does not know.
    """
    unknown = set(labels) - METADATA_KEYS
    if unknown:
        raise LabelError(f"unknown labels {', '.join(sorted(unknown))}; there are {', '.join(KEY_ORDER)}")
    kept = {
        key: labels[key]
        for key in KEY_ORDER
        if key in labels and labels[key] not in (None, [], ()) and labels[key] != SILENT.get(key)
    }
    for label, allowed in ANY_OF.items():
        if label in kept:
            given = list(dict.fromkeys(kept[label]))
            kept[label] = sorted(
                given,
                key=lambda value, allowed=allowed: allowed.index(value) if value in allowed else len(allowed),
            )
    unclear = [label for label in YES_OR_NO if not isinstance(labels.get(label, False), (bool, type(None)))]
    if unclear:
        raise LabelError(f"{unclear[0]} is {labels[unclear[0]]!r}, allowed are true, false")
    label_message("", kept)
    return kept


def danger_fits(intent: str, metadata: Mapping[str, Any]) -> bool:
    """Whether intent and labels agree: present danger goes with ``report_danger``, and nothing else does."""
    return (intent == "report_danger") == (
        metadata.get("urgency") == "immediate" and metadata["scope"] == "disclosure"
    )


def check_writable(example: Example) -> None:
    """Check that an example survives being written and read back.

    Control characters and lone surrogates do not.

    Raises:
        LabelError: it would not.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        ((read,),) = [
            block["examples"] for block in YAML(typ="safe").load(as_yaml([example]).encode())["nlu"]
        ]
        same = read["text"] == example.text
    except (UnicodeEncodeError, YAMLError, KeyError, TypeError, ValueError):
        same = False
    if not same:
        raise LabelError(
            f"A character in {ascii(example.text[:60])} or in its intent cannot be stored; leave it out."
        )


def training_messages(folder: Path) -> list[LabelledMessage]:
    """Every training message with its labels, file by file in the order of their names.

    Raises:
        LabelError: an unknown label, or a file that is none of training messages.
    """
    from ruamel.yaml.error import YAMLError

    try:
        return read_training_messages(folder)
    except LabelError:
        raise
    except (YAMLError, KeyError, TypeError, ValueError, OSError) as error:
        raise LabelError(
            f"The training messages in {folder} cannot be read; `make check` says more. ({error})"
        ) from error


def labelled_messages(path: Path) -> list[LabelledMessage]:
    """Messages in the labelling guide's own form, one JSON object a line.

    Raises:
        LabelError: an unknown label, or a line that is none of this form; names the file.
    """
    try:
        return read_labelled_jsonl(path)
    except LabelError:
        raise
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise LabelError(
            f"{path}: these are no labelled messages, one JSON object a line with `id`, `text` and labels "
            f"({type(error).__name__}: {error})."
        ) from error


def read_examples(path: Path) -> list[Example]:
    """All examples of one file in their order.

    Raises:
        LabelError: not Rasa's form of training messages, or an illegal label; names file and text.
    """
    data = read_yaml(path, LabelError)
    try:
        blocks = data["nlu"]
        listed = [
            (block["intent"], entry["text"], entry["metadata"])
            for block in blocks
            for entry in block["examples"]
        ]
    except (KeyError, TypeError) as error:
        raise LabelError(
            f"{path.name}: this is not a file of training messages ({type(error).__name__}: {error})."
        ) from error
    examples = []
    for intent, text, metadata in listed:
        try:
            examples.append(Example(text, intent, canonical_metadata(metadata)))
        except LabelError as error:
            raise LabelError(f"{path.name}: {str(text)[:60]!r}: {error}") from error
    return examples


def as_yaml(examples: Iterable[Example], *, comment: str = "") -> str:
    """The file's text: intents by name, examples in the order given, ``comment`` on top with # on each
    line."""
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example)
    rows = [f"# {line}".rstrip() for line in comment.splitlines()] + ['version: "3.1"', "nlu:"]
    for intent in sorted(by_intent):
        rows += [f"- intent: {intent}", "  examples:"]
        for example in by_intent[intent]:
            rows += [
                f"  - text: {json.dumps(example.text, ensure_ascii=False)}",
                f"    metadata: {_flow(example.metadata)}",
            ]
    return "\n".join(rows) + "\n"


def write_examples(path: Path, examples: Sequence[Example], *, comment: str = "") -> None:
    """Write a file whole or not at all."""
    write_whole(path, as_yaml(examples, comment=comment))


def _flow(metadata: Mapping[str, Any]) -> str:
    words = {True: "true", False: "false"}
    values = {
        key: f"[{', '.join(value)}]"
        if isinstance(value, (list, tuple))
        else words[value]
        if isinstance(value, bool)
        else str(value)
        for key, value in canonical_metadata(metadata).items()
    }
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
