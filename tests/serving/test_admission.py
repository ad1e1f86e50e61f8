"""What cannot be answered in time is refused at once, what can is accepted; on fast and on slow machines."""

from __future__ import annotations

import contextlib
import heapq
import itertools

import pytest

from signpost.serving.gateway.admission import LIKELY_WITHIN_S, MAX_WORK, MIN_WORK, Load
from signpost.serving.gateway.requests import TooMany


def simulate(
    seconds_a_message: float, messages_a_second: float, *, seconds: float = 60.0, characters: int = 60
) -> tuple[list[float], int]:
    """Answer times of the messages accepted by a machine that does one at a time, and how many were
    refused."""
    now, free_at = 0.0, 0.0
    load = Load(clock=lambda: now)
    leaving: list[tuple[float, int, contextlib.ExitStack]] = []
    waits, refused, number = [], 0, itertools.count()
    while now < seconds:
        arrives = now + 1 / messages_a_second
        while leaving and leaving[0][0] <= arrives:
            now, _, stack = heapq.heappop(leaving)
            stack.close()
        now = arrives
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(load.taken(characters))
        except TooMany:
            refused += 1
            continue
        free_at = max(free_at, now) + seconds_a_message
        waits.append(free_at - now)
        heapq.heappush(leaving, (free_at, next(number), stack))
    return sorted(waits), refused


@pytest.mark.parametrize("seconds_a_message", [0.005, 0.02, 0.08])
def test_at_four_times_what_a_machine_can_do_those_taken_are_answered_in_time(
    seconds_a_message: float,
) -> None:
    waits, refused = simulate(seconds_a_message, 4 / seconds_a_message)
    assert waits[int(0.95 * len(waits))] < 2.0
    assert len(waits) > 0.9 * 60 / seconds_a_message, "it refuses what it could answer"
    assert refused > 2 * len(waits)


def test_nobody_is_refused_below_what_a_machine_can_do() -> None:
    assert simulate(0.02, 40)[1] == 0


def test_long_messages_count_for_more() -> None:
    short, long = Load(), Load()
    with contextlib.ExitStack() as stack:
        for load, characters in ((short, 50), (long, 4000)):
            taken = 0
            with contextlib.suppress(TooMany):
                while True:
                    stack.enter_context(load.taken(characters))
                    taken += 1
            if load is short:
                most_short = taken
        assert taken < most_short / 5


def test_a_machine_that_answers_slowly_still_takes_some() -> None:
    now = 0.0
    load = Load(clock=lambda: now)
    for _ in range(200):
        with load.taken(50):
            now += 3.3
    assert load.most_work() == MIN_WORK
    with contextlib.ExitStack() as stack:
        for _ in range(13):
            stack.enter_context(load.taken(50))
    assert LIKELY_WITHIN_S < 2.0 and MAX_WORK > MIN_WORK


def test_a_failure_gives_its_place_back() -> None:
    load = Load()
    for _ in range(1000):
        with contextlib.suppress(ValueError), load.taken(50):
            raise ValueError
    with load.taken(50):
        pass
