"""A small share of the benchmark, with bounds that hold on a busy machine; `make bench` has the figures."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections import Counter
from pathlib import Path

import aiohttp
import httpx
import pytest

from signpost.bench.messages import MIX, SHORT
from signpost.processes import running_bot

pytestmark = pytest.mark.bot

MAX_RATIO = 1.3
TURNS = 200
PAIRS = 40
# Whatever else runs on the machine, one of so many tries is undisturbed.
TRIES = 4
AT_ONCE = 500
# Nobody waits longer for a reply, whatever happens.
LIMIT_S = 4.0


def test_turn_200_of_a_conversation_costs_what_turn_2_costs(client: httpx.Client) -> None:
    def say(sender: str, text: str) -> float:
        started = time.perf_counter()
        assert client.post("/chat/webhook", json={"sender": sender, "message": text}).status_code == 200
        return time.perf_counter() - started

    old = secrets.token_hex(16)
    for turn in range(TURNS - 1):
        say(old, SHORT[turn % len(SHORT)])
    ratios = []
    for _ in range(TRIES):
        late, early = [], []
        # in turns, so that whatever else runs disturbs both alike
        for pair in range(PAIRS):
            text, young = SHORT[pair % len(SHORT)], secrets.token_hex(16)
            say(young, "my wife hits me")
            early.append(say(young, text))
            late.append(say(old, text))
        ratios.append(statistics.median(late) / statistics.median(early))
        if ratios[-1] <= MAX_RATIO:
            return
    pytest.fail(f"turn {TURNS} against turn 2: {ratios}")


def test_what_cannot_be_answered_in_time_is_refused_at_once_with_the_numbers(tmp_path: Path) -> None:
    async def person(session: aiohttp.ClientSession, number: int) -> tuple[int, float, list | dict]:
        body, headers = (
            {"sender": secrets.token_hex(16), "message": MIX[number % len(MIX)]},
            {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"},
        )
        started = time.perf_counter()
        async with session.post(f"{address}/chat/webhook", json=body, headers=headers) as response:
            return response.status, time.perf_counter() - started, await response.json()

    async def crowd() -> list[tuple[int, float, list | dict]]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            return await asyncio.gather(*(person(session, number) for number in range(AT_ONCE)))

    with running_bot(tmp_path / "bot.log", workbench=False, environment={"SIGNPOST_PROXIES": "1"}) as address:
        answers = asyncio.run(crowd())
        statuses = Counter(status for status, *_ in answers)
        assert set(statuses) == {200, 429}, statuses
        for status, seconds, body in answers:
            lines = (
                body["lines"]
                if status == 429
                else next(part["custom"]["lines"] for part in body if "custom" in part)
            )
            assert status == 200 or [line["id"] for line in lines] == ["police_999", "national_24h"]
            assert seconds < LIMIT_S
        # and it is there for the next one
        deadline = time.monotonic() + 30
        while (
            httpx.post(
                f"{address}/chat/webhook",
                json={"sender": secrets.token_hex(16), "message": "hello"},
                timeout=10,
            ).status_code
            != 200
        ):
            assert time.monotonic() < deadline
            time.sleep(0.5)
