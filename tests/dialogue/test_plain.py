"""The codec: whatever a conversation holds comes back from plain data as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signpost.dialogue.plain import PlainError, from_plain, to_plain
from signpost.dialogue.state import Heard, Told
from signpost.routing import Abuse, Area, Situation, Urgency

MODERATE = settings(max_examples=300, deadline=None)


@MODERATE
@given(st.from_type(Told), st.booleans())
def test_a_conversation_comes_back_from_json(told: Told, sparse: bool) -> None:
    assert from_plain(Told, json.loads(json.dumps(to_plain(told, sparse=sparse)))) == told


@MODERATE
@given(st.from_type(Heard))
def test_a_message_comes_back_from_json(heard: Heard) -> None:
    assert from_plain(Heard, json.loads(json.dumps(to_plain(heard)))) == heard


def test_what_has_its_default_is_left_out_where_wanted() -> None:
    assert to_plain(Told(), sparse=True) == {}
    assert to_plain(Told(situation=Situation(area=Area.MK)), sparse=True) == {"situation": {"area": "mk"}}
    assert to_plain(Situation())["urgency"] == "none"


def test_sets_are_sorted_so_that_the_same_is_written_the_same() -> None:
    kinds = frozenset({Abuse.SEXUAL, Abuse.EMOTIONAL, Abuse.FGM})
    assert to_plain(kinds) == ["emotional", "fgm", "sexual"]


def test_a_field_of_another_version_is_passed_over() -> None:
    assert from_plain(Situation, {"area": "mk", "weather": "fair"}) == Situation(area=Area.MK)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"area": "mars"}, "Situation.area is 'mars', allowed are mk, elsewhere, unknown"),
        ({"abuse": "physical"}, "Situation.abuse is 'physical', a list is needed"),
        ({"lgbt": "yes"}, "Situation.lgbt is 'yes', a bool is needed"),
        ({"place": 3}, "Situation.place is 3, a str is needed"),
        ([], "Situation is \\[\\], an object is needed"),
    ],
)
def test_data_that_does_not_fit_is_refused_with_its_place(data: object, words: str) -> None:
    with pytest.raises(PlainError, match=words):
        from_plain(Situation, data)


def test_a_field_without_default_must_be_there() -> None:
    @dataclass(frozen=True)
    class Named:
        name: str
        urgency: Urgency = Urgency.NONE
        notes: tuple[str, ...] = field(default_factory=tuple)

    assert from_plain(Named, {"name": "a"}) == Named("a")
    with pytest.raises(PlainError, match="Named lacks name"):
        from_plain(Named, {})


def test_a_whole_number_that_json_made_a_float_is_read_as_one() -> None:
    assert from_plain(Told, {"skips": 2.0}).skips == 2
    with pytest.raises(PlainError):
        from_plain(Told, {"skips": 2.5})


def test_a_value_without_a_plain_form_is_refused() -> None:
    with pytest.raises(PlainError, match="no plain form"):
        to_plain(object())
