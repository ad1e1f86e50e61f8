"""What a maintainer sees beside each message waiting in ``review/``.

Similar messages, contradictions, and tests that already use its words.

The terminal (`make review`) and the workbench's page both decide with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Collection

from signpost.files import ROOT, read_yaml
from signpost.learning.corpus.topic_files import (
    NLU_DATA,
    Example,
    check_writable,
    danger_fits,
    read_examples,
    topic_paths,
)
from signpost.learning.curation.review import Finding, fitting_topic, take
from signpost.learning.curation.similarity import Neighbour, Neighbourhood
from signpost.learning.scenarios import conversation_files, read_conversation
from signpost.understanding.labels import LabelError
from signpost.understanding.text import clean

# Shorter messages are said by everybody: "yes", "thank you very much".
MIN_WORDS_IN_A_TEST = 4


@dataclass(frozen=True)
class Near:
    """A training message that is alike, and the topic file in which it stands."""

    neighbour: Neighbour
    topic: str


@dataclass(frozen=True)
class Assessment:
    """What is known about a message: its nearest neighbours, the problems in words, the best topic file."""

    near: tuple[Near, ...]
    problems: tuple[str, ...]
    topic: str


class Assessor:
    """The topic files as they stood when it was opened, with what was accepted since.

    Raises:
        LabelError: a topic file is not what it must be, or there is none.
    """

    def __init__(self, topics_folder: Path, intents: Collection[str], root: Path = ROOT) -> None:
        self.folder, self.intents, self.root = topics_folder, intents, root
        self._seen = self._files()
        self.topics = read_topics(topics_folder)
        if not self.topics:
            raise LabelError("There is no topic file to accept a message into (data/nlu).")
        self.said = said_in_tests(root)
        self._topic_of = {
            example.text: name for name, examples in self.topics.items() for example in examples
        }
        self._neighbourhood = Neighbourhood(
            [example for examples in self.topics.values() for example in examples]
        )

    def is_current(self) -> bool:
        """Whether the topic files and the tests are still those that it read or wrote."""
        return self._seen == self._files()

    def assess(self, example: Example) -> Assessment:
        """All that a maintainer wants to know before deciding."""
        neighbours = self._neighbourhood.of(example)
        near = tuple(Near(neighbour, self._topic_of[neighbour.example.text]) for neighbour in neighbours)
        return Assessment(
            near,
            tuple(self._problems(example, neighbours)),
            fitting_topic(example, [entry.example for entry in neighbours], self.topics),
        )

    def accept(self, finding: Finding, example: Example, corrected: Example, topic: str) -> Finding | None:
        """Move one example of a finding, as corrected, into a topic file; returns the rest, or None.

        Raises:
            LabelError: something stands against it, or there is no such topic file; nothing was written.
        """
        if topic not in self.topics:
            raise LabelError(f"There is no topic file {topic}.yml.")
        problems = self.assess(corrected).problems
        if problems:
            raise LabelError(" ".join(problems))
        rest = take(finding, example, corrected, self.folder / f"{topic}.yml")
        self.topics[topic].append(corrected)
        self._topic_of[corrected.text] = topic
        self._neighbourhood.add(corrected)
        self._seen = self._files()
        return rest

    def _problems(self, example: Example, neighbours: Collection[Neighbour]) -> list[str]:
        words, problems = words_of(example.text), []
        if any(words_of(neighbour.example.text) == words for neighbour in neighbours):
            problems.append("This message is there already.")
        if words in self.said:
            problems.append(
                f"This message is in {self.said[words]} too: say it in other words here, "
                "or the test would only show what was learned by heart."
            )
        if example.intent not in self.intents:
            problems.append(f"There is no intent {example.intent}; domain.yml lists them.")
        if not danger_fits(example.intent, example.metadata):
            problems.append(
                "Danger now to somebody goes with the intent report_danger, and nothing else does."
            )
        try:
            check_writable(example)
        except LabelError as error:
            problems.append(str(error))
        return problems

    def _files(self) -> dict[Path, int]:
        """When each file that it rests on was written, in nanoseconds."""
        folders = (self.folder, self.root / "tests" / "conversations", self.root / "tests" / "behaviour")
        return {path: path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.yml")}


def words_of(text: str) -> str:
    """A text's words alone: two texts with the same are the same message."""
    return " ".join(re.findall(r"\w+", clean(text).lower().replace("'", "")))


def read_topics(folder: Path = NLU_DATA) -> dict[str, list[Example]]:
    """The examples of each topic file, by its name (``topic_paths``).

    Raises:
        LabelError: a file is not what it must be; names it.
    """
    return {name: read_examples(path) for name, path in topic_paths(folder).items()}


def said_in_tests(root: Path = ROOT) -> dict[str, str]:
    """The words of every message of a test, with the name of the test; very short ones are left out.

    Raises:
        ConversationError, LabelError: a test is not what it must be; names it.
    """
    said = {}
    for path in conversation_files(root / "tests" / "conversations"):
        said.update(
            {
                words_of(turn.say): path.relative_to(root).as_posix()
                for turn in read_conversation(path).turns
                if turn.say
            }
        )
    for path in sorted((root / "tests" / "behaviour").glob("*.yml")):
        data = read_yaml(path, LabelError)
        try:
            texts = [text for case in data["cases"] for text in case["texts"]]
        except (KeyError, TypeError) as error:
            raise LabelError(f"tests/behaviour/{path.name} is not what it must be.") from error
        said.update({words_of(text): f"tests/behaviour/{path.name}" for text in texts})
    return {words: place for words, place in said.items() if len(words.split()) >= MIN_WORDS_IN_A_TEST}


def known_intents(root: Path = ROOT) -> frozenset[str]:
    """The intents of domain.yml.

    Raises:
        LabelError: the file cannot be read or lists none.
    """
    data = read_yaml(root / "domain.yml", LabelError)
    try:
        return frozenset(entry if isinstance(entry, str) else next(iter(entry)) for entry in data["intents"])
    except (KeyError, TypeError) as error:
        raise LabelError("domain.yml lists no intents.") from error
