"""Part of `make check`: what is wrong with the training messages."""

from __future__ import annotations

import sys

from signpost.cli.command import command
from signpost.learning.corpus.checks import check


@command
def main() -> int:
    """Print what is wrong; 1 where anything is."""
    wrong = check(on_remark=print)
    for line in wrong:
        print(f"data: {line}", file=sys.stderr)
    print(f"Training messages: {len(wrong)} problems.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
