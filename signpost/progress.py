"""How far a training is, in one bar with the time left.

The graph components report their progress; a listener shows it. Without a listener reporting costs nothing.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import Iterator

from tqdm import tqdm

# Seconds that the stages of a training of 10,000 messages take on two quiet cores; they only shape the bar.
STAGES = {"start": 10.0, "read": 7.0, "encode": 60.0, "intents": 8.0, "situation": 30.0, "rules": 5.0}


class Bar:
    """One bar over all stages. A stage that is skipped or quicker than expected makes the bar jump."""

    def __init__(self, stages: dict[str, float], *, quiet: bool = False) -> None:
        self._stages = stages
        self._bar = tqdm(
            total=100.0,
            desc="training",
            disable=quiet,
            file=sys.stderr,
            bar_format="{desc:<24}{percentage:3.0f} % |{bar:30}| {elapsed}, {postfix} left",
        )
        self._started = time.monotonic()

    def on_progress(self, stage: str, proportion: float) -> None:
        """So much of a stage, 0 to 1, is done, and everything before it."""
        names = list(self._stages)
        before = sum(self._stages[name] for name in names[: names.index(stage)])
        done = 100.0 * (before + proportion * self._stages[stage]) / sum(self._stages.values())
        if done > self._bar.n:
            passed = time.monotonic() - self._started
            left = passed * (100.0 - done) / done
            self._bar.set_description(f"training: {stage}", refresh=False)
            self._bar.set_postfix_str(f"{left:.0f} s", refresh=False)
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar."""
        self._bar.close()


_listener: Bar | None = None


@contextmanager
def shown(stages: dict[str, float] = STAGES, *, quiet: bool = False) -> Iterator[Bar]:
    """Show a bar for as long as the block lasts."""
    global _listener
    _listener = bar = Bar(stages, quiet=quiet)
    try:
        yield bar
    finally:
        _listener = None
        bar.close()


def tell(stage: str, proportion: float) -> None:
    """Told by whoever does the work."""
    if _listener is not None:
        _listener.on_progress(stage, proportion)
