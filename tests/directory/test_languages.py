"""Sentences in other languages: read, checked, listed for somebody who speaks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from signpost.cli import directory as command
from signpost.directory.languages import LANGUAGES_FILE, load_languages, review_languages
from signpost.directory.problems import DirectoryRefused, DirectoryUnreadable
from signpost.understanding.language import SPOKEN

GOOD = """languages:
  xx:
    name: "Xish"
    english: "Xish"
    dir: "ltr"
    standing: "unconfirmed"
    what: "Ova je stranica."
    danger: "Zovi 999: “police, help, Xish”."
    interpreter: "Reci: “Xish, interpreter please”."
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "languages.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_language_that_the_reader_knows_has_its_sentences() -> None:
    assert set(load_languages()) == set(SPOKEN)


def test_arabic_and_urdu_run_from_right_to_left_and_nothing_else() -> None:
    assert {code for code, language in load_languages().items() if language.direction == "rtl"} == {
        "ar",
        "ur",
    }


def test_a_good_file_is_read(tmp_path: Path) -> None:
    language = load_languages(written(tmp_path, GOOD))["xx"]
    assert language.sentences == (
        "Ova je stranica.",
        "Zovi 999: “police, help, Xish”.",
        "Reci: “Xish, interpreter please”.",
    )
    assert not language.confirmed


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("Zovi 999", "Zovi 112", "danger"),
        ("Zovi 999", "Zovi ٩٩٩", "danger"),
        ("Zovi 999: “police, help, Xish”", "Zovi 999", "danger"),
        ("Xish, interpreter please", "interpreter", "interpreter"),
        ("Ova je stranica", "Ova je 0808 2000 247", "what"),
        ("Ova je stranica.", "", "what"),
        ('dir: "ltr"', 'dir: "rtl"', "dir"),
        ('dir: "ltr"', 'dir: "up"', "dir"),
        ("Ova je stranica", "هذا", "dir"),
        ('standing: "unconfirmed"', 'standing: "yes"', "standing"),
        ('    name: "Xish"\n', "", "name"),
        ('    name: "Xish"\n', '    name: "Xish"\n    nmae: "X"\n', "nmae"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert old in GOOD
    with pytest.raises(DirectoryRefused) as refused:
        load_languages(written(tmp_path, GOOD.replace(old, new, 1)))
    assert field in {problem.field for problem in refused.value.problems}
    assert all(problem.write for problem in refused.value.problems)


@pytest.mark.parametrize("text", ["", "languages:\n", "languages: [pl]\n", "languages:\n  pl:\n", "a: b: c"])
def test_a_file_without_languages_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises((DirectoryRefused, DirectoryUnreadable)):
        load_languages(written(tmp_path, text))


def test_make_directory_lists_what_nobody_has_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main() == 0
    printed = capsys.readouterr().out
    assert all(
        f"- {language.english}\n" in printed
        for language in load_languages().values()
        if not language.confirmed
    )


def test_what_is_confirmed_is_no_longer_listed(tmp_path: Path) -> None:
    languages = load_languages(written(tmp_path, GOOD.replace('"unconfirmed"', '"confirmed"')))
    assert review_languages(languages.values()).splitlines()[1:] == ["- none"]


def test_the_file_lies_in_the_directory() -> None:
    assert LANGUAGES_FILE.parent.name == "directory"
