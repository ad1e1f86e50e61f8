"""A start tells release and model in one line, and nothing else where nothing is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from signpost.learning.training.train import train
from signpost.processes import running_bot
from signpost.version import version

pytestmark = pytest.mark.bot


def test_the_log_of_a_start_is_one_line_a_server_and_health_says_the_same(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    environment = {
        "SIGNPOST_LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": "default",
        "SIGNPOST_KEPT": str(tmp_path / "kept"),
    }
    with running_bot(log, model=train().path, workbench=False, environment=environment) as address:
        told = httpx.get(f"{address}/chat/health", timeout=20).json()
        httpx.post(
            f"{address}/chat/webhook", json={"sender": "a" * 32, "message": "my wife hits me"}, timeout=20
        )
    assert told == {"healthy": True, "model": train().name, "version": version()}
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    started = [
        line for line in lines if line.endswith(f"Signpost MK {version()} answers with {train().name}.")
    ]
    assert len(started) == 1 and " INFO signpost.serving.app:" in started[0]
    others = [
        line for line in lines if line not in started and not line.startswith("Signpost MK is ready: http")
    ]
    assert others == [], "what an operator would have to read at each start"
    assert re.fullmatch(r"\d+\.\d+\.\d+(\+[a-z0-9]+)?", version())
