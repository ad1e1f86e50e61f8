"""replies.yml: the fixed texts above the lines and the longer notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml.comments import CommentedMap

from signpost.directory.fields import check_keys, text_of
from signpost.directory.problems import Report
from signpost.directory.source import line_of, read
from signpost.files import ROOT
from signpost.routing.route import NOTES
from signpost.routing.rules import RESTS_ON

REPLIES_FILE = ROOT / "directory" / "replies.yml"

EMERGENCY_DIGITS = "999"
KEYPRESS_DIGITS = "55"  # pressed during a silent 999 call; in one note only
NOTE_WITH_KEYPRESS = "silent_call"


@dataclass(frozen=True)
class Replies:
    """The fixed texts: one for each rule, and the longer notes."""

    by_rule: Mapping[str, str]
    notes: Mapping[str, str]


def load_replies(path: Path | str) -> Replies:
    """Read the fixed texts: every rule and every note must have one, and digits are 999 only."""
    report, top = read(Path(path))
    check_keys(report, top, ("replies", "notes"), ("replies", "notes"), "the file")
    by_rule = _reply_texts(report, top, "replies", tuple(RESTS_ON))
    notes = _reply_texts(report, top, "notes", NOTES)
    report.raise_if_any()
    return Replies(MappingProxyType(by_rule), MappingProxyType(notes))


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
        allowed = {EMERGENCY_DIGITS, KEYPRESS_DIGITS} if key == NOTE_WITH_KEYPRESS else {EMERGENCY_DIGITS}
        for digits in re.findall("[0-9]+", text):
            if digits not in allowed:
                report.add(
                    line_of(node, key),
                    name,
                    key,
                    f'The digits "{digits}" stand in this text.',
                    "Take them out: numbers come from services.yml, and only 999 may stand in a text.",
                )
        found[key] = text
    return found
