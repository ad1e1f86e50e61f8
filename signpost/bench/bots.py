"""Starts the two bots being compared: Rasa's starter bot as `rasa init` makes it, and this one.

BenchError
 +-- NoAnswerError      a bot did not answer in time; its log says why
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import rasa

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.processes import free_port

START_TIMEOUT_S = 300.0
POLL_S = 0.1
MEBIBYTE = 1 << 20
# The starter bot is trained once and kept here, outside the tree.
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    / "signpost-bench"
    / f"rasa-{rasa.__version__}"
)
ENVIRONMENT = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


class BenchError(SignpostError):
    """The benchmark cannot go on."""


class NoAnswerError(BenchError):
    """A bot did not answer in time."""


@dataclass(frozen=True)
class Bot:
    """A running bot: where messages go, its processes, seconds from its start to its first answer."""

    name: str
    url: str
    processes: tuple[psutil.Process, ...]
    first_answer_s: float

    def memory(self) -> dict[str, float]:
        """MiB of all its processes: resident (what they share counts in each), and unique to them."""
        everybody = [
            one for process in self.processes for one in (process, *process.children(recursive=True))
        ]
        infos = [process.memory_full_info() for process in everybody]
        return {
            "resident_mib": sum(info.rss for info in infos) / MEBIBYTE,
            "unique_mib": sum(info.uss for info in infos) / MEBIBYTE,
        }


def train_starter_bot(*, anew: bool = False) -> dict[str, float]:
    """Train Rasa's starter bot, once; seconds it took and the size of its model in MiB."""
    figures = CACHE / "training.json"
    if anew or not figures.exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        shutil.copytree(Path(rasa.__file__).parent / "cli" / "initial_project", CACHE)
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "starter"],
            cwd=CACHE,
            env={**os.environ, **ENVIRONMENT},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        size = (CACHE / "models" / "starter.tar.gz").stat().st_size / MEBIBYTE
        figures.write_text(
            json.dumps({"train_s": time.monotonic() - started, "model_mib": size}), encoding="utf-8"
        )
    return dict(json.loads(figures.read_text(encoding="utf-8")))


@contextmanager
def starter_bot(log: Path) -> Iterator[Bot]:
    """Rasa's starter bot with its action server, both as the manual starts them.

    Raises:
        NoAnswerError
    """
    port = free_port()
    actions = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port + 50)]
    server = [
        sys.executable,
        "-m",
        "rasa",
        "run",
        "--port",
        str(port),
        "--interface",
        "127.0.0.1",
        "--model",
        "models/starter.tar.gz",
    ]
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    with _started("stock", url, [actions, server], CACHE, {"SANIC_HOST": "127.0.0.1"}, log, bool) as bot:
        yield bot


@contextmanager
def our_bot(log: Path, environment: dict[str, str] | None = None) -> Iterator[Bot]:
    """This bot as `make run` starts it, as if behind one proxy, so that each message can come from a new
    address.

    Raises:
        NoAnswerError
    """
    port = free_port()
    settings = {
        "PORT": str(port),
        "ACTIONS_PORT": str(port + 50),
        "HOST": "127.0.0.1",
        "SIGNPOST_WORKBENCH": "0",
        "SIGNPOST_PROXIES": "1",
    }
    url = f"http://127.0.0.1:{port}/chat/webhook"

    def is_real(reply: list[dict]) -> bool:
        return any(part.get("custom", {}).get("rule", "fallback") != "fallback" for part in reply)

    with _started(
        "ours",
        url,
        [[sys.executable, "-m", "signpost.cli.run"]],
        ROOT,
        {**settings, **(environment or {})},
        log,
        is_real,
    ) as bot:
        yield bot


@contextmanager
def _started(
    name: str,
    url: str,
    commands: list[list[str]],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    is_answer: Callable[[list[dict]], bool],
) -> Iterator[Bot]:
    started = time.monotonic()
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        processes = []
        for command in commands:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=output,
                stderr=output,
                env={**os.environ, **ENVIRONMENT, **environment},
            )
            stack.callback(_end, process)
            processes.append(process)
        while not _answers(url, is_answer):
            if time.monotonic() - started > START_TIMEOUT_S or any(
                process.poll() is not None for process in processes
            ):
                raise NoAnswerError(f"{name} does not answer; see {log}.")
            time.sleep(POLL_S)
        yield Bot(
            name, url, tuple(psutil.Process(process.pid) for process in processes), time.monotonic() - started
        )


def _answers(url: str, is_answer: Callable[[list[dict]], bool]) -> bool:
    try:
        answer = httpx.post(url, json={"sender": "bench-first-answer", "message": "hello"}, timeout=30)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and is_answer(answer.json())


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
