"""`make run`: starts the action server and the bot with the model in use, and prints the address.

A model is trained first if there is none.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signpost.cli.command import command
from signpost.deployment.supervisor import keep_running
from signpost.files import ROOT
from signpost.learning.registry import IN_USE
from signpost.learning.training.train import model_to_run, train
from signpost.processes import stop_on_sigterm
from signpost.settings import read_settings


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--tree", action="store_true", help="the model of the tree as it stands, trained if missing"
    )
    which.add_argument("--model", type=Path, help="this model, whichever is in use")
    options = parser.parse_args(arguments)
    settings = read_settings()
    fixed = train().path if options.tree else options.model
    if not fixed:
        model_to_run()
    # a bot that is started again takes what is in use then
    bot = ["signpost.serving", str(fixed or IN_USE), str(ROOT / "endpoints.yml")]
    stop_on_sigterm()

    def announce() -> None:
        address = f"http://{settings.host}:{settings.port}"
        print(f"Signpost MK is ready: {address}/chat", flush=True)
        if settings.workbench:
            print(f"The workbench: {address}/workbench", flush=True)

    keep_running(
        [["signpost.serving.action_server"], [*bot, "--follow"] if settings.follow and not fixed else bot],
        settings,
        announce,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
