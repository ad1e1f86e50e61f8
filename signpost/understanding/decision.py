"""From probabilities to labels: the thresholds, and how the independent signs of danger come together."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Collection, Mapping, Sequence

import numpy as np

from signpost.understanding.heads import OUTPUTS, SLOT_OF, Calibration, Output, choice_outputs, yes_no_outputs
from signpost.understanding.labels import ANY_OF, ONE_OF

DANGER = Output("danger", "yes")
OVER = Output("danger_over", "yes")
SELF_HARM = Output("scope", "self_harm")


@dataclass(frozen=True)
class Thresholds:
    """Where a probability becomes a label. ``immediate``, ``check`` and ``labels`` are chosen on cross-validated predictions by `make tune`, the others by hand."""

    immediate: float = 0.5  # danger is likelier than not
    check: float = 0.05  # danger is possible
    passage_floor: float = 0.01  # below this the whole is so calm that no passage raises a question
    intent_check: float = 0.3  # the intent classifier's own word for danger
    # One passage of a long message that is danger this surely: set high by hand, for out of its place a passage often looks like danger.
    passage: float = 0.85
    place_named: float = (
        0.2  # the chance at which an area holds when the text names places of that area alone
    )
    # Missing somebody who wants to die is worse than showing the Samaritans once too often: set low on purpose, not tuned.
    self_harm: float = 0.4
    self_harm_named: float = 0.15  # where words of it stand in the text
    labels: Mapping[str, float] = field(default_factory=dict)  # by Output.key; 0.5 where none is given


@dataclass(frozen=True)
class Understanding:
    """What `make tune` found besides the layers: how to read scores. ``models/encoder/calibration.json``."""

    calibration: Calibration
    thresholds: Thresholds

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"calibration": self.calibration.to_json(), "thresholds": asdict(self.thresholds)}


def read_understanding(path: Path) -> Understanding:
    """Read the file that `make tune` wrote.

    Raises:
        FileNotFoundError, KeyError, TypeError: the file is missing or not what it must be.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    return Understanding(Calibration(**data["calibration"]), Thresholds(**data["thresholds"]))


@dataclass(frozen=True)
class Reading:
    """The labels of one message, with the confidence of each."""

    urgency: str  # immediate, check or none
    raised_by: tuple[str, ...]  # what raised danger: classifier, intent, pattern names
    one_of: Mapping[str, str]
    any_of: Mapping[str, tuple[str, ...]]
    lgbt: bool
    danger_over: bool
    danger_in_context: bool
    confidence: Mapping[str, float]  # by Output.key


def decide(
    chances: np.ndarray,
    thresholds: Thresholds,
    *,
    intent_danger: float = 0.0,
    patterns: Sequence[str] = (),
    areas: Collection[str] = (),
    names_self_harm: bool = False,
    names_same_sex_couple: bool = False,
    passage_danger: float = 0.0,
) -> Reading:
    """Read one row of probabilities, shape (outputs,). ``areas`` are those of the places that the text names."""

    def above(output: Output, threshold: float | None = None) -> bool:
        return bool(
            chances[SLOT_OF[output]]
            >= (threshold if threshold is not None else thresholds.labels.get(output.key, 0.5))
        )

    one_of = {
        label: max(choice_outputs(label), key=lambda output: chances[SLOT_OF[output]]).value
        for label in ONE_OF
    }
    if len(areas) == 1 and above(Output("area", *areas), thresholds.place_named):
        (one_of["area"],) = areas
    if above(SELF_HARM, thresholds.self_harm_named if names_self_harm else thresholds.self_harm):
        one_of["scope"] = SELF_HARM.value
    urgency, raised_by = _danger(
        float(chances[SLOT_OF[DANGER]]), thresholds, intent_danger, patterns, passage_danger
    )
    # danger that is over is believed, where that is likelier than danger now
    is_over = urgency != "immediate" and above(OVER) and chances[SLOT_OF[OVER]] > chances[SLOT_OF[DANGER]]
    if is_over:
        urgency, raised_by = "none", ()
    return Reading(
        urgency=urgency,
        raised_by=raised_by,
        one_of=one_of,
        any_of={
            label: tuple(value for value in values if above(Output(label, value)))
            for label, values in ANY_OF.items()
        },
        lgbt=names_same_sex_couple or above(Output("lgbt", "yes")),
        danger_over=is_over,
        danger_in_context=above(Output("danger_in_context", "yes")),
        confidence={output.key: round(float(chances[slot]), 3) for slot, output in enumerate(OUTPUTS)},
    )


def _danger(
    chance: float,
    thresholds: Thresholds,
    intent_danger: float,
    patterns: Sequence[str],
    passage_danger: float,
) -> tuple[str, tuple[str, ...]]:
    """Only the calibrated classifier says `immediate`; each independent sign can raise `check`."""
    signs = []
    if chance >= thresholds.check:
        signs.append("classifier")
    if intent_danger >= thresholds.intent_check:
        signs.append("intent")
    if passage_danger >= thresholds.passage and chance >= thresholds.passage_floor:
        signs.append("passage")
    if patterns:  # whatever the classifier makes of it
        signs += [f"words: {name}" for name in dict.fromkeys(patterns)]
    if chance >= thresholds.immediate:
        return "immediate", tuple(signs)
    return ("check" if signs else "none"), tuple(signs)


def merge_windows(chances: np.ndarray) -> np.ndarray:
    """One row from the rows of a message's windows: what any window shows holds; choices are made on the average."""
    merged = chances.mean(axis=0)
    columns = [SLOT_OF[output] for output in yes_no_outputs()]
    merged[columns] = chances[:, columns].max(axis=0)
    return merged
