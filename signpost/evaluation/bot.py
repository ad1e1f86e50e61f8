"""A whole bot of one's own in workbench mode, on loopback, for as long as a `with` block lasts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping, Sequence

import httpx

from signpost.evaluation.measure import Predicted
from signpost.labels import LabelledMessage

ROOT = Path(__file__).parent.parent.parent
# Training may come first on a fresh machine.
START_PATIENCE_S = 900.0
PARSE_TIMEOUT_S = 120.0
# Messages in one request to /workbench/parse.
BATCH = 100


class BotError(RuntimeError):
    """The bot did not start."""


def free_port() -> int:
    """A port below which 50 more are likely free: the action server takes port + 50."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) % 20000 + 20000


@contextmanager
def running_bot(
    log: Path, *, workbench: bool = True, environment: Mapping[str, str] | None = None, model: Path | None = None, in_use: bool = False, root: Path = ROOT
) -> Iterator[str]:
    """Start `make run`'s own program, in the checkout ``root``, and give its address; it is ended with the block.

    It answers with ``model``, or with the model that is in use, or else with that of the tree as it stands.

    Raises:
        BotError: it did not become healthy in time; the log says why.
    """
    port = free_port()
    settings = {"PORT": str(port), "ACTIONS_PORT": str(port + 50), "HOST": "127.0.0.1", "SIGNPOST_WORKBENCH": "1" if workbench else "0"}
    which = ["--model", str(model)] if model else [] if in_use else ["--tree"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "signpost.run", *which], cwd=root, stdout=output, stderr=output, env={**os.environ, **settings, **(environment or {})}
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/chat/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise BotError(f"The bot did not start; see {log}.")


def ask(address: str, messages: Sequence[LabelledMessage], now: str) -> list[Predicted]:
    """What the running bot makes of each message, as the first one of a fresh conversation."""
    answers = []
    for start in range(0, len(messages), BATCH):
        texts = [message.text for message in messages[start : start + BATCH]]
        answers += httpx.post(f"{address}/workbench/parse", json={"texts": texts, "now": now}, timeout=PARSE_TIMEOUT_S).json()
    return [_predicted(answer) for answer in answers]


def _predicted(answer: Mapping[str, dict]) -> Predicted:
    situation, reading = answer["understood"]["situation"], answer["understood"].get("reading") or {}
    custom = next(part["custom"] for part in answer["reply"] if "custom" in part)
    return Predicted(
        urgency=custom["urgency"],
        one_of={label: situation[label] or "out_of_scope" for label in ("scope", "gender", "area", "who")},
        any_of={label: frozenset(situation[label]) for label in ("abuse", "needs")},
        lgbt=situation["lgbt"],
        line_ids=tuple(line["id"] for line in custom["lines"]),
        raised_by=tuple(reading.get("raised_by", ())),
        confidence=reading.get("confidence", {}),
    )
