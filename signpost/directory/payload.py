"""The `custom` part of a reply, as the interface of the chat has it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from signpost.directory.reader import Replies
from signpost.routing import AreaPage, Referral

TYPE = "signpost"


def as_payload(referral: Referral, replies: Replies, question: str | None = None) -> dict[str, Any]:
    """A referral as JSON-ready data.

    Args:
        question: what the reply asks: danger, area, gender.
    """
    return {
        "type": TYPE,
        "urgency": referral.urgency.value,
        "rule": referral.rule,
        "why": list(referral.why),
        "lines": [asdict(line) for line in referral.lines],
        "notes": [{"id": key, "text": replies.notes[key], "web": ""} for key in referral.notes],
        "area_page": as_area(referral.area_page) if referral.area_page else None,
        **({"question": question} if question else {}),
    }


def as_area(page: AreaPage) -> dict[str, Any]:
    """One area page as JSON-ready data; where its facts come from stays in the file."""
    data = {**asdict(page), "checked_on": page.checked_on.isoformat()}
    del data["provenance"]
    return data


def is_payload(data: Any) -> bool:
    """Whether what an action server sent can be shown."""
    return (
        isinstance(data, dict)
        and data.get("type") == TYPE
        and isinstance(data.get("lines"), list)
        and "urgency" in data
    )
