"""Messages as the dialogue hears them, put together from single things that a person says."""

from __future__ import annotations

from typing import Any

from signpost.dialogue.state import NEVER_DESPAIR, TAKEN_DANGER, TAKEN_DESPAIR, TAKEN_WHO, Answer, Heard
from signpost.routing import Abuse, Area, Despair, Gender, Need, Scope, Topic, Urgency, Who

TAKEN = sorted(
    {label.value for label in (*Need, *Abuse)}
    | {"area", "gender", "lgbt", TAKEN_WHO, TAKEN_DANGER, TAKEN_DESPAIR, NEVER_DESPAIR}
)

# One message is a few of these, as a person would say a few things; drawn whole it would say everything at
# once.
PIECES: list[tuple[str, Any]] = [
    *(("scope", scope) for scope in Scope),
    *(("scope", scope) for scope in (Scope.DISCLOSURE, Scope.ASK_HELP, Scope.SMALLTALK)),
    *(("urgency", urgency) for urgency in (Urgency.CHECK, Urgency.IMMEDIATE)),
    *((flag, True) for flag in ("danger_over", "danger_less", "danger_in_context", "plain_no", "lgbt")),
    *((flag, True) for flag in ("farewell", "asks_again", "aged_16_17", "about_child", "fears_harming_baby")),
    *(("abuse", frozenset({kind})) for kind in Abuse),
    *(("gender", gender) for gender in Gender),
    *(("area", area) for area in Area),
    *(("who", who) for who in Who),
    *(("needs", frozenset({need})) for need in Need),
    *(("topic", topic) for topic in Topic),
    *(("answer", answer) for answer in Answer),
    *(("despair", despair) for despair in (Despair.WRITER, Despair.SOMEBODY_ELSE)),
    *(("taken_back", frozenset({value})) for value in TAKEN),
    *(("told", frozenset({value})) for value in ("injury", "strangulation", "cannot_phone")),
    *(("language", code) for code in ("pl", "other")),
    *(("named", line) for line in ("mens_advice_line", "national_24h", "police_999", "mk_act", "shout")),
    ("place", "oxfordshire"),
]
SETS = {"abuse", "needs", "taken_back", "told"}


def message(pieces: list[tuple[str, Any]]) -> Heard:
    """Put pieces together: sets add up, of two single values the later holds."""
    said: dict[str, Any] = {}
    for name, value in pieces:
        said[name] = said.get(name, frozenset()) | value if name in SETS else value
    return Heard(**said)
