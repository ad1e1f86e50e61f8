"""The action server and the bot of one machine: either is started again when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.processes import answers, listens, stop
from signpost.settings import ServerSettings

# A process that died is started again after this, so that one that cannot start does not fill the log.
RESTART_PAUSE_S = 1.0
# After so many exits of both processes together before the first answer, a maintainer has to look.
MAX_DEATHS = 3
POLL_S = 0.5


class StartError(SignpostError):
    """The bot cannot start here."""


def keep_running(
    commands: Sequence[Sequence[str]], settings: ServerSettings, on_ready: Callable[[], None]
) -> None:
    """Run Python modules until Ctrl-C or SIGTERM; all of them are ended then.

    Args:
        commands: module and arguments of each process.
        on_ready: called once, when the chat answers.

    Raises:
        StartError: a port is taken, or the processes die before the first answer.
    """
    for port in (settings.port, settings.actions_port):
        if listens(port):
            raise StartError(f"Port {port} is in use. Choose another: PORT=5105 make run")
    children = [_start(command) for command in commands]
    ready, deaths = False, 0
    try:
        while True:
            time.sleep(POLL_S)
            for number, child in enumerate(children):
                if child.poll() is None:
                    continue
                deaths += 1
                if not ready and deaths == MAX_DEATHS:
                    raise StartError(
                        f"{commands[number][0]} did not start; SIGNPOST_LOG_LEVEL=INFO says more."
                    )
                time.sleep(RESTART_PAUSE_S)
                children[number] = _start(commands[number])
            if not ready and all(child.poll() is None for child in children):
                ready = answers(f"http://{settings.host}:{settings.port}/chat/health")
                if ready:
                    on_ready()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            stop(child)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=os.environ)
