"""Accepts no more messages at once than can be answered in time; the others get the numbers at once.

The limit depends on the machine and its other work, so it is measured all the time: messages are processed
side by side, so one takes about as long as all the work under way when it arrives.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from signpost.serving.gateway.requests import TooMany

# A message is taken if it is likely answered within this; 95 of 100 must be within 2 s.
LIKELY_WITHIN_S = 1.3
# Work is counted in short messages. So many characters more cost as much as one short message more.
CHARACTERS_A_UNIT = 250
# So much work is accepted whatever was measured: slow answers alone (a dead action server) refuse nobody.
MIN_WORK = 16.0
# So much is never exceeded, however fast the machine seems.
MAX_WORK = 256.0
# Seconds a unit of work takes, until measured.
FIRST_PACE_S = 0.015
# Weight of the newest answer in the pace.
NEWEST = 0.05


class Load:
    """The work under way, and the pace at which it is done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way = 0.0
        self._pace_s = FIRST_PACE_S

    @contextmanager
    def taken(self, characters: int) -> Iterator[None]:
        """One message is worked on within the `with` block.

        Raises:
            TooMany: it would not be answered in time.
        """
        work = 1.0 + characters / CHARACTERS_A_UNIT
        together = self._under_way + work
        if together > self.most_work():
            raise TooMany(
                "Too many people are writing at the moment. "
                "Try again in a minute, or ring one of these lines."
            )
        self._under_way = together
        started = self._clock()
        try:
            yield
        finally:
            self._under_way -= work
            self._pace_s += NEWEST * ((self._clock() - started) / together - self._pace_s)

    def most_work(self) -> float:
        """How much work may be under way at once, in short messages."""
        return min(max(LIKELY_WITHIN_S / self._pace_s, MIN_WORK), MAX_WORK)
