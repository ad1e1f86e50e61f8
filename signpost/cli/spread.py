"""`make spread`: how the training messages are spread over labels and lengths."""

from __future__ import annotations

import sys

from signpost.cli.command import command
from signpost.learning.corpus.spread import spread
from signpost.learning.corpus.topic_files import read_training_messages


@command
def main() -> int:
    """Print the account."""
    print(spread(read_training_messages()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
