"""What volunteers found: saved in canonical form, compared with what is known, taken or dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from signpost.files import ROOT
from signpost.learning.corpus.checks import untidy_files
from signpost.learning.corpus.topic_files import (
    Example,
    canonical_metadata,
    check_writable,
    read_examples,
    read_topic_file,
)
from signpost.learning.curation.assessment import Assessor, said_in_tests
from signpost.learning.curation.review import drop, read_finding, read_findings, save_finding, take
from signpost.learning.curation.similarity import Neighbourhood, contradictions
from signpost.understanding.labels import LabelError

MONEY, RULES = "abuse/money", "abuse/daily_rules"
TODAY = date(2026, 11, 25)
COUNTED = Example(
    "he counts the coins in my purse each evening",
    "describe_situation",
    canonical_metadata({"abuse": ["financial"], "scope": "disclosure", "who": "self"}),
)


def test_labels_are_ordered_and_what_is_taken_for_granted_is_left_out() -> None:
    labels = {
        "who": "self",
        "scope": "disclosure",
        "urgency": "not_immediate",
        "abuse": ["fgm", "physical"],
        "gender": "unknown",
        "lgbt": False,
        "needs": [],
    }
    assert list(canonical_metadata(labels).items()) == [
        ("scope", "disclosure"),
        ("who", "self"),
        ("abuse", ["physical", "fgm"]),
    ]


@pytest.mark.parametrize(
    "labels",
    [
        {"scope": "disclosure", "who": "self", "mood": "sad"},
        {"scope": "rude", "who": "self"},
        {"scope": "info", "who": "none", "abuse": ["rude"]},
        {"scope": "info", "who": "self", "lgbt": "yes"},
    ],
)
def test_a_finding_with_illegal_labels_is_refused(labels: dict, tmp_path: Path) -> None:
    with pytest.raises(LabelError):
        save_finding([Example("x", "greet", labels)], title="t", today=TODAY, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_finding_is_read_back_and_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    text = Example('she said "pay up" \\ or else: #now', "describe_situation", COUNTED.metadata)
    first = save_finding(
        [COUNTED, text],
        title="He counts her coins, é!",
        comment="Should be financial.",
        today=TODAY,
        folder=tmp_path,
    )
    second = save_finding([COUNTED], title="He counts her coins, e", today=TODAY, folder=tmp_path)
    assert [first.name, second.name] == [
        "2026-11-25-he-counts-her-coins-e.yml",
        "2026-11-25-he-counts-her-coins-e-2.yml",
    ]
    assert len(read_findings(tmp_path)) == 2
    assert read_finding(first).examples == (COUNTED, text)
    assert "Should be financial." in read_finding(first).comment


def test_an_accepted_example_lands_in_its_topic_file_and_leaves_the_review(tmp_path: Path) -> None:
    topic = tmp_path / "money.yml"
    topic.write_text((ROOT / "data" / "nlu" / f"{MONEY}.yml").read_text(encoding="utf-8"), encoding="utf-8")
    before = read_topic_file(topic)
    other = Example(
        "thanks so much for this", "thank", canonical_metadata({"scope": "smalltalk", "who": "none"})
    )
    finding = read_finding(
        save_finding([COUNTED, other], title="coins", today=TODAY, folder=tmp_path / "review")
    )
    rest = take(finding, COUNTED, COUNTED, topic)
    after = read_topic_file(topic)
    assert len(after.examples) == len(before.examples) + 1 and COUNTED in after.examples
    assert replace(after, examples=()) == replace(before, examples=()) and before.comment
    assert untidy_files(tmp_path) == []
    assert rest is not None and rest.examples == (other,)
    assert drop(rest, other) is None
    assert not finding.path.exists()


def test_a_neighbour_with_other_labels_is_pointed_out() -> None:
    known = [COUNTED, *read_examples(ROOT / "data" / "nlu" / f"{MONEY}.yml")]
    changed = Example(
        "He counts the coins in my purse every evening",
        "describe_situation",
        canonical_metadata({"abuse": ["physical"], "scope": "disclosure", "who": "self"}),
    )
    nearest = Neighbourhood(known).of(changed)[0]
    assert nearest.example == COUNTED
    assert nearest.contradicts == ("abuse: physical here, financial there",)
    assert contradictions(COUNTED, COUNTED) == []


@pytest.mark.parametrize("text", ["rings \x7f twice", "half \ud83d a face", "\x1b[1m", "\ufffe"], ids=ascii)
def test_a_character_that_would_break_the_topic_file_is_refused(text: str, tmp_path: Path) -> None:
    example = Example(text, "describe_situation", COUNTED.metadata)
    try:
        check_writable(example)
    except LabelError:
        with pytest.raises(LabelError):
            save_finding([example], title="t", today=TODAY, folder=tmp_path)
        assert not list(tmp_path.iterdir())
    else:
        assert read_finding(save_finding([example], title="t", today=TODAY, folder=tmp_path)).examples == (
            example,
        )


@pytest.fixture
def assessor(tmp_path: Path) -> Assessor:
    topics = tmp_path / "nlu"
    (topics / MONEY).parent.mkdir(parents=True)
    for name in (MONEY, RULES):
        (topics / f"{name}.yml").write_bytes((ROOT / "data" / "nlu" / f"{name}.yml").read_bytes())
    return Assessor(topics, {"describe_situation", "report_danger"})


def test_what_was_accepted_is_a_neighbour_at_once(assessor: Assessor, tmp_path: Path) -> None:
    again = Example("He counts the coins in my purse, each evening!", "describe_situation", COUNTED.metadata)
    finding = read_finding(
        save_finding([COUNTED, again], title="coins", today=TODAY, folder=tmp_path / "review")
    )
    assert assessor.assess(again).problems == ()
    rest = assessor.accept(finding, COUNTED, COUNTED, MONEY)
    assert rest is not None and assessor.is_current()
    assert assessor.assess(again).near[0].topic == MONEY
    with pytest.raises(LabelError, match="there already"):
        assessor.accept(rest, again, again, MONEY)
    assert COUNTED in read_examples(assessor.folder / f"{MONEY}.yml")


def test_an_assessor_knows_when_a_file_has_changed(assessor: Assessor) -> None:
    assert assessor.is_current()
    (assessor.folder / f"{MONEY}.yml").unlink()
    assert not assessor.is_current()


@pytest.mark.parametrize(
    ("example", "topic", "why"),
    [
        (COUNTED, "../../domain", "no topic file"),
        (Example("he weighs out my rice", "ask_weather", COUNTED.metadata), MONEY, "no intent"),
        (Example("he weighs out my rice", "report_danger", COUNTED.metadata), MONEY, "Danger now"),
        (Example("rings \x7f twice", "describe_situation", COUNTED.metadata), MONEY, "character"),
        (
            Example(
                next(words for words in said_in_tests() if len(words) > 40),
                "describe_situation",
                COUNTED.metadata,
            ),
            MONEY,
            "is in tests/",
        ),
    ],
)
def test_what_cannot_be_accepted_leaves_every_file_as_it_was(
    assessor: Assessor, tmp_path: Path, example: Example, topic: str, why: str
) -> None:
    finding = read_finding(save_finding([COUNTED], title="coins", today=TODAY, folder=tmp_path / "review"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    with pytest.raises(LabelError, match=why):
        assessor.accept(finding, COUNTED, example, topic)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_no_topic_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no topic file"):
        Assessor(tmp_path, set())
