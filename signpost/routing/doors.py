"""The doors: where somebody who is hurt can turn, by place, by hour and by who is harmed.

Each function returns line ids in the order shown; the first one leads.
"""

from __future__ import annotations

from signpost.routing.clock import Clock
from signpost.routing.services import GALOP, MENS_ADVICE_LINE, MK_ACT, NATIONAL_24H
from signpost.routing.situation import Area, Gender, Situation, Topic, Who


def doors(situation: Situation, clock: Clock) -> tuple[str, ...]:
    """The doors for the person harmed. Never empty, and never a Milton Keynes number for people elsewhere."""
    if situation.area is Area.ELSEWHERE:
        return elsewhere_doors(situation, clock)
    if clock.mk_open:
        return mk_open_doors(situation, clock)
    return mk_closed_doors(situation)


def mk_open_doors(situation: Situation, clock: Clock) -> tuple[str, ...]:
    """Document A: anyone can contact MK ACT. The 24-hour line stands beside it where that may be needed."""
    beside = (
        situation.gender in (Gender.WOMAN, Gender.UNKNOWN)
        or situation.both_genders
        or situation.area is Area.UNKNOWN
        or clock.near_edge
        or situation.topic is Topic.OPEN_NOW
    )
    return (MK_ACT, *((NATIONAL_24H,) if beside else ()), *own_lines(situation))


def mk_closed_doors(situation: Situation) -> tuple[str, ...]:
    """Document A: outside working hours the 24-hour national line leads.

    MK ACT follows with its next opening.
    """
    return (NATIONAL_24H, MK_ACT, *own_lines(situation))


def elsewhere_doors(situation: Situation, clock: Clock) -> tuple[str, ...]:
    """Document A's national helplines, by who is harmed.

    The hours of the men's and the LGBT+ line are not known, so they lead in office hours only.
    """
    own = own_lines(situation)
    return (*own, NATIONAL_24H) if clock.office_hours else (NATIONAL_24H, *own)


def writers_doors(situation: Situation, clock: Clock) -> tuple[str, ...]:
    """The lines for somebody who harms and was harmed: those for who they are, MK ACT apart."""
    own = own_lines(situation)
    return own if own and clock.office_hours else (NATIONAL_24H, *own)


def own_lines(situation: Situation) -> tuple[str, ...]:
    """The line for LGBT+ people and the line for men (document A); both for a gay or bi man."""
    lgbt = (GALOP,) if for_lgbt(situation) else ()
    is_man = situation.gender is Gender.MAN or situation.both_genders
    man = (MENS_ADVICE_LINE,) if is_man and not for_child(situation) else ()
    return lgbt + man


def for_lgbt(situation: Situation) -> bool:
    """The person harmed is LGBT+; a non-binary person counts without saying more."""
    return situation.lgbt or situation.gender is Gender.NONBINARY


def for_child(situation: Situation) -> bool:
    """The person harmed is a child: the Men's Advice Line is a grown-up's line."""
    return situation.who is Who.CHILD or situation.about_child


def may_wonder_if_for_them(situation: Situation) -> bool:
    """Somebody who may think that a line mainly for women is closed to them: tell them that anyone can
    ring."""
    if situation.gender is Gender.WOMAN:
        return False
    return situation.gender is Gender.MAN or for_lgbt(situation)
