"""The action: slots and entities in, lines and slots out, round and round."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.show_lines import ActionShowLines
from actions.translation import heard_from, slots_from, told_from
from signpost.dialogue.state import WISHES, Question, Told
from signpost.routing import Abuse, Area, Gender, Need, Scope, Situation, Topic, Urgency, Who

ACTION = ActionShowLines()
WEDNESDAY = "2026-11-25T14:10:00+00:00"


def run(message: dict[str, Any], slots: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    dispatcher = CollectingDispatcher()
    tracker = Tracker("a" * 16, slots, {"metadata": {"now": WEDNESDAY}, **message}, [], False, None, {}, None)
    events = ACTION.run(dispatcher, tracker, {})
    return dispatcher.messages, {event["name"]: event["value"] for event in events}


def entity(name: str, value: str) -> dict[str, str]:
    return {"entity": name, "value": value}


def custom(messages: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [message["custom"] for message in messages if message.get("custom")]
    return found


def test_a_disclosure_gets_lines_first_and_one_question_after() -> None:
    messages, slots = run(
        {
            "intent": {"name": "describe_situation", "confidence": 0.9},
            "entities": [entity("scope", "disclosure"), entity("who", "self")],
        },
        {},
    )
    assert [line["id"] for line in custom(messages)["lines"]] == ["mk_act", "national_24h"]
    assert [bool(message.get("buttons")) for message in messages] == [False, True]
    assert slots["pending_question"] == "area"


def test_an_unknown_message_still_gets_numbers() -> None:
    messages, _ = run({"intent": {"name": "nlu_fallback", "confidence": 0.3}, "entities": []}, {})
    assert [line["id"] for line in custom(messages)["lines"]] == ["police_999", "national_24h"]


def test_every_area_page_can_be_sent() -> None:
    for page in ACTION.directory.areas:
        message = {
            "intent": {"name": "describe_situation"},
            "entities": [entity("scope", "disclosure"), entity("area", "elsewhere"), entity("place", page)],
        }
        assert json.loads(json.dumps(custom(run(message, {})[0])))["area_page"]["id"] == page


@pytest.mark.parametrize(("need", "topic"), [("housing", Topic.STAY_HOME), ("legal", None)])
def test_a_wish_counts_where_housing_is_needed(need: str, topic: Topic | None) -> None:
    message = {
        "intent": {"name": "describe_situation"},
        "entities": [entity("wish", "stay_home"), entity("need", need)],
    }
    assert heard_from(message, ()).topic is topic


def test_two_misunderstandings_bring_the_choices() -> None:
    message = {
        "intent": {"name": "out_of_scope", "confidence": 0.9},
        "entities": [entity("scope", "out_of_scope")],
    }
    first, slots = run(message, {})
    second, _ = run(message, slots)
    assert not any(part.get("buttons") for part in first)
    assert [button["title"] for part in second for button in part.get("buttons", [])][
        -1
    ] == "Just the numbers"


@pytest.mark.parametrize(
    "message",
    [{}, {"intent": None, "entities": None}, {"intent": {"name": None, "confidence": None}, "entities": []}],
)
def test_an_empty_parse_breaks_nothing(message: dict[str, Any]) -> None:
    assert custom(run(message, {})[0])["lines"]


def test_of_two_places_the_one_with_a_page_counts() -> None:
    found = heard_from(
        {
            "intent": {"name": "inform"},
            "entities": [entity("place", "aylesbury"), entity("place", "buckinghamshire")],
        },
        ACTION.directory.areas,
    )
    assert found.place == "buckinghamshire"


SITUATIONS = st.builds(
    Situation,
    scope=st.none() | st.sampled_from(Scope),
    urgency=st.sampled_from(Urgency),
    abuse=st.frozensets(st.sampled_from(Abuse)),
    gender=st.sampled_from(Gender),
    lgbt=st.booleans(),
    area=st.sampled_from(Area),
    who=st.sampled_from(Who),
    needs=st.frozensets(st.sampled_from(Need)),
    place=st.none() | st.just("oxfordshire"),
)


@given(
    st.builds(
        Told,
        situation=SITUATIONS,
        asked=st.frozensets(st.sampled_from(Question)),
        pending=st.none() | st.sampled_from(Question),
        skips=st.integers(0, 5),
        misunderstood=st.integers(0, 5),
        disclosed=st.booleans(),
        wish=st.none() | st.sampled_from(sorted(WISHES)),
    )
)
def test_slots_hold_a_whole_conversation(told: Told) -> None:
    assert told_from(slots_from(told)) == told
