"""The training messages: in the form of their schema, enough, legal, no near-duplicates, nothing that a test
uses."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from signpost.files import ROOT
from signpost.learning.corpus.checks import nearly_the_same, untidy_files
from signpost.learning.corpus.topic_files import (
    KEY_ORDER,
    NLU_DATA,
    read_topic_file,
    read_training_messages,
    topic_paths,
)
from signpost.learning.scenarios import conversation_files, read_conversation
from signpost.understanding.labels import ANY_OF, ONE_OF, LabelError, label_message

pytestmark = pytest.mark.long

MESSAGES = read_training_messages()  # refuses unknown labels
SCHEMA = json.loads((ROOT / "data" / "topic_file.schema.json").read_text(encoding="utf-8"))
SUBJECTS = {"danger", "abuse", "needs", "people", "places", "questions", "small_talk", "off_topic", "mixed"}
MIN_MESSAGES = 8000
MIN_BY_INTENT = 15


def parsed(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", topic_paths())
def test_every_topic_file_lies_under_its_subject_and_fits_the_schema(name: str) -> None:
    path = topic_paths()[name]
    assert name.count("/") == 1 and name.split("/")[0] in SUBJECTS
    assert path.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../../topic_file.schema.json\n"
    )
    problems = [error.message for error in Draft7Validator(SCHEMA).iter_errors(parsed(path))]
    assert problems == []


def test_every_topic_file_is_in_canonical_form() -> None:
    assert untidy_files(NLU_DATA) == []


def test_the_schema_knows_the_labels_that_there_are() -> None:
    labels = SCHEMA["definitions"]["labels"]["properties"]
    assert tuple(labels) == KEY_ORDER
    assert {name: tuple(labels[name]["enum"]) for name in ONE_OF} == ONE_OF
    assert {name: tuple(labels[name]["items"]["enum"]) for name in ANY_OF} == ANY_OF


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('source: "Written for this project"\n', ""),
        ('source: "Written for this project"', 'source: " "'),
        ("reviewed: true", 'reviewed: "by me"'),
        ("reviewed: true\n", ""),
        ("gender: woman", "gender: lady"),
        ("gender: woman", "sex: woman"),
        ("scope: disclosure, ", ""),
        ("  - text: ", "  - message: "),
    ],
)
def test_what_is_no_topic_file_is_refused_by_the_schema_and_by_the_reader(
    tmp_path: Path, old: str, new: str
) -> None:
    text = topic_paths()["abuse/money"].read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "wrong.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert not Draft7Validator(SCHEMA).is_valid(parsed(path))
    with pytest.raises(LabelError, match="wrong.yml"):
        read_topic_file(path)


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
        for path in conversation_files(ROOT / "tests" / "conversations")
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
