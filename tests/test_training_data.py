"""The training messages: enough, legal, no near-duplicates, nothing that a test uses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from signpost.learning.corpus.checks import nearly_the_same
from signpost.learning.scenarios import read_conversation
from signpost.understanding.labels import LabelError, label_message, read_training_messages

ROOT = Path(__file__).parent.parent
MESSAGES = read_training_messages(ROOT / "data" / "nlu")  # refuses unknown labels
MIN_MESSAGES = 8000
MIN_BY_INTENT = 15


def test_there_are_enough_messages() -> None:
    assert len(MESSAGES) >= MIN_MESSAGES


def test_every_intent_has_enough_messages() -> None:
    few = {
        intent: count
        for intent, count in Counter(message.intent for message in MESSAGES).items()
        if count < MIN_BY_INTENT
    }
    assert not few


def test_danger_and_its_intent_go_together() -> None:
    odd = [
        message.text
        for message in MESSAGES
        if (message.intent == "report_danger")
        != (message.yes_no["danger"] and message.one_of["scope"] == "disclosure")
    ]
    assert not odd


def test_there_are_no_near_duplicates() -> None:
    assert not nearly_the_same(MESSAGES)


def test_near_duplicates_are_named() -> None:
    texts = [
        "my wife hits me whenever the tea is late",
        "my wife hits me whenever the tea is cold",
        "my wife hits me",
    ]
    (line,) = nearly_the_same([label_message(text, {"scope": "disclosure", "who": "self"}) for text in texts])
    assert texts[0] in line and texts[1] in line


def test_no_training_message_stands_in_a_dialogue() -> None:
    said = {
        turn.say.lower()
        for path in (ROOT / "tests" / "conversations").glob("*.yml")
        for turn in read_conversation(path).turns
        if turn.say and len(turn.say.split()) > 3
    }
    assert not said & {message.text.lower() for message in MESSAGES}


@pytest.mark.parametrize(
    "metadata",
    [
        {"scope": "disclosure"},
        {"scope": "x", "who": "self"},
        {"scope": "info", "who": "none", "abuse": ["rude"]},
        {"scope": "info", "who": "none", "urgency": "check"},
    ],
)
def test_illegal_labels_are_refused(metadata: dict) -> None:
    with pytest.raises(LabelError):
        label_message("x", metadata)
