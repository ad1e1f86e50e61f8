"""Which lines, in which order: a union of what every rule adds, without doubles. The first one leads."""

from __future__ import annotations

from collections.abc import Iterable

from signpost.routing import rules
from signpost.routing.clock import Clock
from signpost.routing.doors import doors
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
    if rules.farewell(situation):
        return ()
    ids = _no_doubles((*emergency(situation), *crisis(situation), *_body(situation, clock)))
    if rules.danger(situation) and POLICE_101 in ids:
        # 101 is for no emergency (document A): in danger it must not stand beside 999.
        return (*(line for line in ids if line != POLICE_101), POLICE_101)
    return ids


def emergency(situation: Situation) -> Ids:
    """999 on top: danger, possible danger, a question about 999, nothing understood (a child has it
    second)."""
    unclear = rules.not_understood(situation) and not rules.child(situation)
    on_top = rules.danger(situation) or rules.danger_check(situation) or rules.about_999(situation) or unclear
    return (POLICE_999,) if on_top else ()


def crisis(situation: Situation) -> Ids:
    """Despair first, then what a child needs.

    For a child in despair Childline comes right after Samaritans.
    """
    despair = (SAMARITANS, SHOUT, NHS_111) if rules.self_harm(situation) else ()
    young = (CHILDLINE, POLICE_999) if rules.child(situation) else ()
    return (*despair[:1], *young, *despair[1:])


def own_behaviour_lines(situation: Situation) -> Ids:
    """MK ACT works with both sides (document A); Respect adds to it. No line for people who are hurt."""
    mk_act = () if rules.elsewhere(situation) else (MK_ACT,)
    return (*mk_act, RESPECT)


def housing_around(situation: Situation, found: Ids) -> Ids:
    """Put Housing Options where the wish asks for it: first, second or last."""
    if rules.housing(situation):
        return (MK_HOUSING, *found)
    if rules.other_stay(situation):
        return (found[0], MK_HOUSING, *found[1:])
    if rules.refuge(situation) or rules.stay_home(situation):
        return (*found, MK_HOUSING)
    return found


def extra(situation: Situation) -> Ids:
    """Other national services, where the documents have no line. They come last and displace nothing."""
    found: list[str] = []
    if Abuse.FORCED_MARRIAGE in situation.abuse:
        found += [FORCED_MARRIAGE_UNIT, KARMA_NIRVANA]
    if Abuse.HONOUR_BASED in situation.abuse:
        found.append(KARMA_NIRVANA)
    if Need.PERPETRATOR_HELP in situation.needs:
        found.append(RESPECT)
    if Need.CHILDREN in situation.needs and not rules.child(situation):
        found.append(NSPCC)
    return tuple(found)


def _body(situation: Situation, clock: Clock) -> Ids:
    reporting = (POLICE_101,) if rules.police(situation) else ()
    if rules.own_behaviour(situation):
        somewhere_to_stay = (MK_HOUSING,) if rules.housing(situation) else ()
        return (*own_behaviour_lines(situation), *reporting, *somewhere_to_stay)
    if rules.not_understood(situation):
        return (NATIONAL_24H,)
    return (*reporting, *housing_around(situation, doors(situation, clock)), *extra(situation))


def _no_doubles(ids: Iterable[str]) -> Ids:
    return tuple(dict.fromkeys(ids))
