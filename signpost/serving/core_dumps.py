"""Keeps the memory of a process, and with it words that are being read, out of files when it crashes."""

from __future__ import annotations

import ctypes
import resource
import sys

# From linux/prctl.h.
PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """No core file, and on Linux none for a crash handler: the limit alone does not bind a handler on a
    pipe."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
