"""From evidence to labels, with heads made by hand: what each sign can raise, and what it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from signpost.understanding.decision import Reading, Thresholds
from signpost.understanding.floor import QUESTIONS, Floor
from signpost.understanding.heads import OUTPUTS, SLOT_OF, UNCALIBRATED, Calibration, Heads, Output
from signpost.understanding.pipeline import SIGNAL_NAMES, build_pipeline
from signpost.understanding.read import Evidence, merge, parts_of, read, weigh, with_signals
from signpost.understanding.words import Words, read_words

NLP = build_pipeline()
WIDTH = 4
DANGER = SLOT_OF[Output("danger", "yes")]
LEVEL = {"danger": 0, "off": 1, "despair": 2, "child": 3}


def words(text: str) -> Words:
    return read_words(NLP, text)


def heads() -> Heads:
    """Danger, off-topic, despair and a child by the four numbers of a vector; nothing else holds."""
    weights = np.zeros((WIDTH + len(SIGNAL_NAMES), len(OUTPUTS)), np.float32)
    bias = np.full(len(OUTPUTS), -8.0, np.float32)
    for output, slot in SLOT_OF.items():
        if output.label in ("scope", "gender", "area", "who"):
            bias[slot] = 0.0
    for value in ("disclosure", "out_of_scope"):
        bias[SLOT_OF[Output("scope", value)]] = 1.0
    bias[SLOT_OF[Output("who", "self")]] = bias[SLOT_OF[Output("gender", "unknown")]] = 4.0
    weights[0, DANGER] = 1.0
    weights[1, SLOT_OF[Output("scope", "out_of_scope")]] = 1.0
    weights[2, SLOT_OF[Output("despair", "yes")]] = 1.0
    weights[3, SLOT_OF[Output("who", "child")]] = 1.0
    return Heads(weights, bias)


def floor(**raised: float) -> Floor:
    """Answers each question with the given chance whatever the text; close to nothing where none is given."""
    columns = 1 << 17
    chances = np.array([raised.get(question, 0.001) for question in QUESTIONS])
    return Floor(
        np.zeros((columns, len(QUESTIONS)), np.float32), np.log(chances / (1 - chances)).astype(np.float32)
    )


def vector(**levels: float) -> np.ndarray:
    row = np.zeros((1, WIDTH), np.float32)
    for name, value in levels.items():
        row[0, LEVEL[name]] = value
    return row


def reading(
    text: str,
    *,
    whole: np.ndarray | None = None,
    parts: np.ndarray | None = None,
    thresholds: Thresholds | None = None,
    calibration: Calibration = UNCALIBRATED,
    intent_danger: float = 0.0,
    **raised: float,
) -> Reading:
    nothing = np.zeros((0, WIDTH), np.float32)
    evidence = weigh(
        words(text),
        vector() if whole is None else whole,
        nothing if parts is None else parts,
        heads(),
        floor(**raised),
        intent_danger=intent_danger,
    )
    return read(evidence, calibration, thresholds or Thresholds())


def test_nothing_said_raises_nothing() -> None:
    found = reading("my husband took my wages")
    assert found.urgency == "none" and found.raised_by == () and found.despair == "none"


@pytest.mark.parametrize(("level", "urgency"), [(0.0, "none"), (6.0, "check"), (12.0, "immediate")])
def test_the_classifier_alone_says_immediate(level: float, urgency: str) -> None:
    assert reading("blue", whole=vector(danger=level)).urgency == urgency


@pytest.mark.parametrize(
    ("extra", "sign"),
    [({"danger": 0.9}, "floor"), ({"intent_danger": 0.9}, "intent")],
)
def test_each_other_sign_raises_check_and_no_more(extra: dict[str, float], sign: str) -> None:
    found = reading("blue gate", **extra)
    assert found.urgency == "check" and found.raised_by == (sign,)


def test_a_pattern_of_words_raises_check() -> None:
    found = reading("hes kicking the door in")
    assert found.urgency == "check" and found.raised_by[0].startswith("words: ")


def test_thanks_around_it_hide_no_danger_in_a_sentence() -> None:
    calibration = Calibration({}, {}, {"danger:yes": 1.0})
    calm = reading(
        "thanks for being here. it is blue today. bye then",
        whole=vector(danger=2.0),
        calibration=calibration,
    )
    told = reading(
        "thanks for being here. it is blue today. bye then",
        whole=vector(danger=2.0),
        parts=np.vstack([vector(), vector(danger=12.0), vector()]),
        calibration=calibration,
    )
    assert calm.urgency == "none" and told.urgency == "immediate"


def test_a_calm_sentence_takes_nothing_away() -> None:
    calibration = Calibration({}, {}, {"danger:yes": 1.0})
    found = reading(
        "a b. c d", whole=vector(danger=12.0), parts=np.vstack([vector(), vector()]), calibration=calibration
    )
    assert found.urgency == "immediate"


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("he hits me!", {}),
        ("there was a knife", {}),
        ("i dont want to be here", {}),
        ("blue gate", {"subject": 0.99}),
        ("blue gate", {"danger": 0.9}),
    ],
)
def test_not_understood_needs_everybody_at_a_loss(text: str, extra: dict[str, float]) -> None:
    assert reading(text, whole=vector(off=9.0), **extra).one_of["scope"] != "out_of_scope"


def test_what_has_nothing_to_do_with_it_stays_out() -> None:
    assert reading("where do the bins go", whole=vector(off=9.0)).one_of["scope"] == "out_of_scope"


def test_despair_is_seen_in_three_ways_each_enough_and_spoken_of_where_it_is_likely() -> None:
    def seen(text: str, **evidence: Any) -> tuple[str, bool]:
        found = reading(text, **evidence)
        return found.despair, found.perhaps_despair

    assert seen("blue", whole=vector(despair=9.0)) == ("writer", False)
    assert seen("blue", despair=0.9) == ("none", True)
    # 0.27 by the classifier: enough only where words of it stand there
    assert seen("i want to die", whole=vector(despair=7.0)) == ("none", True)
    assert seen("blue", whole=vector(despair=7.0)) == ("none", False)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("im 14 and scared", "child"),
        ("im 17 and scared", "self"),
        ("i'm 38 and when i was 11 he hit me", "self"),
        ("dad says when im 16 i get married", "child"),
    ],
)
def test_a_child_is_none_who_says_a_grown_up_age(text: str, who: str) -> None:
    assert reading(text, whole=vector(child=9.0)).one_of["who"] == who


def test_an_area_that_is_named_holds_where_it_is_likely_enough() -> None:
    assert reading("i live in bletchley").one_of["area"] == "mk"
    assert reading("i live in luton").one_of["area"] == "elsewhere"
    never = replace(Thresholds(), place_named=1.1)
    likeliest = reading("blue gate", thresholds=never).one_of["area"]
    assert reading("i live in luton", thresholds=never).one_of["area"] == likeliest


def test_merging_windows_keeps_what_any_window_shows_and_the_mean_of_choices() -> None:
    rows = np.zeros((2, len(OUTPUTS)), np.float32)
    scope = SLOT_OF[Output("scope", "disclosure")]
    rows[0, DANGER], rows[1, DANGER] = -3.0, 5.0
    rows[0, scope], rows[1, scope] = 1.0, 3.0
    merged = merge(rows)
    assert merged[DANGER] == 5.0 and merged[scope] == 2.0


def test_signals_stand_beside_every_vector() -> None:
    entry = words("i live in luton")
    rows = with_signals(np.zeros((3, WIDTH), np.float32), entry)
    assert rows.shape == (3, WIDTH + len(SIGNAL_NAMES))
    assert rows[:, WIDTH + SIGNAL_NAMES.index("elsewhere")].tolist() == [1.0, 1.0, 1.0]


def test_evidence_of_a_message_without_parts_is_that_of_the_whole() -> None:
    evidence = weigh(words("blue"), vector(danger=3.0), np.zeros((0, WIDTH), np.float32), heads(), floor())
    assert isinstance(evidence, Evidence) and np.array_equal(evidence.whole, evidence.parts)
    assert set(evidence.floor) == set(QUESTIONS)


@pytest.mark.parametrize(
    ("folded", "count"),
    [
        ("one two", 0),
        ("he hits me. what do i do?", 2),
        ("thanks. he hits me", 0),
        (" ".join(["word"] * 150), 5),
    ],
)
def test_parts_are_sentences_and_passages_of_what_has_no_marks(folded: str, count: int) -> None:
    assert len(parts_of(folded)) == count
