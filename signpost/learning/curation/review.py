"""What volunteers found: labelled messages in ``review/`` until a maintainer accepts or drops them.

Nothing in that folder is trained on. A file has the form of a topic file, with a comment on top saying what
was wrong.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Collection, Mapping, Sequence

from signpost.files import ROOT
from signpost.learning.corpus.topic_files import (
    Example,
    TopicFile,
    as_yaml,
    check_writable,
    read_topic_file,
    write_topic_file,
)
from signpost.understanding.labels import LabelError

REVIEW = ROOT / "review"
SOURCE = "Found by a volunteer"
# Characters of a title that become the file's name.
MAX_SLUG = 60
# Files of one name in a folder.
MAX_OF_A_NAME = 100


@dataclass(frozen=True)
class Finding:
    """One file of ``review/``."""

    path: Path
    comment: str
    examples: tuple[Example, ...]


def save_finding(
    examples: Sequence[Example], *, title: str, comment: str = "", today: date, folder: Path = REVIEW
) -> Path:
    """Write a new file named by date and title, in canonical form; a name that is taken gets a number.

    Raises:
        LabelError: an unknown label, a character that no file can hold, or no message at all.
    """
    if not examples:
        raise LabelError("A finding needs at least one message.")
    for example in examples:
        check_writable(example)
    text = as_yaml(_file(examples, "\n".join(filter(None, [title, comment]))))
    try:
        return write_new(folder, f"{today.isoformat()}-{slug_of(title)}", text)
    except FileExistsError as error:
        raise LabelError("There are too many findings of this title today: give it another title.") from error


def write_new(folder: Path, name: str, text: str, *, taken: Collection[str] = ()) -> Path:
    """Write ``name.yml``, or ``name-2.yml`` and so on where that is taken; never over a file that is there.

    Args:
        taken: names that files elsewhere have.

    Raises:
        FileExistsError: MAX_OF_A_NAME files have this name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, MAX_OF_A_NAME + 1):
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}.yml"
        if path.stem in taken:
            continue
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(name)


def slug_of(title: str) -> str:
    """A title as a file's name: small letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_SLUG].strip("-")
    return words or "finding"


def read_findings(folder: Path = REVIEW) -> list[Finding]:
    """All findings, oldest first.

    Raises:
        LabelError: a file is not what it must be; names it.
    """
    return [read_finding(path) for path in sorted(folder.glob("*.yml"))]


def read_finding(path: Path) -> Finding:
    """One file.

    Raises:
        LabelError: it is not what it must be.
    """
    file = read_topic_file(path)
    return Finding(path, file.comment, file.examples)


def take(finding: Finding, example: Example, corrected: Example, topic: Path) -> Finding | None:
    """Append one example of a finding, as corrected, to its intent in a topic file.

    Returns the rest, or None.
    """
    file = read_topic_file(topic)
    write_topic_file(topic, replace(file, examples=(*file.examples, corrected)))
    return drop(finding, example)


def drop(finding: Finding, example: Example) -> Finding | None:
    """Take one example out of a finding; a finding without examples is deleted. The rest, or None."""
    # somebody else may have accepted or dropped some of it meanwhile
    rest = [
        other
        for other in (read_finding(finding.path).examples if finding.path.exists() else ())
        if other != example
    ]
    if not rest:
        finding.path.unlink(missing_ok=True)
        return None
    write_topic_file(finding.path, _file(rest, finding.comment))
    return Finding(finding.path, finding.comment, tuple(rest))


def _file(examples: Sequence[Example], comment: str) -> TopicFile:
    return TopicFile(tuple(examples), SOURCE, reviewed=False, comment=comment)


def fitting_topic(
    example: Example, neighbours: Sequence[Example], topics: Mapping[str, Sequence[Example]]
) -> str:
    """The name of the best topic file.

    That of the nearest message with the same intent, otherwise the one with most of this intent and scope.
    """
    for neighbour in neighbours:
        for name, known in topics.items():
            if neighbour.intent == example.intent and neighbour in known:
                return name
    counts = {
        name: sum(
            other.intent == example.intent and other.metadata["scope"] == example.metadata["scope"]
            for other in known
        )
        for name, known in topics.items()
    }
    return max(counts, key=counts.__getitem__)
