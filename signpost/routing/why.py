"""Why these lines: short sentences about what the person said and about the hour. The only digits are 999."""

from __future__ import annotations

from signpost.routing import rules
from signpost.routing.clock import Clock
from signpost.routing.doors import for_lgbt
from signpost.routing.situation import Abuse, Area, Gender, Need, Situation, Topic, Who

NEEDS: tuple[tuple[Need, str], ...] = (
    (Need.HOUSING, "You asked about somewhere safe to stay."),
    (Need.POLICE_REPORT, "You asked about telling the police."),
    (Need.LEGAL, "You asked about court or legal help."),
    (Need.CHILDREN, "You are worried about children."),
    (Need.COUNSELLING, "You would like someone to talk to."),
    (Need.LEAVE_SAFELY, "You asked about leaving safely."),
)
TOPICS: dict[Topic, str] = {
    Topic.REFUGE: "You asked about a refuge.",
    Topic.OTHER_STAY: "You asked about a safe place to stay that is not a refuge.",
    Topic.STAY_HOME: "You asked about staying safely in your own home.",
    Topic.COURSES: "You asked about courses or groups.",
    Topic.CALL_999: "You asked about calling 999.",
    Topic.IS_IT_ABUSE: "You asked whether this is abuse.",
    Topic.OPEN_NOW: "You asked which line is open.",
}


def reasons(situation: Situation, clock: Clock) -> tuple[str, ...]:
    """What led to these lines, in the order of test. Never empty."""
    if rules.farewell(situation):
        return ("You said thanks or goodbye.",)
    found = _about_safety(situation)
    if rules.own_behaviour(situation):
        found.append(
            "You wrote about your own behaviour." if _is_own(situation) else "You asked about help to change."
        )
    elif rules.not_understood(situation):
        found.append("I did not understand, so these lines are for anyone, at any hour.")
        return tuple(found)
    found += _about_place(situation)
    found += [sentence for need, sentence in NEEDS if need in situation.needs]
    if situation.topic is not None:
        found.append(TOPICS[situation.topic])
    if not rules.own_behaviour(situation):
        found += _about_person(situation)
    found += _about_hour(situation, clock)
    return tuple(found)


def _is_own(situation: Situation) -> bool:
    return situation.who is Who.PERPETRATOR


def _about_safety(situation: Situation) -> list[str]:
    found: list[str] = []
    if rules.danger(situation):
        found.append("What you wrote sounds like danger right now.")
    if rules.danger_check(situation):
        found.append("What you wrote could mean danger right now.")
    if rules.self_harm(situation):
        found.append("You wrote about hurting yourself or not wanting to live.")
    if rules.child(situation):
        found.append("Childline is there for children and teenagers.")
    return found


def _about_place(situation: Situation) -> list[str]:
    yours = situation.who is Who.SELF
    if situation.area is Area.MK:
        return [
            "You said that you are in Milton Keynes." if yours else "You mentioned a place in Milton Keynes."
        ]
    if situation.area is Area.ELSEWHERE:
        return [
            "You said that you are outside Milton Keynes."
            if yours
            else "You mentioned a place outside Milton Keynes."
        ]
    return []


def _about_person(situation: Situation) -> list[str]:
    found: list[str] = []
    if rules.third_party(situation):
        found.append("You wrote for someone else, so the lines fit that person.")
    if situation.gender is Gender.WOMAN:
        found.append("There is a line mainly for women.")
    if situation.gender is Gender.MAN:
        found.append("There is a line for men.")
    if for_lgbt(situation):
        found.append("There is a line for LGBT+ people.")
    if situation.abuse & {Abuse.HONOUR_BASED, Abuse.FORCED_MARRIAGE}:
        found.append("There are lines for forced marriage and abuse in the name of honour.")
    return found


def _about_hour(situation: Situation, clock: Clock) -> list[str]:
    if rules.elsewhere(situation):
        return ["The national lines do not depend on where you live."]
    if situation.area is Area.UNKNOWN and not rules.own_behaviour(situation):
        place = ["I do not know where you are, so one of these lines works anywhere."]
    else:
        place = []
    return [*place, "MK ACT is open now." if clock.mk_open else "MK ACT is closed now."]
