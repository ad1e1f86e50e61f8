"""One message to its labels: the one way, for the running bot and for every evaluation alike.

``weigh`` gathers the evidence that the parts of the pipeline give; ``read`` decides. Both are pure: no Rasa, no files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signpost.understanding.decision import Reading, Thresholds, decide
from signpost.understanding.floor import QUESTIONS, Floor
from signpost.understanding.heads import (
    OUTPUTS,
    SLOT_OF,
    Calibration,
    Heads,
    probabilities,
    yes_no_columns,
)
from signpost.understanding.surface import sentences
from signpost.understanding.text import passages
from signpost.understanding.words import Words

ASKED = [slot for output, slot in SLOT_OF.items() if output.label == "asks"]
# How much what is asked is read with the earlier words: best on turns of unseen dialogues.
SHARE_OF_EARLIER = 0.3


@dataclass(frozen=True)
class Evidence:
    """What is known of one message before anything is decided.

    ``whole`` and ``parts`` are raw scores, shape (outputs,): of the whole text, and of what any sentence of it shows most.
    """

    words: Words
    whole: np.ndarray
    parts: np.ndarray
    floor: dict[str, float]
    intent_danger: float = 0.0
    joined: np.ndarray | None = (
        None  # scores read with the earlier words, shape (outputs,), where there are any
    )


def parts_of(folded: str) -> list[str]:
    """What is read on its own besides the whole: sentences, and passages of what has no marks; none of a short text."""
    found: list[str] = []
    for sentence in sentences(folded) or [folded]:
        found += passages(sentence) or [sentence]
    return found if len(found) > 1 else []


def weigh(
    words: Words,
    windows: np.ndarray,
    parts: np.ndarray,
    heads: Heads,
    floor: Floor,
    *,
    intent_danger: float = 0.0,
) -> Evidence:
    """Gather the evidence of one message.

    Args:
        windows: vectors of the whole text's windows, shape (windows, 768).
        parts: vectors of ``parts_of`` the folded text, shape (parts, 768); may be empty.
    """
    whole = merge(heads.scores(with_signals(windows, words)))
    most = heads.scores(with_signals(parts, words)).max(axis=0) if len(parts) else whole
    chances = floor.chances([words.folded])[0]
    return Evidence(words, whole, most, dict(zip(QUESTIONS, map(float, chances))), intent_danger)


def read(evidence: Evidence, calibration: Calibration, thresholds: Thresholds) -> Reading:
    """Decide what holds."""
    chances = probabilities(evidence.whole[None], evidence.parts[None], calibration)[0]
    if evidence.joined is not None:
        # "and if he does" asks about what was said before; the rest of what a message tells stands in itself
        within = probabilities(evidence.joined[None], evidence.joined[None], calibration)[0]
        chances[ASKED] = (1 - SHARE_OF_EARLIER) * chances[ASKED] + SHARE_OF_EARLIER * within[ASKED]
    return decide(
        chances,
        thresholds,
        intent_danger=evidence.intent_danger,
        floor=evidence.floor,
        patterns=[name for name, *_ in evidence.words.danger],
        areas=evidence.words.areas,
        names_self_harm=bool(evidence.words.signals["harm_to_self"]),
        names_harm=evidence.words.names_harm,
        names_same_sex_couple=evidence.words.same_sex_couple,
        came_back=evidence.words.facts.came_back,
        weaker=evidence.words.facts.weaker,
        grown_up=evidence.words.facts.grown_up,
        aged_16_17=evidence.words.facts.aged_16_17,
    )


def with_signals(vectors: np.ndarray, words: Words) -> np.ndarray:
    """Shape (vectors, 768 + signals): each vector beside the whole text's signals, as the heads see them."""
    return np.hstack([vectors, np.tile(words.row, (len(vectors), 1))])


def merge(scores: np.ndarray) -> np.ndarray:
    """One row from the rows of a message's windows: what any window shows holds, choices are made on the mean."""
    merged = scores.mean(axis=0)
    merged[yes_no_columns()] = scores[:, yes_no_columns()].max(axis=0)
    return merged


__all__ = ["OUTPUTS", "Evidence", "merge", "parts_of", "read", "weigh", "with_signals"]
