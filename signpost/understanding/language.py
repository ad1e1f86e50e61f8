"""Whether a message is in another language than English: by its script, or by a well-kept library for Latin letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from signpost.understanding.surface import word_list

ENGLISH = "en"
# Unicode's name of a script -> the language that it most likely is here.
SCRIPTS = {"BENGALI": "bn", "GUJARATI": "gu", "GURMUKHI": "pa", "CYRILLIC": "uk"}
# Letters that Urdu has and Arabic has not.
URDU_LETTERS = frozenset("ٹڈڑںھہیےگچپک")
LATIN = ("en", "pl", "ro", "pt", "es", "fr")
# The library does not know Somali; these are among its commonest words.
SOMALI = frozenset(
    [
        "waan",
        "waxaan",
        "waxay",
        "iyo",
        "ninkayga",
        "caawi",
        "caawimo",
        "fadlan",
        "qof",
        "igu",
        "wuu",
        "mahadsanid",
        "garayn",
        "gacan",
        "ii",
        "noloshayda",
        "ku",
    ]
)
SURE = 0.9
# A message with this proportion of English words is English, whatever the library says of its typing.
ENGLISH_PROPORTION = 0.5
LEAST_LETTERS = 8
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def language_of(text: str, folded: str) -> str:
    """ISO code of the message's language; "en" where it is not plainly another, "other" for a script that we do not know.

    Args:
        text: as it was typed: folding drops letters of other scripts' look-alikes.
        folded: the same, folded.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return ENGLISH
    foreign = [char for char in letters if not unicodedata.name(char, "LATIN").startswith("LATIN")]
    if len(foreign) > len(letters) / 2:
        return _of_script(foreign)
    words = [word.lower() for word in WORD.findall(text)]
    if len(SOMALI & set(words)) >= 2:
        return "so"
    if len(letters) < LEAST_LETTERS or len(words) < 2:
        return ENGLISH
    known = word_list()
    if sum(word in known or "'" in word for word in words) >= ENGLISH_PROPORTION * len(words):
        return ENGLISH
    code, probability = _identifier().classify(" ".join(words))
    return str(code) if probability >= SURE else ENGLISH


def _of_script(letters: list[str]) -> str:
    script = unicodedata.name(letters[0], "").split(" ")[0]
    if script == "ARABIC":
        return "ur" if URDU_LETTERS & set(letters) else "ar"
    return SCRIPTS.get(script, "other")


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LATIN))
    return identifier
