"""Conversation memory: a tracker store that keeps what was understood, never a word, and expires by itself.

After each turn a conversation shrinks to its slots. The next turn starts from a fresh tracker with those
slots, so no message text outlives its turn, and turn 200 costs what turn 2 costs.

ConversationMemory      in this process (endpoints.yml)
 +-- SharedMemory       in Redis, for several processes (deploy/endpoints.yml)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Iterable

from cachetools import TTLCache
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from redis.exceptions import RedisError

from signpost.serving.sessions.redis_link import RedisDown, RedisLink, redis_link

# Used where endpoints.yml says nothing.
FORGET_AFTER_S = 1800
MAX_CONVERSATIONS = 20_000
# Where processes tell each other what they forget.
FORGOTTEN = "signpost:forgotten"
# So often, in seconds, a process looks whether Redis is back.
LISTEN_S = 0.5


class ConversationMemory(TrackerStore):
    """Keeps each conversation's slots in this process until it was silent for ``forget_after_s`` seconds."""

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        *,
        forget_after_s: float = FORGET_AFTER_S,
        most_conversations: int = MAX_CONVERSATIONS,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self._slots: TTLCache[str, dict[str, Any]] = TTLCache(most_conversations, forget_after_s)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the slots that are set."""
        await self._write(
            tracker.sender_id,
            {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None},
        )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A fresh tracker with the conversation's slots, or None."""
        slots = await self._read(sender_id)
        if slots is None:
            return None
        events = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
        events += [SlotSet(name, value) for name, value in slots.items()]
        events.append(ActionExecuted(ACTION_LISTEN_NAME))
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keep(self, sender_id: str, slots: dict[str, Any]) -> None:
        """Set slots of a conversation from outside a turn."""
        await self._write(sender_id, {**(await self._read(sender_id) or {}), **slots})

    async def delete(self, sender_id: str) -> None:
        """Forget one conversation now."""
        self._slots.pop(sender_id, None)

    async def keys(self) -> Iterable[str]:
        """What the conversations that are remembered here are kept under."""
        return list(self._slots)

    async def _read(self, sender_id: str) -> dict[str, Any] | None:
        self._slots.expire()
        return self._slots.get(sender_id)

    async def _write(self, sender_id: str, slots: dict[str, Any]) -> None:
        self._slots[sender_id] = slots


class SharedMemory(ConversationMemory):
    """The same for several processes: the slots lie in Redis, under keyed hashes, and expire there.

    Each process keeps copies of what it saved, for as long. If Redis fails or has lost a conversation, the
    copy is used; what Redis missed counts more than what it has. Nothing here raises because of Redis: Rasa
    would then keep the whole conversation, words included, in a store of its own that never forgets.

    Args:
        forget_after_s: seconds of silence after which a conversation is forgotten.
        most_conversations: copies in this process; Redis has a limit of its own (deploy/redis.conf).
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        *,
        forget_after_s: float = FORGET_AFTER_S,
        most_conversations: int = MAX_CONVERSATIONS,
        link: RedisLink | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            domain, event_broker, forget_after_s=forget_after_s, most_conversations=most_conversations
        )
        self._link = link or redis_link()
        self._forget_after_ms = int(forget_after_s * 1000)
        # By key: what Redis does not know yet.
        self._unsaved: TTLCache[str, bool] = TTLCache(most_conversations, forget_after_s)
        self._unforgotten: TTLCache[str, bool] = TTLCache(most_conversations, forget_after_s)
        self._listening: asyncio.Task[None] | None = None

    async def delete(self, sender_id: str) -> None:
        """Forget one conversation now, in every process; Redis forgets it later if it is down now."""
        key = self._key(sender_id)
        self._drop(key)
        self._unforgotten[key] = True
        with contextlib.suppress(RedisDown):
            await self._forget_in_redis(key)

    async def _read(self, sender_id: str) -> dict[str, Any] | None:
        self._listen()
        key = self._key(sender_id)
        self._slots.expire()
        known = self._slots.get(key)
        if key in self._unsaved or key in self._unforgotten:
            return known
        with contextlib.suppress(RedisDown, ValueError):
            found = await self._link.ask(lambda redis: redis.get(key))
            return json.loads(found) if found else known
        return known

    async def _write(self, sender_id: str, slots: dict[str, Any]) -> None:
        self._listen()
        key = self._key(sender_id)
        self._slots[key] = slots
        self._unsaved[key] = True
        with contextlib.suppress(RedisDown):
            await self._link.ask(lambda redis: redis.set(key, json.dumps(slots), px=self._forget_after_ms))
            self._unsaved.pop(key, None)
            self._unforgotten.pop(key, None)

    def _key(self, sender_id: str) -> str:
        return self._link.key("slots", sender_id)

    def _drop(self, key: str) -> None:
        for cache in (self._slots, self._unsaved):
            cache.pop(key, None)

    async def _forget_in_redis(self, key: str) -> None:
        await self._link.ask(lambda redis: redis.pipeline().delete(key).publish(FORGOTTEN, key).execute())
        self._unforgotten.pop(key, None)

    def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.ensure_future(self._hear_what_others_forget())

    async def _hear_what_others_forget(self) -> None:
        """Drop the copies of what another process forgets.

        After each failure of Redis repeat what it missed.
        """
        redis = self._link.connect()
        while True:
            with contextlib.suppress(RedisError, OSError, RedisDown):
                async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(FORGOTTEN)
                    while True:
                        for key in list(self._unforgotten):
                            await self._forget_in_redis(key)
                        message = await subscription.get_message(timeout=LISTEN_S)
                        if message:
                            self._drop(message["data"])
            await asyncio.sleep(LISTEN_S)
