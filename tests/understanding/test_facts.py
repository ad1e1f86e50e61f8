"""What a message says in so many words."""

from __future__ import annotations

import pytest

from signpost.understanding.facts import facts_of
from signpost.understanding.surface import fold


@pytest.mark.parametrize(
    "text",
    [
        "he's back",
        "oh no hes back",
        "OH NO SHE'S BACK!!!",
        "hes back 😭",
        "shes come back",
        "no no hes coming back",
        "ffs hes back now",
        "he is back again. what do i do",
        "they're back outside",
        "my ex is back here",
        "dad's back",
        "omg they have come back",
        "sorry got to go hes back",
        "he has just come back in",
    ],
)
def test_somebody_has_come_back(text: str) -> None:
    assert facts_of(fold(text)).came_back


@pytest.mark.parametrize(
    "text",
    [
        "he's back at work so im ok",
        "shes back in prison",
        "when he's back i have to have tea ready",
        "i want to be out before hes back",
        "will they ring me back",
        "my back hurts",
        "he went back to his mums",
        "he wants me back",
        "if she's back i cant talk",
        "he's back to his old self",
        "every time he's back it starts",
        "i took him back",
    ],
)
def test_nobody_has(text: str) -> None:
    assert not facts_of(fold(text)).came_back


@pytest.mark.parametrize(
    "text",
    [
        "no not gay",
        "straight",
        "im his wife. straight btw",
        "i'm straight",
        "we're both straight",
        "not lgbt, just need help",
        "no im not a lesbian",
        "not trans",
        "I am a straight man",
        "sorry im straight lol",
    ],
)
def test_a_writer_says_that_they_are_not_lgbt(text: str) -> None:
    assert facts_of(fold(text)).not_lgbt


@pytest.mark.parametrize(
    "text",
    [
        "im straight out the door when he comes in",
        "he comes straight home to check on me",
        "ring straight away",
        "he says im not gay just confused",
        "my mum thinks im not trans",
        "he tells everyone im not bi",
        "im gay",
        "i cant think straight",
        "dad said you're not gay",
        "is it not just for gay people",
        "they put me straight on hold",
    ],
)
def test_nobody_says_so(text: str) -> None:
    assert not facts_of(fold(text)).not_lgbt


@pytest.mark.parametrize(
    "text",
    [
        "its gone quiet",
        "It's gone quiet now",
        "all quiet now",
        "he's calmed down",
        "she has calmed down a bit",
        "hes driven off",
        "I think he left",
        "think shes gone",
        "they've gone off",
        "he stormed off",
        "he's cooled down now",
    ],
)
def test_a_danger_weakens(text: str) -> None:
    assert facts_of(fold(text)).weaker


@pytest.mark.parametrize(
    "text",
    [
        "she's gone quiet and wont wake up",
        "last time he went quiet he hit me",
        "keep it quiet please",
        "he wont calm down",
        "is it quiet there",
        "he told me to calm down",
        "mum went quiet",
        "do you think he will come",
    ],
)
def test_nothing_weakens(text: str) -> None:
    assert not facts_of(fold(text)).weaker


@pytest.mark.parametrize(
    "text",
    [
        "my husband hits me",
        "our kids are asleep",
        "i have 2 kids 4 and 7",
        "im 34 and still scared",
        "I'm 19",
        "my ex husband wont stop",
        "as a mum i worry",
        "my boss noticed",
        "i'm her mum",
    ],
)
def test_a_grown_up_writes(text: str) -> None:
    assert facts_of(fold(text)).grown_up


@pytest.mark.parametrize(
    "text",
    [
        "im 14",
        "my mum and dad fight",
        "mums husband hits her",
        "im 20 weeks pregnant",
        "my teacher said to come here",
        "there are 3 kids in my class",
        "my boyfriend is 19",
        "my brother has kids",
        "dads got a new wife",
    ],
)
def test_it_may_be_a_child(text: str) -> None:
    assert not facts_of(fold(text)).grown_up


@pytest.mark.parametrize(
    "text",
    [
        "im 14 and i look after my kids brother",
        "I'm thirteen, my dad and my wife beating uncle",
        "f14 and my husband to be is 40",
        "me (m12) and my children home worker",
        "im in year 9, my tenancy support lady said write here",
    ],
)
def test_whoever_says_a_young_age_is_no_grown_up(text: str) -> None:
    assert not facts_of(fold(text)).grown_up


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("im 16", True),
        ("im 17 and he hits me", True),
        ("dad says when im 16 im getting married", False),
        ("not till im 16", False),
        ("before i'm 17 i want out", False),
        ("once i turn 16 they cant make me", False),
    ],
)
def test_an_age_to_come_is_no_age(text: str, is_so: bool) -> None:
    assert facts_of(fold(text)).aged_16_17 is is_so
