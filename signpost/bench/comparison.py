"""Rasa's starter bot and this one answer the same messages in turn."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from signpost.bench.bots import BenchError, Bot, our_bot, starter_bot
from signpost.bench.client import closed_loop, conversation, open_loop
from signpost.bench.messages import KINDS, MIX, SHORT
from signpost.bench.report import AT_ONCE
from signpost.files import ROOT

OUT = ROOT / "reports" / "bench"
# Messages a round and kind, one after the other.
ALONE = {"short": 40, "mix": 50, "long": 20}
# Messages a round at so many at once.
CROWD = {1: 40, 4: 80, 16: 160, 64: 256}
TURNS = 200
# Overload: so many times what the bot did at 64 at once, for so many seconds.
OVERLOAD, OVERLOAD_S = 4.0, 8.0
PARTS_TIMEOUT_S = 300.0


def one_round(bot: Bot) -> dict[str, Any]:
    """One bot's figures of one round."""
    alone = {
        kind: closed_loop(bot.url, KINDS[kind], at_once=1, messages=count).figures()
        for kind, count in ALONE.items()
    }
    crowd = {
        str(count): closed_loop(bot.url, MIX, at_once=count, messages=messages).figures()
        for count, messages in CROWD.items()
    }
    return {"alone": alone, "at_once": crowd}


def medians(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of every figure over the rounds."""
    first = rounds[0]
    return {
        key: medians([one[key] for one in rounds])
        if isinstance(value, dict)
        else statistics.median(one[key] for one in rounds)
        for key, value in first.items()
    }


def turns_of(bot: Bot) -> dict[str, Any]:
    """How a conversation's turns grow dearer; single turns are noisy, so ten stand for one."""
    each = [1000 * seconds for seconds in conversation(bot.url, SHORT, TURNS)]
    early, late = statistics.median(each[1:11]), statistics.median(each[-10:])
    return {
        "early_ms": early,
        "late_ms": late,
        "ratio": late / early,
        "each_ms": [round(ms, 2) for ms in each],
    }


def overload(bot: Bot, per_s: float) -> dict[str, float]:
    """What happens beyond what the bot can carry."""
    asked = int(per_s * OVERLOAD_S)
    run = open_loop(bot.url, MIX, per_s=per_s, messages=asked)
    figures = run.figures()
    taken, refused = run.statuses.get(200, 0), run.statuses.get(429, 0)
    return {
        "asked_per_s": per_s,
        "asked": asked,
        "taken": taken,
        "refused": refused,
        "other": asked - taken - refused,
        "p50_ms": figures["p50_ms"],
        "p95_ms": figures["p95_ms"],
    }


def measure(rounds: int, folder: Path, training: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Everything. Both bots run at the same time, but only one is asked at a time, in turns."""
    found: dict[str, Any] = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, Rasa 3.6.21",
        "load_average": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
        "rounds": rounds,
    }
    with ExitStack() as stack:
        bots = [
            stack.enter_context(start(folder / f"{name}.log"))
            for name, start in (("stock", starter_bot), ("ours", our_bot))
        ]
        at_rest = {bot.name: bot.memory() for bot in bots}
        results: dict[str, list[dict[str, Any]]] = {bot.name: [] for bot in bots}
        for bot in bots:
            closed_loop(bot.url, MIX, at_once=4, messages=40)  # warm up
        for number in range(rounds):
            for bot in bots:
                say(f"round {number + 1} of {rounds}, {bot.name}")
                results[bot.name].append(one_round(bot))
        for bot in bots:
            say(f"{TURNS} turns of one conversation, {bot.name}")
            memory = {"start": at_rest[bot.name], "end": bot.memory()}
            figures = {
                **medians(results[bot.name]),
                "turns": turns_of(bot),
                "first_answer_s": bot.first_answer_s,
                "memory": memory,
            }
            found[bot.name] = {**figures, "training": training[bot.name], "each_round": results[bot.name]}
        say("overload, ours")
        found["overload"] = overload(bots[1], OVERLOAD * found["ours"]["at_once"][str(max(AT_ONCE))]["per_s"])
    return found


def program(module: str, *arguments: str) -> str:
    """What a program of ours prints."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PARTS_TIMEOUT_S)
    if ended.returncode:
        raise BenchError(f"{module} failed: {ended.stderr[-500:]}")
    return ended.stdout


def tensorflow_pass() -> Iterator[tuple[str, float]]:
    """Milliseconds of one pass through TensorFlow by word pieces."""
    for line in program("signpost.bench.tensorflow_pass").splitlines():
        pieces, ms = line.split()
        yield pieces, float(ms)


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)
