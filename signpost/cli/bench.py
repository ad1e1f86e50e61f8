"""`make bench`: how fast the bot is beside Rasa's starter bot.

The figures, a table and a plot are written to reports/bench/.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from signpost.bench.bots import MEBIBYTE, BenchError, train_starter_bot
from signpost.bench.comparison import OUT, measure, program, say, tensorflow_pass
from signpost.bench.report import plot, table
from signpost.cli.command import command
from signpost.files import read_text
from signpost.learning.training.train import train


@command
def main() -> int:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--train", action="store_true", help="train both bots anew and time it (several minutes)"
    )
    parser.add_argument("--against", type=Path, help="figures.json of an earlier run")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    earlier = _earlier(options.against) if options.against else None
    model = train().path
    ours: dict[str, Any] = {"model_mib": model.stat().st_size / MEBIBYTE}
    if options.train:
        say("training this bot anew")
        model.unlink()
        started = time.monotonic()
        train()
        ours["train_s"] = time.monotonic() - started
    say("training the starter bot, where none is kept")
    training = {"stock": train_starter_bot(anew=options.train), "ours": ours}
    figures = measure(options.rounds, OUT, training)
    say("parts")
    figures["parts"] = json.loads(program("signpost.bench.parts", str(model)).splitlines()[-1])
    figures["tensorflow_pass_ms"] = dict(tensorflow_pass())
    (OUT / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    text = table(figures, earlier)
    (OUT / "table.md").write_text(text, encoding="utf-8")
    plot(figures, OUT / "plot.png")
    print(text)
    return 0


def _earlier(path: Path) -> dict[str, Any]:
    """Raises BenchError where these are no figures of an earlier run."""
    try:
        return dict(json.loads(read_text(path, BenchError)))
    except (TypeError, ValueError) as error:
        raise BenchError(f"{path} does not hold the figures of an earlier run ({error}).") from error


if __name__ == "__main__":
    sys.exit(main())
