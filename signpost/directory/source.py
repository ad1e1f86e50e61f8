"""One YAML file of directory/ as texts, each exactly as it was typed, with its line.

Every value is a text, quoted or not: `0808 2000 247`, `no` and `2026-11-21` stay as they are. What YAML would
drop without a word (a remark behind an unquoted text, an anchor, a tag) is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver

from signpost.directory.problems import DirectoryUnreadable, Report

QUOTE_IT = "Put the whole text in double quotes."
LIST_HINT = "Copy the shape of a neighbour: a dash in front, then one field a line."


def read(path: Path) -> tuple[Report, CommentedMap]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DirectoryUnreadable(
            f"{path}: the file cannot be opened ({error.strerror}). Put it back."
        ) from error
    except UnicodeDecodeError as error:
        raise DirectoryUnreadable(f"{path}: the file is not plain text. Save it as UTF-8.") from error
    report = Report(str(path), text.splitlines())
    try:
        top = _yaml().load(text)
    except MarkedYAMLError as error:
        raise DirectoryUnreadable(_syntax_message(path, error)) from error
    except (YAMLError, ValueError) as error:
        raise DirectoryUnreadable(
            f"{path}: the file cannot be read ({error}). Compare it with its README."
        ) from error
    if not isinstance(top, CommentedMap):
        raise DirectoryUnreadable(f"{path}: the file is empty or has no headings. Put back its headings.")
    _check_nothing_is_dropped(report, _yaml().compose(text), "the file", "")
    return report, top


class _TextResolver(VersionedResolver):
    """Takes every plain value for a text, never for a number, a date or a truth value."""

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> Any:
        """The tag of a node."""
        if kind is ScalarNode:
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = _TextResolver
    return yaml


def _check_nothing_is_dropped(report: Report, node: Node, entry: str, name: str) -> None:
    """Report anchors, aliases, tags and remarks behind an unquoted text: YAML would drop words there."""
    line = node.start_mark.line
    if node.anchor is not None or not node.tag.startswith("tag:yaml.org,2002:"):
        report.add(line, entry, name, "A text cannot begin with this sign unless it is quoted.", QUOTE_IT)
    elif isinstance(node, MappingNode):
        named = [value.value for key, value in node.value if key.value == "id"]
        entry = str(named[0]) if named and isinstance(named[0], str) else entry
        for key, value in node.value:
            _check_nothing_is_dropped(report, value, entry, str(key.value))
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _check_nothing_is_dropped(report, item, entry, name)
    elif isinstance(node, ScalarNode) and not node.style and _is_followed_by_a_remark(report, node):
        report.add(
            line,
            entry,
            name,
            "What stands behind # is a remark and would not be shown.",
            f"{QUOTE_IT} Write a remark on a line of its own.",
        )


def _is_followed_by_a_remark(report: Report, node: ScalarNode) -> bool:
    end = node.end_mark
    rest = report.source[end.line][end.column :] if end.line < len(report.source) else ""
    return rest.lstrip().startswith("#")


def _syntax_message(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = f", line {mark.line + 1}" if mark is not None else ""
    return (
        f"{path}{line}: this cannot be read ({error.problem}). "
        "Look at this line and the one above it: quotes in pairs, the same indent as its neighbours, "
        "no name twice. A text with a colon in it needs double quotes around it."
    )


def entries(report: Report, node: CommentedMap, name: str) -> Iterator[CommentedMap]:
    """The entries of a list; anything else there is told and left out."""
    value = node.get(name)
    if name in node and not isinstance(value, CommentedSeq):
        report.add(line_of(node, name), entry_name(node), name, "This must be a list of entries.", LIST_HINT)
    for index, item in enumerate(sequence(value)):
        if isinstance(item, CommentedMap):
            yield item
        else:
            report.add(
                line_of_item(value, index), name, f"entry {index + 1}", "This is not an entry.", LIST_HINT
            )


def maps(value: Any) -> list[CommentedMap]:
    return [item for item in sequence(value) if isinstance(item, CommentedMap)]


def sequence(value: Any) -> list[Any]:
    return list(value) if isinstance(value, CommentedSeq) else []


def entry_name(node: CommentedMap) -> str:
    return str(node.get("id", "the file" if "services" in node else "an entry without id"))


def line_of(node: CommentedMap, key: str) -> int:
    """Line of a field, from 0; of the entry itself where the field is missing."""
    return int(node.lc.key(key)[0] if key in node else node.lc.line)


def line_of_item(sequence: CommentedSeq, index: int) -> int:
    return int(sequence.lc.item(index)[0])
