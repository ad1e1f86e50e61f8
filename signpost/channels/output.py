"""What goes out: Rasa's messages as the interface's JSON, one message each, and the fixed safe reply."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel

from signpost.directory import Replies
from signpost.routing import Directory, fallback


class SignpostOutput(CollectingOutputChannel):
    """Collects the reply. Rasa's own channel would split texts and part a text from its lines."""

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "chat"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message as a whole."""
        kept = {key: message[key] for key in ("text", "buttons", "custom") if message.get(key)}
        if kept:
            self.messages.append({"recipient_id": recipient_id, "text": "", **kept})

    @property
    def has_lines(self) -> bool:
        """Whether the action server's part has come."""
        return any("custom" in message for message in self.messages)


def payload(directory: Directory, replies: Replies) -> dict[str, Any]:
    """The `custom` part of the fixed safe reply."""
    referral = fallback(directory)
    return {
        "type": "signpost",
        "urgency": referral.urgency.value,
        "rule": referral.rule,
        "why": list(referral.why),
        "lines": [asdict(line) for line in referral.lines],
        "notes": [replies.notes[key] for key in referral.notes],
        "area_page": None,
    }


def safe_message(sender: str, directory: Directory, replies: Replies) -> dict[str, Any]:
    """The fixed safe reply: 999 and the 24-hour line, whatever went wrong."""
    return {"recipient_id": sender, "text": replies.by_rule["fallback"], "custom": payload(directory, replies)}
