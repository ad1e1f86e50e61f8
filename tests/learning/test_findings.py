"""What volunteers report as wrong: checked, written in canonical form, under names that no request can
choose."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signpost.learning.corpus.topic_files import read_examples
from signpost.learning.curation.findings import FindingError, Found, read_found, save
from signpost.learning.scenarios import read_conversation

LINES = {"police_999", "mk_act", "national_24h"}
INTENTS = {"describe_situation", "report_danger"}
TODAY = date(2026, 11, 25)


def finding(**changes: Any) -> dict[str, Any]:
    turns = [
        {"say": "hello"},
        {"press": "Skip"},
        {"say": "he wont let me out", "urgency": "immediate", "lead": "police_999", "must_not": ["mk_act"]},
    ]
    return {
        "title": "Locked in is danger",
        "now": "2026-11-25T23:30:12+00:00",
        "turns": turns,
        "training": None,
        **changes,
    }


def training(**changes: Any) -> dict[str, Any]:
    labels = {
        "scope": "disclosure",
        "who": "self",
        "urgency": "immediate",
        "abuse": ["controlling"],
        "needs": [],
        "gender": "unknown",
        "area": "unknown",
        "lgbt": False,
    }
    return {"texts": ["he has  locked me in"], "intent": "report_danger", "labels": labels, **changes}


def read(data: dict[str, Any]) -> Found:
    return read_found(data, LINES, INTENTS)


def test_a_finding_becomes_a_test_that_reads_back_as_it_was(tmp_path: Path) -> None:
    test, review = save(read(finding()), tmp_path, TODAY)
    assert test == tmp_path / "tests" / "conversations" / "found" / "locked-in-is-danger.yml"
    assert review is None
    conversation = read_conversation(test)
    assert (conversation.title, conversation.now) == ("Locked in is danger", "2026-11-25T23:30:00+00:00")
    assert [turn.say or turn.press for turn in conversation.turns] == ["hello", "Skip", "he wont let me out"]
    last = conversation.turns[-1]
    assert (last.lead, last.must_not, last.urgency) == ("police_999", ("mk_act",), ("immediate",))


def test_training_messages_wait_for_review_in_canonical_form(tmp_path: Path) -> None:
    _, review = save(read(finding(training=training())), tmp_path, TODAY)
    assert review == tmp_path / "review" / "2026-11-25-locked-in-is-danger.yml"
    (example,) = read_examples(review)
    assert (example.text, example.intent) == ("he has locked me in", "report_danger")
    assert example.metadata == {
        "scope": "disclosure",
        "who": "self",
        "urgency": "immediate",
        "abuse": ["controlling"],
    }


def test_no_file_is_ever_replaced(tmp_path: Path) -> None:
    first, _ = save(read(finding()), tmp_path, TODAY)
    second, _ = save(read(finding(turns=[{"say": "other", "urgency": "none"}])), tmp_path, TODAY)
    assert second.name == "locked-in-is-danger-2.yml"
    assert "he wont let me out" in first.read_text(encoding="utf-8")


def test_a_name_that_a_test_has_in_another_folder_gets_a_number(tmp_path: Path) -> None:
    first, _ = save(read(finding()), tmp_path, TODAY)
    (elsewhere := first.parents[1] / "danger").mkdir()
    first.rename(elsewhere / first.name)
    second, _ = save(read(finding()), tmp_path, TODAY)
    assert second.name == "locked-in-is-danger-2.yml"


@pytest.mark.parametrize(
    "title",
    [
        "../../../etc/passwd",
        "/etc/cron.d/x",
        "..",
        "a/../../b",
        "C:\\x",
        "%2e%2e%2f",
        "con",
        "......",
        "x" * 100,
        "日本",
        "title: y #z",
    ],
)
def test_no_title_leaves_the_folder(tmp_path: Path, title: str) -> None:
    test, _ = save(read(finding(title=title)), tmp_path, TODAY)
    assert test.parent == tmp_path / "tests" / "conversations" / "found"
    assert test.name.removesuffix(".yml").replace("-", "").isalnum()
    assert read_conversation(test).title == title


@given(title=st.text(max_size=110), text=st.text(min_size=1, max_size=60))
def test_any_text_reads_back_as_it_was_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        test, _ = save(read(finding(title=title, turns=[{"say": text, "urgency": "none"}])), folder, TODAY)
    except FindingError:
        assert not list(folder.rglob("*.yml"))
        return
    conversation = read_conversation(test)
    assert (conversation.title, conversation.turns[0].say) == (title.strip(), text)


LABELS = training()["labels"]
WRONG = {
    "no title": {"title": " "},
    "a title of two lines": {"title": "a\nb"},
    "too long a title": {"title": "x" * 101},
    "no time": {"now": None},
    "no such time": {"now": "tomorrow"},
    "no turns": {"turns": []},
    "too many turns": {"turns": [{"say": "a"}] * 31},
    "turns that are none": {"turns": ["a"]},
    "say and press": {"turns": [{"say": "a", "press": "b", "urgency": "none"}]},
    "an expectation in the middle": {
        "turns": [{"say": "a", "urgency": "none"}, {"say": "b", "urgency": "none"}]
    },
    "no expectation": {"turns": [{"say": "a"}]},
    "an unknown line": {"turns": [{"say": "a", "must": ["../x"]}]},
    "an unknown lead": {"turns": [{"say": "a", "lead": "x"}]},
    "a lead that is no text": {"turns": [{"say": "a", "lead": ["mk_act"]}]},
    "a line both ways": {"turns": [{"say": "a", "must": ["mk_act"], "must_not": ["mk_act"]}]},
    "lines that are no list": {"turns": [{"say": "a", "must": "mk_act"}]},
    "an unknown urgency": {"turns": [{"say": "a", "urgency": "soon"}]},
    "an unknown label": {"turns": [{"say": "a", "understood": {"mood": "x"}}]},
    "an unknown value": {"turns": [{"say": "a", "understood": {"gender": "x"}}]},
    "a list of unknown values": {"turns": [{"say": "a", "understood": {"abuse_includes": ["x"]}}]},
    "too long a message": {"turns": [{"say": "a" * 4001, "urgency": "none"}]},
    "a key that writes itself": {"turns": [{"say": "a", "urgency": "none", "rule": "x"}]},
    "training that is none": {"training": []},
    "the test's own words": {"training": training(texts=["He  wont let me out"])},
    "no training text": {"training": training(texts=[])},
    "an unknown intent": {"training": training(intent="x")},
    "danger under another intent": {"training": training(intent="describe_situation")},
    "an illegal training label": {"training": training(labels={**LABELS, "who": "x"})},
    "an unknown training label": {"training": training(labels={**LABELS, "mood": "x"})},
    "labels without scope": {"training": training(labels={"who": "self"})},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_is_not_a_finding_is_refused_in_words(changes: dict[str, Any]) -> None:
    with pytest.raises(FindingError) as caught:
        read(finding(**changes))
    assert len(str(caught.value)) > 15
