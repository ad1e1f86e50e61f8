"""Checks of the training messages.

They must be valid, in canonical form, free of contradictions and near-duplicates, numerous enough for each
intent, and must not appear in a test.

`make check` runs them on ``data/nlu/`` and on what waits in ``review/``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Callable, Iterable, Mapping, Sequence

from signpost.files import ROOT
from signpost.learning.corpus.spread import Written, near_duplicates
from signpost.learning.corpus.topic_files import (
    Example,
    as_yaml,
    danger_fits,
    read_examples,
    read_topic_file,
    topic_paths,
)
from signpost.learning.curation.assessment import known_intents, read_topics, said_in_tests, words_of
from signpost.learning.curation.review import REVIEW
from signpost.learning.curation.similarity import Neighbourhood, contradictions
from signpost.learning.scenarios import ConversationError
from signpost.understanding.labels import LabelError

# An intent with fewer messages is not learned well enough to answer by.
MIN_BY_INTENT = 15
# Two messages with at least this similarity are one message typed twice (learning/curation/similarity.py).
SAME = 0.97
# Pairs that are printed as worth a look, without failing.
MAX_SHOWN = 20


def untidy_files(folder: Path) -> list[str]:
    """Topic files that are not in canonical form."""
    return [
        f"{name}.yml is not in canonical form: "
        "`make review` or signpost.learning.corpus.topic_files.write_topic_file writes it"
        for name, path in topic_paths(folder).items()
        if as_yaml(read_topic_file(path)) != path.read_text(encoding="utf-8")
    ]


def unknown_intents(examples: Iterable[Example], intents: frozenset[str]) -> list[str]:
    """Messages whose intent domain.yml does not know."""
    return [
        f"intent {example.intent} is not in domain.yml: {example.text[:60]!r}"
        for example in examples
        if example.intent not in intents
    ]


def few_messages(examples: Iterable[Example], minimum: int = MIN_BY_INTENT) -> list[str]:
    """Intents with too few messages."""
    return [
        f"intent {intent} has {count} messages, it needs {minimum}"
        for intent, count in Counter(example.intent for example in examples).items()
        if count < minimum
    ]


def odd_danger(examples: Iterable[Example]) -> list[str]:
    """Messages where the intent and the labels do not agree on danger."""
    return [
        "report_danger goes with scope disclosure and urgency immediate, and only with them: "
        f"{example.text[:60]!r}"
        for example in examples
        if not danger_fits(example.intent, example.metadata)
    ]


def in_tests(examples: Iterable[Example], said: Mapping[str, str]) -> list[str]:
    """Training messages that a test says too: the test would then only show what was learned by heart."""
    return [
        f"{example.text[:60]!r} stands in {said[words]} too"
        for example in examples
        if (words := words_of(example.text)) in said
    ]


def contradicting(
    examples: Sequence[Example], on_remark: Callable[[str], None] = lambda line: None
) -> list[str]:
    """The same message twice with labels that contradict.

    ``on_remark`` is called with pairs that are nearly the same and worth a look.
    """
    found: list[str] = []
    shown = 0
    alike = sorted(Neighbourhood(examples).near_duplicates(), key=lambda pair: -pair[2])
    for first, second, likeness in alike:
        against = contradictions(first, second)
        if not against and first.intent != second.intent:
            against = [f"intent: {first.intent} here, {second.intent} there"]
        if against:
            line = f"{first.text[:60]!r} and {second.text[:60]!r}: {'; '.join(against)}"
            if likeness >= SAME or words_of(first.text) == words_of(second.text):
                found.append(line)
            elif (shown := shown + 1) <= MAX_SHOWN:
                on_remark(f"worth a look ({likeness:.2f} alike): {line}")
    return found


def nearly_the_same(examples: Sequence[Written]) -> list[str]:
    """Messages that are hardly more than another one over again: they add nothing to learn."""
    return [
        f"{first.text[:60]!r} and {second.text[:60]!r} are nearly the same"
        for first, second in near_duplicates(examples)
    ]


def check(root: Path = ROOT, on_remark: Callable[[str], None] = lambda line: None) -> list[str]:
    """Everything that is wrong with the training messages of a checkout."""
    try:
        topics = read_topics(root / "data" / "nlu")
        waiting = [
            example for path in sorted((root / REVIEW.name).glob("*.yml")) for example in read_examples(path)
        ]
        said, intents = said_in_tests(root), known_intents(root)
    except (LabelError, ConversationError) as error:
        return [str(error)]
    examples = [example for listed in topics.values() for example in listed]
    return [
        *untidy_files(root / "data" / "nlu"),
        *unknown_intents([*examples, *waiting], intents),
        *few_messages(examples),
        *odd_danger(examples),
        *in_tests(examples, said),
        *nearly_the_same(examples),
        *contradicting(examples, on_remark),
    ]
