"""What the rules need to know of the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signpost.routing.opening import in_office_hours, opening
from signpost.routing.services import MK_ACT, Directory


@dataclass(frozen=True)
class Clock:
    """The hour, as a few answers."""

    mk_open: bool  # MK ACT is open by its own hours
    near_edge: bool  # MK ACT opens or closes within 15 minutes, or did
    office_hours: bool  # ordinary office hours, for services whose own hours are not known
    closes_soon: bool = False  # MK ACT closes within 15 minutes
    opens_soon: bool = False  # MK ACT opens within 15 minutes


def read_clock(directory: Directory, now: datetime) -> Clock:
    """Read the hour against the directory."""
    mk_act = opening(directory.services[MK_ACT], directory, now)
    return Clock(
        mk_open=mk_act.state in ("open", "always"),
        near_edge=mk_act.near_edge,
        office_hours=in_office_hours(directory, now),
        closes_soon=mk_act.edge_ahead and mk_act.state == "open",
        opens_soon=mk_act.edge_ahead and mk_act.state == "closed",
    )
