"""One HTML page and the same figures as JSON.

Scores with intervals, the danger curve, reliability, confusion, groups and errors.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import compress
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import matplotlib
import numpy as np
from jinja2 import Environment
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_curve

from signpost.learning.evaluation.costs import COSTS, MAX_FALSE_ALARMS
from signpost.learning.evaluation.measure import (
    SINGLE,
    Predicted,
    danger_scores,
    despair_scores,
    f1_intervals,
    label_columns,
    label_scores,
    leaves_open,
    lines_right,
    macro_f1,
)
from signpost.learning.results import Proportion
from signpost.routing import Area, Directory, Gender, Who
from signpost.understanding.decision import DANGER
from signpost.understanding.labels import ANY_OF, LabelledMessage
from signpost.understanding.pipeline import WORD, build_pipeline

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

# Points of a curve that are kept.
MAX_POINTS = 200
TEMPLATE = Path(__file__).parent / "report.html"


@dataclass(frozen=True)
class Part:
    """One set of messages with the bot's predictions."""

    title: str
    messages: Sequence[LabelledMessage]
    predicted: Sequence[Predicted]


def figures(
    part: Part, directory: Directory, now: datetime, thresholds: Mapping[str, float]
) -> dict[str, Any]:
    """All figures of one part as plain data."""
    right = [
        None if message.unknown else lines_right(message, predicted, directory, now)
        for message, predicted in zip(part.messages, part.predicted)
    ]
    return {
        "title": part.title,
        "n": len(part.messages),
        "danger": danger_scores(part.messages, part.predicted).with_intervals(),
        "despair": {
            kind: found.with_interval()
            for kind, found in despair_scores(part.messages, part.predicted).items()
        },
        "lines_right": _proportion(right).with_interval(),
        "labels": _labels(part),
        "curves": _curves(part, thresholds),
        "confusion": {label: _confusion(part, label) for label in SINGLE},
        "groups": _groups(part, right),
        "errors": _errors(part, right),
    }


def _proportion(right: Sequence[bool | None]) -> Proportion:
    """How many are right of those that are judged; None is a message that leaves labels open."""
    judged = [entry for entry in right if entry is not None]
    return Proportion(sum(judged), len(judged))


def _labels(part: Part) -> dict[str, dict[str, Any]]:
    columns, table = label_columns(part.messages, part.predicted), {}
    for label, scores in label_scores(part.messages, part.predicted).items():
        _, wanted, found = columns[label]
        each, macro = f1_intervals(wanted, found)
        values = {
            value: {**vars(entry), "f1_95": list(each[at])}
            for at, (value, entry) in enumerate(scores.items())
        }
        table[label] = {"macro_f1": round(macro_f1(scores), 4), "macro_f1_95": list(macro), "values": values}
    return table


def _curves(part: Part, thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Recall of danger against false alarms by the classifier's probability alone, and its calibration.

    Empty unless there are messages of both kinds.
    """
    known = [
        (message.yes_no["danger"], predicted.confidence[DANGER.key])
        for message, predicted in zip(part.messages, part.predicted)
        if DANGER.key in predicted.confidence and "danger" not in message.unknown
    ]
    real, chance = np.array([real for real, _ in known], bool), np.array([chance for _, chance in known])
    if not 0 < real.sum() < len(real):
        return {}
    false, found, cuts = roc_curve(real, chance)
    kept = np.unique(
        np.linspace(1, len(cuts) - 1, MAX_POINTS).astype(int)
    )  # the first cut lies above every chance
    share_true, mean_said = calibration_curve(real, chance, n_bins=10)
    return {
        "danger": {"cut": list(cuts[kept]), "found": list(found[kept]), "false": list(false[kept])},
        "chosen": {
            name: {"cut": cut, "found": (chance[real] >= cut).mean(), "false": (chance[~real] >= cut).mean()}
            for name, cut in thresholds.items()
        },
        "reliability": {"said": list(mean_said), "true": list(share_true)},
    }


def _confusion(part: Part, label: str) -> dict[str, Any]:
    """Messages by true value (rows) and predicted value (columns)."""
    known = [
        (message.one_of[label], predicted.one_of[label])
        for message, predicted in zip(part.messages, part.predicted)
        if not leaves_open(message, label)
    ]
    true, found = [true for true, _ in known], [found for _, found in known]
    values = sorted({*true, *found})
    return {"values": values, "counts": confusion_matrix(true, found, labels=values).tolist()}


def _harmed(label: str, value: str) -> Callable[[LabelledMessage], bool]:
    """Whether a message is about somebody harmed of whom a label has this value."""

    def fits(message: LabelledMessage) -> bool:
        is_harmed = message.one_of["who"] in HARMED and not leaves_open(message, "who")
        return is_harmed and message.one_of[label] == value and not leaves_open(message, label)

    return fits


# Who writes, seen from the harm, where somebody is harmed. Of somebody who harms, the guide labels their own
# gender.
HARMED = frozenset({Who.SELF.value, Who.OTHER.value, Who.CHILD.value, Who.PROFESSIONAL.value})
# The groups of the labelling guide, each always shown; a message may be of several.
WHO_IS_HARMED: dict[str, Callable[[LabelledMessage], bool]] = {
    "in Milton Keynes": _harmed("area", Area.MK.value),
    "elsewhere": _harmed("area", Area.ELSEWHERE.value),
    "place unknown": _harmed("area", Area.UNKNOWN.value),
    "LGBT+": lambda message: message.yes_no["lgbt"] and not leaves_open(message, "lgbt"),
    "men": _harmed("gender", Gender.MAN.value),
    "women": _harmed("gender", Gender.WOMAN.value),
    "non-binary": _harmed("gender", Gender.NONBINARY.value),
    "gender unknown": _harmed("gender", Gender.UNKNOWN.value),
    "written for themselves": _harmed("who", Who.SELF.value),
    "written for others": _harmed("who", Who.OTHER.value),
    "children": _harmed("who", Who.CHILD.value),
    "written by professionals": _harmed("who", Who.PROFESSIONAL.value),
}


def _groups(part: Part, right: Sequence[bool | None]) -> list[dict[str, Any]]:
    """The main figures for each group of people, length and typing style, so that no group's are hidden."""
    rows = [
        _group(part, right, "who is harmed", value, [fits(message) for message in part.messages])
        for value, fits in WHO_IS_HARMED.items()
    ]
    keys: dict[str, Callable[[LabelledMessage], str]] = {
        "who writes": lambda message: message.one_of["who"],
        "length": lambda message: _length(len(message.text.split())),
        "typing": lambda message: _typing(message.text),
    }
    for name, key in keys.items():
        values = [key(message) for message in part.messages]
        for value in sorted(set(values)):
            rows.append(_group(part, right, name, value, [each == value for each in values]))
    return rows


def _group(
    part: Part, right: Sequence[bool | None], name: str, value: str, chosen: Sequence[bool]
) -> dict[str, Any]:
    messages, predicted = list(compress(part.messages, chosen)), list(compress(part.predicted, chosen))
    return {
        "group": name,
        "value": value,
        "n": len(messages),
        **danger_scores(messages, predicted).with_intervals(),
        "lines_right": _proportion(list(compress(right, chosen))).with_interval(),
    }


def _length(words: int) -> str:
    return "under 8 words" if words < 8 else "8 to 50 words" if words <= 50 else "over 50 words"


def _typing(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    if letters and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        return "all capitals"
    if any(word in _text_speak() for word in WORD.findall(text.lower())):
        return "text speak"
    return "with capitals" if text[:1].isupper() else "no capitals"


@lru_cache
def _text_speak() -> frozenset[str]:
    """The reader's short spellings ("u", "cos", "idk"), without slips and dropped apostrophes.

    Those are hardly shorter than the intended word.
    """
    spelled_out = build_pipeline().tokenizer.text_speak
    return frozenset(
        word for word, meant in spelled_out.items() if len(word) + 2 <= sum(map(str.isalpha, meant))
    )


def _errors(part: Part, right: Sequence[bool | None]) -> list[dict[str, Any]]:
    rows = []
    scored = label_columns(part.messages, part.predicted)
    for message, predicted, lines_fit in zip(part.messages, part.predicted, right):
        wrong = [
            f"{label}: {_with_chances(predicted, label, predicted.one_of[label])} "
            f"instead of {_with_chances(predicted, label, message.one_of[label])}"
            for label in SINGLE
            if predicted.one_of[label] != message.one_of[label] and not leaves_open(message, label)
        ]
        for label in ANY_OF:
            if label not in scored or leaves_open(message, label):
                continue
            missed, extra = (
                message.any_of[label] - predicted.any_of[label],
                predicted.any_of[label] - message.any_of[label],
            )
            wrong += [f"{label} missed: {_with_chances(predicted, label, *sorted(missed))}"] if missed else []
            wrong += [f"{label} added: {_with_chances(predicted, label, *sorted(extra))}"] if extra else []
        if predicted.lgbt != message.yes_no["lgbt"] and not leaves_open(message, "lgbt"):
            wrong.append(
                f"lgbt {'added' if predicted.lgbt else 'missed'}: {_with_chances(predicted, 'lgbt', 'yes')}"
            )
        danger = message.yes_no["danger"]
        misread = (predicted.urgency == "none") == danger or (predicted.urgency == "immediate" and not danger)
        if misread and "danger" not in message.unknown:
            wrong.insert(0, "DANGER MISSED" if danger else f"false {predicted.urgency}")
        if lines_fit is False:
            wrong.append(f"lines: {', '.join(predicted.line_ids) or 'none'}")
        if wrong:
            rows.append(
                {
                    "text": message.text,
                    "topic": message.topic,
                    "wrong": wrong,
                    "danger": predicted.confidence.get(DANGER.key),
                    "raised_by": predicted.raised_by,
                }
            )
    return sorted(
        rows,
        key=lambda row: (
            not row["wrong"][0].startswith("DANGER"),
            not row["wrong"][0].startswith("false"),
            -len(row["wrong"]),
        ),
    )


def _with_chances(predicted: Predicted, label: str, *values: str) -> str:
    """The values, each with the chance that it was given, where that is known."""
    chances = [predicted.confidence.get(f"{label}:{value}") for value in values]
    return ", ".join(
        value if chance is None else f"{value} ({chance:.2f})" for value, chance in zip(values, chances)
    )


def side_by_side(
    parts: Sequence[Mapping[str, Any]], baselines: Sequence[Mapping[str, Any]], variants: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The main figures by source: each part, the keyword list, and Rasa's default if `make variants` left
    it."""
    table = {}
    for part in parts:
        immediate, check = part["danger"]["false_immediate"], part["danger"]["false_check"]
        alarms = {
            "false_alarms": Proportion(immediate["hits"] + check["hits"], check["n"]).with_interval(),
            "lines_right": part["lines_right"],
        }
        table[part["title"]] = {
            **part["danger"],
            **alarms,
            **{f"{label}, macro F1": scores["macro_f1"] for label, scores in part["labels"].items()},
        }
    table |= {row["title"]: {"danger_found": row["found"], "false_alarms": row["false"]} for row in baselines}
    for name, row in variants.get("variants", {}).items():
        for title, scores in row.items():
            if name.startswith("Rasa's default") and isinstance(scores, dict):
                danger = (
                    {"danger_found": scores["danger_found_at_10"], "false_alarms": 0.1}
                    if "danger_found_at_10" in scores
                    else {}
                )
                table[f"{name}, {title}"] = {
                    **danger,
                    **{f"{label}, macro F1": value for label, value in scores.items()},
                }
    return table


def write(
    folder: Path,
    parts: Sequence[Part],
    directory: Directory,
    now: datetime,
    *,
    extra: Mapping[str, Any],
    beside: Sequence[Part] = (),
) -> dict[str, Any]:
    """Write report.html and report.json into a folder; returns the figures.

    Of the parts ``beside`` only the main figures are shown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = [figures(part, directory, now, extra["thresholds"]) for part in [*parts, *beside]]
    data = {
        "side_by_side": side_by_side(shown, extra["baselines"], extra["variants"]),
        "parts": shown[: len(parts)],
        **extra,
    }
    (folder / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    pictures = [_pictures(part) for part in data["parts"]]
    page = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    (folder / "report.html").write_text(
        page.render(data=data, pictures=pictures, costs=COSTS, max_false_alarms=MAX_FALSE_ALARMS),
        encoding="utf-8",
    )
    return data


def _pictures(part: Mapping[str, Any]) -> dict[str, list[str]]:
    """The plots of one part's figures as data addresses."""
    curves = (
        [_danger_curve(part["curves"]), _reliability(part["curves"]["reliability"])] if part["curves"] else []
    )
    return {
        "curves": curves,
        "labels": [
            _f1_bars(part["labels"]),
            *(_confusion_plot(label, part["confusion"][label]) for label in SINGLE),
        ],
    }


def _danger_curve(curves: Mapping[str, Any]) -> str:
    curve, chosen = curves["danger"], curves["chosen"]
    figure, axes = pyplot.subplots(figsize=(5, 4))
    axes.plot(100 * np.array(curve["false"]), 100 * np.array(curve["found"]))
    for name, point in chosen.items():
        axes.plot(100 * point["false"], 100 * point["found"], "o", label=f"{name} from {point['cut']:.3f}")
    # where the chosen points lie, whatever the messages
    right = max([30, *(110 * point["false"] for point in chosen.values())])
    bottom = min([70, *(100 * point["found"] - 5 for point in chosen.values())])
    axes.set(
        xlabel="false alarms, % of messages without danger",
        ylabel="danger found, %",
        xlim=(-0.5, right),
        ylim=(bottom, 100.5),
        title="Danger: found against false alarms",
    )
    axes.legend(loc="lower right")
    return _as_data(figure)


def _reliability(points: Mapping[str, Sequence[float]]) -> str:
    figure, axes = pyplot.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], ":")
    axes.plot(points["said"], points["true"], "o-")
    axes.set(
        xlabel="predicted probability of danger", ylabel="proportion that is danger", title="Reliability"
    )
    return _as_data(figure)


def _f1_bars(labels: Mapping[str, Any]) -> str:
    bars = []
    for label, scores in labels.items():
        bars.append((f"{label}, macro", scores["macro_f1"], scores["macro_f1_95"], "C1"))
        bars += [
            (f"{label}: {value}", entry["f1"], entry["f1_95"], "C0")
            for value, entry in scores["values"].items()
        ]
    names, f1, ends, colours = zip(*bars)
    away = np.abs(np.array(ends).T - np.array(f1))
    figure, axes = pyplot.subplots(figsize=(7, 1 + 0.2 * len(bars)))
    axes.barh(names, f1, xerr=away, color=colours, error_kw={"elinewidth": 1})
    axes.set(xlim=(0, 1), xlabel="F1 with 95 % interval", title="Labels")
    axes.invert_yaxis()
    axes.margins(y=0.01)
    return _as_data(figure)


def _confusion_plot(label: str, confusion: Mapping[str, Any]) -> str:
    values, counts = confusion["values"], np.array(confusion["counts"])
    figure, axes = pyplot.subplots(figsize=(4.5, 4))
    axes.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    axes.set(
        xticks=range(len(values)), yticks=range(len(values)), xlabel="predicted", ylabel="true", title=label
    )
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
