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
# From malloc.h.
M_PERTURB = -6
FILLING = 165
# glibc writes over what is freed, but not what waits in its cache of pieces; Python's own store of small
# objects is off (PYTHONMALLOC), so that they are freed too.
WITHOUT_CACHE = "glibc.malloc.tcache_count=0"


def forbid_core_dumps() -> None:
    """No core file, and on Linux none for a crash handler: the limit alone does not bind a handler on a
    pipe."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def leave_freeing_to_glibc() -> None:
    """Start this process anew, under the same number, with settings that are read before Python starts.

    Call first of all. Elsewhere than with glibc nothing changes.
    """
    if not _has_glibc() or WITHOUT_CACHE in os.environ.get("GLIBC_TUNABLES", ""):
        return
    tunables = filter(None, (os.environ.get("GLIBC_TUNABLES"), WITHOUT_CACHE))
    settings = {"GLIBC_TUNABLES": ":".join(tunables), "PYTHONMALLOC": "malloc"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **settings})


def overwrite_what_is_freed() -> None:
    """From now on memory is written over when it is given back; before the first message is early enough,
    and loading a model is twice as fast without."""
    if _has_glibc():
        ctypes.CDLL(None).mallopt(M_PERTURB, FILLING)


def _has_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
