"""Reads and checks directory/languages.yml: what people who write in another language are told.

DirectoryUnreadable  the file is missing, is not text, or is not YAML
DirectoryRefused     a language lacks a sentence, or a sentence lacks what it is there for
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ruamel.yaml.comments import CommentedMap

from signpost.directory.fields import check_keys, choice, text_of
from signpost.directory.problems import Report
from signpost.directory.source import line_of, read
from signpost.files import ROOT

LANGUAGES_FILE = ROOT / "directory" / "languages.yml"
SENTENCES = ("what", "danger", "interpreter")
KEYS = ("name", "english", "dir", "standing", *SENTENCES)
EMERGENCY = "999"
# Said aloud in English on the phone.
ASK = "interpreter please"
Direction = Literal["ltr", "rtl"]
DIRECTIONS: dict[str, Direction] = {"ltr": "ltr", "rtl": "rtl"}
# Unicode's classes of letters that are written from right to left.
RIGHT_TO_LEFT = frozenset({"R", "AL"})
CONFIRMED = {"unconfirmed": False, "confirmed": True}


@dataclass(frozen=True)
class Language:
    """A language by its own name and its English one, and three sentences in it."""

    code: str
    name: str
    english: str
    direction: Direction
    what: str
    danger: str
    interpreter: str
    confirmed: bool

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What this is, 999, how to ask for an interpreter."""
        return self.what, self.danger, self.interpreter


def load_languages(path: Path = LANGUAGES_FILE) -> Mapping[str, Language]:
    """The languages by their ISO codes.

    Raises:
        DirectoryError: with every problem of the file at once.
    """
    report, top = read(path)
    check_keys(report, top, ("languages",), ("languages",), "the file")
    entries = top.get("languages")
    if not isinstance(entries, CommentedMap) or not entries:
        report.add(0, "the file", "languages", "There are no languages here.", "Put them back.")
        entries = CommentedMap()
    found = {str(code): _language(report, str(code), entries) for code in entries}
    report.raise_if_any()
    return MappingProxyType({code: language for code, language in found.items() if language is not None})


def review_languages(languages: Iterable[Language]) -> str:
    """What somebody who speaks the language should read before a release."""
    open_ones = [language.english for language in languages if not language.confirmed]
    lines = ["Sentences in other languages to be read by somebody who speaks them:"]
    return "\n".join([*lines, *(f"- {name}" for name in open_ones or ["none"])]) + "\n"


def _language(report: Report, code: str, entries: CommentedMap) -> Language | None:
    node = entries[code]
    if not isinstance(node, CommentedMap):
        report.add(
            line_of(entries, code), code, "languages", "There is nothing here.", "Fill it in or delete it."
        )
        return None
    check_keys(report, node, KEYS, KEYS, code)
    language = Language(
        code=code,
        name=text_of(report, node, "name", code),
        english=text_of(report, node, "english", code),
        direction=choice(report, node, "dir", code, DIRECTIONS, "ltr"),
        what=text_of(report, node, "what", code),
        danger=text_of(report, node, "danger", code),
        interpreter=text_of(report, node, "interpreter", code),
        confirmed=choice(report, node, "standing", code, CONFIRMED, False),
    )
    _check(report, node, language)
    return language


def _check(report: Report, node: CommentedMap, language: Language) -> None:
    """That each sentence holds what it is there for, no other number, and runs the right way."""

    def wrong(name: str, problem: str, write: str) -> None:
        report.add(line_of(node, name), language.code, name, problem, write)

    if EMERGENCY not in language.danger:
        wrong("danger", "999 does not stand in it.", "Name the number in the digits 999.")
    if language.english not in language.danger:
        wrong("danger", "The language's English name does not stand in it.", f'Write "{language.english}".')
    if f"{language.english}, {ASK}" not in language.interpreter:
        wrong("interpreter", "It does not say what to say.", f"Write “{language.english}, {ASK}”.")
    for name, sentence in zip(SENTENCES, language.sentences):
        allowed = EMERGENCY if name == "danger" else ""
        digits = "".join(char for char in sentence if char.isdigit())
        if digits not in (allowed, ""):
            wrong(name, f'The digits "{digits}" stand in it.', "Only 999 may, and only under danger.")
    letters = [unicodedata.bidirectional(char) for char in language.what if char.isalpha()]
    written = "rtl" if sum(kind in RIGHT_TO_LEFT for kind in letters) > len(letters) / 2 else "ltr"
    if letters and written != language.direction:
        wrong("dir", "The sentences are written the other way.", f'Write "{written}".')
