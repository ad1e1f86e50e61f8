"""Reading one request, without a server."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signpost.serving.gateway.requests import (
    BadRequest,
    NoValidSender,
    as_words,
    read_clock,
    read_message,
    read_object,
)

SENDER = "a" * 16


def test_a_message_is_read() -> None:
    incoming = read_message({"sender": SENDER, "message": "hi"}, clock_may_be_set=False)
    assert (incoming.sender, incoming.text, incoming.cut_off, incoming.now) == (SENDER, "hi", False, None)


def test_the_clock_can_be_set_in_the_workbench_only() -> None:
    data = {"sender": SENDER, "message": "hi", "metadata": {"now": "2026-11-25T14:10:00Z"}}
    assert read_message(data, clock_may_be_set=False).now is None
    assert read_message(data, clock_may_be_set=True).now == "2026-11-25T14:10:00+00:00"


@pytest.mark.parametrize("now", [None, 5, "", "tomorrow", "2026-11-25T14:10:00", {"a": 1}])
def test_a_clock_that_is_none_is_ignored(now: object) -> None:
    assert read_clock(now) is None


@pytest.mark.parametrize(
    "sender",
    [None, 5, "", "short", "a" * 15, "a" * 65, "a" * 15 + "!", "a" * 16 + "\n", "default", ["a" * 16]],
)
def test_a_guessable_or_broken_sender_is_refused(sender: object) -> None:
    with pytest.raises(NoValidSender):
        read_message({"sender": sender, "message": "hi"}, clock_may_be_set=False)


@pytest.mark.parametrize(
    "text", ["/restart", "//x", " / x", "EXTERNAL: x", "EXTERNAL:/x", "/EXTERNAL: x", "\n/x"]
)
def test_command_signs_are_taken_off(text: str) -> None:
    words = as_words(text)
    assert not words.lstrip().startswith(("/", "EXTERNAL:"))


@given(st.text(max_size=300))
def test_no_text_stays_a_command(text: str) -> None:
    words = as_words(text).strip()
    assert not words.startswith("/") and not words.startswith("EXTERNAL:")


@given(st.binary(max_size=300))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(BadRequest):
        read_message(read_object(body, "application/json"), clock_may_be_set=True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    )
)
def test_any_json_is_read_or_refused(data: object) -> None:
    with contextlib.suppress(BadRequest):
        read_message(
            read_object(
                json.dumps({"sender": SENDER, "message": data, "metadata": data}).encode(), "application/json"
            ),
            clock_may_be_set=True,
        )
