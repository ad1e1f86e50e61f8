"""One turn of a conversation at a time, in this process and, where Redis is shared, in all.

Rasa's own lock stores are not used: the one in memory polls every second, so the second of two quick messages
waits that long, and uses a clock that may jump; the one in Redis writes conversation ids, leaves locks behind
when a process dies, and blocks the event loop for up to 10 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, AsyncIterator
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockError, LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock as RedisLock
from redis.exceptions import LockError as NotOurs

from signpost.serving.sessions.redis_link import RedisDown, RedisLink, redis_link

# A turn is given up after 3.3 s, so nobody waits longer for the one before.
WAIT_S = 3.0
# A healthy process answers within this; after it the message goes on: a reply matters more than the order.
WAIT_FOR_OTHERS_S = 1.0
# What a process that died held is free again after this.
HELD_AT_MOST_S = 5.0
LOOK_AGAIN_S = 0.03


class ConversationLocks(LockStore):
    """Locks in this process; they vanish with their last user."""

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[None]:  # type: ignore[override]
        """Hold the conversation. Both numbers are Rasa's and not used.

        Raises:
            LockError: the turn before takes longer than ``WAIT_S``.
        """
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), WAIT_S)
        except asyncio.TimeoutError:
            raise LockError("The turn before is not over.") from None
        try:
            yield
        finally:
            lock.release()


class SharedLocks(ConversationLocks):
    """The same, and a lock in Redis that frees itself. Without Redis only this process is kept in order."""

    def __init__(self, endpoint_config: Any = None, link: RedisLink | None = None) -> None:
        super().__init__()
        self._link = link or redis_link()

    @contextlib.asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[None]:  # type: ignore[override]
        """Hold the conversation in all processes.

        Raises:
            LockError: the turn before, in this process, takes longer than ``WAIT_S``.
        """
        async with super().lock(conversation_id):
            held = await self._take(self._link.key("lock", conversation_id))
            try:
                yield
            finally:
                if held:
                    with contextlib.suppress(RedisDown, NotOurs):
                        await self._link.ask(lambda redis: held.release())

    async def _take(self, name: str) -> RedisLock | None:
        """The lock, or None where it was not to be had."""

        async def attempt(redis: Redis) -> RedisLock | None:
            lock = redis.lock(name, timeout=HELD_AT_MOST_S, thread_local=False)
            return lock if await lock.acquire(blocking=False) else None

        deadline_s = time.monotonic() + WAIT_FOR_OTHERS_S
        held = None
        with contextlib.suppress(RedisDown):
            while not (held := await self._link.ask(attempt)) and time.monotonic() < deadline_s:
                await asyncio.sleep(LOOK_AGAIN_S)
        return held
