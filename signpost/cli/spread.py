"""`make spread`: how the training messages are spread over labels and lengths."""

from __future__ import annotations

import sys

from signpost.cli.command import command
from signpost.learning.corpus.spread import spread
from signpost.learning.corpus.topic_files import training_messages
from signpost.learning.training.train import NLU_DATA


@command
def main() -> int:
    """Print the account."""
    print(spread(training_messages(NLU_DATA)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
