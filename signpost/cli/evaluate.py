"""`make evaluate`: how well messages are understood and answered, as a page and as JSON under reports/.

Without options it reports the cross-validated predictions that `make tune` saved. With --messages or
--dialogues it starts a whole bot and asks it over HTTP; that report goes into a folder named after the file,
with the cross-validated figures alongside.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Sequence

from signpost.cli.command import command
from signpost.directory.reader import SERVICES_FILE, load_directory
from signpost.files import ROOT, read_text
from signpost.learning.corpus.messages import training_messages
from signpost.learning.corpus.topic_files import labelled_messages
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.baselines import keyword_danger
from signpost.learning.evaluation.behaviour import as_messages, read_cases, unmet
from signpost.learning.evaluation.crossvalidate import (
    EvaluationError,
    load_out_of_fold,
    load_understanding,
    read_out_of_fold,
)
from signpost.learning.evaluation.report import Part, write
from signpost.learning.results import Proportion
from signpost.learning.scenarios import read_dialogues, run_all
from signpost.processes import running_bot
from signpost.routing import Directory, Situation, Urgency, route
from signpost.settings import read_settings
from signpost.understanding.decision import Thresholds
from signpost.understanding.encoder import TUNED_FOLDER
from signpost.understanding.heads import OUTPUTS
from signpost.understanding.labels import LabelledMessage
from signpost.understanding.pipeline import build_pipeline

# A Wednesday afternoon: MK ACT is open, no edge of the hours is near.
NOW = "2026-11-25T14:10:00+00:00"
# What `make variants` left: the same labels by simpler models.
VARIANTS = ROOT / "reports" / "variants" / "figures.json"


class NothingToEvaluateError(EvaluationError):
    """There are no cross-validated predictions for the training messages as they stand."""


def cross_validated(directory: Directory) -> Part:
    """What models that had not seen a message's topic file make of it.

    Raises:
        NothingToEvaluateError: the messages have changed since `make tune`.
    """
    all_messages = training_messages()
    predictions = load_out_of_fold(TUNED_FOLDER / "out_of_fold.npz", all_messages)
    understanding = load_understanding(TUNED_FOLDER)
    if predictions is None or understanding is None:
        raise NothingToEvaluateError(
            "The training messages have changed since the last `make tune`: run it again, or give MESSAGES=."
        )
    messages = [all_messages[row] for row in predictions.rows]
    predicted, chances = read_out_of_fold(
        predictions,
        all_messages,
        understanding,
        build_pipeline(),
        partial(_lines, directory),
    )
    predicted = [
        replace(entry, confidence={output.key: float(chance) for output, chance in zip(OUTPUTS, row)})
        for entry, row in zip(predicted, chances)
    ]
    return Part("Cross-validation grouped by topic file", messages, predicted)


def _lines(directory: Directory, situation: Situation, urgency: str) -> tuple[str, ...]:
    return tuple(
        line.id
        for line in route(
            replace(situation, urgency=Urgency(urgency)), directory, datetime.fromisoformat(NOW)
        ).lines
    )


def keyword_baseline(part: Part) -> dict[str, Any]:
    """What a plain list of danger words finds on the same messages."""
    known = [message for message in part.messages if "danger" not in message.unknown]
    real = [message for message in known if message.yes_no["danger"]]
    calm = [message for message in known if not message.yes_no["danger"]]
    return {
        "title": f"keyword list, {part.title}",
        "found": _found(real),
        "false": _found(calm),
    }


def _found(messages: Sequence[LabelledMessage]) -> dict[str, float]:
    return Proportion(
        sum(keyword_danger(message.text) for message in messages), len(messages)
    ).with_interval()


def summary(data: dict[str, Any]) -> str:
    """The main figures in a few lines."""
    rows = []
    for part in data["parts"]:
        rows.append(f"{part['title']} ({part['n']} messages)")
        named = {
            **part["danger"],
            **{f"despair {kind}": found for kind, found in part["despair"].items()},
            "lines_right": part["lines_right"],
        }
        rows += [
            f"  {name}: {100 * entry['proportion']:.1f} % ({entry['hits']} of {entry['n']})"
            for name, entry in named.items()
        ]
        rows += [
            f"  lines right, {group['value']}: {100 * group['lines_right']['proportion']:.1f} % "
            f"({group['lines_right']['hits']} of {group['lines_right']['n']})"
            for group in part["groups"]
            if group["group"] == "who is harmed"
        ]
        rows.append(
            "  macro F1: "
            + ", ".join(f"{label} {scores['macro_f1']:.3f}" for label, scores in part["labels"].items())
        )
    for row in data["baselines"]:
        rows.append(
            f"{row['title']}: found {100 * row['found']['proportion']:.1f} %, "
            f"false alarms {100 * row['false']['proportion']:.1f} %"
        )
    for row in data["behaviour"]:
        rows.append(f"behaviour {row['capability']}: {row['passed']['hits']} of {row['passed']['n']}")
        rows += [f"    {entry['text'][:90]!r}: {'; '.join(entry['problems'])}" for entry in row["failed"]]
    for row in data["dialogues"]:
        rows += [f"dialogue {row['name']}: {problem}" for problem in row["problems"]] or [
            f"dialogue {row['name']}: as expected"
        ]
    return "\n".join(rows)


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=Path, help="a JSONL file of the labelling guide")
    parser.add_argument("--dialogues", type=Path, help="a JSONL file of dialogues")
    parser.add_argument("--behaviour", type=Path, help="the folder of behaviour tests")
    parser.add_argument("--into", type=Path, help="reports/, or below it a folder of the given file's name")
    parser.add_argument("--bot", help="address of a bot that already runs in workbench mode")
    options = parser.parse_args(arguments)
    directory = load_directory(read_settings().directory / SERVICES_FILE.name, date.today())
    parts: list[Part] = []
    beside: list[Part] = []
    dialogues: list[dict[str, Any]] = []
    behaviour: list[dict[str, Any]] = []
    given = options.messages or options.dialogues or options.behaviour
    into = options.into or ROOT / "reports" / (given.stem if given else "")
    if given:
        into.mkdir(parents=True, exist_ok=True)
        if options.bot:
            parts, dialogues, behaviour = _from_bot(options, options.bot)
        else:
            with running_bot(into / "bot.log") as address:
                parts, dialogues, behaviour = _from_bot(options, address)
        if parts:
            with suppress(NothingToEvaluateError):
                beside = [cross_validated(directory)]
    else:
        parts = [cross_validated(directory)]
    understanding = load_understanding(TUNED_FOLDER)
    thresholds = understanding.thresholds if understanding else Thresholds()
    extra = {
        "thresholds": {"immediate": thresholds.immediate, "check": thresholds.check},
        "baselines": [keyword_baseline(part) for part in [*parts, *beside]],
        "variants": _variants(),
        "dialogues": dialogues,
        "behaviour": behaviour,
    }
    data = write(into, parts, directory, datetime.fromisoformat(NOW), extra=extra, beside=beside)
    sys.stdout.write(summary(data) + f"\n\nThe whole report: {into / 'report.html'}\n")
    return 0


def _variants() -> dict[str, Any]:
    """The figures of `make variants`; empty if it was not run.

    Raises:
        EvaluationError: the file cannot be read.
    """
    if not VARIANTS.exists():
        return {}
    try:
        return dict(json.loads(read_text(VARIANTS, EvaluationError)))
    except (TypeError, ValueError) as error:
        raise EvaluationError(
            f"{VARIANTS} cannot be read: run `make variants` again or delete it."
        ) from error


def _from_bot(
    options: argparse.Namespace, address: str
) -> tuple[list[Part], list[dict[str, Any]], list[dict[str, Any]]]:
    parts, dialogues = [], []
    if options.messages:
        messages = labelled_messages(options.messages)
        parts.append(Part(options.messages.stem, messages, ask(address, messages, NOW)))
    if options.dialogues:
        dialogues = [
            {"name": name, "problems": problems}
            for name, problems in run_all(read_dialogues(options.dialogues), address).items()
        ]
    return parts, dialogues, behaviour_rates(options.behaviour, address) if options.behaviour else []


def behaviour_rates(folder: Path, address: str) -> list[dict[str, Any]]:
    """For each capability how many of its texts are understood as expected, and those that are not."""
    cases = read_cases(folder)
    results = [
        (case, unmet(case, predicted))
        for case, predicted in zip(cases, ask(address, as_messages(cases), NOW))
    ]
    rows = []
    for capability in dict.fromkeys(case.capability for case in cases):
        mine = [(case.text, problems) for case, problems in results if case.capability == capability]
        failed = [{"text": text, "problems": problems} for text, problems in mine if problems]
        rows.append(
            {
                "capability": capability,
                "passed": Proportion(len(mine) - len(failed), len(mine)).with_interval(),
                "failed": failed,
            }
        )
    return rows


if __name__ == "__main__":
    sys.exit(main())
