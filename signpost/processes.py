"""Starting processes on this machine, keeping them running, and waiting until they would answer.

BotError    a process did not become healthy in time
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from signpost.errors import SignpostError
from signpost.files import ROOT

# A bot may have to be trained first on a fresh machine.
START_TIMEOUT_S = 900.0
STOP_TIMEOUT_S = 10.0
POLL_S = 0.1
HEALTH_TIMEOUT_S = 2.0
# The action server listens this far above the chat where nothing else is set.
ACTIONS_OFFSET = 50


class BotError(SignpostError):
    """A process did not become healthy in time; its log says why."""


def listens(port: int) -> bool:
    """Whether anything accepts connections on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(how_many: int) -> list[int]:
    """Loopback ports that are free just now, below those that the kernel gives to clients."""
    found: list[int] = []
    while len(found) < how_many:
        port = 10000 + secrets.randbelow(20000)
        if port not in found and not listens(port):
            found.append(port)
    return found


def free_port() -> int:
    """A free loopback port whose neighbour for the action server is free too."""
    while True:
        (port,) = free_ports(1)
        if not listens(port + ACTIONS_OFFSET):
            return port


def answers(url: str) -> bool:
    """Whether a health check answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_S) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until(
    holds: Callable[[], bool], *, timeout_s: float, alive: Callable[[], bool] = lambda: True
) -> bool:
    """Ask again and again until something holds; False when patience or the process is at its end."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and alive():
        if holds():
            return True
        time.sleep(POLL_S)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here: politely, then for good."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_on_sigterm() -> None:
    """Make SIGTERM end the program as Ctrl-C does, so that ``finally`` blocks run."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@contextmanager
def running_bot(
    log: Path,
    *,
    workbench: bool = True,
    environment: Mapping[str, str] | None = None,
    model: Path | None = None,
    in_use: bool = False,
    root: Path = ROOT,
) -> Iterator[str]:
    """Start the program of `make run` in the checkout ``root`` and yield its address; it ends with the block.

    It answers with ``model``, or with the model that is in use, or else with that of the tree as it stands.

    Raises:
        BotError: it did not become healthy in time.
    """
    port = free_port()
    settings = {
        "PORT": str(port),
        "ACTIONS_PORT": str(port + ACTIONS_OFFSET),
        "HOST": "127.0.0.1",
        "SIGNPOST_WORKBENCH": "1" if workbench else "0",
    }
    which: Sequence[str] = ["--model", str(model)] if model else [] if in_use else ["--tree"]
    try:
        output = log.open("wb")
    except OSError as error:
        raise BotError(f"The log {log} cannot be written ({error.strerror}).") from error
    with output:
        process = subprocess.Popen(
            [sys.executable, "-m", "signpost.cli.run", *which],
            cwd=root,
            stdout=output,
            stderr=output,
            env={**os.environ, **settings, **(environment or {})},
        )
        try:
            address = f"http://127.0.0.1:{port}"
            healthy = wait_until(
                lambda: answers(f"{address}/chat/health"),
                timeout_s=START_TIMEOUT_S,
                alive=lambda: process.poll() is None,
            )
            if not healthy:
                raise BotError(f"The bot did not start; see {log}.")
            yield address
        finally:
            stop(process)
