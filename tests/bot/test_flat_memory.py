"""After 100,000 conversations a bot takes no more memory than after 30,000.

`make test SLOW=1`; CONVERSATIONS=5000 for a shorter run.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import aiohttp
import pytest
from public_bot import command_of, descendants, new_sender, some_address

from signpost.processes import running_bot

pytestmark = [pytest.mark.bot, pytest.mark.slow]

CONVERSATIONS = int(os.environ.get("CONVERSATIONS", "100000"))
AT_ONCE = 8
# One in five is typed, the others press a button first: those take a third of the time.
SAID = (
    "my husband hits me and i live in wolverton",
    "I'm in danger",
    "Something's wrong at home",
    "Just the numbers",
    "I'm worried about somebody",
)
# By then the memory holds as many conversations as it ever does (endpoints.yml), and every part has seen
# some.
WARM = 0.3
# In MB, of the bot and of the action server.
GROWTH_MB = 40.0


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text(encoding="ascii").split("VmRSS:")[1].split()[0]) / 1024


async def hold(address: str, numbers: range) -> int:
    """Begin so many conversations, some at once; how often one was refused and begun again."""
    refused, left = 0, iter(numbers)

    async def visitor(session: aiohttp.ClientSession) -> None:
        nonlocal refused
        for number in left:
            body, headers = (
                {"sender": new_sender(), "message": SAID[number % len(SAID)]},
                {"X-Forwarded-For": some_address()},
            )
            while True:
                async with session.post(f"{address}/chat/webhook", json=body, headers=headers) as answer:
                    await answer.read()
                if answer.status == 200:
                    break
                assert answer.status == 429
                refused += 1
                await asyncio.sleep(0.2)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(visitor(session) for _ in range(AT_ONCE)))
    return refused


def test_memory_is_flat_over_100_000_conversations_with_the_whole_bot(tmp_path: Path) -> None:
    with running_bot(
        tmp_path / "bot.log",
        workbench=False,
        environment={"SIGNPOST_PROXIES": "1", "SIGNPOST_LOG_LEVEL": "ERROR"},
    ) as address:
        parts = {
            module: next(pid for pid in descendants(os.getpid()) if module in command_of(pid))
            for module in ("signpost.serving", "signpost.serving.action_server")
        }
        step, refused, began = max(CONVERSATIONS // 10, 1), 0, time.monotonic()
        taken: dict[int, dict[str, float]] = {}
        for start in range(0, CONVERSATIONS, step):
            refused += asyncio.run(hold(address, range(start, min(start + step, CONVERSATIONS))))
            taken[min(start + step, CONVERSATIONS)] = {
                module: resident_mb(pid) for module, pid in parts.items()
            }
            told = ", ".join(f"{module} {mb:.0f} MB" for module, mb in list(taken.values())[-1].items())
            print(
                f"{list(taken)[-1]} conversations in {time.monotonic() - began:.0f} s: {told}, "
                f"{refused} refused and begun again",
                flush=True,
            )
    warm = next(number for number in taken if number >= WARM * CONVERSATIONS)
    for module in parts:
        assert taken[CONVERSATIONS][module] - taken[warm][module] < GROWTH_MB, (
            f"{module}: {[round(entry[module]) for entry in taken.values()]}"
        )
