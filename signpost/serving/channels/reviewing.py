"""What the workbench shows of ``review/`` and does with it. Of HTTP it knows only the refusals.

The input is JSON from a browser. A file is found by its name among the existing ones, and so are a message
and a topic file, so nothing that was sent can name a path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Collection, Mapping

from signpost.learning.corpus.topic_files import Example, canonical_metadata, check_writable
from signpost.learning.curation.assessment import Assessment, Assessor
from signpost.learning.curation.findings import REVIEW
from signpost.learning.curation.review import Finding, drop, read_finding, read_findings
from signpost.learning.scenarios import ConversationError
from signpost.serving.gateway.requests import MAX_CHARACTERS, NoText, NotThere
from signpost.understanding.labels import LabelError

TOPICS = Path("data") / "nlu"


class Reviewing:
    """One maintainer's review of the findings below ``folder``. Not for several threads at once.

    Each method raises NoText, in words, for what cannot be done, and NotThere for what waits no longer.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: Assessor | None = None

    def waiting(self, intents: Collection[str]) -> dict[str, Any]:
        """All that waits, each message with what is known about it, and the topic files that there are."""
        try:
            findings = read_findings(self.folder / REVIEW)
        except LabelError as error:
            raise NoText(f"review/: {error}") from error
        if not findings:
            return {"findings": [], "topics": []}
        assessor = self._assessor(intents)
        return {
            "findings": [_finding_shown(finding, assessor) for finding in findings],
            "topics": list(assessor.topics),
        }

    def look(self, data: Mapping[str, Any], intents: Collection[str]) -> dict[str, Any]:
        """What is known about a corrected message, ``message``."""
        example = read_message(data.get("message"))
        return _looked(example, self._assessor(intents).assess(example))

    def accept(self, data: Mapping[str, Any], intents: Collection[str]) -> dict[str, Any]:
        """Move the ``message`` of a ``file`` into a ``topic``, as ``corrected``."""
        finding, example = self._found(data)
        corrected, topic = read_message(data.get("corrected")), str(data.get("topic"))
        assessor = self._assessor(intents)
        try:
            assessor.accept(finding, example, corrected, topic)
        except LabelError as error:
            raise NoText(str(error)) from error
        return {"accepted": (TOPICS / f"{topic}.yml").as_posix()}

    def drop(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take the ``message`` of a ``file`` out of what waits."""
        drop(*self._found(data))
        return {"dropped": True}

    def _assessor(self, intents: Collection[str]) -> Assessor:
        """The assessor, opened anew (2 to 4 s) where a topic file or a test has changed."""
        if self._opened is None or self._opened.intents != intents or not self._opened.is_current():
            try:
                self._opened = Assessor(self.folder / TOPICS, intents, self.folder)
            except (LabelError, ConversationError) as error:
                raise NoText(str(error)) from error
        return self._opened

    def _found(self, data: Mapping[str, Any]) -> tuple[Finding, Example]:
        for path in (self.folder / REVIEW).glob("*.yml"):
            if path.name != data.get("file"):
                continue
            try:
                finding = read_finding(path)
            except LabelError as error:
                raise NoText(f"review/: {error}") from error
            for example in finding.examples:
                if _message_shown(example) == data.get("message"):
                    return finding, example
        raise NotThere("This message waits no longer: it was accepted, corrected or dropped elsewhere.")


def read_message(data: Any) -> Example:
    """A message as the page sends it: ``text``, ``intent``, ``labels``.

    Raises:
        NoText: it is none; says why.
    """
    if not isinstance(data, dict) or not all(
        isinstance(data.get(key), kind) for key, kind in (("text", str), ("intent", str), ("labels", dict))
    ):
        raise NoText("A message holds `text`, `intent` and `labels`.")
    text = " ".join(data["text"].split())
    if not text or len(text) > MAX_CHARACTERS:
        raise NoText(f"A message is a text of up to {MAX_CHARACTERS} characters.")
    try:
        example = Example(text, data["intent"], canonical_metadata(data["labels"]))
        check_writable(example)
    except (LabelError, TypeError) as error:
        raise NoText(f"This message or its labels do not fit: {error}") from error
    return example


def _finding_shown(finding: Finding, assessor: Assessor) -> dict[str, Any]:
    messages = [_looked(example, assessor.assess(example)) for example in finding.examples]
    return {"file": finding.path.name, "comment": finding.comment, "messages": messages}


def _looked(example: Example, look: Assessment) -> dict[str, Any]:
    near = [
        {
            **_message_shown(entry.neighbour.example),
            "likeness": entry.neighbour.similarity,
            "contradicts": list(entry.neighbour.contradicts),
            "topic": entry.topic,
        }
        for entry in look.near
    ]
    return {
        "message": _message_shown(example),
        "near": near,
        "problems": list(look.problems),
        "topic": look.topic,
    }


def _message_shown(example: Example) -> dict[str, Any]:
    return {"text": example.text, "intent": example.intent, "labels": dict(example.metadata)}
