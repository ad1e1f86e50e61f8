"""What goes out: Rasa's messages as the interface's JSON, one message each, and the fixed safe reply."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel

from signpost.directory.payload import as_payload, is_payload
from signpost.directory.replies import Replies
from signpost.routing import Directory, fallback

# The response with which the bot process itself meets danger (data/rules/safety.yml).
DANGER_RESPONSE = "utter_safety_call_999"


class SignpostOutput(CollectingOutputChannel):
    """Collects the reply. Rasa's own channel would split texts and part a text from its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.danger_said = asyncio.Event()
        self._said_alone: dict[str, Any] | None = None

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "chat"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message as a whole; lines that cannot be shown are left out."""
        if (message.get("metadata") or {}).get("utter_action") == DANGER_RESPONSE:
            self.danger_said.set()
        kept = {key: message[key] for key in ("text", "buttons") if message.get(key)}
        if is_payload(message.get("custom")):
            kept["custom"] = message["custom"]
        if kept:
            part = {"recipient_id": recipient_id, "text": "", **kept}
            self.messages.append(part)
            if (message.get("metadata") or {}).get("utter_action") == DANGER_RESPONSE:
                self._said_alone = part

    def reply(self) -> list[dict[str, Any]]:
        """The whole reply, or an empty list where not exactly one message carries lines.

        What the bot process says in danger is for when the lines do not come: they bring their own words.
        """
        if sum("custom" in message for message in self.messages) != 1:
            return []
        return [message for message in self.messages if message is not self._said_alone]


def safe_message(sender: str, directory: Directory, replies: Replies) -> dict[str, Any]:
    """The fixed safe reply: 999 and the 24-hour line, whatever went wrong."""
    return {
        "recipient_id": sender,
        "text": replies.by_rule["fallback"],
        "custom": as_payload(fallback(directory), replies),
    }
