"""What every command shares: .env is read, and an error of ours is printed as one plain sentence."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

from signpost.errors import SignpostError
from signpost.settings import read_dotenv

Arguments = ParamSpec("Arguments")


def command(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """Wrap a command: our own errors become a sentence on standard error and exit status 1.

    Ctrl-C exits quietly.
    """

    @functools.wraps(main)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
        try:
            read_dotenv()
            return main(*args, **kwargs)
        except SignpostError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        except KeyboardInterrupt:
            return 0

    return run
