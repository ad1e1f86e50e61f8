"""`make run`: starts the action server and the bot with the model in use, prints the address; trains where there is none.

Either process is started again when it dies.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Sequence

from signpost.settings import ServerSettings, read_settings
from signpost.train import ROOT, model_to_run, train

# A process that died is started again after this, so that one that cannot start does not fill the log.
RESTART_PAUSE_S = 1.0
# At this many deaths, both processes together, before the first answer: what keeps them from starting is for a maintainer to see.
MOST_DEATHS = 3
STOP_PATIENCE_S = 10.0
POLL_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; both children are ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--tree", action="store_true", help="the model of the tree as it stands, trained if missing, whichever is in use")
    which.add_argument("--model", type=Path, help="this model, whichever is in use")
    options = parser.parse_args(arguments)
    settings = read_settings()
    taken = [port for port in (settings.port, settings.actions_port) if _is_taken(port)]
    if taken:
        print(f"Port {taken[0]} is in use. Choose another: PORT=5105 make run", file=sys.stderr)
        return 1
    fixed = train() if options.tree else options.model
    model = fixed or model_to_run()
    signal.signal(signal.SIGTERM, _stop)
    commands = [["signpost.serve_actions"], ["signpost.serve", str(model), str(ROOT / "endpoints.yml"), *([] if fixed else ["--follow"])]]
    children = [_start(command) for command in commands]
    announced, deaths = False, 0
    try:
        while True:
            time.sleep(POLL_S)
            for number, child in enumerate(children):
                if child.poll() is not None:
                    deaths += 1
                    if not announced and deaths == MOST_DEATHS:
                        print(f"{commands[number][0]} did not start; SIGNPOST_LOG_LEVEL=INFO tells more.", file=sys.stderr)
                        return 1
                    time.sleep(RESTART_PAUSE_S)
                    children[number] = _start(commands[number])
            if not announced and all(child.poll() is None for child in children) and _is_healthy(settings):
                announced = True
                print(f"Signpost MK is ready: http://{settings.host}:{settings.port}/chat", flush=True)
                if settings.workbench:
                    print(f"The workbench: http://{settings.host}:{settings.port}/workbench", flush=True)
    except KeyboardInterrupt:
        return 0
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=os.environ)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _is_healthy(settings: ServerSettings) -> bool:
    try:
        with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/chat/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
