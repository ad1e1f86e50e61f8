"""`make cluster` as somebody types it at a terminal: an address, an answer, and nothing left after Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from faults import prepared
from processes import left_after, processes_of
from redis_server import free_port, needs

pytestmark = pytest.mark.bot

START_S, END_S = 180.0, 40.0


@dataclass
class Terminal:
    """A program in a terminal of its own."""

    process: subprocess.Popen[bytes]
    screen: int
    shown: bytearray = field(default_factory=bytearray)

    def wait_for(self, text: str, seconds: float) -> str:
        """What the screen shows, once a text is on it."""
        deadline = time.monotonic() + seconds
        while text not in self.text and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert text in self.text, self.text
        return self.text

    def press_ctrl_c(self) -> None:
        os.write(self.screen, b"\x03")

    @property
    def text(self) -> str:
        return self.shown.decode(errors="replace")

    def read(self) -> None:
        with contextlib.suppress(OSError):  # the program is gone
            while part := os.read(self.screen, 4096):
                self.shown += part


@contextlib.contextmanager
def make_cluster(folder: Path, root: Path, port: int) -> Iterator[Terminal]:
    """Type it. Temporary files and models lie below the folder."""
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    # the set-up of .venv is not tested here: the running one is taken as it is
    command = [needs("make", "make"), f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed", "cluster"]
    models = prepared(folder)["SIGNPOST_MODELS"]
    environment = {**os.environ, "PORT": str(port), "SIGNPOST_MODELS": models, "TMPDIR": str(folder / "tmp")}
    environment.pop("BOTS", None)
    screen, terminal = os.openpty()
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # these tests run in the background of a script; a terminal's programs hear Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    typed = Terminal(process, screen)
    threading.Thread(target=typed.read, daemon=True).start()
    try:
        yield typed
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # what supervises, too; its guard ends the rest
        process.wait()
        os.close(screen)


def test_it_prints_an_address_answers_and_leaves_nothing_after_ctrl_c(tmp_path: Path, root: Path) -> None:
    port = free_port()
    with make_cluster(tmp_path, root, port) as typed:
        text = typed.wait_for("Ctrl-C ends all of it.", START_S)
        assert f"Signpost MK runs as a cluster: http://127.0.0.1:{port}/chat" in text
        names = dict(re.findall(r"^  (signpost-\S+) +process (\d+)", text, re.MULTILINE))
        assert [
            len([name for name in names if kind in name]) for kind in ("nginx", "redis", "actions@", "bot@")
        ] == [1, 1, 2, 2]
        assert {int(pid) for pid in names.values()} <= set(processes_of(tmp_path))
        assert httpx.get(f"http://127.0.0.1:{port}/chat", timeout=8).status_code == 200
        reply = httpx.post(
            f"http://127.0.0.1:{port}/chat/webhook",
            json={"sender": "a" * 32, "message": "my wife hits me"},
            timeout=8,
        ).json()
        assert reply[0]["recipient_id"] == "a" * 32
        (custom,) = [part["custom"] for part in reply if "custom" in part]
        assert custom["rule"] != "fallback" and custom["lines"]
        typed.press_ctrl_c()
        typed.process.wait(END_S)
        assert left_after(tmp_path, 2.0) == {}
        assert "Traceback" not in typed.text
    assert not list((tmp_path / "tmp").glob("signpost-cluster-*")), "its folder is still there"


def test_ctrl_c_while_it_starts_leaves_nothing_either(tmp_path: Path, root: Path) -> None:
    with make_cluster(tmp_path, root, free_port()) as typed:
        deadline = time.monotonic() + START_S
        while not any("signpost.serving " in command for command in processes_of(tmp_path).values()):
            assert time.monotonic() < deadline and typed.process.poll() is None, typed.text
            time.sleep(0.05)
        typed.press_ctrl_c()
        typed.process.wait(END_S)
        assert left_after(tmp_path, 2.0) == {}
        assert "Traceback" not in typed.text


def test_a_port_that_is_taken_is_told(tmp_path: Path, root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with make_cluster(tmp_path, root, port) as typed:
            typed.wait_for(f"Port {port} is in use", START_S)
            assert typed.process.wait(END_S) != 0
        assert left_after(tmp_path, 2.0) == {}
