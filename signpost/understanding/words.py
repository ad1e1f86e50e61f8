"""What words alone tell of a message: places, self-descriptions, signs of danger, a language other than English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from spacy.language import Language

from signpost.understanding.facts import Facts, facts_of
from signpost.understanding.language import language_of
from signpost.understanding.pipeline import (
    SIGNAL_NAMES,
    characters,
    named_areas,
    names_same_sex_couple,
    place_spans,
    read_signals,
    told_of,
    wish_of,
)
from signpost.understanding.surface import fold


@dataclass(frozen=True)
class Place:
    """A place that the folded text names, from character ``start`` to ``end``."""

    name: str
    area: str
    start: int
    end: int


@dataclass(frozen=True)
class Words:
    """What the words of one message tell, without any learning."""

    folded: str
    signals: Mapping[str, float]  # by the names of SIGNAL_NAMES
    danger: tuple[tuple[str, int, int], ...]  # patterns that count, with their characters in the folded text
    places: tuple[Place, ...]
    areas: frozenset[str]
    wish: str | None
    same_sex_couple: bool
    told: tuple[str, ...]  # ids of directory/acknowledgements.yml
    language: str  # ISO code
    facts: Facts

    @property
    def row(self) -> np.ndarray:
        """The signals as the classifiers read them, shape (signals,), float32."""
        return np.array([self.signals[name] for name in SIGNAL_NAMES], np.float32)

    @property
    def names_harm(self) -> bool:
        """Whether a word for a weapon, for dying or for being hit is among them."""
        return bool(self.signals["harm_word"] or self.signals["harm_to_self"] or self.danger)


def read_words(nlp: Language, text: str) -> Words:
    """Read a message's words with our own spaCy pipeline (``pipeline.build_pipeline``)."""
    folded = fold(text)
    doc = nlp(folded)
    return Words(
        folded=folded,
        signals=read_signals(doc),
        danger=tuple(
            (name, *characters(doc[left:right]))
            for name, left, right, guarded in doc._.danger_hits
            if not guarded
        ),
        places=tuple(Place(span.text, label, *characters(span)) for span, label in place_spans(doc)),
        areas=named_areas(doc),
        wish=wish_of(doc),
        same_sex_couple=names_same_sex_couple(doc),
        told=told_of(doc),
        language=language_of(text, folded),
        facts=facts_of(folded),
    )
