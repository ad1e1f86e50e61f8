"""Which training messages are similar, by their letters: near-duplicates, and neighbours that contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction.text import TfidfVectorizer

from signpost.learning.corpus.topic_files import Example
from signpost.understanding.text import clean

# Cosine of weighted character 3- to 5-grams: 1 is the same message; typing errors change it little.
NEAR_DUPLICATE = 0.85
NEIGHBOUR = 0.45
MAX_NEIGHBOURS = 5
# Labels that two messages of nearly the same words cannot reasonably differ in.
# Places and gender turn on one word, so they are left out.
WEIGHTY = ("scope", "who", "urgency", "abuse")
# Shorter messages are alike by nature ("yes", "hi there").
MIN_WORDS = 4


@dataclass(frozen=True)
class Neighbour:
    """A known message that is alike; ``contradicts`` names the labels in which the two differ, in words."""

    example: Example
    similarity: float
    contradicts: tuple[str, ...]


class Neighbourhood:
    """The known messages, made ready for being compared."""

    def __init__(self, known: Sequence[Example]) -> None:
        self.known = list(known)
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, dtype=np.float32
        )
        self._rows = self._letters.fit_transform([clean(example.text).lower() for example in self.known])

    def of(self, example: Example, minimum: float = NEIGHBOUR) -> list[Neighbour]:
        """The nearest known messages, nearest first; those less alike than ``minimum`` are left out."""
        similarity = (self._rows @ self._letters.transform([clean(example.text).lower()]).T).toarray()[:, 0]
        nearest = np.argsort(-similarity, kind="stable")[:MAX_NEIGHBOURS]
        return [
            Neighbour(
                self.known[row],
                round(float(similarity[row]), 3),
                tuple(contradictions(example, self.known[row])),
            )
            for row in nearest
            if similarity[row] >= minimum
        ]

    def add(self, example: Example) -> None:
        """Know one more message; letters are weighted as before it came."""
        self.known.append(example)
        self._rows = vstack(
            [self._rows, self._letters.transform([clean(example.text).lower()])], format="csr"
        )

    def near_duplicates(self) -> Iterator[tuple[Example, Example, float]]:
        """Pairs of known messages of at least MIN_WORDS words that are nearly the same, with their
        similarity."""
        long_enough = np.array([len(example.text.split()) >= MIN_WORDS for example in self.known])
        for start in range(0, len(self.known), 1000):
            similarity = (self._rows[start : start + 1000] @ self._rows.T).tocoo()
            close = similarity.data >= NEAR_DUPLICATE
            for first, second, value in zip(
                similarity.row[close] + start, similarity.col[close], similarity.data[close]
            ):
                if first < second and long_enough[first] and long_enough[second]:
                    yield self.known[first], self.known[second], float(value)


def contradictions(first: Example, second: Example) -> list[str]:
    """The weighty labels in which two messages differ, in words."""
    found = []
    for label in WEIGHTY:
        one, other = (_shown(example.metadata, label) for example in (first, second))
        if one != other:
            found.append(f"{label}: {one} here, {other} there")
    return found


def _shown(metadata: Mapping[str, Any], label: str) -> str:
    value = metadata.get(label) or ("not_immediate" if label == "urgency" else "none")
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
