"""Why these lines: short sentences about what was told and what the hour is. Digits appear in none but 999.

Each sentence is true of what was told and goes when that no longer holds. None tells of a line that is not
shown.
"""

from __future__ import annotations

from signpost.routing import rules
from signpost.routing.clock import Clock
from signpost.routing.doors import for_lgbt
from signpost.routing.services import (
    CHILDLINE,
    GALOP,
    KARMA_NIRVANA,
    MENS_ADVICE_LINE,
    MK_ACT,
    NATIONAL_24H,
    NSPCC,
)
from signpost.routing.situation import Area, Despair, Gender, Need, Situation, Topic, Who

NEEDS: tuple[tuple[Need, str], ...] = (
    (Need.HOUSING, "You wrote about somewhere safe to stay."),
    (Need.POLICE_REPORT, "You wrote about telling the police."),
    (Need.LEGAL, "You wrote about court or legal help."),
    (Need.CHILDREN, "You wrote about children."),
    (Need.COUNSELLING, "You wrote about someone to talk to."),
    (Need.LEAVE_SAFELY, "You wrote about leaving safely."),
)
TOPICS: dict[Topic, str] = {
    Topic.REFUGE: "You asked about a refuge.",
    Topic.OTHER_STAY: "You asked about a safe place to stay that is not a refuge.",
    Topic.STAY_HOME: "You asked about staying safely in your own home.",
    Topic.COURSES: "You asked about courses or groups.",
    Topic.CALL_999: "You asked about calling 999.",
    Topic.IS_IT_ABUSE: "You asked whether this is abuse.",
    Topic.OPEN_NOW: "You asked which line is open.",
    Topic.BED_TONIGHT: "You wrote that there is nowhere to sleep tonight.",
}
# Place by who lives there: the writer, the person they write for, or nobody in particular.
PLACES: dict[Area, tuple[str, str, str]] = {
    Area.MK: (
        "You said that you are in Milton Keynes.",
        "You said that they are in Milton Keynes.",
        "You mentioned a place in Milton Keynes.",
    ),
    Area.ELSEWHERE: (
        "You said that you are outside Milton Keynes.",
        "You said that they are outside Milton Keynes.",
        "You mentioned a place outside Milton Keynes.",
    ),
    Area.UNKNOWN: (
        "I do not know where you are, so one of these lines works anywhere.",
        "I do not know where they are, so one of these lines works anywhere.",
        "I do not know the place, so one of these lines works anywhere.",
    ),
}


def reasons(situation: Situation, clock: Clock, ids: tuple[str, ...]) -> tuple[str, ...]:
    """What led to these lines, in the order of test. Never empty."""
    if not ids:
        return ("You said thanks or goodbye.",)
    found = _about_safety(situation, ids)
    if rules.named_line(situation):
        found.append("You asked for the first of these lines.")
    if rules.other_language(situation):
        found.append("You wrote in another language.")
    if rules.harming_baby(situation):
        found.append("You wrote that you are afraid of harming a baby.")
    elif rules.own_behaviour(situation):
        found.append(_own_behaviour(situation))
    elif rules.not_understood(situation):
        found.append("I did not understand, so these lines are for anyone, at any hour.")
        return tuple(found)
    if situation.area is not Area.UNKNOWN:
        found.append(_place(situation))
    found += [sentence for need, sentence in NEEDS if need in situation.needs]
    if situation.topic is not None:
        found.append(TOPICS[situation.topic])
    found += _about_person(situation, ids)
    found += _about_hour(situation, clock, ids)
    return tuple(found) or ("These lines are for anyone.",)


def _own_behaviour(situation: Situation) -> str:
    if situation.who is not Who.PERPETRATOR:
        return "You asked about help to change."
    if situation.was_harmed:
        return "You wrote about what you do, and about what is done to you."
    return "You wrote about your own behaviour."


def _about_safety(situation: Situation, ids: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    if rules.danger(situation):
        found.append("What you wrote sounds like danger right now.")
    elif rules.danger_check(situation):
        found.append("What you wrote could mean danger right now.")
    elif situation.was_danger:
        found.append("There was a sign of danger before, so 999 stays here.")
    if situation.despair is Despair.SOMEBODY_ELSE:
        found.append("You wrote that someone else may not want to live.")
    elif situation.despair_eased:
        found.append("You wrote earlier about not wanting to live, so Samaritans stays here.")
    elif rules.self_harm(situation):
        found.append("You wrote about hurting yourself or not wanting to live.")
    if CHILDLINE in ids:
        found.append("Childline is there for children and teenagers.")
    return found


def _place(situation: Situation) -> str:
    yours, theirs, nobodys = PLACES[situation.area]
    if situation.who in (Who.SELF, Who.PERPETRATOR, Who.CHILD):
        return yours
    return theirs if rules.third_party(situation) else nobodys


def _about_person(situation: Situation, ids: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    if rules.third_party(situation):
        found.append("You wrote for someone else, so the lines fit that person.")
    if situation.gender is Gender.WOMAN and NATIONAL_24H in ids:
        found.append("There is a line mainly for women.")
    if situation.gender is Gender.MAN and MENS_ADVICE_LINE in ids:
        found.append("There is a line for men.")
    if for_lgbt(situation) and GALOP in ids:
        found.append("There is a line for LGBT+ people.")
    if NSPCC in ids:
        found.append("There is a line for grown-ups who worry about a child.")
    if KARMA_NIRVANA in ids:
        found.append("There are lines for forced marriage and abuse in the name of honour.")
    return found


def _about_hour(situation: Situation, clock: Clock, ids: tuple[str, ...]) -> list[str]:
    if rules.elsewhere(situation):
        return ["The national lines do not depend on where you live."]
    found = []
    if situation.area is Area.UNKNOWN and NATIONAL_24H in ids and not rules.own_behaviour(situation):
        found.append(_place(situation))
    if MK_ACT in ids:
        found.append("MK ACT is open now." if clock.mk_open else "MK ACT is closed now.")
    return found
