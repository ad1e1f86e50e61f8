"""Tidying of Unicode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signpost.text import clean


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("he\u200bs here", "hes here"),
        ("ｈｅｌｐ", "help"),
        ("hеlp mе", "help me"),
        ("he’s “fine”", "he's \"fine\""),
        ("helppppppp", "helppp"),
        ("  a \n\t b  ", "a b"),
        ("\u202eabc\x00", "abc"),
    ],
)
def test_look_alikes_and_invisible_characters_are_folded(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
