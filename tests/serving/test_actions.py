"""The action: slots and entities in, lines and slots out, round and round."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.show_lines import ActionShowLines
from actions.translation import slots_from, told_from
from signpost.dialogue.hearing import heard_from
from signpost.dialogue.plain import PlainError
from signpost.dialogue.state import Answer, Told
from signpost.routing import Area, Despair, Need, Topic, Urgency

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
    assert slots["conversation"]["pending"] == "area"
    assert slots["conversation"]["lines"] == ["mk_act", "national_24h"]


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


@pytest.mark.parametrize(
    ("entities", "field", "value"),
    [
        ([("despair", "somebody_else")], "despair", Despair.SOMEBODY_ELSE),
        ([("asks", "phone_bill"), ("asks", "call_cost")], "asks", ("phone_bill", "call_cost")),
        ([("danger_less", "yes")], "danger_less", True),
        ([("plain_no", "yes")], "plain_no", True),
        ([("language", "pl")], "language", "pl"),
        ([("taken_back", "children"), ("taken_back", "area")], "taken_back", frozenset({"children", "area"})),
        ([("told", "injury")], "told", frozenset({"injury"})),
        ([("named", "galop")], "named", "galop"),
        ([("answer", "both")], "answer", Answer.BOTH),
        ([("aged_16_17", "yes")], "aged_16_17", True),
        ([("about_child", "yes")], "about_child", True),
        ([("asks", "silent_999")], "topic", Topic.CALL_999),
        ([("asks", "line_closed_or_unanswered")], "topic", Topic.OPEN_NOW),
        ([("asks", "not_bad_enough"), ("scope", "info")], "topic", Topic.IS_IT_ABUSE),
        ([("asks", "not_bad_enough"), ("scope", "disclosure")], "topic", None),
        ([("asks", "bed_tonight")], "topic", Topic.BED_TONIGHT),
        ([("asks", "bed_tonight")], "needs", frozenset({Need.HOUSING})),
        ([("asks", "child_contact"), ("need", "children")], "needs", frozenset({Need.LEGAL})),
        (
            [("asks", "child_contact"), ("asks", "children_support"), ("need", "children")],
            "needs",
            frozenset({Need.LEGAL, Need.CHILDREN}),
        ),
        ([("asks", "fear_of_harming_baby")], "fears_harming_baby", True),
        ([("asks", "deaf_access")], "told", frozenset({"cannot_phone"})),
    ],
)
def test_an_entity_becomes_a_fact(entities: list[tuple[str, str]], field: str, value: object) -> None:
    message = {
        "intent": {"name": "ask_question"},
        "entities": [entity(name, value) for name, value in entities],
    }
    assert getattr(heard_from(message, ()), field) == value


def test_a_value_that_no_label_knows_is_refused() -> None:
    with pytest.raises(PlainError, match="Heard.area"):
        heard_from({"entities": [entity("area", "mars")]}, ())


def test_the_same_turn_gets_the_same_lines_and_question_and_changes_nothing() -> None:
    message = {
        "intent": {"name": "describe_situation", "confidence": 0.9},
        "entities": [entity("scope", "disclosure"), entity("who", "self")],
        "metadata": {"now": WEDNESDAY, "turn": 1},
    }
    first, slots = run(message, {})
    second, again = run(message, slots)
    assert [part.get("text") for part in second] == [part.get("text") for part in first]
    assert custom(second)["lines"] == custom(first)["lines"]
    assert not again


def test_danger_that_the_bot_process_answered_alone_is_remembered_once() -> None:
    message = {"intent": {"name": "thank"}, "entities": [entity("scope", "smalltalk")]}
    messages, slots = run(message, {"danger_said": True, "conversation": {"situation": {"area": "mk"}}})
    assert custom(messages)["urgency"] == "immediate"
    assert told_from(slots).situation.urgency is Urgency.IMMEDIATE
    assert told_from(slots).situation.area is Area.MK
    assert slots["danger_said"] is None


def test_the_button_that_says_no_danger_ends_it() -> None:
    meanings = ACTION.questions.meanings()
    pressed = {
        button.says: meanings[button.says] for button in ACTION.questions.asked["danger.still"].buttons
    }
    assert [means for means in pressed.values() if "danger_over" in means]
    _, slots = run({"intent": {"name": "report_danger"}, "entities": [entity("urgency", "immediate")]}, {})
    _, after = run({"intent": {"name": "deny"}, "entities": [entity("danger_over", "yes")]}, slots)
    assert told_from(slots).situation.urgency is Urgency.IMMEDIATE
    assert told_from(after).situation.urgency is Urgency.NONE


def test_the_workbench_sees_before_and_after_and_what_changed() -> None:
    _, slots = run(
        {
            "intent": {"name": "describe_situation"},
            "entities": [entity("scope", "disclosure"), entity("area", "mk"), entity("need", "children")],
        },
        {},
    )
    messages, _ = run(
        {
            "intent": {"name": "inform"},
            "entities": [entity("taken_back", "children"), entity("asks", "phone_bill")],
        },
        slots,
    )
    understood = custom(messages)["understood"]
    assert understood["before"]["needs"] == ["children"] and understood["situation"]["needs"] == []
    assert understood["taken_back"] == ["children"] and "needs" in understood["changed"]
    assert understood["asks"] == ["phone_bill"] and understood["said"] == []
    json.dumps(understood)


@settings(max_examples=200, deadline=None)
@given(st.from_type(Told))
def test_slots_hold_a_whole_conversation(told: Told) -> None:
    assert told_from(json.loads(json.dumps(slots_from(told)))) == told
