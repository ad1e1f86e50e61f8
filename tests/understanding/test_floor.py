"""The independent reader: learns what it is shown, leaves out what a message leaves open, is saved whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signpost.understanding.floor import QUESTIONS, Floor
from signpost.understanding.labels import LabelledMessage, label_message

DANGER = [
    "he has a knife at my door",
    "she is strangling me now",
    "hes kicking the door in",
    "he is beating me right now",
]
DESPAIR = ["i want to die", "i cant go on any more", "thinking of ending my life", "i dont want to be here"]
OTHER_DESPAIR = [
    "my son says he wants to die",
    "my brother took an overdose",
    "she said shell kill herself",
    "he wants to end his life",
]
OFF = [
    "where do the bins go",
    "when is the swimming pool open",
    "did the dons win",
    "how do i pay council tax",
]
CALM = ["he checks my phone", "my wife keeps my wages", "he reads my letters", "she hides my keys"]


def messages() -> list[LabelledMessage]:
    labelled = [
        *((text, {"urgency": "immediate"}) for text in DANGER),
        *((text, {"scope": "self_harm", "despair": "writer"}) for text in DESPAIR),
        *((text, {"despair": "somebody_else", "who": "other"}) for text in OTHER_DESPAIR),
        *((text, {"scope": "out_of_scope", "who": "none"}) for text in OFF),
        *((text, {}) for text in CALM),
    ]
    return [
        label_message(text, {"scope": "disclosure", "who": "self", **labels}) for text, labels in labelled
    ]


@pytest.fixture(scope="module")
def floor() -> Floor:
    known = messages()
    return Floor.fit([message.text for message in known], known)


def chance(floor: Floor, text: str, question: str) -> float:
    return float(floor.chances([text])[0, QUESTIONS.index(question)])


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("danger", DANGER, CALM),
        ("despair", DESPAIR, CALM),
        ("despair_other", OTHER_DESPAIR, CALM),
        ("subject", CALM, OFF),
    ],
)
def test_each_question_is_told_apart(floor: Floor, question: str, yes: list[str], no: list[str]) -> None:
    assert min(chance(floor, text, question) for text in yes) > max(
        chance(floor, text, question) for text in no
    )


def test_a_slip_of_typing_keeps_most_of_the_danger(floor: Floor) -> None:
    slip = chance(floor, "he has a knfie at my dor", "danger")
    assert slip > max(chance(floor, text, "danger") for text in CALM)


def test_chances_are_probabilities_of_every_question(floor: Floor) -> None:
    chances = floor.chances([*DANGER, "", "zzz"])
    assert chances.shape == (len(DANGER) + 2, len(QUESTIONS))
    assert ((chances >= 0) & (chances <= 1)).all()


def test_what_a_message_leaves_open_is_not_learned() -> None:
    known = messages()
    open_ones = [
        label_message(
            "the blue gate is open",
            {"scope": "disclosure", "who": "self", "urgency": urgency, "unknown": ["danger"]},
        )
        for urgency in ["immediate"] * 20
    ]
    with_open = Floor.fit([m.text for m in [*known, *open_ones]], [*known, *open_ones])
    without = Floor.fit([m.text for m in known], known)
    column = QUESTIONS.index("danger")
    assert np.array_equal(with_open.weights[:, column], without.weights[:, column])


def test_a_question_that_only_has_one_answer_is_never_raised() -> None:
    calm = [message for message in messages() if message.text in CALM + OFF]
    floor = Floor.fit([message.text for message in calm], calm)
    assert floor.chances(DANGER)[:, QUESTIONS.index("danger")].max() < 0.001


def test_saved_and_read_back_it_answers_alike(floor: Floor, tmp_path: Path) -> None:
    floor.save(tmp_path / "floor.npz")
    texts = [*DANGER, *CALM]
    assert np.allclose(Floor.load(tmp_path / "floor.npz").chances(texts), floor.chances(texts), atol=0.01)


@pytest.mark.parametrize("content", [b"", b"not a file of ours", b"PK\x03\x04 broken"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "floor.npz").write_bytes(content)
    with pytest.raises((OSError, ValueError, KeyError)):
        Floor.load(tmp_path / "floor.npz")


def test_a_file_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "floor.npz", weights=np.zeros(3))
    with pytest.raises(KeyError):
        Floor.load(tmp_path / "floor.npz")
