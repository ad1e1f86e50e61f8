"""What a volunteer reports as wrong in the workbench: a conversation test, and perhaps training messages.

The input is JSON from a browser. Every field is checked, and file names are made here from the title's
letters and digits only, so nothing that was sent can name a path.

FindingError        the finding cannot be saved; tells the volunteer what to change
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Collection, Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from signpost.errors import SignpostError
from signpost.learning.corpus.topic_files import Example, canonical_metadata, check_writable, danger_fits
from signpost.learning.curation.review import save_finding, slug_of, write_new
from signpost.learning.scenarios import (
    LONDON,
    Conversation,
    ConversationError,
    as_yaml,
    conversation_files,
    read_turn,
)
from signpost.understanding.labels import LabelError
from signpost.understanding.text import clean

# Below the folder into which the workbench writes.
TESTS = Path("tests") / "conversations"
FOUND = TESTS / "found"
REVIEW = Path("review")
MAX_TURNS = 30
MAX_TEXTS = 20
MAX_CHARACTERS = 4_000
MAX_TITLE = 100
URGENCIES = ("immediate", "check", "none")
# What the last turn of a finding may expect.
EXPECTATIONS = frozenset({"must", "must_not", "lead", "urgency", "understood"})


class FindingError(SignpostError, ValueError):
    """The finding cannot be saved."""


@dataclass(frozen=True)
class Found:
    """A checked finding: the dialogue with its expectation, and other wordings to learn from (if any)."""

    conversation: Conversation
    examples: tuple[Example, ...]


def read_found(data: Mapping[str, Any], line_ids: Collection[str], intents: Collection[str]) -> Found:
    """Check what the page sent: ``title``, ``now``, ``turns``, and ``training`` or null.

    Raises:
        FindingError
    """
    title, now, turns = data.get("title"), data.get("now"), data.get("turns")
    if not isinstance(title, str) or not title.strip() or len(title) > MAX_TITLE or not title.isprintable():
        raise FindingError(f"Say in one sentence of up to {MAX_TITLE} characters what the test shows.")
    if (
        not isinstance(turns, list)
        or not 1 <= len(turns) <= MAX_TURNS
        or not all(isinstance(turn, dict) for turn in turns)
    ):
        raise FindingError(f"A test needs 1 to {MAX_TURNS} messages.")
    for entry in turns[:-1]:
        _check_turn(entry, frozenset())
    _check_turn(turns[-1], EXPECTATIONS)
    _check_expectation(turns[-1], line_ids)
    try:
        moment = datetime.fromisoformat(now).astimezone(LONDON).replace(second=0, microsecond=0)
        conversation = Conversation(
            slug_of(title),
            title.strip(),
            moment.isoformat(),
            tuple(read_turn(turn, "the finding") for turn in turns),
        )
    except (ConversationError, TypeError, ValueError, OverflowError) as error:
        raise FindingError(f"This is not a test: {error}") from error
    return Found(conversation, _training(data.get("training"), turns, intents))


def save(found: Found, folder: Path, today: date) -> tuple[Path, Path | None]:
    """Write the test and, if there are training messages, the file for review; never overwrites a file.

    Raises:
        FindingError: a character that the file could not hold, a hundred tests of this title, or tests of one
            name.
    """
    text = as_yaml(found.conversation)
    _check_same(text, found.conversation)
    try:
        names = {path.stem for path in conversation_files(folder / TESTS)}
        test = write_new(folder / FOUND, found.conversation.name, text, taken=names)
    except ConversationError as error:
        raise FindingError(str(error)) from error
    except FileExistsError as error:
        raise FindingError("There are a hundred tests of this name: give it another title.") from error
    if not found.examples:
        return test, None
    comment = f"Found in the workbench. Its test: {FOUND.as_posix()}/{test.name}"
    return test, save_finding(
        found.examples, title=found.conversation.title, comment=comment, today=today, folder=folder / REVIEW
    )


def _check_turn(turn: Mapping[str, Any], expectations: Collection[str]) -> None:
    said = [key for key in ("say", "press") if key in turn]
    unknown = set(turn) - {"say", "press"} - set(expectations)
    if len(said) != 1 or unknown:
        raise FindingError(
            "Each message has either `say` or `press`, and only the last one an expectation; "
            f"found {', '.join(sorted(turn)) or 'nothing'}."
        )
    text = turn[said[0]]
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_CHARACTERS:
        raise FindingError(f"Each message is a text of up to {MAX_CHARACTERS} characters.")


def _check_expectation(turn: Mapping[str, Any], line_ids: Collection[str]) -> None:
    lists = [turn.get("must", []), turn.get("must_not", [])]
    lead = [turn["lead"]] if "lead" in turn else []
    if not all(
        isinstance(listed, list) and all(isinstance(line, str) for line in listed)
        for listed in [*lists, lead]
    ):
        raise FindingError("`must` and `must_not` are lists of lines, `lead` is one line.")
    unknown = [line for line in [*lists[0], *lists[1], *lead] if line not in line_ids]
    if unknown:
        raise FindingError(f"There is no line {unknown[0]!r}.")
    if set(lists[1]) & {*lists[0], *lead}:
        raise FindingError("A line cannot be both among those that come and those that do not.")
    if "urgency" in turn and turn["urgency"] not in URGENCIES:
        raise FindingError(f"`urgency` is one of {', '.join(URGENCIES)}.")
    if not any(turn.get(key) for key in EXPECTATIONS):
        raise FindingError("Nothing is expected: pick what it should have been, or a line.")


def _training(data: Any, turns: Sequence[Mapping[str, Any]], intents: Collection[str]) -> tuple[Example, ...]:
    """The training messages, or none.

    Raises:
        FindingError: an unknown label or intent, or the test's own words (a test must not be learned by
            heart).
    """
    if data is None:
        return ()
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("texts"), list)
        or not isinstance(data.get("labels"), dict)
    ):
        raise FindingError("`training` holds `texts`, `intent` and `labels`.")
    texts = data["texts"]
    if not 1 <= len(texts) <= MAX_TEXTS or not all(
        isinstance(text, str) and text.strip() and len(text) <= MAX_CHARACTERS for text in texts
    ):
        raise FindingError(f"Write 1 to {MAX_TEXTS} training messages.")
    if data.get("intent") not in intents:
        raise FindingError(f"There is no intent {data.get('intent')!r}.")
    said = {clean(turn.get("say", "")).lower() for turn in turns}
    own = [text for text in texts if clean(text).lower() in said]
    if own:
        raise FindingError(
            f"Say it in other words: {own[0][:60]!r} is the test itself, "
            "and a test must not be learned by heart."
        )
    try:
        examples = tuple(
            Example(" ".join(text.split()), data["intent"], canonical_metadata(data["labels"]))
            for text in texts
        )
        for example in examples:
            check_writable(example)
    except (LabelError, TypeError) as error:
        raise FindingError(f"These messages or labels do not fit: {error}") from error
    if not all(danger_fits(example.intent, example.metadata) for example in examples):
        raise FindingError("Danger now to somebody goes with “report danger”, and nothing else does.")
    return examples


def _check_same(text: str, conversation: Conversation) -> None:
    try:
        data = YAML(typ="safe").load(text)
        turns = tuple(read_turn(entry, "the finding") for entry in data["turns"])
    except (YAMLError, KeyError, TypeError, ValueError) as error:
        raise FindingError("A character in these messages cannot stand in a test; leave it out.") from error
    if turns != conversation.turns or data["title"] != conversation.title:
        raise FindingError("A character in these messages cannot stand in a test; leave it out.")
