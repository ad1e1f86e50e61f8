"""Figures for maintainers: messages a day, the proportions in danger and not understood, and what runs. Off
by default.

Of visitors only whole days are published, once, with noise and rounded: nobody can read from them whether or
when one came. What is published of the process (when it started, its memory in large steps, release and
model, the age of the numbers) does not move with what visitors do; processor time would, and is left out. No
word, id or address is used.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

# Scale of the noise, in messages: one visitor of 20 messages changes the odds of a figure by a factor of e at
# most.
NOISE_MESSAGES = 20.0
ROUNDED_TO = 50
SHARE_ROUNDED_TO = 0.05
# Of fewer messages no share is told: it would be noise.
FEWEST_FOR_A_SHARE = 200
# Memory grows with a crowd of visitors, never with one: told in steps that no one of them fills.
MEMORY_STEP_BYTES = 64 * 1024 * 1024
SHARES = {
    "danger": "Share of messages answered with 999 first because of danger now.",
    "misunderstood": "Share of messages that were not understood.",
    "safe": "Share of messages answered with the fixed safe reply because something had failed.",
}
# The routing rules that name these; see signpost/routing/rules.py.
RULES = {"not-understood": "misunderstood", "fallback": "safe"}


def utc_today() -> date:
    """The day that is being counted."""
    return datetime.now(timezone.utc).date()


class DailyFigures(Collector):
    """Counts the day, clears it at midnight UTC, and publishes its rounded figures until the next
    midnight."""

    def __init__(self, today: Callable[[], date] = utc_today) -> None:
        self._today = today
        self._random = random.SystemRandom()
        self._day, self._counts = today(), Counter[str]()
        self._told: dict[str, float] = {}

    def answered(self, reply: Sequence[dict[str, Any]]) -> None:
        """Count one reply of the channel."""
        self._turn_the_page()
        custom = next((part["custom"] for part in reply if "custom" in part), {})
        self._counts["messages"] += 1
        self._counts["danger"] += custom.get("urgency") == "immediate"
        if custom.get("rule") in RULES:
            self._counts[RULES[custom["rule"]]] += 1

    def refused(self) -> None:
        """Count one request that was refused: a flood, or too much load."""
        self._turn_the_page()
        self._counts["refused"] += 1

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The figures of the last whole day; none before the first midnight."""
        self._turn_the_page()
        for name, help_text in (
            ("messages", "Messages answered on the last whole day."),
            ("refused", "Requests refused, as a flood or under too much load, on the last whole day."),
        ):
            if name in self._told:
                yield GaugeMetricFamily(
                    f"signpost_{name}_last_day",
                    f"{help_text} With noise, rounded to {ROUNDED_TO}.",
                    value=self._told[name],
                )
        for name, help_text in SHARES.items():
            if name in self._told:
                yield GaugeMetricFamily(
                    f"signpost_{name}_share_last_day",
                    f"{help_text} With noise, rounded to {SHARE_ROUNDED_TO}.",
                    value=self._told[name],
                )

    def _turn_the_page(self) -> None:
        today = self._today()
        if today == self._day:
            return
        counts = self._counts if today == self._day + timedelta(days=1) else Counter[str]()
        noisy = {name: max(0.0, counts[name] + self._noise()) for name in ("messages", "refused", *SHARES)}
        self._told = {
            name: float(round(noisy[name] / ROUNDED_TO) * ROUNDED_TO) for name in ("messages", "refused")
        }
        if self._told["messages"] >= FEWEST_FOR_A_SHARE:
            steps = {name: round(noisy[name] / noisy["messages"] / SHARE_ROUNDED_TO) for name in SHARES}
            self._told |= {name: min(1.0, round(step * SHARE_ROUNDED_TO, 2)) for name, step in steps.items()}
        self._day, self._counts = today, Counter()

    def _noise(self) -> float:
        """Two-sided exponential (Laplace), from the system's randomness."""
        return self._random.expovariate(1 / NOISE_MESSAGES) - self._random.expovariate(1 / NOISE_MESSAGES)


class ProcessFacts(Collector):
    """What runs here, for alerts.

    Args:
        oldest_check: the day on which the number that was checked longest ago was checked.
        runs: labels of what runs, such as release and model; asked at each look.
    """

    def __init__(self, oldest_check: date, runs: Callable[[], dict[str, str]]) -> None:
        self._started_s = time.time()
        self._oldest_check, self._runs = oldest_check, runs

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Four figures."""
        midnight = datetime(*self._oldest_check.timetuple()[:3], tzinfo=timezone.utc)
        for name, help_text, value in (
            ("started_timestamp_seconds", "When this process started.", self._started_s),
            (
                "memory_bytes",
                f"Resident memory, rounded up to {MEMORY_STEP_BYTES >> 20} MiB.",
                float(-(-_resident_bytes() // MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES),
            ),
            (
                "numbers_checked_timestamp_seconds",
                "When the number that was checked longest ago was checked.",
                midnight.timestamp(),
            ),
        ):
            yield GaugeMetricFamily(f"signpost_{name}", help_text, value=value)
        labels = self._runs()
        info = GaugeMetricFamily("signpost_info", "What runs.", labels=list(labels))
        info.add_metric(list(labels.values()), 1.0)
        yield info


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve_figures(figures: DailyFigures, facts: ProcessFacts, port: int) -> None:
    """Serve them as Prometheus text on loopback.

    Not if the port is taken: a reply matters more than a figure.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    registry.register(facts)
    try:
        start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError:
        logger.error(
            "The figures are not told: port %d is taken. Each bot process needs a port of its own.", port
        )
