"""How the training messages are spread: counts by label and length, and how alike any two of them are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations
from typing import Iterator, Sequence, TypeVar

import numpy as np

from signpost.learning.corpus.topic_files import Example
from signpost.understanding.encoder import SentenceEncoder
from signpost.understanding.labels import ANY_OF, ONE_OF, YES_NO, LabelledMessage
from signpost.understanding.text import clean

Written = TypeVar("Written", LabelledMessage, Example)
# Near-duplicates: so much of their word triples in common, or this cosine by the untuned encoder.
MAX_SHARED_TRIPLES = 0.6
MAX_COSINE = 0.97
# Shorter messages are alike by nature ("yes", "hi there").
MIN_WORDS = 6


def triples(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of three words."""
    words = re.findall(r"\w+", clean(text).lower())
    return frozenset(zip(words, words[1:], words[2:]))


def near_duplicates(messages: Sequence[Written]) -> Iterator[tuple[Written, Written]]:
    """Pairs that share too many word triples."""
    found = [triples(message.text) for message in messages]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, mine in enumerate(found):
        if len(mine) >= MIN_WORDS - 2:
            for triple in mine:
                holders[triple].append(row)
    shared = Counter(pair for rows in holders.values() for pair in combinations(rows, 2))
    for (first, second), count in shared.items():
        if count >= MAX_SHARED_TRIPLES * max(len(found[first]), len(found[second])):
            yield messages[first], messages[second]


def nearest_cosines(messages: Sequence[LabelledMessage]) -> np.ndarray:
    """For each message of at least MIN_WORDS words the cosine to its nearest neighbour (untuned encoder)."""
    longer = [clean(message.text) for message in messages if len(message.text.split()) >= MIN_WORDS]
    vectors = np.stack(
        [windows[:, :384].mean(axis=0) for windows in SentenceEncoder(tuned=False).encode(longer)]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = np.empty(len(vectors))
    for start in range(0, len(vectors), 512):
        cosines = vectors[start : start + 512] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        nearest[start : start + 512] = cosines.max(axis=1)
    return nearest


def spread(messages: Sequence[LabelledMessage]) -> str:
    """The whole account in Markdown."""
    words = np.array([len(message.text.split()) for message in messages])
    nearest = nearest_cosines(messages)
    rows = ["| label | value | messages |", "|---|---|---|"]
    for label in ONE_OF:
        counts = Counter(message.one_of[label] for message in messages)
        rows += [f"| {label} | {value} | {count} |" for value, count in counts.most_common()]
    for label in ANY_OF:
        counts = Counter(value for message in messages for value in message.any_of[label])
        rows += [f"| {label} | {value} | {count} |" for value, count in counts.most_common()]
    rows += [f"| {label} | yes | {sum(message.yes_no[label] for message in messages)} |" for label in YES_NO]
    several = sum(len(message.any_of["abuse"]) > 1 for message in messages)
    return "\n".join(
        [
            f"{len(messages)} messages in {len({message.topic for message in messages})} topic files; "
            f"{several} describe several kinds of abuse at once.",
            f"Words: median {np.median(words):.0f}; under 8 words {100 * np.mean(words < 8):.0f} %, "
            f"over 50 words {100 * np.mean(words > 50):.0f} %.",
            f"Nearest neighbour by cosine (messages of {MIN_WORDS} words and more): "
            f"median {np.median(nearest):.2f}, largest {nearest.max():.2f}; "
            f"{np.mean(nearest >= MAX_COSINE):.2%} at {MAX_COSINE} or more.",
            "",
            *rows,
        ]
    )
