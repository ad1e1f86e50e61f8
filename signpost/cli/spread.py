"""`make spread`: how the training messages are spread over labels and lengths."""

from __future__ import annotations

import sys

from signpost.cli.command import command
from signpost.learning.corpus.spread import spread
from signpost.learning.corpus.messages import NLU_DATA
from signpost.understanding.labels import read_training_messages


@command
def main() -> int:
    """Print the account."""
    print(spread(read_training_messages(NLU_DATA)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
