"""Which processes of a cluster are alive: all that work in its folder or were given its path."""

from __future__ import annotations

import os
import time
from pathlib import Path


def processes_of(folder: Path) -> dict[int, str]:
    """Process id -> command line of each live process that uses a cluster's folder, except our own."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            about = b"\0".join(
                (os.fsencode(os.readlink(process / "cwd")), command, (process / "environ").read_bytes())
            )
        except OSError:  # gone, a zombie, or another user's
            continue
        if os.fsencode(folder) in about:
            found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def left_after(folder: Path, seconds: float) -> dict[int, str]:
    """What still lives of a cluster, after it was given so long to be gone."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
