"""The directory as routing sees it. Text to show is data: it is never reformatted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, tzinfo
from typing import Literal

During = Literal["always", "open", "closed"]
Standing = Literal["documented", "confirmed", "unconfirmed"]

# The ids that the rules name. The loader refuses a directory that lacks one of them.
POLICE_999 = "police_999"
POLICE_101 = "police_101"
MK_ACT = "mk_act"
NATIONAL_24H = "national_24h"
GALOP = "galop"
MENS_ADVICE_LINE = "mens_advice_line"
MK_HOUSING = "mk_housing"
SAMARITANS = "samaritans"
SHOUT = "shout"
CHILDLINE = "childline"
NSPCC = "nspcc"
RESPECT = "respect"
KARMA_NIRVANA = "karma_nirvana"
FORCED_MARRIAGE_UNIT = "forced_marriage_unit"
NHS_111 = "nhs_111"

ROUTED_IDS = (
    POLICE_999,
    POLICE_101,
    MK_ACT,
    NATIONAL_24H,
    GALOP,
    MENS_ADVICE_LINE,
    MK_HOUSING,
    SAMARITANS,
    SHOUT,
    CHILDLINE,
    NSPCC,
    RESPECT,
    KARMA_NIRVANA,
    FORCED_MARRIAGE_UNIT,
    NHS_111,
)
ALWAYS_OPEN_IDS = (POLICE_999, NATIONAL_24H)  # the two that every safe reply counts on


@dataclass(frozen=True)
class Always:
    """Open at every hour of every day."""

    shown: str


@dataclass(frozen=True)
class Unknown:
    """Nobody has confirmed the hours: never called open, never called closed."""

    shown: str


@dataclass(frozen=True)
class Weekly:
    """Open from `opens` up to, not including, `closes` on the given weekdays (Monday is 0)."""

    shown: str
    days: frozenset[int]
    opens: time
    closes: time


Hours = Always | Unknown | Weekly


@dataclass(frozen=True)
class Phone:
    """One number: as shown, as dialled, and during which hours it is the one to ring."""

    label: str
    display: str
    href: str
    during: During


WayKind = Literal["webchat", "text", "bsl", "web"]


@dataclass(frozen=True)
class Way:
    """A way to reach a line without speaking on the phone."""

    kind: WayKind
    label: str
    href: str
    standing: Standing


@dataclass(frozen=True)
class Service:
    """One line of the directory."""

    id: str
    name: str
    phones: tuple[Phone, ...]
    web: str
    hours: Hours
    cost: str
    audience: str
    note: str
    source: str
    checked_on: date
    standing: Standing
    supplementary: bool
    provenance: str = (
        ""  # where each fact comes from, for those who keep the file; `source` is what visitors read
    )
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class AreaPage:
    """A page of the same information site for one named area outside Milton Keynes."""

    id: str
    name: str
    web: str
    source: str
    checked_on: date
    standing: Standing
    provenance: str = ""


@dataclass(frozen=True)
class Directory:
    """Every service, the area pages, the days on which offices are closed, and the time zone of all hours."""

    services: Mapping[str, Service]
    areas: Mapping[str, AreaPage]
    closed_days: frozenset[date]
    time_zone: tzinfo
    held_back: tuple[
        str, ...
    ] = ()  # services whose numbers nobody has checked: for the volunteers' list only
