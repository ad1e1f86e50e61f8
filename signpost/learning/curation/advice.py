"""What to do about a candidate that was refused.

For each message that it reads worse: whether messages are missing or a threshold is wrong, which training
messages lie near it and which of them say otherwise, and how many to write into which topic file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signpost.learning.corpus.topic_files import SILENT, Example
from signpost.learning.curation.similarity import Neighbour, Neighbourhood
from signpost.learning.results import Results

# Fewer seldom change an answer.
MIN_TO_WRITE = 10
# So many new ones for each message near by that says otherwise.
FOR_EACH_AGAINST = 3
# A chance of danger of at least this share of its threshold was missed by little: the threshold may be what
# is wrong.
CLOSE = 0.6
MAX_SHOWN = 3
# What is shown as near: farther than what counts as a neighbour elsewhere, since the nearest is wanted in any
# case.
MIN_SIMILARITY = 0.25
MAX_ADVISED = 12
TURN = re.compile(r"turn (\d+)\b")
# What is known of a message of cross-validation: only those with danger are named by the gate.
DANGER_EXPECTED: Mapping[str, Any] = {"urgency": "immediate"}


@dataclass(frozen=True)
class Trouble:
    """One message that the candidate reads worse.

    ``expect`` is what a test wants of it, as in a behaviour test; ``chance`` that of danger, as the candidate
    reads it, only where danger is expected.
    """

    text: str
    expect: Mapping[str, Any]
    chance: float | None = None


def advise(
    troubles: Sequence[Trouble], topics: Mapping[str, Sequence[Example]], check_threshold: float
) -> str:
    """Advice in plain words, a paragraph a message, and what to write in all.

    Args:
        topics: the examples of each topic file, by its name (``topic_paths``).
        check_threshold: the chance from which the candidate asks about danger.
    """
    corpus = Neighbourhood([example for examples in topics.values() for example in examples])
    topic_of = {id(example): name for name, examples in topics.items() for example in examples}
    paragraphs, to_write = [], Counter[str]()
    distinct = list({trouble.text: trouble for trouble in troubles}.values())
    for trouble in distinct[:MAX_ADVISED]:
        near = corpus.of(Example(trouble.text, "", {}), MIN_SIMILARITY)
        lines = [f'"{trouble.text}"']
        if not near:
            lines.append("    No training message is like it.")
        for neighbour in near[:MAX_SHOWN]:
            against = says_otherwise(trouble.expect, neighbour.example)
            lines.append(
                f"    {neighbour.similarity:.0%} alike, {topic_of[id(neighbour.example)]}.yml: "
                f'"{neighbour.example.text}" ({neighbour.example.intent})'
                + (f"  SAYS OTHERWISE: {'; '.join(against)}" if against else "")
            )
        if trouble.chance is not None and CLOSE * check_threshold <= trouble.chance < check_threshold:
            lines.append(
                f"    The chance of danger is {trouble.chance:.3f}, and it is asked from "
                f"{check_threshold:.3f}: this is missed by little. Messages may not be what is missing; "
                "`make tune` chooses the thresholds anew."
            )
        else:
            topic, number = _what_to_write(trouble, near, topic_of, topics)
            to_write[topic] = max(to_write[topic], number)
            lines.append(
                f"    Write {number} messages that say this kind of thing in other words into "
                f"data/nlu/{topic}.yml. Not this one: a test says it."
            )
        paragraphs.append("\n".join(lines))
    if len(distinct) > MAX_ADVISED:
        paragraphs.append(f"and {len(distinct) - MAX_ADVISED} more; mend these first.")
    if to_write:
        listed = ", ".join(f"{number} in {topic}.yml" for topic, number in to_write.most_common())
        paragraphs.append(
            f"To write in all: {listed}. Where a message near by says otherwise, look first whether its "
            "labels are right. Then `make check`, `make train`, `make compare`."
        )
    return "\n".join(paragraphs)


def _what_to_write(
    trouble: Trouble,
    near: Sequence[Neighbour],
    topic_of: Mapping[int, str],
    topics: Mapping[str, Sequence[Example]],
) -> tuple[str, int]:
    """The topic file of the nearest message that says the same, or the one with most such messages; and how
    many."""
    against = [neighbour for neighbour in near if says_otherwise(trouble.expect, neighbour.example)]
    number = max(MIN_TO_WRITE, FOR_EACH_AGAINST * len(against))
    for neighbour in near:
        if neighbour not in against:
            return topic_of[id(neighbour.example)], number
    fitting = {
        name: sum(not says_otherwise(trouble.expect, example) for example in examples)
        for name, examples in topics.items()
    }
    return max(fitting, key=fitting.__getitem__), number


def says_otherwise(expect: Mapping[str, Any], example: Example) -> list[str]:
    """In which labels a training message contradicts what a test wants, in words.

    What it leaves open contradicts nothing.
    """
    found = []
    labels = {**SILENT, **example.metadata}
    left_open = _as_list(example.metadata.get("unknown") or ())
    for key, wanted in expect.items():
        label = key.removesuffix("_includes").removesuffix("_excludes")
        if label in left_open or (label == "urgency" and "danger" in left_open):
            continue
        if key == "urgency":
            danger = "none" not in _as_list(wanted)
            if danger != (labels["urgency"] == "immediate"):
                found.append("danger is not labelled" if danger else "danger is labelled")
        elif key.endswith("_includes"):
            lacking = set(wanted) - set(_as_list(labels.get(label) or ()))
            found += [f"{label} lacks {', '.join(sorted(lacking))}"] if lacking else []
        elif key.endswith("_excludes"):
            too_much = set(wanted) & set(_as_list(labels.get(label) or ()))
            found += [f"{label} has {', '.join(sorted(too_much))}"] if too_much else []
        elif labels.get(key) not in _as_list(wanted):
            found.append(f"{key} is {labels.get(key)}")
    return found


def troubles_of(
    texts: Iterable[str], results: Results, dialogues: Mapping[str, Sequence[str]]
) -> list[Trouble]:
    """What stands behind the reasons of the gate.

    Args:
        texts: messages of behaviour tests and of cross-validation that are read worse.
        results: the candidate's.
        dialogues: the words of each turn ("" for a button) of each conversation test, by its name.
    """
    entries = {entry.text: entry for group in results.behaviour.values() for entry in group}
    found = []
    for text in texts:
        if (entry := entries.get(text)) is None:
            found.append(Trouble(text, DANGER_EXPECTED))
        else:
            found.append(Trouble(text, entry.expect, entry.danger_chance if entry.danger else None))
    for name, dialogue in results.conversations.items():
        for problem in () if dialogue.not_yet else dialogue.problems:
            turn = TURN.search(problem)
            said = dialogues.get(name, ())
            if turn and int(turn[1]) <= len(said) and said[int(turn[1]) - 1]:
                found.append(Trouble(said[int(turn[1]) - 1], {}))
    return found


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
