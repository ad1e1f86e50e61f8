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
