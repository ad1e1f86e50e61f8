"""The review on the page, below HTTP: what it shows, what it writes, and what it refuses in words."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from signpost.files import ROOT
from signpost.learning.corpus.checks import untidy_files
from signpost.learning.corpus.topic_files import (
    Example,
    TopicFile,
    canonical_metadata,
    read_examples,
    write_topic_file,
)
from signpost.learning.curation.review import save_finding
from signpost.serving.channels.reviewing import Reviewing, read_message
from signpost.serving.gateway.requests import BadRequest, NoText, NotThere

pytestmark = pytest.mark.long

INTENTS = ["describe_situation", "report_danger", "thank"]
LABELS = {"scope": "disclosure", "who": "self", "abuse": ["controlling"]}
RICE = Example("he weighs out my rice on the letter scales", "describe_situation", canonical_metadata(LABELS))
TOPIC = "abuse/daily_rules"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "nlu" / "abuse").mkdir(parents=True)
    for name in ("abuse/money", TOPIC):
        shutil.copy(ROOT / "data" / "nlu" / f"{name}.yml", tmp_path / "data" / "nlu" / "abuse")
    return tmp_path


def wait(folder: Path, *examples: Example) -> str:
    return save_finding(
        examples,
        title="rice",
        comment="Said at the desk",
        today=date(2026, 11, 25),
        folder=folder / "review",
    ).name


def shown(example: Example) -> dict[str, Any]:
    return {"text": example.text, "intent": example.intent, "labels": dict(example.metadata)}


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_waits(folder: Path) -> None:
    assert Reviewing(folder).waiting(INTENTS)["findings"] == []


def test_each_message_comes_with_what_is_known_about_it(folder: Path) -> None:
    known = next(
        example
        for example in read_examples(folder / "data" / "nlu" / f"{TOPIC}.yml")
        if example.intent == RICE.intent and example.metadata["who"] == "self"
    )
    other = Example(
        known.text + " again", known.intent, canonical_metadata({**known.metadata, "who": "other"})
    )
    file = wait(folder, RICE, other)
    listed = Reviewing(folder).waiting(INTENTS)
    assert listed["topics"] == [TOPIC, "abuse/money"]
    ((finding),) = listed["findings"]
    assert finding["file"] == file and "Said at the desk" in finding["comment"]
    first, second = finding["messages"]
    assert first["message"] == shown(RICE) and first["problems"] == []
    nearest = second["near"][0]
    assert (nearest["text"], nearest["topic"]) == (known.text, TOPIC)
    assert nearest["contradicts"] and nearest["contradicts"][0].startswith("who: other here")


def test_an_accepted_message_lands_in_canonical_form_and_the_last_one_ends_its_file(folder: Path) -> None:
    thanks = Example("ta for that love", "thank", canonical_metadata({"scope": "smalltalk", "who": "none"}))
    file = wait(folder, RICE, thanks)
    reviewing = Reviewing(folder)
    corrected = {
        "text": " he weighs  out my rice ",
        "intent": "describe_situation",
        "labels": {**LABELS, "abuse": ["controlling", "financial"], "gender": "unknown", "lgbt": False},
    }
    told = reviewing.accept(
        {"file": file, "message": shown(RICE), "corrected": corrected, "topic": TOPIC}, INTENTS
    )
    assert told == {"accepted": f"data/nlu/{TOPIC}.yml"}
    topic = folder / "data" / "nlu" / f"{TOPIC}.yml"
    assert Example(
        "he weighs out my rice",
        "describe_situation",
        {"scope": "disclosure", "who": "self", "abuse": ["financial", "controlling"]},
    ) in read_examples(topic)
    assert untidy_files(folder / "data" / "nlu") == []
    with pytest.raises(NotThere):
        reviewing.accept(
            {"file": file, "message": shown(RICE), "corrected": corrected, "topic": TOPIC}, INTENTS
        )
    assert reviewing.drop({"file": file, "message": shown(thanks)}) == {"dropped": True}
    assert not list((folder / "review").iterdir())


def test_a_topic_file_changed_by_hand_meanwhile_counts(folder: Path) -> None:
    wait(folder, RICE)
    reviewing = Reviewing(folder)
    assert reviewing.waiting(INTENTS)["findings"][0]["messages"][0]["problems"] == []
    by_hand = folder / "data" / "nlu" / "by_hand.yml"
    write_topic_file(by_hand, TopicFile((RICE,), "Written by hand", reviewed=False))
    assert reviewing.look({"message": shown(RICE)}, INTENTS)["problems"] == ["This message is there already."]


@pytest.mark.parametrize(
    "topic",
    [
        "../../domain",
        "../review/x",
        "/etc/passwd",
        f"{TOPIC}.yml",
        f"../nlu/{TOPIC}",
        "",
        "new",
        None,
        5,
        ["abuse/money"],
        {"a": 1},
    ],
    ids=str,
)
def test_only_a_topic_file_that_is_there_is_written(folder: Path, topic: object) -> None:
    file = wait(folder, RICE)
    before = files(folder)
    with pytest.raises(NoText, match="no topic file"):
        Reviewing(folder).accept(
            {"file": file, "message": shown(RICE), "corrected": shown(RICE), "topic": topic}, INTENTS
        )
    assert files(folder) == before


@pytest.mark.parametrize(
    "file", [f"../nlu/{TOPIC}.yml", "/etc/passwd", "", None, 5, ["x"], "*", "2026-11-25-rice"], ids=str
)
def test_only_a_file_that_waits_is_touched(folder: Path, file: object) -> None:
    wait(folder, RICE)
    before = files(folder)
    known = shown(read_examples(folder / "data" / "nlu" / f"{TOPIC}.yml")[0])
    for message in (shown(RICE), known):
        with pytest.raises(NotThere):
            Reviewing(folder).drop({"file": file, "message": message})
    assert files(folder) == before


MESSAGES = {
    "none": None,
    "a text": "x",
    "no text": {"intent": "thank", "labels": LABELS},
    "an empty text": {**shown(RICE), "text": " \n "},
    "a long text": {**shown(RICE), "text": "x" * 4001},
    "labels that are none": {**shown(RICE), "labels": []},
    "no labels": {**shown(RICE), "labels": {}},
    "an unknown label": {**shown(RICE), "labels": {**LABELS, "mood": "sad"}},
    "an unknown value": {**shown(RICE), "labels": {**LABELS, "gender": "x"}},
    "a list for one": {**shown(RICE), "labels": {**LABELS, "scope": ["info"]}},
    "one for a list": {**shown(RICE), "labels": {**LABELS, "abuse": "physical"}},
    "a number for a list": {**shown(RICE), "labels": {**LABELS, "abuse": 5}},
    "a list in a list": {**shown(RICE), "labels": {**LABELS, "abuse": [["physical"]]}},
    "half a character": {**shown(RICE), "text": "half \ud83d a face"},
    "a control character": {**shown(RICE), "text": "rings \x7f twice"},
    "a word for yes": {**shown(RICE), "labels": {**LABELS, "lgbt": "yes"}},
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_that_is_none_is_refused_in_words(message: Any) -> None:
    with pytest.raises(NoText) as refused:
        read_message(message)
    assert len(str(refused.value)) > 20


@pytest.mark.parametrize(
    "change",
    [{"intent": "ask_weather"}, {"intent": "report_danger"}, {"labels": {**LABELS, "urgency": "immediate"}}],
    ids=str,
)
def test_what_could_not_be_trained_on_is_not_accepted(folder: Path, change: dict[str, Any]) -> None:
    file = wait(folder, RICE)
    before = files(folder)
    data = {"file": file, "message": shown(RICE), "corrected": {**shown(RICE), **change}, "topic": TOPIC}
    assert Reviewing(folder).look({"message": data["corrected"]}, INTENTS)["problems"]
    with pytest.raises(NoText):
        Reviewing(folder).accept(data, INTENTS)
    assert files(folder) == before


def test_a_file_that_is_none_is_named(folder: Path) -> None:
    name = wait(folder, RICE)
    (folder / "review" / name).write_text("nlu: 5", encoding="utf-8")
    with pytest.raises(BadRequest, match=name):
        Reviewing(folder).waiting(INTENTS)
    with pytest.raises(BadRequest, match=name):
        Reviewing(folder).drop({"file": name, "message": shown(RICE)})
