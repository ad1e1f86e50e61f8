"""Two models side by side: a table for the terminal, and one HTML page with plots."""

from __future__ import annotations

import base64
import io
from functools import partial
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import matplotlib
import numpy as np
from jinja2 import Environment

from signpost.learning.evaluation.gate import (
    Objection,
    danger_recall,
    lost_and_won,
    newly_right,
    newly_wrong,
    passed,
)
from signpost.learning.results import Proportion, Results

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

TEMPLATE = Path(__file__).parent / "comparison.html"


def rows(used: Results | None, candidate: Results) -> list[tuple[str, str, str]]:
    """What is measured, of the model in use, of the candidate."""
    return [
        (name, measure(used) if used else "none", measure(candidate))
        for name, measure in _measures(used, candidate)
    ]


Measure = Callable[[Results], str]


def _measures(used: Results | None, candidate: Results) -> list[tuple[str, Measure]]:
    measures: list[tuple[str, Measure]] = [
        ("behaviour tests: danger found", lambda results: str(danger_recall(results))),
        ("behaviour tests: messages as expected", _texts_passed),
        ("conversation tests: as expected", _dialogues_passed),
    ]
    if candidate.cross_validation and (used is None or used.cross_validation):
        for name in candidate.cross_validation.danger.by_name():
            measures.append(
                (f"cross-validated heads: {name.replace('_', ' ')}", partial(_danger_measure, name))
            )
        for label in candidate.cross_validation.macro_f1:
            measures.append((f"cross-validated heads: {label}, macro F1", partial(_f1_measure, label)))
    return measures


def _texts_passed(results: Results) -> str:
    entries = [entry for listed in results.behaviour.values() for entry in listed]
    return str(Proportion(passed(entries), len(entries)))


def _dialogues_passed(results: Results) -> str:
    entries = results.conversations.values()
    return str(Proportion(sum(not entry.problems for entry in entries), len(entries)))


def _danger_measure(name: str, results: Results) -> str:
    return str(results.cross_validation.danger.by_name()[name]) if results.cross_validation else ""


def _f1_measure(label: str, results: Results) -> str:
    return f"{results.cross_validation.macro_f1[label]:.3f}" if results.cross_validation else ""


def table(used: Results | None, candidate: Results) -> str:
    """The rows as text in columns."""
    cells = [("", used.model if used else "no model in use", candidate.model), *rows(used, candidate)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells
    )


def write_page(
    path: Path,
    used: Results | None,
    candidate: Results,
    against: Sequence[Objection],
    cards: Mapping[str, Any],
) -> None:
    """One page that needs nothing but itself."""
    lost: list[str] = []
    won: list[str] = []
    if used and used.cross_validation and candidate.cross_validation:
        lost, won = lost_and_won(used.cross_validation, candidate.cross_validation)
    page = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    path.parent.mkdir(parents=True, exist_ok=True)
    filled = page.render(
        used=used,
        candidate=candidate,
        cards=cards,
        rows=rows(used, candidate),
        against=against,
        wrong=newly_wrong(used, candidate) if used else [],
        right=newly_right(used, candidate) if used else [],
        red=_changed(used, candidate) if used else [],
        green=_changed(candidate, used) if used else [],
        lost=len(lost),
        won=len(won),
        plots=[
            _capabilities(used, candidate),
            *([_labels(used, candidate)] if candidate.cross_validation else []),
        ],
    )
    path.write_text(filled, encoding="utf-8")


def _changed(before: Results, after: Results) -> list[tuple[str, Sequence[str]]]:
    """Dialogues that went right and now go wrong."""
    right = {name for name, entry in before.conversations.items() if not entry.problems}
    return [
        (name, entry.problems)
        for name, entry in after.conversations.items()
        if name in right and entry.problems
    ]


def _capabilities(used: Results | None, candidate: Results) -> str:
    names = sorted(candidate.behaviour)
    return _bars(
        "Behaviour tests: messages as expected, %",
        names,
        {label: [_percent(results, name) for name in names] for label, results in _both(used, candidate)},
    )


def _percent(results: Results, name: str) -> float:
    entries = results.behaviour.get(name) or ()
    return 100 * passed(entries) / max(1, len(entries))


def _labels(used: Results | None, candidate: Results) -> str:
    scores = {
        label: results.cross_validation.macro_f1
        for label, results in _both(used, candidate)
        if results.cross_validation
    }
    names = sorted(scores["candidate"])
    return _bars(
        "Cross-validated heads: macro F1, %",
        names,
        {label: [100 * f1.get(name, 0) for name in names] for label, f1 in scores.items()},
    )


def _both(used: Results | None, candidate: Results) -> list[tuple[str, Results]]:
    return [*([("in use", used)] if used else []), ("candidate", candidate)]


def _bars(title: str, names: Sequence[str], values: Mapping[str, Sequence[float]]) -> str:
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.32 * len(names)))
    places, height = np.arange(len(names)), 0.8 / len(values)
    for number, (label, widths) in enumerate(values.items()):
        axes.barh(places + number * height, widths, height, label=label)
    axes.set(yticks=places + 0.4 - height / 2, xlim=(0, 100), title=title)
    axes.set_yticklabels(names)
    axes.invert_yaxis()
    axes.legend(loc="lower left")
    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
