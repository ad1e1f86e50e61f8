"""What is done to every message before it is read: tidy Unicode, nothing else.

Look-alike and invisible characters would hide words from the reader, so they are folded; the words stay.
"""

from __future__ import annotations

import re
import unicodedata

# Characters of these categories carry no words: controls, zero-width joiners, direction marks; and the marks on, under
# or through a letter, which English does without and which can hide any word.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_SPACES = re.compile(r"\s+")
# A letter or sign more than three times in a row says no more than three times.
_RUNS = re.compile(r"(.)\1{3,}", re.DOTALL)
# Curly quotes and dashes as phones type them.
_SIGNS = dict(zip("’‘ʼ´`“”–—…", "'''''\"\"--.", strict=True))
# Letters of other alphabets that look like Latin ones: Cyrillic, Greek, small capitals.
_LOOK_ALIKES = {
    **dict(
        zip("аеорсухіјѕԁһԛԝԍкмнптьгвАБВЕКМНОРСТХУІЅЈ", "aeopcyxijsdhqwgkmhntbrbABBEKMHOPCTXYISJ", strict=True)
    ),
    **dict(zip("αοερυικνητγωχσςΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aoepuikvntywxocABEZHIKMNOPTYX", strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɑɡ", "abcdefghijklmnoprstuvwyziag", strict=True)),
}
# Letters that show nothing, and the line that stands for a gap.
_BLANKS = dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0_", " ")
_FOLD = str.maketrans({**_SIGNS, **_LOOK_ALIKES, **_BLANKS})
# A word may hold apostrophes; anything else that is no space is a sign of its own.
WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
CONTRACTION = re.compile(r"(?='(?:s|re|m|ve|d|ll)\b)")
# A text of more words is long; it is cut into passages of so many, each sharing some with the one before.
LONG_WORDS, PASSAGE_WORDS, OVERLAP_WORDS = 60, 40, 10


def clean(text: str) -> str:
    """Fold look-alikes, drop accents and invisible characters, squeeze spaces and long runs of one character. Idempotent."""
    folded = unicodedata.normalize("NFKD", text).translate(_FOLD)
    visible = "".join(
        " " if char.isspace() else char
        for char in folded
        if char.isspace() or unicodedata.category(char) not in _INVISIBLE
    )
    return _RUNS.sub(r"\1\1\1", _SPACES.sub(" ", visible)).strip()


def parts(words: str) -> list[str]:
    """Words and signs of a text in lower case, contractions parted but for "n't": "he's" is two, "don't" is one."""
    return [part for word in WORD.findall(words) for part in CONTRACTION.split(word) if part]


def passages(text: str) -> list[str]:
    """Overlapping passages of a long text; none of one that is not long, for it is seen at one glance."""
    words = text.split()
    if len(words) <= LONG_WORDS:
        return []
    return [
        " ".join(words[start : start + PASSAGE_WORDS])
        for start in range(0, len(words) - OVERLAP_WORDS, PASSAGE_WORDS - OVERLAP_WORDS)
    ]
