"""replies.yml: what safety needs first, the fixed texts above the lines, and the longer notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml.comments import CommentedMap

from signpost.dialogue.texts import SAFETY_IDS, guide_ids
from signpost.directory.fields import check_keys, text_of
from signpost.directory.problems import Report
from signpost.directory.source import line_of, read
from signpost.files import ROOT
from signpost.routing.route import NOTES
from signpost.routing.rules import FALLBACK, RULES

REPLIES_FILE = ROOT / "directory" / "replies.yml"

TEXT_DIGITS = frozenset({"999", "101", "111"})  # the only numbers that a text may name
KEYPRESS_DIGITS = "55"  # pressed during a silent 999 call; in one note only
NOTE_WITH_KEYPRESS = "silent_call"


@dataclass(frozen=True)
class Replies:
    """The fixed texts of replies.yml: what safety needs first, what leads to the lines by rule, the notes."""

    by_rule: Mapping[str, str]
    notes: Mapping[str, str]
    safety: Mapping[str, str]


def load_replies(path: Path | str) -> Replies:
    """Read the fixed texts: every rule and every note must have one, and digits are 999, 101 and 111 only.

    Raises:
        DirectoryError: with every problem at once.
    """
    report, top = read(Path(path))
    sections = ("safety", "guide", "notes")
    check_keys(report, top, sections, sections, "the file")
    safety = _reply_texts(report, top, "safety", SAFETY_IDS)
    by_rule = _reply_texts(report, top, "guide", guide_ids((*(rule.id for rule in RULES), FALLBACK)))
    notes = _reply_texts(report, top, "notes", NOTES)
    report.raise_if_any()
    return Replies(MappingProxyType(by_rule), MappingProxyType(notes), MappingProxyType(safety))


def _reply_texts(report: Report, top: CommentedMap, name: str, ids: tuple[str, ...]) -> dict[str, str]:
    node = top.get(name)
    if not isinstance(node, CommentedMap):
        if name in top:
            report.add(line_of(top, name), "the file", name, "There are no texts here.", "Put them back.")
        return {}
    check_keys(report, node, ids, ids, name)
    found = {}
    for key in ids:
        text = text_of(report, node, key, name)
        allowed = TEXT_DIGITS | ({KEYPRESS_DIGITS} if key == NOTE_WITH_KEYPRESS else set())
        for digits in re.findall("[0-9]+", text):
            if digits not in allowed:
                report.add(
                    line_of(node, key),
                    name,
                    key,
                    f'The digits "{digits}" stand in this text.',
                    "Take them out: numbers come from services.yml; only 999, 101 and 111 may be in a text.",
                )
        found[key] = text
    return found
