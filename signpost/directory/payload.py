"""The `custom` part of a reply, as the interface of the chat has it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from signpost.directory.reader import Replies
from signpost.routing import AreaPage, Referral

TYPE = "signpost"


def as_payload(referral: Referral, replies: Replies) -> dict[str, Any]:
    """A referral as JSON-ready data."""
    return {
        "type": TYPE,
        "urgency": referral.urgency.value,
        "rule": referral.rule,
        "why": list(referral.why),
        "lines": [asdict(line) for line in referral.lines],
        "notes": [replies.notes[key] for key in referral.notes],
        "area_page": as_area(referral.area_page) if referral.area_page else None,
    }


def as_area(page: AreaPage) -> dict[str, Any]:
    """One area page as JSON-ready data."""
    return {**asdict(page), "checked_on": page.checked_on.isoformat()}


def is_payload(data: Any) -> bool:
    """Whether what an action server sent can be shown."""
    return (
        isinstance(data, dict)
        and data.get("type") == TYPE
        and isinstance(data.get("lines"), list)
        and "urgency" in data
    )
