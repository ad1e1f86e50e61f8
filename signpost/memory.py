"""Conversation memory: a tracker store that keeps only what was understood, never a word, and forgets by itself.

After each turn a conversation shrinks to its slots. The next turn starts from a fresh tracker that holds those
slots, so no message text outlives its turn and turn 200 costs what turn 2 costs.
"""

from __future__ import annotations

from typing import Any, Iterable

from cachetools import TTLCache
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

# Used where endpoints.yml says nothing.
FORGET_AFTER_S = 1800
MOST_CONVERSATIONS = 20_000


class ConversationMemory(TrackerStore):
    """Keeps each conversation's slots in this process until it has been silent for ``forget_after_s`` seconds."""

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        *,
        forget_after_s: float = FORGET_AFTER_S,
        most_conversations: int = MOST_CONVERSATIONS,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self._slots: TTLCache[str, dict[str, Any]] = TTLCache(most_conversations, forget_after_s)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the slots that are set."""
        self._slots[tracker.sender_id] = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None}

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A fresh tracker with the conversation's slots, or None."""
        self._slots.expire()
        slots = self._slots.get(sender_id)
        if slots is None:
            return None
        events = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
        events += [SlotSet(name, value) for name, value in slots.items()]
        events.append(ActionExecuted(ACTION_LISTEN_NAME))
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keep(self, sender_id: str, slots: dict[str, Any]) -> None:
        """Set slots of a conversation from outside a turn."""
        self._slots[sender_id] = {**self._slots.get(sender_id, {}), **slots}

    async def delete(self, sender_id: str) -> None:
        """Forget one conversation now."""
        self._slots.pop(sender_id, None)

    async def keys(self) -> Iterable[str]:
        """The ids of the conversations that are remembered."""
        return list(self._slots)
