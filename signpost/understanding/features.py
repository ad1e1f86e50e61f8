"""What the heads see of many messages at once, without a Rasa server: the same steps as the pipeline takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from spacy.language import Language

from signpost.understanding.read import parts_of, with_signals
from signpost.understanding.words import Words, read_words

Encode = Callable[[Sequence[str]], list[np.ndarray]]


def words_of(nlp: Language, texts: Sequence[str]) -> list[Words]:
    """What the words of each text tell."""
    return [read_words(nlp, text) for text in texts]


def whole_rows(encode: Encode, words: Sequence[Words]) -> np.ndarray:
    """Shape (messages, 768 + signals): the maximum over a message's windows beside its signals."""
    windows = encode([entry.folded for entry in words])
    return np.vstack([with_signals(vectors, entry).max(axis=0) for vectors, entry in zip(windows, words)])


def part_rows(encode: Encode, words: Sequence[Words]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of all parts of all messages, shape (parts, 768 + signals), and which message each belongs to, (parts,)."""
    owned = [(number, part) for number, entry in enumerate(words) for part in parts_of(entry.folded)]
    if not owned:
        width = len(words[0].row) if words else 0
        return np.empty((0, 768 + width), np.float32), np.empty(0, int)
    vectors = encode([part for _, part in owned])
    rows = [with_signals(windows, words[number]).max(axis=0) for windows, (number, _) in zip(vectors, owned)]
    return np.vstack(rows), np.array([number for number, _ in owned])
