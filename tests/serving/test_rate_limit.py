"""Floods are held off by address and in all."""

from __future__ import annotations

import gc
import time

import pytest

from signpost.serving.gateway.rate_limit import FloodGate


def test_one_address_is_held_off_and_another_is_let_in() -> None:
    gate = FloodGate(per_address="3/minute", in_all="100/minute")
    gc.collect()
    assert [gate.lets_in("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert gate.lets_in("192.0.2.2")


def test_all_together_are_held_off() -> None:
    gate = FloodGate(per_address="100/minute", in_all="3/minute")
    assert [gate.lets_in(f"192.0.2.{number}") for number in range(4)] == [True, True, True, False]


def test_a_burst_is_held_off_before_the_minute_is_full() -> None:
    gate = FloodGate()
    assert [gate.lets_in("192.0.2.1") for _ in range(21)].count(True) == 20


def test_an_ipv6_network_counts_as_one_sender() -> None:
    gate = FloodGate(per_address="3/minute", in_all="100/minute")
    assert [gate.lets_in(f"2001:db8::{number:x}") for number in range(1, 5)] == [True, True, True, False]
    assert gate.lets_in("2001:db8:0:1::1")
    assert not all(
        gate.lets_in(address)
        for address in ("192.0.2.9", "::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9")
    )


def test_no_address_is_kept_and_the_key_changes() -> None:
    gate = FloodGate(per_address="3/minute", in_all="100/minute", key_lasts_s=0.05)
    assert [gate.lets_in("192.0.2.1") for _ in range(4)][-1] is False
    kept = str(gate._storage.storage) + str(vars(gate._limiter))
    assert "LIMITER" in kept, "nothing is counted: the test would prove nothing"
    assert "192.0.2.1" not in kept
    time.sleep(0.06)
    assert gate.lets_in("192.0.2.1"), "under a new key nobody is known"


@pytest.mark.parametrize("address", ["", "unix:", "not an address", "\x00", "😀", "\udd73"])
def test_what_is_no_address_is_counted_all_the_same(address: str) -> None:
    gate = FloodGate(per_address="1/minute", in_all="100/minute")
    assert [gate.lets_in(address), gate.lets_in(address)] == [True, False]


def test_a_clock_that_jumped_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted while the clock stood a year ahead, an address would stay refused for a year."""
    gate, now = FloodGate(per_address="2/minute"), time.time
    monkeypatch.setattr(time, "time", lambda: now() + 4e7)
    assert [gate.lets_in("192.0.2.1") for _ in range(3)] == [True, True, False]
    monkeypatch.setattr(time, "time", now)
    assert gate.lets_in("192.0.2.1")
