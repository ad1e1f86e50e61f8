"""What is done to every message before it is read: tidy Unicode, nothing else.

Look-alike and invisible characters would hide words from the reader, so they are folded; the words stay.
"""

from __future__ import annotations

import re
import unicodedata

# Characters of the categories Cc, Cf, Cs, Co, Cn carry no words: controls, zero-width joiners, direction marks.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES = re.compile(r"\s+")
# A letter or sign more than three times in a row says no more than three times.
_RUNS = re.compile(r"(.)\1{3,}", re.DOTALL)
# Curly quotes and dashes as phones type them, and Cyrillic or Greek letters that look like Latin ones.
_FOLD = str.maketrans(
    "’‘ʼ´`“”–—…аеорсухіјѕԁһԛԝАВЕКМНОРСТХαοερυικ",
    "'''''\"\"--.aeopcyxijsdhqwABEKMHOPCTXaoepuik",
)


def clean(text: str) -> str:
    """Fold look-alikes, drop invisible characters, squeeze spaces and long runs of one character. Idempotent."""
    folded = unicodedata.normalize("NFKC", text).translate(_FOLD)
    visible = "".join(" " if char.isspace() else char for char in folded if char.isspace() or unicodedata.category(char) not in _INVISIBLE)
    return _RUNS.sub(r"\1\1\1", _SPACES.sub(" ", visible)).strip()
