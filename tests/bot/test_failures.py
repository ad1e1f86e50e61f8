"""When something behind the chat breaks, people still get 999 and the 24-hour line; no log holds a word."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import psutil
import pytest

from signpost.files import ROOT
from signpost.learning.training.train import train
from signpost.processes import free_port

pytestmark = pytest.mark.bot

MARKER = "zebrafinch"
LIMIT_S = 4.0


class BrokenActions(BaseHTTPRequestHandler):
    """An action server that does what its `mode` says."""

    mode = "rubbish"

    def do_POST(self) -> None:
        if self.mode == "slow":
            time.sleep(8)
        bodies = {
            "rubbish": b"<html>no</html>",
            "empty": b"",
            "wrong": b'{"events": 5}',
            "nothing": b'{"events": [], "responses": []}',
            "odd": b'{"events": [], "responses": [{"custom": "x"}]}',
            "lineless": b'{"events": [], "responses": [{"custom": {"a": 1}}]}',
            "slow": b"{}",
            "error": b"{}",
        }
        self.send_response(500 if self.mode == "error" else 200)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(bodies[self.mode])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, Path]]:
    """The bot process alone: its address, the port where it looks for actions, its log."""
    port = free_port()
    log = tmp_path_factory.mktemp("failures") / "bot.log"
    settings = {
        "PORT": str(port),
        "ACTIONS_PORT": str(port + 50),
        "SIGNPOST_WORKBENCH": "0",
        "SIGNPOST_LOG_LEVEL": "DEBUG",
    }
    command = [sys.executable, "-m", "signpost.serving", str(train().path), str(ROOT / "endpoints.yml")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output, env={**os.environ, **settings}
        )
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{address}/chat/lines", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.3)
        yield address, port + 50, log
        process.send_signal(signal.SIGTERM)
        process.wait()


def say(address: str, text: str) -> tuple[list[dict], float]:
    started = time.monotonic()
    answer = httpx.post(
        f"{address}/chat/webhook",
        json={"sender": secrets.token_hex(16), "message": f"{text} {MARKER}"},
        timeout=20,
    )
    assert answer.status_code == 200
    return answer.json(), time.monotonic() - started


def assert_safe(reply: list[dict], seconds: float) -> None:
    custom = next(part["custom"] for part in reply if "custom" in part)
    assert [line["id"] for line in custom["lines"]] == ["police_999", "national_24h"]
    assert seconds < LIMIT_S


def test_a_dead_action_server_gives_the_safe_reply(bot: tuple[str, int, Path]) -> None:
    for text in ("my husband hits me", "hello", "what is a refuge"):
        assert_safe(*say(bot[0], text))
    assert httpx.get(f"{bot[0]}/chat/health").status_code == 503


def test_danger_gets_999_from_the_bot_process_itself(bot: tuple[str, int, Path]) -> None:
    reply, seconds = say(bot[0], "he has a knife and he is breaking the door down right now")
    assert "999" in reply[0]["text"]
    assert_safe(reply, seconds)


@pytest.mark.parametrize("mode", ["rubbish", "empty", "wrong", "nothing", "odd", "lineless", "error", "slow"])
def test_a_broken_action_server_gives_the_safe_reply(bot: tuple[str, int, Path], mode: str) -> None:
    BrokenActions.mode = mode
    server = HTTPServer(("127.0.0.1", bot[1]), BrokenActions)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert_safe(*say(bot[0], "my husband hits me"))
    finally:
        server.shutdown()
        server.server_close()


def test_an_action_server_that_never_answers_gives_the_safe_reply(bot: tuple[str, int, Path]) -> None:
    with socket.create_server(("127.0.0.1", bot[1])):
        assert_safe(*say(bot[0], "he has taken my phone"))


def test_danger_is_remembered_when_the_action_server_fails_in_that_turn(bot: tuple[str, int, Path]) -> None:
    sender = secrets.token_hex(16)

    def send(text: str) -> dict:
        reply = httpx.post(
            f"{bot[0]}/chat/webhook", json={"sender": sender, "message": text}, timeout=20
        ).json()
        return next(part["custom"] for part in reply if "custom" in part)

    assert send("he has a knife and he is breaking the door down right now")["rule"] == "fallback"
    environment = {**os.environ, "PORT": bot[0].rpartition(":")[2], "ACTIONS_PORT": str(bot[1])}
    actions = subprocess.Popen(
        [sys.executable, "-m", "signpost.serving.action_server"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while (
            time.monotonic() < deadline and httpx.get(f"{bot[0]}/chat/health", timeout=5).status_code != 200
        ):
            time.sleep(0.3)
        assert send("please hurry")["lines"][0]["id"] == "police_999"
    finally:
        actions.terminate()
        actions.wait()


def test_no_log_holds_a_word_even_at_debug(bot: tuple[str, int, Path]) -> None:
    say(bot[0], "is this private")
    text = bot[2].read_text(encoding="utf-8")
    assert "No reply came from the bot" in text or "(text left out)" in text, (
        "the log is empty: the test would prove nothing"
    )
    assert MARKER not in text


def test_killing_the_action_server_while_talking_loses_no_reply(tmp_path: Path) -> None:
    from signpost.processes import running_bot

    with running_bot(tmp_path / "bot.log") as address:
        actions = _action_server(address)
        replies = []
        for number in range(12):
            if number == 4:
                actions.kill()
            replies.append(say(address, "my wife hits me")[0])
        customs = [next(part["custom"] for part in reply if "custom" in part) for reply in replies]
        assert all("national_24h" in [line["id"] for line in custom["lines"]] for custom in customs)
        assert [custom["rule"] for custom in customs[:4]].count("fallback") == 0
        assert customs[4]["rule"] == "fallback"
        deadline = time.monotonic() + 30
        while (
            time.monotonic() < deadline and httpx.get(f"{address}/chat/health", timeout=5).status_code != 200
        ):
            time.sleep(0.5)
        assert httpx.get(f"{address}/chat/health", timeout=5).status_code == 200, (
            "the action server did not come back by itself"
        )


def _action_server(address: str) -> psutil.Process:
    """The action server of the bot at an address; other tests' bots may be running too."""
    port = str(httpx.URL(address).port)
    children = psutil.Process().children(recursive=True)
    (found,) = [
        child
        for child in children
        if "signpost.serving.action_server" in child.cmdline() and child.environ().get("PORT") == port
    ]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/workbench.js",
        "/meanings.json",
        "/tests",
        "/models",
        "/parse",
        "/route",
        "/findings",
        "/tests/run",
        "/review",
        "/review/look",
        "/review/accept",
        "/review/drop",
    ],
)
def test_there_is_no_workbench_in_the_normal_mode(bot: tuple[str, int, Path], path: str) -> None:
    address, *_ = bot
    assert httpx.get(f"{address}/workbench{path}").status_code == 404
    assert (
        httpx.post(f"{address}/workbench{path}", json={"texts": ["hello"], "title": "x"}).status_code == 404
    )
