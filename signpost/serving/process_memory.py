"""Keeps words that are being read out of what outlives them: files of a crash, and memory that was given
back."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys

# From linux/prctl.h.
PR_SET_DUMPABLE = 4
# glibc writes over what is freed, and has no cache of pieces that it does not write over; Python's own store
# of small objects is off (PYTHONMALLOC), so that they are freed too.
OVERWRITING = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"


def forbid_core_dumps() -> None:
    """No core file, and on Linux none for a crash handler: the limit alone does not bind a handler on a
    pipe."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def overwrite_what_is_freed() -> None:
    """Start this process anew, under the same number, so that memory is written over when it is given back.

    Call first of all: the settings are read before Python starts. Elsewhere than with glibc nothing changes.
    """
    if platform.libc_ver()[0] != "glibc" or OVERWRITING in os.environ.get("GLIBC_TUNABLES", ""):
        return
    tunables = filter(None, (os.environ.get("GLIBC_TUNABLES"), OVERWRITING))
    settings = {"GLIBC_TUNABLES": ":".join(tunables), "PYTHONMALLOC": "malloc"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **settings})
