"""Changes of a message: enough of them, other than in training, and what they do is counted as it is."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from signpost.files import ROOT
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.behaviour import read_cases
from signpost.learning.evaluation.changes import (
    WITH_MEANING,
    WITHOUT_MEANING,
    Change,
    changed,
    outcomes,
    report,
)
from signpost.learning.evaluation.measure import Predicted
from signpost.learning.training import disturb
from signpost.understanding.labels import LabelledMessage
from signpost.understanding.surface import fold

TEXTS = (
    "he's hitting me, please help. the kids are upstairs and I don't know what to do",
    "my husband took my phone",
    "where do the bins go.",
)
NOW = "2026-11-25T14:10:00+00:00"
# One message in so many of the behaviour tests is tried, and one change in so many.
SHARE_OF_TEXTS, SHARE_OF_CHANGES = 5, 6
LEAST_DANGER, LEAST_LINES = 0.97, 0.90


def told(urgency: str = "none", scope: str = "disclosure", lines: tuple[str, ...] = ("a",)) -> Predicted:
    return Predicted(urgency, {"scope": scope}, {}, False, lines)


def test_there_are_enough_changes_each_with_a_name_of_its_own() -> None:
    assert len(WITHOUT_MEANING) >= 40 and len(WITH_MEANING) >= 15
    names = [change.name for change in (*WITHOUT_MEANING, *WITH_MEANING)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("change", [*WITHOUT_MEANING, *WITH_MEANING], ids=lambda change: change.name)
def test_each_change_alters_at_least_one_of_three_texts_and_empties_none(change: Change) -> None:
    after = [changed(change, text) for text in TEXTS]
    assert all(text.strip() for text in after)
    assert after != list(TEXTS)
    assert after == [changed(change, text) for text in TEXTS]


def test_no_wording_is_that_of_training() -> None:
    chance = random.Random(3)
    seen = {word.lower().strip(" .,!") for word in (*disturb.BEHIND, *disturb.BEFORE)} - {""}
    added = set()
    for change in WITHOUT_MEANING:
        for _ in range(40):
            text = change.apply("qqq", chance)
            if text.startswith("qqq "):
                added.add(text[4:].lower().strip(" .,!"))
            elif text.endswith(" qqq"):
                added.add(text[:-4].lower().strip(" .,!"))
    assert len(added) > 60
    assert not added & seen


def test_a_reader_that_sees_only_words_loses_nothing_to_marks() -> None:
    marks = [
        change
        for change in WITHOUT_MEANING
        if change.name in ("a tilde behind", "spaces doubled", "kisses behind")
    ]

    def read_all(texts: Sequence[str]) -> list[Predicted]:
        return [told("check" if "hitting" in fold(text) else "none") for text in texts]

    assert len(marks) == 3
    for outcome in outcomes(TEXTS, read_all, marks):
        assert (outcome.danger.hits, outcome.danger.n) == (1, 1)
        assert outcome.lines.value == 1 and outcome.thrown_out.hits == 0 and not outcome.lost


def test_what_a_change_loses_is_counted_and_named() -> None:
    laugh = Change("laugh", lambda text, chance: f"{text} ha")

    def read_all(texts: Sequence[str]) -> list[Predicted]:
        return [
            told(scope="out_of_scope", lines=("b",))
            if text.endswith(" ha")
            else told("immediate" if "hitting" in text else "none")
            for text in texts
        ]

    (outcome,) = outcomes(TEXTS, read_all, [laugh])
    assert (outcome.danger.hits, outcome.danger.n) == (0, 1)
    assert (outcome.lines.hits, outcome.lines.n) == (0, 3)
    assert (outcome.thrown_out.hits, outcome.thrown_out.n) == (3, 3)
    assert outcome.lost == (f"{TEXTS[0]} ha",)
    assert "laugh" in report([outcome]) and "0 of 1" in report([outcome])


def test_a_text_that_a_change_leaves_as_it_is_does_not_count() -> None:
    same = Change("same", lambda text, chance: text)
    (outcome,) = outcomes(TEXTS, lambda texts: [told("check")] * len(texts), [same])
    assert outcome.danger.n == outcome.lines.n == outcome.thrown_out.n == 0


@pytest.mark.parametrize("change", WITHOUT_MEANING, ids=lambda change: change.name)
def test_folding_keeps_the_words_of_every_change(change: Change) -> None:
    """What the reader sees after folding still has the words that matter, but for slips of typing."""
    if change.name in ("a neighbouring key", "two words joined", "a word typed twice", "text speak"):
        return
    after = fold(changed(change, "my husband is hitting me with a hammer"))
    for word in ("husband", "hitting", "hammer"):
        assert word in after.replace(".", " ").replace("#", "") or word[:-1] in after


@pytest.mark.bot
def test_behaviour_cases_survive_changes_without_meaning(bot_url: str) -> None:
    cases = read_cases(ROOT / "tests" / "behaviour")[::SHARE_OF_TEXTS]
    texts = [case.text for case in cases]

    def read_all(changed_texts: Sequence[str]) -> list[Predicted]:
        return ask(bot_url, [LabelledMessage(text, "", "", {}, {}, {}) for text in changed_texts], NOW)

    found = outcomes(texts, read_all, WITHOUT_MEANING[::SHARE_OF_CHANGES])
    assert all(outcome.danger.n > 20 for outcome in found if outcome.lines.n > len(texts) / 2)
    bad = [
        outcome
        for outcome in found
        if outcome.danger.value < LEAST_DANGER and outcome.danger.n or outcome.lines.value < LEAST_LINES
    ]
    assert not bad, report(bad)
