"""`make review`: walk through what volunteers found; docs/retraining.md has the whole way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signpost.cli.command import command
from signpost.files import ROOT
from signpost.learning.corpus.topic_files import KEY_ORDER, NLU_DATA, Example, canonical_metadata
from signpost.learning.curation.assessment import Assessment, Assessor, known_intents
from signpost.learning.curation.review import REVIEW, Finding, drop, read_findings
from signpost.understanding.labels import ANY_OF, ONE_OF, LabelError

Ask = Callable[[str], str]
CHOICES = "[a]ccept into {topic}.yml, [c]orrect, [d]rop, [l]eave for later, [q]uit? "


def review(ask: Ask = input, folder: Path = REVIEW, topics_folder: Path = NLU_DATA) -> int:
    """Walk through what waits, one message after the other."""
    findings = read_findings(folder)
    if not findings:
        _say(f"Nothing waits in {_short(folder)}.")
        return 0
    walk = _Walk(ask, topics_folder)
    try:
        for finding in findings:
            walk.through(finding)
    except (EOFError, _Enough):
        _say("")
    _say(
        f"Accepted {walk.accepted}, dropped {walk.dropped}, left {walk.left}."
        + (" Now `make check` and `make train`." if walk.accepted else "")
    )
    return 0


class _Enough(Exception):
    """The maintainer has had enough for now."""


class _Walk:
    """One walk through what waits, with the assessor beside it."""

    def __init__(self, ask: Ask, topics_folder: Path) -> None:
        self.ask = ask
        self.accepted = self.dropped = self.left = 0
        self.assessor = Assessor(topics_folder, known_intents())

    def through(self, finding: Finding) -> None:
        """Ask about each message of one file."""
        _say(f"\n=== {finding.path.name}\n{finding.comment}")
        rest: Finding | None = finding
        for example in finding.examples:
            assert rest is not None  # an example of this file is left, so the file is
            rest = self._decide(rest, example)

    def _decide(self, finding: Finding, example: Example) -> Finding | None:
        corrected, topic = example, None
        while True:
            look = self.assessor.assess(corrected)
            topic = topic or look.topic
            self._show(corrected, look)
            answer = self.ask(CHOICES.format(topic=topic)).strip().lower()[:1]
            if answer == "a" and look.problems:
                _say("It cannot be accepted as it stands; correct it or drop it.")
            elif answer == "a":
                rest = self.assessor.accept(finding, example, corrected, topic)
                self.accepted += 1
                return rest
            elif answer == "c":
                corrected, topic = self._correct(corrected, topic)
            elif answer == "d":
                self.dropped += 1
                return drop(finding, example)
            elif answer == "l":
                self.left += 1
                return finding
            elif answer == "q":
                raise _Enough

    def _show(self, example: Example, look: Assessment) -> None:
        """Print a message with all that is known about it."""
        labels = ", ".join(f"{key}: {_flat(value)}" for key, value in example.metadata.items())
        _say(f'\n  "{example.text}"\n  {example.intent}, {labels}')
        for near in look.near:
            neighbour = near.neighbour
            against = (
                f"\n      CONTRADICTS  {'; '.join(neighbour.contradicts)}" if neighbour.contradicts else ""
            )
            _say(
                f'    {neighbour.similarity:.0%} alike, {near.topic}.yml: "{neighbour.example.text}" '
                f"({neighbour.example.intent}){against}"
            )
        for problem in look.problems:
            _say(f"    ! {problem}")

    def _correct(self, example: Example, topic: str) -> tuple[Example, str]:
        """Ask for each part; Enter keeps it, - leaves a label out."""
        text = self.ask(f"  text [{example.text}]: ").strip() or example.text
        intent = self.ask(f"  intent [{example.intent}]: ").strip() or example.intent
        labels = dict(example.metadata)
        for key in KEY_ORDER:
            allowed = {**ONE_OF, **ANY_OF, "urgency": ("immediate", "not_immediate")}.get(
                key, ("true", "false")
            )
            given = self.ask(f"  {key} [{_flat(labels.get(key, '-'))}] ({', '.join(allowed)}): ").strip()
            if given == "-":
                labels.pop(key, None)
            elif given:
                labels[key] = (
                    [part.strip() for part in given.split(",")]
                    if key in ANY_OF
                    else given == "true"
                    if allowed == ("true", "false")
                    else given
                )
        try:
            corrected = Example(text, intent, canonical_metadata(labels))
        except LabelError as error:
            _say(f"  ! {error}")
            return example, topic
        wanted = self.ask(f"  topic file [{topic}]: ").strip().removesuffix(".yml") or topic
        if wanted not in self.assessor.topics:
            _say(f"  ! There is no topic file {wanted}.yml.")
            wanted = topic
        return corrected, wanted


def _flat(value: Any) -> str:
    return (
        ", ".join(value)
        if isinstance(value, (list, tuple))
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _say(text: str) -> None:
    print(text, flush=True)


@command
def main() -> int:
    """Run the walk."""
    return review()


if __name__ == "__main__":
    sys.exit(main())
