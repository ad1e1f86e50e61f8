"""The rules, in the order in which routing.md tests them: what cannot wait comes first, the clock comes last.

The first rule that applies names the referral. The lines are a union (see lines.py), so a second rule still
adds its own. Two rules stand before the place although they are wishes: `police` and `is-it-abuse` hold
anywhere. Of several wishes the newest leads (`leading`). `not-understood` stands before `child` and
`own-behaviour`: those two keep their lines, but the text above them must not pretend to have understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from signpost.routing.clock import Clock
from signpost.routing.doors import for_child
from signpost.routing.services import (
    FORCED_MARRIAGE_UNIT,
    GALOP,
    KARMA_NIRVANA,
    MENS_ADVICE_LINE,
    MK_ACT,
    MK_HOUSING,
    NATIONAL_24H,
    POLICE_999,
)
from signpost.routing.situation import (
    LEADING_NEEDS,
    WISHES,
    Area,
    Despair,
    Gender,
    Need,
    Scope,
    Situation,
    Topic,
    Urgency,
    Who,
)

FALLBACK = "fallback"
VICTIMS_LINES = frozenset({NATIONAL_24H, GALOP, MENS_ADVICE_LINE, KARMA_NIRVANA, FORCED_MARRIAGE_UNIT})


class Rule(NamedTuple):
    """One row: its id in routing.md, its test, and the document (A, B or an OPEN reading) that it rests
    on."""

    id: str
    applies: Callable[[Situation, Clock], bool]
    document: str
    rests_on: str


def danger(s: Situation) -> bool:
    """Somebody is at risk now, the writer or anybody else."""
    return s.urgency is Urgency.IMMEDIATE


def danger_check(s: Situation) -> bool:
    """It might mean danger now."""
    return s.urgency is Urgency.CHECK


def self_harm(s: Situation) -> bool:
    """The writer wants to die or to hurt themselves, and has not taken it back."""
    if s.despair is Despair.WRITER:
        return not s.despair_eased
    return s.despair is Despair.NONE and s.scope is Scope.SELF_HARM


def other_despair(s: Situation) -> bool:
    """Somebody else wants to die, and nothing else was told that chooses a line."""
    told_more = bool(s.abuse) or leading(s) is not None or own_behaviour(s) or harming_baby(s)
    return s.despair is Despair.SOMEBODY_ELSE and not s.despair_eased and not told_more


def samaritans_beside(s: Situation) -> bool:
    """Despair that does not lead still has Samaritans among the lines."""
    return s.despair is not Despair.NONE and not self_harm(s) and not other_despair(s)


def farewell(s: Situation) -> bool:
    """Thanks or goodbye. A goodbye in despair is never one of these."""
    return s.farewell and s.urgency is Urgency.NONE and s.despair is Despair.NONE and not self_harm(s)


def about_999(s: Situation) -> bool:
    """A question about calling 999."""
    return s.topic is Topic.CALL_999 or s.named == POLICE_999


def other_language(s: Situation) -> bool:
    """The writer does not write English."""
    return s.language is not None


def not_understood(s: Situation) -> bool:
    """Nothing that the signpost knows about."""
    known = about_999(s) or named_line(s) is not None or harming_baby(s) or s.despair is not Despair.NONE
    return s.scope in (None, Scope.OUT_OF_SCOPE) and not known


def child(s: Situation) -> bool:
    """The writer is plainly a child."""
    return s.who is Who.CHILD


def for_a_child(s: Situation) -> bool:
    """A grown-up writes about a child or teenager."""
    return (s.about_child or Need.CHILDREN in s.needs) and not child(s)


def harming_baby(s: Situation) -> bool:
    """A parent fears harming a baby."""
    return s.fears_harming_baby


def own_behaviour(s: Situation) -> bool:
    """The writer harms or fears harming; or asks, about nobody in particular, for help to stop."""
    return s.who is Who.PERPETRATOR or (s.who is Who.NONE and Need.PERPETRATOR_HELP in s.needs)


def elsewhere(s: Situation) -> bool:
    """Lives outside Milton Keynes."""
    return s.area is Area.ELSEWHERE


def may_show(s: Situation, line: str) -> bool:
    """Whether a line that was asked for, or that an answer names, fits the person at all."""
    if line in (MK_ACT, MK_HOUSING):
        return not elsewhere(s)
    if line == MENS_ADVICE_LINE and for_child(s):
        return False
    return line not in VICTIMS_LINES or s.was_harmed or not own_behaviour(s)


def named_line(s: Situation) -> str | None:
    """The line that was asked for by name or kind, if it fits."""
    if s.named is None or s.named == POLICE_999:
        return None
    return s.named if may_show(s, s.named) else None


def leading(s: Situation) -> Need | Topic | None:
    """The wish or need that chooses the line in front: the newest; of several in one message the first of the
    list."""
    wish = s.topic if s.topic in WISHES else None
    newest = s.lead if s.lead in s.needs else None
    if elsewhere(s):  # the wishes of Milton Keynes' own services do not hold there; the police do
        only_police = Need.POLICE_REPORT in s.needs and (newest is None or newest is Need.POLICE_REPORT)
        return Need.POLICE_REPORT if only_police else None
    if newest is not None and not (newest is Need.HOUSING and wish is not None):
        return newest
    return wish or next((need for need in LEADING_NEEDS if need in s.needs), None)


def police(s: Situation) -> bool:
    """Wants the police, not an emergency."""
    return leading(s) is Need.POLICE_REPORT


def refuge(s: Situation) -> bool:
    """A woman, or somebody who has not said, asks for a refuge."""
    return leading(s) is Topic.REFUGE and s.gender in (Gender.WOMAN, Gender.UNKNOWN)


def other_stay(s: Situation) -> bool:
    """A safe place to stay where a refuge does not fit."""
    return leading(s) in (Topic.OTHER_STAY, Topic.REFUGE) and not refuge(s)


def stay_home(s: Situation) -> bool:
    """Wants to stay at home safely."""
    return leading(s) is Topic.STAY_HOME


def housing(s: Situation) -> bool:
    """Nowhere safe to stay, and none of the finer wishes above."""
    return leading(s) in (Need.HOUSING, Topic.BED_TONIGHT)


def wants_housing(s: Situation) -> bool:
    """Somewhere to stay was asked for at any time, leading or not."""
    stays = s.topic in WISHES - {Topic.COURSES}
    return (stays or Need.HOUSING in s.needs) and not elsewhere(s)


def third_party(s: Situation) -> bool:
    """A friend, relative, neighbour or professional writes for the person harmed."""
    return s.who in (Who.OTHER, Who.PROFESSIONAL)


def _about_children(s: Situation) -> bool:
    return leading(s) is Need.CHILDREN or (s.about_child and leading(s) is None)


RULES: tuple[Rule, ...] = (
    Rule(
        "danger", lambda s, c: danger(s), "A", "999 whenever somebody is at risk now, or it is an emergency"
    ),
    Rule(
        "danger-check",
        lambda s, c: danger_check(s),
        "OPEN",
        "unclear danger: 999 stands first, a question follows",
    ),
    Rule(
        "named-line", lambda s, c: named_line(s) is not None, "OPEN", "a line asked for by name or kind leads"
    ),
    Rule("self-harm", lambda s, c: self_harm(s), "OPEN", "self-harm: Samaritans before the abuse lines"),
    Rule(
        "other-despair",
        lambda s, c: other_despair(s),
        "OPEN",
        "somebody else's suicide: Samaritans for both",
    ),
    Rule("farewell", lambda s, c: farewell(s), "OPEN", "a message that asks for nothing needs no line"),
    Rule("about-999", lambda s, c: about_999(s), "A", "999 is the number for an emergency"),
    Rule(
        "another-language",
        lambda s, c: other_language(s),
        "OPEN",
        "another language than English: 999 and the 24-hour line, with an interpreter",
    ),
    Rule(
        "not-understood",
        lambda s, c: not_understood(s),
        "OPEN",
        "never a dead end: numbers that work anywhere",
    ),
    Rule(
        "child",
        lambda s, c: child(s),
        "OPEN",
        "under 16 the documents are silent: Childline, 999, a trusted adult",
    ),
    Rule(
        "harming-baby",
        lambda s, c: harming_baby(s),
        "OPEN",
        "fear of harming a baby: the NHS, MK ACT, and 999 if it may happen now",
    ),
    Rule(
        "own-behaviour",
        lambda s, c: own_behaviour(s),
        "A, B",
        "A: group work with both sides; B: Fresh Start",
    ),
    Rule("police", lambda s, c: police(s), "A, B", "A: the non-emergency number; B: a unit of its own"),
    Rule(
        "is-it-abuse",
        lambda s, c: s.topic is Topic.IS_IT_ABUSE,
        "B",
        "the definition: family too, no violence needed",
    ),
    Rule(
        "elsewhere",
        lambda s, c: elsewhere(s),
        "A, B",
        "A: the national helplines; B: pages for five other areas",
    ),
    Rule("refuge", lambda s, c: refuge(s), "A", "MK ACT has a refuge, at an address kept secret"),
    Rule(
        "other-stay",
        lambda s, c: other_stay(s),
        "A",
        "temporary housing for those whom a refuge does not suit",
    ),
    Rule(
        "stay-home",
        lambda s, c: stay_home(s),
        "A",
        "the sanctuary pilot, for people who live apart from the abuser",
    ),
    Rule(
        "housing-open", lambda s, c: housing(s) and c.office_hours, "B", "Housing Options, or through MK Act"
    ),
    Rule(
        "housing-closed", lambda s, c: housing(s), "B", "Housing Options' second number, outside office hours"
    ),
    Rule("court", lambda s, c: leading(s) is Need.LEGAL, "B", "the IDVA service supports people at court"),
    Rule("children", lambda s, c: _about_children(s), "B", "MK Act supports the children too"),
    Rule(
        "courses",
        lambda s, c: leading(s) is Topic.COURSES,
        "B",
        "the Freedom Programme and the Recovery Toolkit",
    ),
    Rule(
        "talk",
        lambda s, c: leading(s) is Need.COUNSELLING,
        "B",
        "emotional support, and a way to other advice",
    ),
    Rule("third-party", lambda s, c: third_party(s), "B", "services are there for family and friends too"),
    Rule("mk-open", lambda s, c: c.mk_open, "A, B", "A: anyone can contact MK ACT; B: its hours"),
    Rule("mk-closed", lambda s, c: True, "A", "when offices are shut, the national line still answers"),
)

# Rows of routing.md that add a line (doors.py) and never name a referral, and the one that needs no clock.
ADDING: tuple[tuple[str, str, str], ...] = (
    ("woman", "A", "the national helpline for women"),
    ("man", "A, B", "A: the national helpline for men; B: whatever the gender"),
    ("lgbt", "A", "the national helpline for lesbian, gay, bi and trans people"),
    (FALLBACK, "A", "the emergency number and the line that is open 24 hours"),
)

RESTS_ON: dict[str, tuple[str, str]] = {
    **{rule.id: (rule.document, rule.rests_on) for rule in RULES},
    **{rule_id: (document, rests_on) for rule_id, document, rests_on in ADDING},
}


def first_rule(situation: Situation, clock: Clock) -> str:
    """The id of the first rule that applies; the last one always does."""
    return next(rule.id for rule in RULES if rule.applies(situation, clock))
