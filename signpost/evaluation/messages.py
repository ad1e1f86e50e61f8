"""Checks of the training messages: legal, in one form, without contradiction, enough of each, and in no test.

`make check` runs them on ``data/nlu/`` and on what waits in ``data/review/``.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Callable, Iterable, Mapping, Sequence

from ruamel.yaml import YAML

from signpost.conversations import conversation_files, read_conversation
from signpost.evaluation.behaviour import read_cases
from signpost.labels import LabelError
from signpost.neighbours import Neighbourhood, contradictions
from signpost.review import REVIEW, ROOT
from signpost.text import clean
from signpost.topics import Example, as_yaml, read_examples

NLU_DATA = ROOT / "data" / "nlu"
# An intent with fewer messages is not learned well enough to answer by.
LEAST_BY_INTENT = 15
# Two messages that are at least this alike are one message typed twice (signpost/neighbours.py).
SAME = 0.97
# Shorter messages are said by everybody: "yes", "thank you very much".
LEAST_WORDS_IN_A_TEST = 4
# Pairs that are printed as worth a look, without failing.
MOST_SHOWN = 20


def words_of(text: str) -> str:
    """A text's words alone: two texts with the same are the same message."""
    return " ".join(re.findall(r"\w+", clean(text).lower().replace("'", "")))


def read_topics(folder: Path = NLU_DATA) -> dict[str, list[Example]]:
    """The examples of each topic file, by the file's name without its ending.

    Raises:
        LabelError: a file is not what it must be; names it.
    """
    return {path.stem: read_examples(path) for path in sorted(folder.glob("*.yml"))}


def said_in_tests(root: Path = ROOT) -> dict[str, str]:
    """The words of every message of a test, with the name of the test; very short ones are left out."""
    said = {}
    for path in conversation_files(root / "tests" / "conversations"):
        said.update({words_of(turn.say): f"tests/conversations/{path.name}" for turn in read_conversation(path).turns if turn.say})
    said.update({words_of(case.text): f"tests/behaviour/{case.capability}.yml" for case in read_cases(root / "tests" / "behaviour")})
    return {words: place for words, place in said.items() if len(words.split()) >= LEAST_WORDS_IN_A_TEST}


def known_intents(root: Path = ROOT) -> frozenset[str]:
    """The intents of domain.yml."""
    listed = YAML(typ="safe").load((root / "domain.yml").read_text(encoding="utf-8"))["intents"]
    return frozenset(entry if isinstance(entry, str) else next(iter(entry)) for entry in listed)


def untidy_files(folder: Path) -> list[str]:
    """Topic files that are not in canonical form."""
    return [f"{path.name} is not in canonical form: `make review` or signpost.topics.write_examples writes it" for path in sorted(folder.glob("*.yml")) if as_yaml(read_examples(path)) != path.read_text(encoding="utf-8")]


def unknown_intents(examples: Iterable[Example], intents: frozenset[str]) -> list[str]:
    """Messages whose intent domain.yml does not know."""
    return [f"intent {example.intent} is not in domain.yml: {example.text[:60]!r}" for example in examples if example.intent not in intents]


def few_messages(examples: Iterable[Example], least: int = LEAST_BY_INTENT) -> list[str]:
    """Intents with too few messages."""
    return [f"intent {intent} has {count} messages, it needs {least}" for intent, count in Counter(example.intent for example in examples).items() if count < least]


def odd_danger(examples: Iterable[Example]) -> list[str]:
    """Messages where the intent and the labels do not agree on danger."""
    return [
        f"report_danger goes with scope disclosure and urgency immediate, and only with them: {example.text[:60]!r}"
        for example in examples
        if (example.intent == "report_danger") != (example.metadata.get("urgency") == "immediate" and example.metadata["scope"] == "disclosure")
    ]


def in_tests(examples: Iterable[Example], said: Mapping[str, str]) -> list[str]:
    """Training messages that a test says too: the test would then only show what was learned by heart."""
    return [f"{example.text[:60]!r} stands in {said[words]} too" for example in examples if (words := words_of(example.text)) in said]


def contradicting(examples: Sequence[Example], tell: Callable[[str], None] = lambda line: None) -> list[str]:
    """The same message twice with labels that contradict; ``tell`` hears of pairs that are nearly the same and worth a look."""
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
            elif (shown := shown + 1) <= MOST_SHOWN:
                tell(f"worth a look ({likeness:.2f} alike): {line}")
    return found


def check(root: Path = ROOT, tell: Callable[[str], None] = lambda line: None) -> list[str]:
    """Everything that is wrong with the training messages of a checkout."""
    try:
        topics = read_topics(root / "data" / "nlu")
        waiting = [example for path in sorted((root / "data" / REVIEW.name).glob("*.yml")) for example in read_examples(path)]
    except LabelError as error:
        return [str(error)]
    examples = [example for listed in topics.values() for example in listed]
    intents = known_intents(root)
    return [
        *untidy_files(root / "data" / "nlu"),
        *unknown_intents([*examples, *waiting], intents),
        *few_messages(examples),
        *odd_danger(examples),
        *in_tests(examples, said_in_tests(root)),
        *contradicting(examples, tell),
    ]


def main() -> int:
    """Print what is wrong; 1 where anything is."""
    wrong = check(tell=print)
    for line in wrong:
        print(f"data: {line}", file=sys.stderr)
    print(f"Training messages: {len(wrong)} problems.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
