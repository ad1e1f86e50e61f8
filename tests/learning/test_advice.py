"""A candidate that is refused comes with what to write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from signpost.files import ROOT
from signpost.learning.corpus.topic_files import Example, canonical_metadata
from signpost.learning.curation.advice import MIN_TO_WRITE, Trouble, advise, says_otherwise, troubles_of
from signpost.learning.curation.assessment import read_topics
from signpost.learning.evaluation.gate import objections
from signpost.learning.results import DialogueResult, Results, TextResult, as_json, from_json
from signpost.learning.scenarios import conversation_files, read_conversation

CHECK = 0.05
DANGER = {"urgency": ["immediate", "check"]}


def example(text: str, **labels: Any) -> Example:
    danger = labels.get("urgency") == "immediate"
    intent = "report_danger" if danger else "describe_situation"
    return Example(text, intent, canonical_metadata({"scope": "disclosure", "who": "self", **labels}))


TOPICS = {
    "danger_weapons": [
        example("he has a kitchen knife and he is outside my door", urgency="immediate"),
        example("she has a hammer in her hand right now", urgency="immediate"),
    ],
    "calm": [
        example("he keeps a kitchen knife beside the bed and i hate it"),
        example("he has a kitchen knife and he is cooking outside", abuse=["controlling"]),
        example("he reads my letters every day"),
    ],
}


def test_it_names_the_neighbours_those_that_say_otherwise_the_file_and_the_number() -> None:
    told = advise([Trouble("he has a kitchen knife and he is outside", DANGER, 0.001)], TOPICS, CHECK)
    assert 'danger_weapons.yml: "he has a kitchen knife and he is outside my door" (report_danger)' in told
    assert "SAYS OTHERWISE: danger is not labelled" in told
    assert f"Write {MIN_TO_WRITE} messages" in told and "data/nlu/danger_weapons.yml" in told
    assert f"To write in all: {MIN_TO_WRITE} in danger_weapons.yml" in told
    assert "threshold" not in told and "make tune" not in told


@pytest.mark.parametrize(("chance", "close"), [(0.049, True), (0.031, True), (0.029, False), (None, False)])
def test_what_is_missed_by_little_is_a_threshold_s_not_a_message_s(chance: float | None, close: bool) -> None:
    told = advise([Trouble("he has a kitchen knife and he is outside", DANGER, chance)], TOPICS, CHECK)
    assert ("make tune" in told) is close and ("To write in all" in told) is not close


def test_a_message_that_is_like_nothing_goes_where_its_kind_is() -> None:
    told = advise([Trouble("zzz qqq www", {"abuse_includes": ["controlling"]})], TOPICS, CHECK)
    assert "data/nlu/calm.yml" in told


def test_the_more_there_is_against_it_the_more_is_to_be_written() -> None:
    crowd = [example(f"he has a kitchen knife and he is outside {number}") for number in range(5)]
    told = advise(
        [Trouble("he has a kitchen knife and he is outside", DANGER, 0.0)], {**TOPICS, "calm": crowd}, CHECK
    )
    assert "Write 15 messages" in told or "Write 12 messages" in told


@pytest.mark.parametrize(
    ("expect", "labels", "against"),
    [
        ({"urgency": "none"}, {"urgency": "immediate"}, ["danger is labelled"]),
        ({"urgency": "none"}, {}, []),
        ({"scope": ["disclosure", "question"]}, {}, []),
        ({"area": "mk"}, {}, ["area is unknown"]),
        ({"abuse_includes": ["financial"]}, {"abuse": ["controlling"]}, ["abuse lacks financial"]),
        ({"abuse_excludes": ["controlling"]}, {"abuse": ["controlling"]}, ["abuse has controlling"]),
        ({"abuse_includes": ["financial"], "area": "mk"}, {"unknown": ["abuse", "area"]}, []),
    ],
)
def test_what_says_otherwise(expect: dict[str, Any], labels: dict[str, Any], against: list[str]) -> None:
    assert says_otherwise(expect, example("x", **labels)) == against


def results(found: bool) -> Results:
    entry = TextResult(
        text="he has a spade",
        danger=True,
        found=found,
        problems=() if found else ("urgency is none",),
        danger_chance=0.04,
        expect=DANGER,
    )
    talk = DialogueResult("T", () if found else ("turn 2 ('he left'): mk_act should lead",), not_yet=False)
    return Results("m", behaviour={"danger": (entry,)}, conversations={"calm": talk})


def test_every_reason_of_the_gate_leads_to_its_messages() -> None:
    worse = results(False)
    texts = [text for entry in objections(results(True), worse, {}) for text in entry.texts]
    assert texts == ["he has a spade"]
    troubles = troubles_of(texts, worse, {"calm": ["hello", "he left"]})
    assert troubles == [Trouble("he has a spade", DANGER, 0.04), Trouble("he left", {})]
    assert troubles_of([], worse, {}) == [], "a dialogue that is gone"


def test_what_only_cross_validation_knows_is_a_danger() -> None:
    assert troubles_of(["he has a rake"], results(True), {}) == [
        Trouble("he has a rake", {"urgency": "immediate"})
    ]


def test_what_a_test_wants_is_saved_with_the_results_and_older_ones_lack_it() -> None:
    assert from_json(Results, as_json(results(False))) == results(False)
    older = {"text": "x", "danger": True, "found": False, "problems": []}
    (read,) = from_json(Results, json.dumps({"model": "m", "behaviour": {"danger": [older]}})).behaviour[
        "danger"
    ]
    assert (read.danger_chance, read.expect) == (None, {})


@pytest.mark.long
def test_it_works_on_our_own_topics_and_tests() -> None:
    case = YAML(typ="safe").load(
        (ROOT / "tests" / "behaviour" / "idioms-and-films.yml").read_text(encoding="utf-8")
    )["cases"][0]
    path = next(
        path for path in conversation_files(ROOT / "tests" / "conversations") if "danger" in path.name
    )
    troubles = [
        Trouble(case["texts"][0], case["expect"]),
        Trouble(read_conversation(path).turns[0].say or "help", {}),
    ]
    told = advise(troubles, read_topics(), CHECK)
    assert told.count("alike, ") >= 1 and "To write in all: " in told
