"""The rules, in the order in which routing.md tests them: what cannot wait comes first, the clock comes last.

The first rule that applies names the referral. The lines are a union (see lines.py), so a second rule still
adds its own. Two rules stand before the place although they are wishes: `police` and `is-it-abuse` hold
anywhere. `not-understood` comes before `child` and `own-behaviour`: those two keep their lines, but the text
above them must not pretend to have understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from signpost.routing.clock import Clock
from signpost.routing.situation import Area, Gender, Need, Scope, Situation, Topic, Urgency, Who

FALLBACK = "fallback"


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
    """The writer wants to die or to hurt themselves."""
    return s.scope is Scope.SELF_HARM


def farewell(s: Situation) -> bool:
    """Thanks or goodbye. A goodbye in despair is never one of these."""
    return s.farewell and s.urgency is Urgency.NONE and not self_harm(s)


def about_999(s: Situation) -> bool:
    """A question about calling 999."""
    return s.topic is Topic.CALL_999


def not_understood(s: Situation) -> bool:
    """Nothing that the signpost knows about."""
    return s.scope in (None, Scope.OUT_OF_SCOPE) and not about_999(s)


def child(s: Situation) -> bool:
    """The writer is plainly a child."""
    return s.who is Who.CHILD


def own_behaviour(s: Situation) -> bool:
    """The writer harms or fears harming; or asks, about nobody in particular, for help to stop."""
    return s.who is Who.PERPETRATOR or (s.who is Who.NONE and Need.PERPETRATOR_HELP in s.needs)


def police(s: Situation) -> bool:
    """Wants the police, not an emergency."""
    return Need.POLICE_REPORT in s.needs


def elsewhere(s: Situation) -> bool:
    """Lives outside Milton Keynes."""
    return s.area is Area.ELSEWHERE


def refuge(s: Situation) -> bool:
    """A woman, or somebody who has not said, asks for a refuge."""
    return s.topic is Topic.REFUGE and s.gender in (Gender.WOMAN, Gender.UNKNOWN) and not elsewhere(s)


def other_stay(s: Situation) -> bool:
    """A safe place to stay where a refuge does not fit."""
    return s.topic in (Topic.OTHER_STAY, Topic.REFUGE) and not refuge(s) and not elsewhere(s)


def stay_home(s: Situation) -> bool:
    """Wants to stay at home safely."""
    return s.topic is Topic.STAY_HOME and not elsewhere(s)


def housing(s: Situation) -> bool:
    """Nowhere safe to stay, and none of the finer wishes above."""
    finer = refuge(s) or other_stay(s) or stay_home(s)
    return Need.HOUSING in s.needs and not finer and not elsewhere(s)


def third_party(s: Situation) -> bool:
    """A friend, relative, neighbour or professional writes for the person harmed."""
    return s.who in (Who.OTHER, Who.PROFESSIONAL)


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
    Rule("self-harm", lambda s, c: self_harm(s), "OPEN", "self-harm: Samaritans before the abuse lines"),
    Rule("farewell", lambda s, c: farewell(s), "OPEN", "a message that asks for nothing needs no line"),
    Rule("about-999", lambda s, c: about_999(s), "A", "999 is the number for an emergency"),
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
    Rule("court", lambda s, c: Need.LEGAL in s.needs, "B", "the IDVA service supports people at court"),
    Rule("children", lambda s, c: Need.CHILDREN in s.needs, "B", "MK Act supports the children too"),
    Rule(
        "courses",
        lambda s, c: s.topic is Topic.COURSES,
        "B",
        "the Freedom Programme and the Recovery Toolkit",
    ),
    Rule(
        "talk", lambda s, c: Need.COUNSELLING in s.needs, "B", "emotional support, and a way to other advice"
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
