"""`make variants`: what each part of the pipeline is worth, on topic files that no variant has seen."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Callable

from signpost.cli.command import command
from signpost.learning.corpus.messages import learned_from, training_messages, turns_in_context
from signpost.learning.corpus.topic_files import labelled_messages
from signpost.learning.evaluation.ablation import (
    LEARN,
    REPORT,
    STOCK_LABELS,
    UNSEEN,
    as_markdown,
    linear,
    prepare,
    stock,
)
from signpost.learning.evaluation.crossvalidate import folds_of
from signpost.learning.evaluation.stock import EPOCHS


@command
def main() -> int:
    """Compare and write reports/variants/figures.json and table.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=Path, help="a JSONL file of the labelling guide, predicted too")
    parser.add_argument(
        "--stock-every",
        type=int,
        default=1,
        help="Rasa's default learns from one message in so many; 0 leaves it out (all of them take hours)",
    )
    parser.add_argument("--stock-epochs", type=int, default=EPOCHS)
    parser.add_argument(
        "--stock-labels", nargs="+", default=STOCK_LABELS, choices=STOCK_LABELS, metavar="LABEL"
    )
    options = parser.parse_args()
    messages = training_messages()
    learn_rows, unseen_rows = folds_of(messages)[0]
    parts = {LEARN: [messages[row] for row in learn_rows], UNSEEN: [messages[row] for row in unseen_rows]}
    if options.messages:
        parts[options.messages.stem] = labelled_messages(options.messages)
    material = prepare(parts, learned_from(messages, turns_in_context(), learn_rows))
    variants: dict[str, Callable[[], dict[str, Any]]] = {}
    for encoder, signals, characters in product(
        ("frozen encoder", "tuned encoder"), (False, True), (False, True)
    ):
        names = [encoder, *["signals"] * signals, *["characters"] * characters]
        variants[", ".join(names)] = partial(linear, material, names)
    if options.stock_every:
        learned = f"1 message in {options.stock_every}"
        variants[f"Rasa's default, {learned}, {options.stock_epochs} epochs"] = lambda: stock(
            material, options.stock_every, options.stock_epochs, options.stock_labels
        )
        if options.stock_every > 1:
            variants[f"frozen encoder, signals, characters, {learned}"] = lambda: linear(
                material, ("frozen encoder", "signals", "characters"), options.stock_every
            )
    REPORT.mkdir(parents=True, exist_ok=True)
    table: dict[str, dict[str, Any]] = {}
    for name, run in variants.items():
        table[name] = run()
        print(name, flush=True)
        counts = {
            title: {"messages": len(found), "danger": sum(message.yes_no["danger"] for message in found)}
            for title, found in parts.items()
        }
        (REPORT / "figures.json").write_text(
            json.dumps({"counts": counts, "variants": table}, indent=1), encoding="utf-8"
        )
    (REPORT / "table.md").write_text(
        "\n".join(as_markdown(title, table) for title, _ in material.measured()), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
