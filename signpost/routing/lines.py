"""Which lines, in which order: a union of what every rule adds, without doubles. The first one leads."""

from __future__ import annotations

from collections.abc import Iterable

from signpost.routing import rules
from signpost.routing.clock import Clock
from signpost.routing.doors import doors, writers_doors
from signpost.routing.services import (
    CHILDLINE,
    FORCED_MARRIAGE_UNIT,
    KARMA_NIRVANA,
    MK_ACT,
    MK_HOUSING,
    NATIONAL_24H,
    NHS_111,
    NSPCC,
    POLICE_101,
    POLICE_999,
    RESPECT,
    SAMARITANS,
    SHOUT,
)
from signpost.routing.situation import Abuse, Need, Situation

Ids = tuple[str, ...]


def line_ids(situation: Situation, clock: Clock) -> Ids:
    """The line ids in the order shown; empty only for thanks and goodbye."""
    if rules.farewell(situation) and not situation.was_danger:
        return ()
    named = rules.named_line(situation)
    ids = _no_doubles(
        (
            *emergency(situation),
            *((named,) if named else ()),
            *crisis(situation),
            *_body(situation, clock),
            *(line for line in situation.beside if rules.may_show(situation, line)),
        )
    )
    if rules.danger(situation) and POLICE_101 in ids:
        # 101 is for no emergency (document A): in danger it must not stand beside 999.
        ids = (*(line for line in ids if line != POLICE_101), POLICE_101)
    # 999 stays small, after the others, for the rest of a talk in which there was danger
    return ids if POLICE_999 in ids or not situation.was_danger else (*ids, POLICE_999)


def emergency(situation: Situation) -> Ids:
    """999 on top: danger, possible danger, a question about 999, another language, nothing understood (a
    child has it second)."""
    unclear = rules.not_understood(situation) and not rules.child(situation)
    if rules.other_language(situation):
        return (POLICE_999, NATIONAL_24H)
    on_top = rules.danger(situation) or rules.danger_check(situation) or rules.about_999(situation) or unclear
    return (POLICE_999,) if on_top else ()


def crisis(situation: Situation) -> Ids:
    """Despair first, then what a child needs; for a child in despair Childline stands before Samaritans."""
    despair: Ids = ()
    if rules.self_harm(situation):
        despair = (SAMARITANS, SHOUT, NHS_111)
    elif rules.other_despair(situation):
        despair = (SAMARITANS,)
    if not rules.child(situation):
        return despair
    return (CHILDLINE, *despair[:1], POLICE_999, *despair[1:])


def own_behaviour_lines(situation: Situation, clock: Clock) -> Ids:
    """MK ACT works with both sides (document A); Respect adds to it. A line for who is harmed only if the
    writer ever was.

    MK ACT and Respect are shut at night: Samaritans is the door that is open then.
    """
    harmed = writers_doors(situation, clock) if situation.was_harmed else ()
    respect = (RESPECT,) if situation.hits or not situation.was_harmed else ()
    if rules.elsewhere(situation):
        open_now = () if clock.office_hours else (SAMARITANS,)
        return (*respect, *harmed, *open_now)
    open_now = () if clock.mk_open else (SAMARITANS,)
    return (*open_now, MK_ACT, *harmed, *respect)


def baby_lines(situation: Situation, clock: Clock) -> Ids:
    """A parent who fears harming a baby: the NHS first, then MK ACT; the doors where they are harmed
    themselves."""
    if situation.was_harmed:
        around = doors(situation, clock)
    else:
        around = () if rules.elsewhere(situation) else (MK_ACT,)
    return (NHS_111, *around, *((RESPECT,) if situation.hits else ()))


def housing_around(situation: Situation, found: Ids) -> Ids:
    """Put Housing Options where the wish asks for it: first, second or last."""
    if rules.housing(situation):
        return (MK_HOUSING, *found)
    if rules.other_stay(situation):
        return (found[0], MK_HOUSING, *found[1:])
    return (*found, MK_HOUSING) if rules.wants_housing(situation) else found


def police_around(situation: Situation, found: Ids) -> Ids:
    """101 first where the police are the newest wish, last where they are an older one."""
    if rules.police(situation):
        return (POLICE_101, *found)
    return (*found, POLICE_101) if Need.POLICE_REPORT in situation.needs else found


def extra(situation: Situation) -> Ids:
    """Other national services, where the documents have no line. They come last and displace nothing."""
    found: list[str] = []
    if situation.abuse & {Abuse.HONOUR_BASED, Abuse.FORCED_MARRIAGE}:
        found.append(KARMA_NIRVANA)
    if Abuse.FORCED_MARRIAGE in situation.abuse:
        found.append(FORCED_MARRIAGE_UNIT)
    if Need.PERPETRATOR_HELP in situation.needs:
        found.append(RESPECT)
    if rules.for_a_child(situation):
        found += [NSPCC, CHILDLINE]
    return tuple(found)


def _body(situation: Situation, clock: Clock) -> Ids:
    if rules.harming_baby(situation):
        found = police_around(situation, baby_lines(situation, clock))
    elif rules.own_behaviour(situation):
        found = own_behaviour_lines(situation, clock)
        found = (*found, *((MK_HOUSING,) if rules.wants_housing(situation) else ()))
        found = (*found, *((POLICE_101,) if Need.POLICE_REPORT in situation.needs else ()))
    elif rules.not_understood(situation):
        found = (NATIONAL_24H,)
    else:
        around = police_around(situation, housing_around(situation, doors(situation, clock)))
        found = (*around, *extra(situation))
    if rules.samaritans_beside(situation):
        found = (found[0], SAMARITANS, *found[1:])
    return (*found, CHILDLINE) if situation.aged_16_17 else found


def _no_doubles(ids: Iterable[str]) -> Ids:
    return tuple(dict.fromkeys(ids))
