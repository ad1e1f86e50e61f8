"""Changes of a message's surface that carry no meaning, drawn anew for each message in each epoch of tuning.

What is drawn must not depend on the labels: that is how a model learns that an emoji or a mark tells nothing.
"""

from __future__ import annotations

import random
from typing import Callable

import emoji

# Moods and things alike; what names a weapon or an emergency is left out, for that carries meaning.
EMOJI = tuple(
    sorted(
        char
        for char, data in emoji.EMOJI_DATA.items()
        if data.get("E", 99) <= 5 and data["status"] == emoji.STATUS["fully_qualified"] and len(char) <= 2
        if not any(
            word in data["en"]
            for word in ("knife", "gun", "pistol", "sword", "dagger", "SOS", "bomb", "pill")
        )
        if not any(
            word in data["en"]
            for word in ("blood", "ambulance", "police", "syringe", "hospital", "axe", "skull")
        )
    )
)
BEHIND = (
    "haha",
    "lol",
    "lmao",
    "x",
    "xx",
    "!!!",
    "!",
    "...",
    "..",
    "???",
    ":(",
    ":)",
    "ffs",
    "omg",
    "tbh",
    "pls",
    "idk",
    "innit",
    "smh",
    "thanks",
    "ta",
    "sorry",
    "please",
    "thx x",
    "hmm",
    "tho",
    "you know",
    "or whatever",
    "I guess",
    "anyway",
    "if that makes sense",
    "lool",
    "hahaha",
    "hehe",
    "cheers",
    "bye",
    "sent from my phone",
)
BEFORE = (
    "hi",
    "hello",
    "hey",
    "hiya",
    "good evening",
    "sorry",
    "thanks",
    "ok so",
    "right",
    "so",
    "um",
    "erm",
    "well",
    "look",
    "please",
    "omg",
    "hi there,",
    "hello?",
    "thanks for being here.",
    "sorry to bother you.",
    "not sure where to start.",
    "ok",
    "hope this is the right place.",
    "basically",
    "tbh",
    "honestly",
    "hi, is anyone there?",
    "lol ok",
)


def disturb(text: str, chance: random.Random) -> str:
    """The text with one to three changes."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        text = chance.choice(CHANGES)(text, chance)
    return text


def _emoji(text: str, chance: random.Random) -> str:
    return f"{text} {chance.choice(EMOJI) * chance.choice((1, 1, 2, 3))}"


def _behind(text: str, chance: random.Random) -> str:
    return f"{text} {chance.choice(BEHIND)}"


def _before(text: str, chance: random.Random) -> str:
    return f"{chance.choice(BEFORE)} {text}"


def _capitals(text: str, chance: random.Random) -> str:
    return text.upper()


def _no_marks(text: str, chance: random.Random) -> str:
    return "".join(char for char in text if char not in ",.;:!'")


def _doubled_marks(text: str, chance: random.Random) -> str:
    return text.replace(".", chance.choice(("!", "...", "!!", " ")))


def _slips(text: str, chance: random.Random) -> str:
    """Slips as thumbs make them: letters swapped, dropped or doubled."""
    letters = list(text)
    for _ in range(1 + len(text) // 60):
        place = chance.randrange(len(letters))
        kind = chance.randrange(3)
        if kind == 0 and place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        elif kind == 1 and len(letters) > 4:
            del letters[place]
        else:
            letters.insert(place, letters[place])
    return "".join(letters)


def _stretched(text: str, chance: random.Random) -> str:
    vowels = [place for place, char in enumerate(text) if char in "aeiou"]
    if not vowels:
        return text
    place = chance.choice(vowels)
    return text[:place] + text[place] * chance.choice((2, 3, 5)) + text[place:]


CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    _emoji,
    _behind,
    _behind,
    _before,
    _capitals,
    _no_marks,
    _doubled_marks,
    _slips,
    _slips,
    _slips,
    _stretched,
)
