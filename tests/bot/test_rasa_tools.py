"""Rasa's own commands work on the project in the usual way, or docs/rasa.md says why not.

`rasa data validate` is a step of `make check`.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from signpost.learning.corpus.topic_files import read_topic_file, topic_paths, write_topic_file
from signpost.learning.training.train import train
from signpost.processes import answers, free_ports, stop, wait_until

pytestmark = pytest.mark.bot

START_S = 240.0
# As a terminal of somebody who has set nothing.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SIGNPOST_", "ACTIONS_", "RASA_")) and name not in ("PORT", "HOST")
} | {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
RASA = [sys.executable, "-W", "ignore", "-m", "rasa"]


def rasa(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RASA, *words], cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=1200)


@dataclass
class Actions:
    """An action server, and a file of endpoints that leads to it, as endpoints.yml does to port 5055."""

    endpoints: Path


@pytest.fixture(scope="module")
def actions(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Actions]:
    (port,) = free_ports(1)
    text = (root / "endpoints.yml").read_text(encoding="utf-8")
    assert "http://127.0.0.1:5055/webhook" in text
    endpoints = tmp_path_factory.mktemp("rasa") / "endpoints.yml"
    endpoints.write_text(text.replace(":5055/", f":{port}/"), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "signpost.serving.action_server"],
        cwd=root,
        env={**CLEAN, "ACTIONS_PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), timeout_s=START_S)
        yield Actions(endpoints)
    finally:
        stop(process)


@dataclass
class Terminal:
    """What a program shows in a terminal, and what is typed into it."""

    screen: int
    shown: bytearray = field(default_factory=bytearray)

    def wait_for(self, pattern: str, seconds: float) -> None:
        found = re.compile(pattern)
        assert wait_until(lambda: bool(found.search(self.text)), timeout_s=seconds), self.text[-3000:]

    def type(self, text: str) -> None:
        for letter in f"{text}\r":  # the prompt reads keys
            os.write(self.screen, letter.encode())
            time.sleep(0.01)

    @property
    def text(self) -> str:
        return self.shown.decode(errors="replace")

    def read(self) -> None:
        with contextlib.suppress(OSError):  # the program is gone
            while part := os.read(self.screen, 4096):
                self.shown += part


def test_rasa_shell_talks(root: Path, actions: Actions) -> None:
    (port,) = free_ports(1)
    screen, terminal = pty.openpty()
    words = [
        "shell",
        "--model",
        str(train().path),
        "--endpoints",
        str(actions.endpoints),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*RASA, *words],
        cwd=root,
        env=CLEAN,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    typed = Terminal(screen)
    threading.Thread(target=typed.read, daemon=True).start()
    try:
        typed.wait_for("Your input ->", START_S)
        typed.type("my wife hits me")
        typed.wait_for("0808 801 0327|0808 2000 247", 60)
        typed.type("she has a knife and she is coming")
        typed.wait_for("999", 60)
        typed.type("/stop")
        process.wait(60)
    finally:
        stop(process)
        os.close(screen)


def test_rasa_run_answers_on_our_channel_with_its_refusals_and_its_safe_reply(
    root: Path, actions: Actions
) -> None:
    (port,) = free_ports(1)
    model = train()
    words = ["run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
    words += ["--model", str(model.path)]
    with subprocess.Popen(
        [*RASA, *words, "--endpoints", str(actions.endpoints)], cwd=root, env=CLEAN, stderr=subprocess.DEVNULL
    ) as process:
        try:
            address, sender = f"http://127.0.0.1:{port}/chat", secrets.token_hex(16)
            # Rasa's own health of the action server is asked at port 5055, so wait for what answers
            assert wait_until(lambda: answers(f"{address}/lines"), timeout_s=START_S)
            wait_until(lambda: says(address, sender, "hello")[0] == 200, timeout_s=60)
            status, lines = says(address, sender, "im a man and my wife hits me")
            assert status == 200 and "mens_advice_line" in lines
            assert httpx.get(f"{address}/health", timeout=20).json()["model"] == model.name
            assert httpx.post(f"{address}/forget", json={"sender": sender}, timeout=20).json() == {
                "forgotten": True
            }
            assert "mens_advice_line" not in says(address, sender, "what number can i ring")[1]
            refused = httpx.post(f"{address}/webhook", json={"message": "hi"}, timeout=20)
            assert refused.status_code == 400
            assert {line["id"] for line in refused.json()["lines"]} >= {"police_999", "national_24h"}
            refused = httpx.post(
                f"{address}/webhook", content=b"{", headers={"Content-Type": "application/json"}, timeout=20
            )
            assert refused.status_code == 400 and refused.json()["lines"]
        finally:
            stop(process)


def says(address: str, sender: str, text: str) -> tuple[int, list[str]]:
    answer = httpx.post(f"{address}/webhook", json={"sender": sender, "message": text}, timeout=20)
    customs = (
        [part["custom"] for part in answer.json() if "custom" in part] if answer.status_code == 200 else []
    )
    return answer.status_code, [line["id"] for custom in customs for line in custom["lines"]]


def test_rasa_train_reads_the_training_messages_and_nothing_that_waits_for_review(
    root: Path, tmp_path: Path
) -> None:
    """Its model is listed, untested, and never promoted. Few messages are enough here."""
    project = tmp_path / "project"
    left = shutil.ignore_patterns("__pycache__", "signpost-*", "in-use.json")
    for name in ("signpost", "actions", "directory", "models", "data/rules"):
        shutil.copytree(root / name, project / name, ignore=left)
    for name in ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "requirements-serve.lock"):
        shutil.copy(root / name, project / name)
    for name, path in topic_paths(root / "data" / "nlu").items():
        few = project / "data" / "nlu" / f"{name}.yml"
        few.parent.mkdir(parents=True, exist_ok=True)
        topic = read_topic_file(path)
        write_topic_file(few, replace(topic, examples=topic.examples[::40]))
    (project / "review").mkdir()
    (project / "review" / "waits.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: ask_weather\n  examples:\n'
        '  - text: "will it rain"\n    metadata: {scope: none}\n',
        encoding="utf-8",
    )
    done = rasa("train", cwd=project)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ask_weather" not in done.stdout + done.stderr
    (model,) = (project / "models").glob("*.tar.gz")
    listed = subprocess.run(
        [sys.executable, "-m", "signpost.cli.models", "models"],
        cwd=project,
        env=CLEAN,
        capture_output=True,
        text=True,
    )
    name = model.name.removesuffix(".tar.gz")
    assert f"{name}  no card: untested" in listed.stdout
    refused = subprocess.run(
        [sys.executable, "-m", "signpost.cli.models", "promote", "--candidate", name, "--anyway", "why not"],
        cwd=project,
        env=CLEAN,
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1 and not (project / "models" / "in-use.json").exists()


def test_rasa_test_core_finds_the_stories_right(root: Path, tmp_path: Path) -> None:
    words = [
        "test",
        "core",
        "--model",
        str(train().path),
        "--stories",
        "tests/test_stories.yml",
        "--out",
        str(tmp_path),
    ]
    done = rasa(*words, "--fail-on-prediction-errors", cwd=root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "story_report.json").exists()
    wrong = (
        (root / "tests" / "test_stories.yml")
        .read_text(encoding="utf-8")
        .replace("  - action: utter_safety_call_999\n", "")
    )
    (tmp_path / "test_wrong.yml").write_text(wrong, encoding="utf-8")
    words[words.index("tests/test_stories.yml")] = str(tmp_path / "test_wrong.yml")
    assert rasa(*words, "--fail-on-prediction-errors", cwd=root).returncode != 0, "what is wrong is not found"


@pytest.mark.parametrize(
    ("host", "elsewhere"), [("127.0.0.1", False), (None, True)], ids=["as docs/rasa.md says", "as it comes"]
)
def test_rasa_run_actions_listens_on_every_address_unless_told(
    root: Path, host: str | None, elsewhere: bool
) -> None:
    """All of 127/8 is this machine, and a server on one address of it does not answer on another."""
    (port,) = free_ports(1)
    environment = {**CLEAN, **({"SANIC_HOST": host} if host else {})}
    process = subprocess.Popen(
        [*RASA, "run", "actions", "--port", str(port)], cwd=root, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), timeout_s=START_S)
        with socket.socket() as probe:
            assert (probe.connect_ex(("127.0.0.2", port)) == 0) is elsewhere
    finally:
        stop(process)
