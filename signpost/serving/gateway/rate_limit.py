"""Rate limiting. Addresses are hashed with a key that changes and dies with the process.

Nothing is stored.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time

from limits import parse, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# One person types far less; a whole office behind one address still fits.
PER_ADDRESS = "20/second;120/minute"
# More than two cores can ever answer. How much they can answer in time is measured elsewhere (load.py).
IN_ALL = "200/second"
# A new key makes all addresses unknown again; the counts of a minute are lost with it.
KEY_LASTS_S = 3600.0
# One customer of an IPv6 network has at least so much of it, so one address more is nobody new.
IPV6_NETWORK_BITS = 64
# The limiter uses the wall clock; after a jump of more seconds than this its windows would end at the wrong
# time.
CLOCK_JUMP_S = 5.0


class FloodGate:
    """Counts requests by address and in all. ``in_all`` None: by address only."""

    def __init__(
        self, per_address: str = PER_ADDRESS, in_all: str | None = IN_ALL, *, key_lasts_s: float = KEY_LASTS_S
    ) -> None:
        self._key_lasts_s = key_lasts_s
        self._key, self._key_until = b"", 0.0
        self._storage = MemoryStorage()  # the limiter itself holds it by a weak reference only
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address = parse_many(per_address)
        self._in_all = parse(in_all) if in_all else None
        self._clock_offset_s = time.time() - time.monotonic()

    def lets_in(self, address: str) -> bool:
        """Count one request; False when it is one too many."""
        self._start_anew_after_a_clock_jump()
        hashed = self._hashed(address)
        if not all(self._limiter.hit(limit, hashed) for limit in self._per_address):
            return False
        return self._in_all is None or self._limiter.hit(self._in_all, "all")

    def _hashed(self, address: str) -> str:
        if time.monotonic() >= self._key_until:
            self._key, self._key_until = secrets.token_bytes(32), time.monotonic() + self._key_lasts_s
        return hashlib.blake2b(
            _network(address).encode(errors="backslashreplace"), key=self._key, digest_size=16
        ).hexdigest()

    def _start_anew_after_a_clock_jump(self) -> None:
        offset_s = time.time() - time.monotonic()
        if abs(offset_s - self._clock_offset_s) > CLOCK_JUMP_S:
            self._storage.reset()
        self._clock_offset_s = offset_s


def _network(address: str) -> str:
    """What one sender has: an IPv4 address, or the network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a proxy may name a socket or nothing
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
