"""The client: the same for both bots. Times are seconds from sending a message to having its whole reply."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import aiohttp
import numpy as np

# One person sends so many messages, then the next one comes.
MESSAGES_A_CONVERSATION = 5
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Run:
    """The result of one run: seconds for each answered message and for the whole, and a count of each
    status."""

    seconds: np.ndarray
    whole_s: float
    statuses: dict[int, int]

    def figures(self) -> dict[str, float]:
        """Milliseconds and messages a second."""
        ms = 1000 * self.seconds
        p50, p95, p99 = np.percentile(ms, [50, 95, 99]) if len(ms) else [float("nan")] * 3
        return {
            "p50_ms": float(p50),
            "p95_ms": float(p95),
            "p99_ms": float(p99),
            "per_s": len(ms) / self.whole_s,
            "messages": len(ms),
            "refused": self.statuses.get(429, 0),
        }


def closed_loop(url: str, texts: Sequence[str], *, at_once: int, messages: int) -> Run:
    """So many people at once, each sending the next message when the reply to the last is there."""
    return asyncio.run(_closed_loop(url, list(islice(cycle(texts), messages)), at_once))


def open_loop(url: str, texts: Sequence[str], *, per_s: float, messages: int) -> Run:
    """Messages come at a steady rate, whether or not the bot keeps up; every one from a new person."""
    return asyncio.run(_open_loop(url, list(islice(cycle(texts), messages)), per_s))


def conversation(url: str, texts: Sequence[str], turns: int) -> np.ndarray:
    """Seconds of each turn of one conversation."""
    return asyncio.run(_conversation(url, list(islice(cycle(texts), turns))))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
    )


async def _say(session: aiohttp.ClientSession, url: str, sender: str, text: str) -> tuple[int, float]:
    # an address of the network that documents may use; only a bot behind a proxy looks at it
    address = f"198.51.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    started = time.perf_counter()
    async with session.post(
        url, json={"sender": sender, "message": text}, headers={"X-Forwarded-For": address}
    ) as response:
        await response.read()
        return response.status, time.perf_counter() - started


async def _closed_loop(url: str, texts: list[str], at_once: int) -> Run:
    waiting, seconds, statuses = iter(texts), [], Counter[int]()

    async def people(session: aiohttp.ClientSession) -> None:
        sender = secrets.token_hex(16)
        for said, text in enumerate(waiting, start=1):
            status, took = await _say(session, url, sender, text)
            statuses[status] += 1
            if status == 200:
                seconds.append(took)
            if said % MESSAGES_A_CONVERSATION == 0:
                sender = secrets.token_hex(16)

    async with _session() as session:
        started = time.perf_counter()
        await asyncio.gather(*(people(session) for _ in range(at_once)))
        return Run(np.array(seconds), time.perf_counter() - started, dict(statuses))


async def _open_loop(url: str, texts: list[str], per_s: float) -> Run:
    seconds, statuses = [], Counter[int]()

    async def person(session: aiohttp.ClientSession, text: str) -> None:
        status, took = await _say(session, url, secrets.token_hex(16), text)
        statuses[status] += 1
        if status == 200:
            seconds.append(took)

    async with _session() as session:
        started, tasks = time.perf_counter(), []
        for number, text in enumerate(texts):
            await asyncio.sleep(max(0.0, started + number / per_s - time.perf_counter()))
            tasks.append(asyncio.create_task(person(session, text)))
        await asyncio.gather(*tasks)
        return Run(np.array(seconds), time.perf_counter() - started, dict(statuses))


async def _conversation(url: str, texts: list[str]) -> np.ndarray:
    sender = secrets.token_hex(16)
    async with _session() as session:
        return np.array([(await _say(session, url, sender, text))[1] for text in texts])
