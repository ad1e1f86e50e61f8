"""Coverage-guided fuzzing of everything that reads input: body, id, clock, Unicode, words. See run.py."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["signpost"]):
    from signpost.serving.gateway.rate_limit import FloodGate
    from signpost.serving.gateway.requests import (
        MAX_CHARACTERS,
        SENDER,
        BadRequest,
        Incoming,
        read_json,
        read_message,
        read_object,
    )
    from signpost.understanding.pipeline import (
        SIGNAL_NAMES,
        build_pipeline,
        characters,
        place_spans,
        read_signals,
        wish_of,
    )
    from signpost.understanding.text import clean

NLP = build_pipeline()
GATE = FloodGate()
# Words that open the ways of the reader that chance would hardly spell.
WORDS = [
    "he has a knife",
    "im in wolverton",
    "not",
    "last year",
    "my ",
    "he's",
    "/inform{",
    "EXTERNAL:",
    "999",
    "refuge",
    " \u200b",
    "ﬁ",
    "😀",
    "?",
    "'",
    "his film",
    "im a gay man",
]


def read(body: bytes, content_type: str) -> Incoming | None:
    try:
        incoming = read_message(read_object(body, content_type), clock_may_be_set=True)
    except BadRequest as refused:
        assert 400 <= refused.status < 500 and str(refused)
        return None
    assert SENDER.fullmatch(incoming.sender)
    assert len(incoming.text) <= MAX_CHARACTERS
    assert not incoming.text.lstrip().startswith(("/", "EXTERNAL:"))
    incoming.text.encode()
    return incoming


def understand(text: str) -> None:
    tidy = clean(text)
    assert clean(tidy) == tidy
    doc = NLP(tidy)
    signals = read_signals(doc)
    assert set(signals) == set(SIGNAL_NAMES) and set(signals.values()) <= {0.0, 1.0}
    wish_of(doc)
    for span, _ in place_spans(doc):
        left, right = characters(span)
        assert 0 <= left < right <= len(tidy)
    assert all(0 <= left < right <= len(doc) for _, left, right, _ in doc._.danger_hits)


def one_input(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 3)
    if way == 0:  # any bytes
        incoming = read(given.ConsumeBytes(4096), given.ConsumeUnicode(40) or "application/json")
    elif way == 1:  # any text, in a message that is right
        text = "".join(
            given.PickValueInList(WORDS) if given.ConsumeBool() else given.ConsumeUnicode(12)
            for _ in range(given.ConsumeIntInRange(0, 24))
        )
        incoming = read(
            json.dumps(
                {"sender": "a" * 16, "message": text, "metadata": {"now": given.ConsumeUnicode(30)}}
            ).encode(),
            "application/json",
        )
        assert incoming is not None
    elif way == 2:  # any values at the right places
        values = [
            given.ConsumeUnicode(70),
            given.ConsumeInt(8),
            None,
            [given.ConsumeUnicode(8)],
            {given.ConsumeUnicode(8): given.ConsumeFloat()},
            given.ConsumeBool(),
        ]
        body = {
            key: given.PickValueInList(values)
            for key in ("sender", "message", "metadata", given.ConsumeUnicode(10))
        }
        incoming = read(json.dumps(body).encode(), "application/json; " + given.ConsumeUnicode(10))
    else:  # any address, any beacon
        GATE.lets_in(given.ConsumeUnicode(60))
        with contextlib.suppress(BadRequest):
            read_json(given.ConsumeBytes(200))
        return
    if incoming is not None:
        understand(incoming.text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
