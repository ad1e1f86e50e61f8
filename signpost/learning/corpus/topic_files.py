"""A topic file, ``data/nlu/<subject>/<topic>.yml``: the one form in which training messages are written and
read.

One form, whoever writes it, so that a difference between two versions shows what was changed and nothing
else. ``data/topic_file.schema.json`` describes it to editors; Rasa reads it too, and passes over ``source``
and ``reviewed``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

from signpost.files import ROOT, read_text, read_yaml, write_whole
from signpost.understanding.labels import (
    ANY_OF,
    DEFAULTS,
    FLAGS,
    METADATA_KEYS,
    LabelError,
    LabelledMessage,
    label_message,
    read_labelled_jsonl,
)

NLU_DATA = ROOT / "data" / "nlu"
EXAMPLE_SOURCE = "Written for this project"
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
    "despair",
    "asks",
    "taken_back",
    "danger_in_context",
    "danger_less",
    "danger_over",
    "unknown",
)
YES_OR_NO = FLAGS
SILENT = {
    **DEFAULTS,
    "urgency": "not_immediate",
    "despair": "none",
    **dict.fromkeys(FLAGS, False),
}


@dataclass(frozen=True)
class Example:
    """One training message as it stands in a file: its labels in canonical form (``canonical_metadata``)."""

    text: str
    intent: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class TopicFile:
    """One file: its messages, where they come from, and whether somebody who did not write them has read
    them.

    ``comment`` is what stands on top, without the # of each line.
    """

    examples: tuple[Example, ...]
    source: str
    reviewed: bool
    comment: str = ""


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

    written = as_yaml(TopicFile((example,), source="", reviewed=False))
    try:
        ((read,),) = [block["examples"] for block in YAML(typ="safe").load(written.encode())["nlu"]]
        same = read["text"] == example.text
    except (UnicodeEncodeError, YAMLError, KeyError, TypeError, ValueError):
        same = False
    if not same:
        raise LabelError(
            f"A character in {ascii(example.text[:60])} or in its intent cannot be stored; leave it out."
        )


def topic_paths(folder: Path = NLU_DATA) -> dict[str, Path]:
    """The topic files below a folder by name, such as ``abuse/money``, in the order of their names."""
    paths = sorted(folder.rglob("*.yml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def read_topic_file(path: Path) -> TopicFile:
    """One file, its examples in their order.

    Raises:
        LabelError: not Rasa's form of training messages, no source, or an illegal label; names file and text.
    """
    try:
        state = path.stat()
    except OSError:
        return _read(path)
    return _as_it_was(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1000)
def _as_it_was(path: Path, changed_ns: int, size: int) -> TopicFile:
    """All files together take seconds to read, and are asked for again and again."""
    return _read(path)


def _read(path: Path) -> TopicFile:
    name = f"{path.parent.name}/{path.name}"
    written, data = read_text(path, LabelError), read_yaml(path, LabelError)
    try:
        source, reviewed = data.get("source"), data.get("reviewed")
        listed = [
            (block["intent"], entry["text"], entry["metadata"])
            for block in data["nlu"]
            for entry in block["examples"]
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise LabelError(
            f"{name}: this is not a file of training messages ({type(error).__name__}: {error})."
        ) from error
    if not isinstance(source, str) or not source.strip():
        raise LabelError(
            f'{name}: say on top where its messages come from, such as source: "{EXAMPLE_SOURCE}".'
        )
    if not isinstance(reviewed, bool):
        raise LabelError(f"{name}: reviewed is {reviewed!r}, allowed are true, false.")
    examples = []
    for intent, text, metadata in listed:
        try:
            examples.append(Example(text, intent, canonical_metadata(metadata)))
        except (LabelError, TypeError) as error:
            raise LabelError(f"{name}: {str(text)[:60]!r}: {error}") from error
    comment = [line[1:].strip() for line in written.splitlines() if line.startswith("#")]
    return TopicFile(tuple(examples), source, reviewed, "\n".join(comment))


def read_examples(path: Path) -> list[Example]:
    """The examples of one file in their order.

    Raises:
        LabelError: as ``read_topic_file``.
    """
    return list(read_topic_file(path).examples)


def read_training_messages(folder: Path = NLU_DATA) -> list[LabelledMessage]:
    """Every example below a folder with its labels, file by file; the file's name is the group for
    cross-validation.

    Raises:
        LabelError: as ``read_topic_file``.
    """
    return [
        label_message(example.text, example.metadata, intent=example.intent, topic=name)
        for name, path in topic_paths(folder).items()
        for example in read_examples(path)
    ]


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


def as_yaml(file: TopicFile) -> str:
    """The file's text: intents by name, their examples in the order given."""
    by_intent: dict[str, list[Example]] = {}
    for example in file.examples:
        by_intent.setdefault(example.intent, []).append(example)
    rows = [
        *(f"# {line}".rstrip() for line in file.comment.splitlines()),
        'version: "3.1"',
        f"source: {json.dumps(file.source, ensure_ascii=False)}",
        f"reviewed: {str(file.reviewed).lower()}",
        "nlu:",
    ]
    for intent in sorted(by_intent):
        rows += [f"- intent: {intent}", "  examples:"]
        for example in by_intent[intent]:
            rows += [
                f"  - text: {json.dumps(example.text, ensure_ascii=False)}",
                f"    metadata: {_flow(example.metadata)}",
            ]
    return "\n".join(rows) + "\n"


def write_topic_file(path: Path, file: TopicFile) -> None:
    """Write a file whole or not at all."""
    write_whole(path, as_yaml(file))


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
