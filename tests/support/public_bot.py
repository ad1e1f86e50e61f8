"""A bot as a visitor meets it, with all that could give one away turned on: debug logging, metrics, own
home."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from typing import Any

import httpx

from signpost.processes import free_port, running_bot

# A connection for each request, as from strangers; made once, as making a client is slower than most
# requests.
CLIENT = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True)
class PublicBot:
    """One running bot behind a pretended proxy: X-Forwarded-For names the visitor's address."""

    address: str
    folder: Path
    log: Path
    counters_port: int
    started_at: float  # seconds since the epoch
    run: int  # process id of `signpost.cli.run`

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def process(self, module: str) -> int:
        """Id of the process that runs a module of ours now; it changes when it is killed."""
        return next(pid for pid in descendants(self.run) if module in command_of(pid))

    def post(
        self,
        body: Any,
        *,
        path: str = "/chat/webhook",
        visitor: str | None = None,
        headers: dict[str, str] | None = None,
        client: httpx.Client | None = None,
    ) -> httpx.Response:
        """Post JSON, or bytes as they are, from an address of one's own."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Content-Type": "application/json",
            "X-Forwarded-For": visitor or some_address(),
            **(headers or {}),
        }
        return (client or CLIENT).post(self.address + path, content=content, headers=sent, timeout=20)

    def raw(self, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        """Send bytes as they are and read until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            connection.sendall(data)
            return read_answer(connection, body=not data.startswith(b"HEAD "))


@contextmanager
def public_bot(folder: Path) -> Iterator[PublicBot]:
    """Start it; it ends with the block."""
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    before, started_at, port = set(descendants(getpid())), time.time(), free_port()
    environment = {
        "SIGNPOST_LOG_LEVEL": "DEBUG",
        "SIGNPOST_PROXIES": "1",
        "SIGNPOST_COUNTERS_PORT": str(port),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
    }
    with running_bot(folder / "bot.log", workbench=False, environment=environment) as address:
        run = next(
            pid
            for pid in descendants(getpid())
            if pid not in before and "signpost.cli.run" in command_of(pid)
        )
        yield PublicBot(address, folder, folder / "bot.log", port, started_at, run)


def some_address() -> str:
    """An address that nobody has, of the block kept for tests of networks."""
    number = secrets.randbelow(2**17)
    return f"198.{18 + number // 2**16}.{number // 2**8 % 2**8}.{number % 2**8}"


def new_sender() -> str:
    return secrets.token_hex(16)


def descendants(parent: int) -> list[int]:
    """Ids of all processes below one."""
    children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()
    return [pid for child in map(int, children) for pid in (child, *descendants(child))]


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def read_answer(connection: socket.socket, *, body: bool = True) -> bytes:
    """One whole answer, or what came until the server closed or was silent for too long."""
    found = b""
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            found += part
            head, ended, rest = found.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            if ended and (not body or (length and len(rest) >= int(length.group(1)))):
                break
    return found


def signpost_of(reply: list[dict[str, Any]]) -> dict[str, Any]:
    return next(part["custom"] for part in reply if "custom" in part)
