"""The `custom` part of a reply, as the interface of the chat has it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from signpost.directory.replies import Replies
from signpost.routing import AreaPage, Line, Referral

TYPE = "signpost"


@dataclass(frozen=True)
class Payload:
    """What a reply shows: the lines in their order, why they are shown, and the notes beside them."""

    urgency: str
    rule: str
    why: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[dict[str, str], ...]
    area_page: AreaPage | None
    question: str | None = None  # danger, area, gender

    @classmethod
    def of(cls, referral: Referral, replies: Replies, question: str | None = None) -> Payload:
        """What a referral shows, with its notes in the words of directory/replies.yml."""
        return cls(
            urgency=referral.urgency.value,
            rule=referral.rule,
            why=referral.why,
            lines=referral.lines,
            notes=tuple({"id": key, "text": replies.notes[key], "web": ""} for key in referral.notes),
            area_page=referral.area_page,
            question=question,
        )

    def as_json(self) -> dict[str, Any]:
        """JSON-ready data, with lists for tuples."""
        return {
            "type": TYPE,
            "urgency": self.urgency,
            "rule": self.rule,
            "why": list(self.why),
            "lines": [asdict(line) for line in self.lines],
            "notes": list(self.notes),
            "area_page": as_area(self.area_page) if self.area_page else None,
            **({"question": self.question} if self.question else {}),
        }


def as_payload(referral: Referral, replies: Replies, question: str | None = None) -> dict[str, Any]:
    """A referral as JSON-ready data."""
    return Payload.of(referral, replies, question).as_json()


def as_area(page: AreaPage) -> dict[str, Any]:
    """One area page as JSON-ready data; where its facts come from stays in the file."""
    data = {**asdict(page), "checked_on": page.checked_on.isoformat()}
    del data["provenance"]
    return data


def is_payload(data: object) -> bool:
    """Whether what an action server sent can be shown."""
    return (
        isinstance(data, dict)
        and data.get("type") == TYPE
        and isinstance(data.get("lines"), list)
        and "urgency" in data
    )
