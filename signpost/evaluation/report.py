"""One HTML page, and the same figures as JSON: scores with intervals, the danger curve, reliability, confusion, groups, errors."""

from __future__ import annotations

import base64
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import matplotlib
import numpy as np
from jinja2 import Environment
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_curve

from signpost.evaluation.measure import SINGLE, Predicted, danger_scores, label_scores, lines_right, macro_f1, share
from signpost.labels import LabelledMessage
from signpost.routing import Directory

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

# Errors listed on the page; the JSON has all.
MOST_ERRORS = 300
TEMPLATE = Path(__file__).parent / "report.html"


@dataclass(frozen=True)
class Part:
    """One set of messages with the bot's predictions; ``danger`` holds probabilities where they are known."""

    title: str
    messages: Sequence[LabelledMessage]
    predicted: Sequence[Predicted]
    danger: np.ndarray | None = None


def figures(part: Part, directory: Directory, now: datetime) -> dict[str, Any]:
    """All figures of one part as plain data."""
    table = label_scores(part.messages, part.predicted)
    right = [lines_right(message, predicted, directory, now) for message, predicted in zip(part.messages, part.predicted)]
    return {
        "title": part.title,
        "n": len(part.messages),
        "danger": danger_scores(part.messages, part.predicted),
        "lines_right": share(sum(right), len(right)),
        "labels": {
            label: {"macro_f1": round(macro_f1(scores), 4), "values": {value: vars(entry) for value, entry in scores.items()}}
            for label, scores in table.items()
        },
        "groups": _groups(part, right),
        "errors": _errors(part, right),
    }


def _groups(part: Part, right: Sequence[bool]) -> list[dict[str, Any]]:
    """The main figures for each group of people, lengths and typing styles, so that nobody is served worse unseen."""
    keys: dict[str, Callable[[LabelledMessage], str]] = {
        **{label: (lambda message, label=label: message.one_of[label]) for label in ("who", "gender", "area")},
        "lgbt": lambda message: "LGBT+" if message.yes_no["lgbt"] else "not said",
        "length": lambda message: _length(len(message.text.split())),
        "typing": lambda message: _typing(message.text),
    }
    rows = []
    for name, key in keys.items():
        for value in sorted({key(message) for message in part.messages}):
            chosen = [row for row, message in enumerate(part.messages) if key(message) == value]
            messages, predicted = [part.messages[row] for row in chosen], [part.predicted[row] for row in chosen]
            rows.append(
                {"group": name, "value": value, "n": len(chosen), **danger_scores(messages, predicted), "lines_right": share(sum(right[row] for row in chosen), len(chosen))}
            )
    return rows


def _length(words: int) -> str:
    return "under 8 words" if words < 8 else "8 to 50 words" if words <= 50 else "over 50 words"


def _typing(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    if letters and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        return "all capitals"
    return "with capitals" if text[:1].isupper() else "no capitals"


def _errors(part: Part, right: Sequence[bool]) -> list[dict[str, Any]]:
    rows = []
    for message, predicted, lines_fit in zip(part.messages, part.predicted, right):
        wrong = [f"{label}: {predicted.one_of[label]} instead of {message.one_of[label]}" for label in SINGLE if predicted.one_of[label] != message.one_of[label]]
        for label in ("abuse", "needs"):
            missed, extra = message.any_of[label] - predicted.any_of[label], predicted.any_of[label] - message.any_of[label]
            wrong += [f"{label} missed: {', '.join(sorted(missed))}"] if missed else []
            wrong += [f"{label} added: {', '.join(sorted(extra))}"] if extra else []
        if predicted.lgbt != message.yes_no["lgbt"]:
            wrong.append(f"lgbt: {predicted.lgbt}")
        danger = message.yes_no["danger"]
        if (predicted.urgency == "none") == danger or (predicted.urgency == "immediate" and not danger):
            kind = "DANGER MISSED" if danger else f"false {predicted.urgency}"
            wrong.insert(0, f"{kind} ({', '.join(predicted.raised_by) or 'nothing raised it'})")
        if not lines_fit:
            wrong.append(f"lines: {', '.join(predicted.line_ids) or 'none'}")
        if wrong:
            rows.append({"text": message.text, "topic": message.topic, "wrong": wrong})
    return sorted(rows, key=lambda row: (not row["wrong"][0].startswith("DANGER"), not row["wrong"][0].startswith("false"), -len(row["wrong"])))


def write(folder: Path, parts: Sequence[Part], directory: Directory, now: datetime, *, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Write report.html and report.json into a folder; returns the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"parts": [figures(part, directory, now) for part in parts], **extra}
    (folder / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    pictures = [_pictures(part, extra.get("thresholds") or {}) for part in parts]
    page = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    (folder / "report.html").write_text(page.render(data=data, pictures=pictures, most_errors=MOST_ERRORS, SINGLE=SINGLE), encoding="utf-8")
    return data


def _pictures(part: Part, thresholds: Mapping[str, float]) -> list[str]:
    """The plots of one part as data addresses."""
    drawn = [_confusion(part, label) for label in SINGLE]
    if part.danger is not None:
        real = np.array([message.yes_no["danger"] for message in part.messages])
        drawn = [_danger_curve(real, part.danger, thresholds), _reliability(real, part.danger), *drawn]
    return drawn


def _danger_curve(real: np.ndarray, danger: np.ndarray, thresholds: Mapping[str, float]) -> str:
    false, found, cuts = roc_curve(real, danger)
    figure, axes = pyplot.subplots(figsize=(5, 4))
    axes.plot(100 * false, 100 * found)
    for name in ("immediate", "check"):
        if name in thresholds:
            at = int(np.argmin(np.abs(cuts - thresholds[name])))
            axes.plot(100 * false[at], 100 * found[at], "o", label=f"{name} from {thresholds[name]:.3f}")
    axes.set(xlabel="false alarms, % of messages without danger", ylabel="danger found, %", xlim=(0, 30), ylim=(70, 100.5), title="Danger: found against false alarms")
    axes.legend()
    return _as_data(figure)


def _reliability(real: np.ndarray, danger: np.ndarray) -> str:
    share_true, mean_said = calibration_curve(real, danger, n_bins=10)
    figure, axes = pyplot.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], ":")
    axes.plot(mean_said, share_true, "o-")
    axes.set(xlabel="probability of danger that is said", ylabel="share that is danger", title="Reliability")
    return _as_data(figure)


def _confusion(part: Part, label: str) -> str:
    pairs = Counter((message.one_of[label], predicted.one_of[label]) for message, predicted in zip(part.messages, part.predicted))
    values = sorted({value for pair in pairs for value in pair})
    counts = np.array([[pairs[true, found] for found in values] for true in values])
    figure, axes = pyplot.subplots(figsize=(4.5, 4))
    axes.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    axes.set(xticks=range(len(values)), yticks=range(len(values)), xlabel="predicted", ylabel="true", title=label)
    axes.set_xticklabels(values, rotation=40, ha="right")
    axes.set_yticklabels(values)
    for row in range(len(values)):
        for column in range(len(values)):
            axes.text(column, row, counts[row, column], ha="center", va="center", fontsize=8)
    return _as_data(figure)


def _as_data(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
