"""From probabilities to labels: the thresholds, and how the independent signs of danger come together."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Collection, Mapping, Sequence

import numpy as np

from signpost.routing.situation import Scope
from signpost.understanding.heads import OUTPUTS, SLOT_OF, Calibration, Output, choice_outputs
from signpost.understanding.labels import ANY_OF, ONE_OF

DANGER = Output("danger", "yes")
SELF_HARM = Scope.SELF_HARM.value
SUBJECTS = (Scope.DISCLOSURE.value, Scope.ASK_HELP.value, Scope.INFO.value)
NOTHING_TOLD = (Scope.OUT_OF_SCOPE.value, Scope.SMALLTALK.value)
# So many questions of one message are answered at most.
MAX_ASKED = 3


@dataclass(frozen=True)
class Thresholds:
    """Where a probability becomes a label; chosen by least cost on cross-validated predictions by `make tune`."""

    immediate: float = 0.5
    check: float = 0.05
    intent_check: float = 0.3  # the intent classifier's own word for danger
    floor_danger: float = 0.5  # the independent reader's
    despair: float = 0.4
    despair_named: float = 0.15  # where words of it stand in the text
    despair_other: float = 0.4
    despair_first: float = 0.4  # from here on Samaritans stands first; below, it stands beside the others
    despair_other_first: float = 0.4
    floor_despair: float = 0.5
    floor_subject: float = 0.9  # the independent reader thinks that it belongs here
    over: float = 0.5
    perpetrator: float = 0.5  # own behaviour only where it is this likely
    child: float = 0.5
    perhaps_child: float = 0.5  # from here on the children's line stands beside the others
    place_named: float = (
        0.2  # the chance at which an area holds where the text names places of that area alone
    )
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
    raised_by: tuple[str, ...]  # what raised danger: classifier, intent, floor, pattern names
    one_of: Mapping[str, str]
    any_of: Mapping[str, tuple[str, ...]]
    lgbt: bool
    despair: str  # none, writer or somebody_else
    danger_over: bool
    over_in_context: bool  # danger_over by the talk alone: the message does not say so
    danger_less: bool
    danger_in_context: bool
    perhaps_child: bool  # not likely enough to be spoken to as a child
    perhaps_despair: bool  # not likely enough to be spoken of
    confidence: Mapping[str, float]  # by Output.key


def decide(
    chances: np.ndarray,
    thresholds: Thresholds,
    *,
    intent_danger: float = 0.0,
    floor: Mapping[str, float] | None = None,
    patterns: Sequence[str] = (),
    areas: Collection[str] = (),
    names_self_harm: bool = False,
    names_harm: bool = False,
    names_same_sex_couple: bool = False,
    came_back: bool = False,
    weaker: bool = False,
    grown_up: bool = False,
    aged_16_17: bool = False,
) -> Reading:
    """Read one row of probabilities, shape (outputs,). ``areas`` are those of the places that the text names."""
    floor = floor or {}

    def chance(label: str, value: str = "yes") -> float:
        return float(chances[SLOT_OF[Output(label, value)]])

    def above(output: Output) -> bool:
        return bool(chances[SLOT_OF[output]] >= thresholds.labels.get(output.key, 0.5))

    one_of = {
        label: max(choice_outputs(label), key=lambda output: chances[SLOT_OF[output]]).value
        for label in ONE_OF
    }
    one_of["who"] = _who(chances, one_of["who"], thresholds, may_be_child=not (grown_up or aged_16_17))
    if len(areas) == 1 and chance("area", *areas) >= thresholds.place_named:
        (one_of["area"],) = areas
    seen = _despair(chance("despair"), chance("despair_other"), floor, thresholds, names_self_harm)
    is_sure = {
        "none": True,
        "writer": chance("despair") >= thresholds.despair_first,
        "somebody_else": chance("despair_other") >= thresholds.despair_other_first,
    }
    despair = seen if is_sure[seen] else "none"
    if one_of["scope"] == SELF_HARM and despair == "none":
        one_of["scope"] = Scope.DISCLOSURE.value
    elif despair == "writer" and one_of["scope"] in NOTHING_TOLD:
        one_of["scope"] = SELF_HARM
    urgency, raised_by = _danger(chance("danger"), thresholds, intent_danger, floor, patterns)
    # danger that is over is believed, where that is likelier than danger now
    over = chance("danger_over")
    is_over = over >= thresholds.over and over > chance("danger") and not came_back
    if is_over:
        urgency, raised_by = "none", ()
    subject = (
        urgency != "none"
        or seen != "none"
        or names_harm
        or floor.get("subject", 0.0) >= thresholds.floor_subject
    )
    if one_of["scope"] == Scope.OUT_OF_SCOPE.value and subject:
        one_of["scope"] = _likeliest_subject(chances)
    return Reading(
        urgency=urgency,
        raised_by=raised_by,
        one_of=one_of,
        any_of={label: _several(label, chances, thresholds.labels) for label in ANY_OF},
        lgbt=names_same_sex_couple or above(Output("lgbt", "yes")),
        despair=despair,
        danger_over=is_over,
        over_in_context=False,
        danger_less=(weaker or above(Output("danger_less", "yes"))) and not is_over and not patterns,
        danger_in_context=came_back or above(Output("danger_in_context", "yes")),
        perhaps_child=one_of["who"] != "child"
        and chance("who", "child") >= thresholds.perhaps_child
        and not grown_up,
        perhaps_despair=seen != despair,
        confidence={output.key: round(float(chances[slot]), 3) for slot, output in enumerate(OUTPUTS)},
    )


def _several(label: str, chances: np.ndarray, labels: Mapping[str, float]) -> tuple[str, ...]:
    """The values of a label that hold, the likeliest first where there is an order to keep."""
    held = [
        value
        for value in ANY_OF[label]
        if chances[SLOT_OF[Output(label, value)]] >= labels.get(f"{label}:{value}", 0.5)
    ]
    if label != "asks":
        return tuple(held)
    return tuple(sorted(held, key=lambda value: -chances[SLOT_OF[Output(label, value)]])[:MAX_ASKED])


def _who(chances: np.ndarray, likeliest: str, thresholds: Thresholds, *, may_be_child: bool) -> str:
    """The likeliest, but own behaviour and a child only where they are likely enough; else the next likeliest."""
    bounds = {"perpetrator": thresholds.perpetrator, "child": thresholds.child}
    child = chances[SLOT_OF[Output("who", "child")]]
    if child >= thresholds.child and may_be_child:
        return "child"
    if likeliest != "child" and chances[SLOT_OF[Output("who", likeliest)]] >= bounds.get(likeliest, 0.0):
        return likeliest
    others = [output for output in choice_outputs("who") if output.value not in bounds]
    return max(others, key=lambda output: chances[SLOT_OF[output]]).value


def _despair(
    writer: float, other: float, floor: Mapping[str, float], thresholds: Thresholds, named: bool
) -> str:
    """Whose despair it is, if anybody's: three ways to see it, of which each is enough."""
    by_writer = (
        writer >= thresholds.despair
        or (named and writer >= thresholds.despair_named)
        or floor.get("despair", 0.0) >= thresholds.floor_despair
    )
    by_other = other >= thresholds.despair_other
    if by_writer and by_other:
        return "writer" if writer >= other else "somebody_else"
    return "writer" if by_writer else "somebody_else" if by_other else "none"


def _likeliest_subject(chances: np.ndarray) -> str:
    within = [output for output in choice_outputs("scope") if output.value in SUBJECTS]
    return max(within, key=lambda output: chances[SLOT_OF[output]]).value


def _danger(
    chance: float,
    thresholds: Thresholds,
    intent_danger: float,
    floor: Mapping[str, float],
    patterns: Sequence[str],
) -> tuple[str, tuple[str, ...]]:
    """Only the calibrated classifier says `immediate`; each independent sign can raise `check`."""
    signs = []
    if chance >= thresholds.check:
        signs.append("classifier")
    if intent_danger >= thresholds.intent_check:
        signs.append("intent")
    if floor.get("danger", 0.0) >= thresholds.floor_danger:
        signs.append("floor")
    signs += [f"words: {name}" for name in dict.fromkeys(patterns)]
    if chance >= thresholds.immediate:
        return "immediate", tuple(signs)
    return ("check" if signs else "none"), tuple(signs)
