"""Ends a process whose event loop stands still, so that whatever started it starts it again."""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from asyncio import AbstractEventLoop

# A loop that has not turned for so long will not turn again, in seconds. A reply takes 4 s at most.
STILL_S = 20.0


def end_when_still(loop: AbstractEventLoop, still_s: float = STILL_S) -> None:
    """Watch a running loop from a thread: if it hangs, log its stack (no values) and exit with status 1."""
    turned = time.monotonic()

    def turn() -> None:
        nonlocal turned
        turned = time.monotonic()
        loop.call_later(still_s / 10, turn)

    def look() -> None:
        while (
            time.monotonic() < turned + still_s
        ):  # no timer of the system's: those go by a clock that may jump
            time.sleep(still_s / 10)
        faulthandler.dump_traceback()
        os._exit(1)

    turn()
    threading.Thread(target=look, name="liveness", daemon=True).start()
