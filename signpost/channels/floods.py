"""Holds off floods. Addresses are hashed with a key that lives and dies with the process; nothing is stored."""

from __future__ import annotations

import hashlib
import secrets

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# One person types far less; a whole office behind one address still fits.
PER_ADDRESS = "120/minute"
# What two cores answer with room to spare; beyond it everybody would wait.
IN_ALL = "40/second"


class FloodGate:
    """Counts requests by address and in all."""

    def __init__(self, per_address: str = PER_ADDRESS, in_all: str = IN_ALL) -> None:
        self._key = secrets.token_bytes(32)
        self._storage = MemoryStorage()  # the limiter itself holds it by a weak reference only
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address, self._in_all = parse(per_address), parse(in_all)

    def lets_in(self, address: str) -> bool:
        """Count one request; False when it is one too many."""
        hashed = hashlib.blake2b(address.encode(), key=self._key, digest_size=16).hexdigest()
        return self._limiter.hit(self._per_address, hashed) and self._limiter.hit(self._in_all, "all")
