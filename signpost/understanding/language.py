"""Which language a message is in: by its script, by how common its words are in each language, by a library where those agree.

A message is English unless it is plainly something else: slang, slips of typing and two words are no other language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from ruamel.yaml import YAML

from signpost.understanding.text import clean

ENGLISH, OTHER = "en", "other"
# Those that directory/languages.yml has sentences in.
SPOKEN = ("pl", "ro", "ur", "pa", "bn", "gu", "ar", "pt", "es", "fr", "uk", "so")
# Unicode's name of a script -> the language that it most likely is here.
SCRIPTS = {"BENGALI": "bn", "GUJARATI": "gu", "GURMUKHI": "pa", "ARABIC": "ar", "CYRILLIC": "uk"}
# Letters that Urdu has and Arabic has not; those that Ukrainian has not and Russian or Bulgarian have.
URDU_LETTERS, NOT_UKRAINIAN = frozenset("ٹڈڑںھہیےگچپک"), frozenset("ыэъё")
UKRAINIAN = frozenset("іїєґ")
# Words as common in English as this (Zipf's scale, tenths) speak for English; unlisted ones for nothing.
UNLISTED = 15
# How much commoner than in English words must be: one of them at most counts so much, and so much together and per word.
MOST_A_WORD, LEAST_SUM, LEAST_A_WORD = 30, 32, 7
# A single word must be so much commoner, and as long; of several words two must be plainly foreign.
SINGLE, SINGLE_LETTERS, PLAINLY = 40, 5, 12
# Of so few words one wholly foreign one is enough where the others are common in that language: "no entiendo".
FEW, WHOLLY, COMMON_THERE = 3, 30, 40
# The share of words in another spelling (``languages.yml``) that tells a language, and how many there must be.
SPELLING_SHARE, SPELLING_LEAST = 0.4, 2
# Without a list of its words, a language is taken from the library if it is so sure, English words are few and words many.
SURE, ENGLISH_SHARE, LIBRARY_WORDS = 0.95, 0.2, 4
COMMON_ENGLISH = 35
# With so many common English words in more than a short sentence nothing else is asked.
SURELY_ENGLISH = 0.8
FOLDER = Path(__file__).parent / "vocabulary"
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
WORD_WITH_DIGITS = re.compile(r"[^\W_]+")


def language_of(text: str, folded: str) -> str:
    """ISO code of the message's language; "en" where it is not plainly another, "other" for one that we have nothing in.

    Args:
        text: as it was typed: folding drops letters of other scripts' look-alikes.
        folded: the same, folded.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return ENGLISH
    foreign = [char for char in letters if not char.isascii() and not _is_latin(char)]
    if len(foreign) > len(letters) / 2 and not _written_in_look_alikes(text):
        return _of_script(text, foreign)
    plain = clean(text).lower().replace("ł", "l").replace("ß", "ss")
    table, columns = _frequencies()
    words = [part for word in WORD.findall(plain) for part in _elided(word, table)]
    if not words:
        return ENGLISH
    rows = [table.get(word) for word in words]
    english = sum(row is not None and row[0] >= COMMON_ENGLISH for row in rows)
    if len(words) > 2 * FEW and english >= SURELY_ENGLISH * len(words):
        return ENGLISH
    if code := _by_spelling(WORD_WITH_DIGITS.findall(plain), rows):
        return code
    code, gain = _best(words, rows, columns)
    if code != ENGLISH and (2 * english <= len(words) or len(words) <= FEW or gain >= 2 * LEAST_SUM):
        return code
    if len(words) >= LIBRARY_WORDS and english <= ENGLISH_SHARE * len(words):
        code, probability = _identifier().classify(" ".join(words))
        if probability >= SURE and code != ENGLISH:
            return code if code in SPOKEN else OTHER
    return ENGLISH


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "LATIN").startswith("LATIN")


def _elided(word: str, table: Mapping[str, bytes]) -> list[str]:
    """A word as the table has it: "dont" and "j'ai" whole, "d'aide" in its parts."""
    if "'" not in word or word in table:
        return [word]
    whole = word.replace("'", "")
    return [whole] if whole in table else [part for part in word.split("'") if len(part) > 1] or [whole]


def _written_in_look_alikes(text: str) -> bool:
    """Whether the letters of other scripts only stand for Latin ones, and English words come out of folding them."""
    table, _ = _frequencies()
    words = WORD.findall(clean(text).lower())
    return 2 * sum(word in table and table[word][0] >= COMMON_ENGLISH for word in words) > len(words)


def _of_script(text: str, letters: Sequence[str]) -> str:
    names = [unicodedata.name(char, "").split(" ")[0] for char in letters]
    code = SCRIPTS.get(max(set(names), key=names.count), OTHER)
    held = {char.lower() for char in letters}
    if code == "ar" and URDU_LETTERS & held:
        return "ur"
    if code == "uk" and (NOT_UKRAINIAN & held or not UKRAINIAN & held):
        return code if not NOT_UKRAINIAN & held and _identifier().classify(text)[0] == code else OTHER
    return code


def _best(words: Sequence[str], rows: Sequence[bytes | None], columns: Sequence[str]) -> tuple[str, int]:
    """The language whose words these are rather than English ones, and by how much; English where there is none."""
    listed = [row for row in rows if row is not None]
    best, most = ENGLISH, 0
    for column, code in enumerate(columns[1:], start=1):
        gains = [_gain(row, column) for row in listed]
        total = sum(max(-MOST_A_WORD, min(MOST_A_WORD, gain)) for gain in gains)
        if len(words) == 1:
            enough = (
                bool(gains)
                and gains[0] >= SINGLE - UNLISTED
                and len(words[0]) >= SINGLE_LETTERS
                and listed[0][0] == 0
            )
        else:
            plainly = len(
                {word for word, row in zip(words, rows) if row is not None and _gain(row, column) >= PLAINLY}
            )
            enough = total >= max(LEAST_SUM, LEAST_A_WORD * len(words)) and plainly >= 2
            if len(words) <= FEW and len(listed) == len(words):
                common = all(row[column] >= COMMON_THERE for row in listed)
                enough |= common and len(set(words)) > 1 and total >= LEAST_SUM and max(gains) >= WHOLLY
        if enough and total > most:
            best, most = code, total
    return best, most


def _gain(row: bytes, column: int) -> int:
    """How much commoner a word is in a language than in English, tenths of Zipf's scale."""
    return max(row[column], UNLISTED) - max(row[0], UNLISTED)


def _by_spelling(words: Sequence[str], rows: Sequence[bytes | None]) -> str:
    """A language whose words stand here in a spelling of their own; empty where there is none."""
    found = {code: sum(word in listed for word in words) for code, listed in _spellings().items()}
    distinct = {code: len(set(words) & listed) for code, listed in _spellings().items()}
    code = max(found, key=lambda code: found[code])
    if found[code] == len(words) >= FEW and distinct[code] >= SPELLING_LEAST:
        return code
    enough = distinct[code] >= SPELLING_LEAST and found[code] >= SPELLING_SHARE * len(words)
    strange = sum(row is None or row[0] < COMMON_ENGLISH for row in rows)
    return code if enough and 2 * strange >= len(rows) else ""


@lru_cache(maxsize=1)
def _frequencies() -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    """Word -> its frequency in each language, tenths of Zipf's scale, and the languages, English first."""
    table = {}
    for line in (FOLDER / "languages.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            word, *values = line.split("\t")
            table[word] = bytes(map(int, values))
    return table, ("en", "pl", "ro", "pt", "es", "fr")


@lru_cache(maxsize=1)
def _spellings() -> dict[str, frozenset[str]]:
    data = YAML(typ="safe").load((FOLDER / "languages.yml").read_text(encoding="utf-8"))
    return {code: frozenset(map(str, words)) for code, words in data.items()}


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
