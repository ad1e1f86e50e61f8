"""What routing hands on: the lines in the order shown, and why. Every digit comes from the directory."""

from __future__ import annotations

from dataclasses import dataclass

from signpost.routing.opening import Opening, OpenState
from signpost.routing.services import AreaPage, Phone, Service, Standing, WayKind
from signpost.routing.situation import Urgency


@dataclass(frozen=True)
class LineWay:
    """A way to reach a line without speaking, as the interface shows it."""

    kind: WayKind
    label: str
    href: str


@dataclass(frozen=True)
class Line:
    """One line as the interface shows it; `dataclasses.asdict` gives its JSON."""

    id: str
    name: str
    phone: str
    href: str
    web: str
    open: OpenState
    hours: str
    opens_next: str | None
    cost: str
    note: str
    source: str
    checked_on: str  # ISO date
    standing: Standing
    supplementary: bool
    other_phones: tuple[Phone, ...]  # also told in `note`
    closes: str | None = None  # "5pm", while the line is open and does not stay so
    ways: tuple[LineWay, ...] = ()  # without speaking


@dataclass(frozen=True)
class Referral:
    """The answer to one situation at one moment."""

    urgency: Urgency
    rule: str
    why: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()  # keys of `notes:` in directory/replies.yml
    area_page: AreaPage | None = None


def line(service: Service, state: Opening, *, office_hours: bool | None, tell_audience: bool = False) -> Line:
    """Build one line.

    `office_hours` None means that the hour is not known; `tell_audience` adds to the note whom the line is
    for.
    """
    phone = _phone_now(service, state.state, office_hours)
    others = tuple(other for other in service.phones if other is not phone)
    told = [service.audience] if tell_audience else []
    if service.note:
        told.append(service.note)
    told += [f"{other.label}: {other.display}." for other in others]
    return Line(
        id=service.id,
        name=service.name,
        phone=phone.display,
        href=phone.href,
        web=service.web,
        open=state.state,
        hours=service.hours.shown,
        opens_next=state.opens_next,
        cost=service.cost,
        note=" ".join(told),
        source=service.source,
        checked_on=service.checked_on.isoformat(),
        standing=service.standing,
        supplementary=service.supplementary,
        other_phones=others,
        closes=state.closes,
        ways=tuple(LineWay(way.kind, way.label, way.href) for way in service.ways),
    )


def _phone_now(service: Service, state: OpenState, office_hours: bool | None) -> Phone:
    """The number to ring now. Where a service's hours are not known, ordinary office hours decide."""
    if state == "unknown":
        now = None if office_hours is None else ("open" if office_hours else "closed")
    else:
        now = "closed" if state == "closed" else "open"
    fitting = [phone for phone in service.phones if phone.during in ("always", now)]
    return (fitting or list(service.phones))[0]
