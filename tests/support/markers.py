"""Marker phrases, and where on a machine they could turn up again."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest

# Folders in which anything that is written on this machine could end up, besides the bot's own.
SEARCHED = (
    "/tmp",
    "/var/tmp",
    "/var/crash",
    "/var/log",
    "/var/lib/systemd/coredump",
    "/var/lib/redis",
    "/var/lib/nginx",
    "/dev/shm",
    "/run",
    "/root",
    "/home",
    "/core",
    "/cores",
)
TOLD = (
    "my husband {} hits me",
    "i live in {} street in wolverton",
    "{} has a knife and he is breaking the door down",
    "is this private? im {}",
    "{}",
    "help {} me 😀 {}",
)
# "zq" and 20 hexadecimal digits, with or without the zero bytes of wide characters.
LIKE_A_MARKER = re.compile(rb"[zZ]\0{0,3}[qQ](?:\0{0,3}[0-9a-fA-F]){20}")
WAYS_TO_WRITE = "trace=open,openat,openat2,creat,memfd_create,rename,renameat2,mkdir"


class Planted:
    """Makes markers, and knows them all."""

    def __init__(self) -> None:
        self.markers: list[str] = []
        self.answers: list[httpx.Response] = []

    def __call__(self) -> str:
        self.markers.append("zq" + secrets.token_hex(10))
        return self.markers[-1]

    def found_in(self, data: bytes) -> list[str]:
        """Markers in any case, in characters of one, two or four bytes."""
        seen = {found.lower().replace(b"\0", b"").decode() for found in LIKE_A_MARKER.findall(data)}
        return sorted(seen & set(self.markers))


def headers(planted: Planted) -> dict[str, str]:
    """A marker in every header that a browser, a proxy or a stranger could send."""
    names = (
        "User-Agent",
        "Referer",
        "Cookie",
        "Authorization",
        "X-Request-ID",
        "Origin",
        "Accept-Language",
        "X-Forwarded-Host",
        "X-Real-IP",
        "Forwarded",
    )
    return {name: planted() for name in names}


def files_since(started_at: float, folders: Iterable[Path]) -> Iterator[Path]:
    """Files that were written since then (seconds since the epoch), and that can be read."""
    for folder in folders:
        for parent, below, names in os.walk(folder):
            below[:] = [name for name in below if name not in (".venv", ".git", "node_modules")]
            for path in (Path(parent) / name for name in names):
                try:
                    if (
                        path.is_file()
                        and not path.is_symlink()
                        and max(path.stat().st_mtime, path.stat().st_ctime) >= started_at
                    ):
                        yield path
                except OSError:  # gone in the meantime
                    continue


def search_files(
    planted: Planted, started_at: float, own: Iterable[Path]
) -> tuple[dict[Path, list[str]], int]:
    """Files of the machine that were written since then and hold markers, and how many files were read."""
    found, seen = {}, 0
    for path in files_since(
        started_at, [*own, *(Path(folder) for folder in SEARCHED if Path(folder).is_dir())]
    ):
        try:
            held = planted.found_in(path.read_bytes())
        except OSError:
            continue
        seen += 1
        if held:
            found[path] = held
    return found, seen


def memory_of(pid: int) -> bytes:
    """All that a process can write to, as it lies in memory."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights, *_ = line.split()
            start, end = (int(part, 16) for part in area.split("-"))
            if rights.startswith("rw"):
                with contextlib.suppress(OSError):
                    memory.seek(start)
                    found.append(memory.read(end - start))
    return b"".join(found)


def check_answers(planted: Planted) -> None:
    """No marker came back in a header, and in a body none but the conversation's id."""
    for answer in planted.answers:
        assert planted.found_in(str(answer.headers).encode()) == []
        body = answer.content
        if answer.status_code == 200 and answer.request.url.path == "/chat/webhook":
            reply = answer.json()
            senders = {part.pop("recipient_id") for part in reply}
            assert len(senders) == 1
            body = repr(reply).encode()
        assert planted.found_in(body) == []


def opened_for_writing(processes: Iterable[int], work: Callable[[], None], trace: Path) -> list[str]:
    """Calls that opened a file for writing during the work, seen by the kernel: even one deleted again."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", WAYS_TO_WRITE, "-o", trace, *[f"-p{pid}" for pid in processes]],
        stderr=subprocess.PIPE,
    )
    try:
        time.sleep(1.0)
        if tracer.poll() is not None:
            pytest.skip(f"strace may not trace here: {tracer.stderr.read().decode()[:200]}")
        work()
    finally:
        tracer.terminate()
        tracer.wait()
    calls = trace.read_text().splitlines()
    writing = [
        call
        for call in calls
        if not ("open" in call and "O_WRONLY" not in call and "O_RDWR" not in call and "O_CREAT" not in call)
        and "(" in call
    ]
    return [
        call
        for call in writing
        if "/dev/null" not in call and not call.rstrip().endswith("= -1") and "resumed" not in call
    ]
