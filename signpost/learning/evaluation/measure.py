"""Scores of predicted labels against labelled messages, each with how many messages it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import AbstractSet as Set
from typing import Callable, Mapping, Sequence

import numpy as np

from signpost.learning.results import DangerScores, Proportion, wilson
from signpost.routing import (
    Abuse,
    Area,
    Despair,
    Directory,
    Gender,
    Need,
    Scope,
    Situation,
    Urgency,
    Who,
    route,
)
from signpost.routing.services import SAMARITANS
from signpost.understanding.labels import ANY_OF, LabelledMessage
from signpost.understanding.pipeline import build_pipeline
from signpost.understanding.words import read_words

# The need that two human readers did not label steadily; the labelling guide does not score it.
UNSCORED_NEED = Need.CHILDREN.value
SINGLE = ("scope", "gender", "area", "who")
# Of the bootstrap.
RESAMPLES, SEED = 1000, 42


@dataclass(frozen=True)
class Predicted:
    """What the bot made of one message, in the labels of the guide, and the lines it showed."""

    urgency: str
    one_of: Mapping[str, str]
    any_of: Mapping[str, frozenset[str]]
    lgbt: bool
    line_ids: tuple[str, ...]
    raised_by: tuple[str, ...] = ()
    despair: str = "none"
    confidence: Mapping[str, float] = field(
        default_factory=dict
    )  # chances by Output.key, where they are known


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one value of one label with ``n`` positives; 95 % Wilson intervals."""

    precision: float
    recall: float
    f1: float
    n: int
    precision_95: tuple[float, float]
    recall_95: tuple[float, float]


def score(wanted: np.ndarray, found: np.ndarray) -> Score:
    """Scores of a label that holds or does not; both bool, shape (messages,)."""
    hits, n_wanted, n_found = int((wanted & found).sum()), int(wanted.sum()), int(found.sum())
    precision, recall = hits / max(1, n_found), hits / max(1, n_wanted)
    return Score(
        precision,
        recall,
        2 * hits / max(1, n_wanted + n_found),
        n_wanted,
        wilson(hits, n_found),
        wilson(hits, n_wanted),
    )


def danger_scores(messages: Sequence[LabelledMessage], predicted: Sequence[Predicted]) -> DangerScores:
    """Danger found and false alarms, of messages and their predictions in the same order.

    Messages that leave danger open do not count.
    """
    known = [(m, p) for m, p in zip(messages, predicted) if "danger" not in m.unknown]
    real = [p.urgency for m, p in known if m.yes_no["danger"]]
    calm = [p.urgency for m, p in known if not m.yes_no["danger"]]
    return DangerScores(
        danger_found=Proportion(sum(urgency != "none" for urgency in real), len(real)),
        danger_immediate=Proportion(real.count("immediate"), len(real)),
        false_immediate=Proportion(calm.count("immediate"), len(calm)),
        false_check=Proportion(calm.count("check"), len(calm)),
    )


def despair_scores(
    messages: Sequence[LabelledMessage], predicted: Sequence[Predicted]
) -> dict[str, Proportion]:
    """How often Samaritans is chosen: for despair of the writer and of others, for look-alikes, for the rest.

    Look-alikes are messages without despair whose words may mean it: those of topic files about despair, and
    those that name dying or self-harm. Messages that leave despair open do not count.
    """
    names_it = _despair_words()
    kinds: dict[str, list[bool]] = {
        "found, the writer": [],
        "found, somebody else": [],
        "shown to look-alikes": [],
        "shown to the others": [],
    }
    for message, entry in zip(messages, predicted):
        if message.unknown & {"despair", "despair_other"}:
            continue
        if message.yes_no["despair"]:
            kind = "found, the writer"
        elif message.yes_no["despair_other"]:
            kind = "found, somebody else"
        elif message.topic.split("/")[0] == "despair" or names_it(message.text):
            kind = "shown to look-alikes"
        else:
            kind = "shown to the others"
        told = entry.despair != "none" or entry.one_of["scope"] == Scope.SELF_HARM.value
        kinds[kind].append(told or SAMARITANS in entry.line_ids)
    return {kind: Proportion(sum(shown), len(shown)) for kind, shown in kinds.items()}


@lru_cache
def _despair_words() -> Callable[[str], bool]:
    nlp = build_pipeline()
    return lambda text: bool(read_words(nlp, text).signals["harm_to_self"])


def leaves_open(message: LabelledMessage, label: str) -> bool:
    """Whether a message leaves a label open, or one of its values."""
    return any(name == label or name.startswith(f"{label}:") for name in message.unknown)


def label_columns(
    messages: Sequence[LabelledMessage], predicted: Sequence[Predicted]
) -> dict[str, tuple[list[str], np.ndarray, np.ndarray]]:
    """By label: the values that occur, the true ones and the predicted ones, both bool, (messages, values).

    Messages that leave a label open do not count in it, nor do labels that the predictions do not tell.
    """

    def known(label: str) -> list[tuple[LabelledMessage, Predicted]]:
        return [(m, p) for m, p in zip(messages, predicted) if not leaves_open(m, label)]

    told = [label for label in ANY_OF if all(label in p.any_of for p in predicted)]
    held: dict[str, tuple[list[Set[str]], list[Set[str]]]] = {
        **{
            label: ([{m.one_of[label]} for m, _ in pairs], [{p.one_of[label]} for _, p in pairs])
            for label, pairs in ((label, known(label)) for label in SINGLE)
        },
        **{
            label: ([m.any_of[label] for m, _ in pairs], [p.any_of[label] for _, p in pairs])
            for label, pairs in ((label, known(label)) for label in told)
        },
        "lgbt": (
            [{str(m.yes_no["lgbt"]).lower()} for m, _ in known("lgbt")],
            [{str(p.lgbt).lower()} for _, p in known("lgbt")],
        ),
    }
    table = {}
    for label, (wanted, found) in held.items():
        if values := sorted(set().union(*wanted) - {UNSCORED_NEED}):
            table[label] = (
                values,
                *(
                    np.array([[value in has for value in values] for has in side], bool)
                    for side in (wanted, found)
                ),
            )
    return table


def label_scores(
    messages: Sequence[LabelledMessage], predicted: Sequence[Predicted]
) -> dict[str, dict[str, Score]]:
    """Scores by label and value, for every value that occurs among the messages."""
    columns = label_columns(messages, predicted)
    return {
        label: {value: score(wanted[:, at], found[:, at]) for at, value in enumerate(values)}
        for label, (values, wanted, found) in columns.items()
    }


def f1_intervals(wanted: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % bootstrap intervals of each value's F1, shape (values, 2), and of macro F1, shape (2,).

    Resamples the messages of one label's columns. Messages alike in both are counted together, so one
    multinomial draw is one resample. A value that a resample lacks does not count in it, as in `macro_f1`.
    """
    kinds, counts = np.unique(np.hstack([wanted, found]), axis=0, return_counts=True)
    drawn = (
        np.random.default_rng(SEED)
        .multinomial(len(wanted), counts / len(wanted), size=RESAMPLES)
        .astype(float)
    )
    true, said = np.hsplit(kinds, 2)
    occurs = drawn @ true
    f1 = np.where(occurs > 0, 2 * (drawn @ (true & said)) / np.maximum(1, occurs + drawn @ said), np.nan)
    macro = np.nanmean(f1[(occurs > 0).any(axis=1)], axis=1)
    return np.nanquantile(f1, (0.025, 0.975), axis=0).T, np.quantile(macro, (0.025, 0.975))


def macro_f1(table: Mapping[str, Score]) -> float:
    """Mean F1 over the values that occur."""
    return sum(entry.f1 for entry in table.values()) / max(1, len(table))


def lines_right(message: LabelledMessage, predicted: Predicted, directory: Directory, now: datetime) -> bool:
    """Whether the lines shown fit the true labels by the routing rules.

    They need the same lead, every documented line that belongs there, and none that must not be shown. If the
    true need is housing, the lead may be Housing Options or the door, because refuge and staying at home,
    which lead with the door, have the same label.
    """
    reference = route(true_situation(message), directory, now)
    wanted = list(reference.lines)
    leads = {wanted[0].id} if wanted else set()
    if "housing" in message.any_of["needs"] and not message.yes_no["danger"]:
        leads |= {line.id for line in wanted[:2]}
    shown = predicted.line_ids
    if not wanted or message.one_of["scope"] == Scope.SMALLTALK.value:
        return not forbidden(message) & set(
            shown
        )  # it asks for nothing: any fitting lines, or none, are right
    must = {line.id for line in wanted if not line.supplementary} | {wanted[0].id}
    return bool(shown) and shown[0] in leads and must <= set(shown) and not forbidden(message) & set(shown)


def forbidden(message: LabelledMessage) -> frozenset[str]:
    """Lines that the routing rules rule out for these labels."""
    out: set[str] = set()
    if message.one_of["area"] == "elsewhere":
        out |= {"mk_act", "mk_housing"}
    if message.one_of["gender"] == "woman":
        out |= {"mens_advice_line"}
    if message.one_of["who"] == "perpetrator":
        out |= {"mens_advice_line", "galop"}
    return frozenset(out)


def true_situation(message: LabelledMessage) -> Situation:
    """The situation that the true labels describe."""
    return Situation(
        scope=Scope(message.one_of["scope"]),
        urgency=Urgency.IMMEDIATE if message.yes_no["danger"] else Urgency.NONE,
        abuse=frozenset(map(Abuse, message.any_of["abuse"])),
        gender=Gender(message.one_of["gender"]),
        lgbt=message.yes_no["lgbt"],
        area=Area(message.one_of["area"]),
        who=Who(message.one_of["who"]),
        needs=frozenset(map(Need, message.any_of["needs"])),
        despair=Despair.WRITER
        if message.yes_no["despair"]
        else Despair.SOMEBODY_ELSE
        if message.yes_no["despair_other"]
        else Despair.NONE,
    )
