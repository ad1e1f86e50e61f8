"""Conversation memory keeps what was understood, never a word, and forgets."""

from __future__ import annotations

import gc
import pickle
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from signpost.serving.sessions.locks import ConversationLocks
from signpost.serving.sessions.memory import ConversationMemory

pytestmark = pytest.mark.long

DOMAIN = Domain.from_yaml(
    'version: "3.1"\nintents: [greet]\nslots:\n'
    "  area: {type: text, influence_conversation: false, mappings: [{type: custom}]}\n"
)
SENDER = "a" * 32


def talked(memory: ConversationMemory, turns: int = 1, sender: str = SENDER) -> DialogueStateTracker:
    tracker = DialogueStateTracker(sender, memory.domain.slots)
    for _ in range(turns):
        tracker.update(UserUttered("zebrafinch", {"name": "greet"}))
        tracker.update(BotUttered("zebrafinch"))
        tracker.update(SlotSet("area", "mk"))
        tracker.update(ActionExecuted("action_listen"))
    return tracker


async def test_slots_come_back_and_words_do_not() -> None:
    memory = ConversationMemory(DOMAIN)
    await memory.save(talked(memory))
    again = await memory.retrieve(SENDER)
    assert again is not None and again.get_slot("area") == "mk"
    assert b"zebrafinch" not in pickle.dumps(dict(memory._slots))
    assert not any(isinstance(event, (UserUttered, BotUttered)) for event in again.events)


async def test_turn_200_carries_no_more_than_turn_2() -> None:
    memory = ConversationMemory(DOMAIN)
    await memory.save(talked(memory, 2))
    short = len((await memory.retrieve(SENDER)).events)
    await memory.save(talked(memory, 200))
    assert len((await memory.retrieve(SENDER)).events) == short


async def test_a_conversation_can_be_forgotten_now() -> None:
    memory = ConversationMemory(DOMAIN)
    await memory.save(talked(memory))
    await memory.delete(SENDER)
    assert await memory.retrieve(SENDER) is None


async def test_silence_forgets() -> None:
    memory = ConversationMemory(DOMAIN, forget_after_s=0.01)
    await memory.save(talked(memory))
    import asyncio

    await asyncio.sleep(0.05)
    assert await memory.retrieve(SENDER) is None
    assert list(await memory.keys()) == []


@pytest.mark.parametrize("cap", [1, 5])
async def test_the_cap_holds(cap: int) -> None:
    memory = ConversationMemory(DOMAIN, most_conversations=cap)
    for number in range(20):
        await memory.save(talked(memory, sender=f"{number:032d}"))
    assert len(list(await memory.keys())) == cap


def resident_mb() -> float:
    """What this process takes now, in MB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def test_memory_is_flat_over_100_000_conversations() -> None:
    """The store and the locks, with a cap of 10,000: what 90,000 more conversations add."""
    memory, locks = ConversationMemory(DOMAIN, most_conversations=10_000), ConversationLocks()
    measured = []
    for number in range(100_000):
        sender = f"{number:032d}"
        async with locks.lock(sender):
            tracker = await memory.retrieve(sender) or DialogueStateTracker(sender, DOMAIN.slots)
            tracker.update(UserUttered("zebrafinch", {"name": "greet"}))
            tracker.update(SlotSet("area", "mk"))
            await memory.save(tracker)
        if number + 1 in (10_000, 100_000):
            measured.append(resident_mb())
    assert len(list(await memory.keys())) == 10_000 and not locks._locks
    print(f"{measured[0]:.1f} MB at 10,000 conversations, {measured[1]:.1f} MB at 100,000")
    assert measured[1] - measured[0] < 10, f"MB at 10,000 and at 100,000 conversations: {measured}"
