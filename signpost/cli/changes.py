"""`make changes`: what a bot still understands of the behaviour tests after changes of their surface."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from signpost.cli.command import command
from signpost.files import ROOT, write_whole
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.behaviour import read_cases
from signpost.learning.evaluation.changes import (
    WITH_MEANING,
    WITHOUT_MEANING,
    ReadAll,
    as_rows,
    outcomes,
    report,
)
from signpost.learning.evaluation.measure import Predicted
from signpost.processes import running_bot
from signpost.understanding.labels import LabelledMessage

# A Wednesday afternoon: MK ACT is open, no edge of the hours is near.
NOW = "2026-11-25T14:10:00+00:00"
REPORT = ROOT / "reports" / "changes.json"


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Ask a bot, print two tables, write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot", help="address of a bot that already runs in workbench mode")
    parser.add_argument("--every", type=int, default=1, help="only one text in so many")
    options = parser.parse_args(arguments)
    texts = list(
        dict.fromkeys(case.text for case in read_cases(ROOT / "tests" / "behaviour")[:: options.every])
    )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    if options.bot:
        _measure(texts, reader_of(options.bot))
    else:
        with running_bot(REPORT.with_suffix(".log")) as address:
            _measure(texts, reader_of(address))
    return 0


def reader_of(address: str) -> ReadAll:
    """A running bot as the reader that ``outcomes`` asks."""

    def read_all(texts: Sequence[str]) -> Sequence[Predicted]:
        return ask(address, [LabelledMessage(text, "", "", {}, {}, {}) for text in texts], NOW)

    return read_all


def _measure(texts: Sequence[str], read_all: ReadAll) -> None:
    without = outcomes(texts, read_all, WITHOUT_MEANING)
    with_meaning = outcomes(texts, read_all, WITH_MEANING)
    sys.stdout.write(f"Changes without meaning ({len(texts)} texts):\n{report(without)}\n\n")
    sys.stdout.write(f"Changes that end or take back the danger:\n{report(with_meaning)}\n")
    write_whole(
        REPORT,
        json.dumps({"without_meaning": as_rows(without), "with_meaning": as_rows(with_meaning)}, indent=1),
    )


if __name__ == "__main__":
    sys.exit(main())
