"""Floods are held off by address and in all."""

from __future__ import annotations

import gc

from signpost.channels.floods import FloodGate


def test_one_address_is_held_off_and_another_is_let_in() -> None:
    gate = FloodGate(per_address="3/minute", in_all="100/minute")
    gc.collect()
    assert [gate.lets_in("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert gate.lets_in("192.0.2.2")


def test_all_together_are_held_off() -> None:
    gate = FloodGate(per_address="100/minute", in_all="3/minute")
    assert [gate.lets_in(f"192.0.2.{number}") for number in range(4)] == [True, True, True, False]
