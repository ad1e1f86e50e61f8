"""The connection to Redis, for what processes share: short timeouts, keyed hashes for ids, a clear failure.

RedisDown      Redis failed or was too slow; the caller goes on with what this process knows
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from functools import lru_cache
from typing import Awaitable, Callable, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signpost.errors import SignpostError
from signpost.settings import read_redis_settings

logger = logging.getLogger(__name__)

# A call to Redis takes less than 1 ms; after this it counts as failed. A turn makes four and has 3.3 s.
TIMEOUT_S = 0.4
# After a failure nobody calls it for so long: a hanging Redis costs one message its timeout, not every
# message.
PAUSE_S = 1.0

T = TypeVar("T")


class RedisDown(SignpostError):
    """Redis cannot be used now."""


class RedisLink:
    """Connections to one Redis server, made when first needed, in the event loop that needs them.

    Args:
        url: ``redis://[:password@]host:port/db``, ``rediss://`` for TLS or ``unix://`` for a socket.
        secret: what conversation ids are hashed with; the same in all processes that share conversations.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = hashlib.blake2b(secret.encode()).digest()
        self._client: Redis | None = None
        self._closed_until_s = 0.0

    def key(self, kind: str, conversation_id: str) -> str:
        """The key of a conversation's data; without the secret nobody can tell which conversation that is."""
        digest = hashlib.blake2b(conversation_id.encode(), key=self._secret, digest_size=20)
        return f"signpost:{kind}:{digest.hexdigest()}"

    async def ask(self, question: Callable[[Redis], Awaitable[T]]) -> T:
        """Ask Redis one thing.

        Raises:
            RedisDown: it failed, took too long, or failed less than ``PAUSE_S`` ago.
        """
        if time.monotonic() < self._closed_until_s:
            raise RedisDown("it failed just now")
        if self._client is None:
            self._client = self.connect()
        try:
            return await asyncio.wait_for(question(self._client), TIMEOUT_S)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._closed_until_s = time.monotonic() + PAUSE_S
            logger.warning("Redis cannot be used: %s", type(error).__name__)
            raise RedisDown(type(error).__name__) from None

    def connect(self) -> Redis:
        """A client of its own, for who listens for long."""
        return Redis.from_url(self._url, decode_responses=True, socket_connect_timeout=TIMEOUT_S)


@lru_cache(maxsize=1)
def redis_link() -> RedisLink:
    """The link that everything in this process shares, as the environment says.

    Raises:
        SettingError: the address or the secret is missing.
    """
    settings = read_redis_settings()
    return RedisLink(settings.url, settings.secret)
