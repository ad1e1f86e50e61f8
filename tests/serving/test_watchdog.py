"""A process whose event loop stands still ends; one that works goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.long

PROGRAM = """
import asyncio, time
from signpost.serving.watchdog import end_when_still

async def main(secret):
    end_when_still(asyncio.get_running_loop(), still_s=0.5)
    await asyncio.sleep(1.5)
    {last}
    print("went on")

asyncio.run(main("a secret"))
"""


@pytest.mark.parametrize(
    "last, code, said", [("await asyncio.sleep(0.1)", 0, "went on\n"), ("time.sleep(30)", 1, "")]
)
def test_only_a_loop_that_stands_still_ends_its_process(last: str, code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(last=last)], capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout) == (code, said)
    assert "a secret" not in done.stderr
