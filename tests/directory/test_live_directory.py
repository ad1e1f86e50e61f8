"""What people edit in `directory/` is valid today: it can be read, and its texts keep to the rules for texts.

Which number, hour or date stands there is not for a test to say.
"""

from __future__ import annotations

import re
from datetime import date

import pytest

from signpost.cli import directory as command
from signpost.dialogue.texts import SAFETY_IDS, SAFETY_RULES, guide_ids
from signpost.directory.questions import load_questions
from signpost.directory.reader import SERVICES_FILE, load_directory
from signpost.directory.replies import REPLIES_FILE as REPLIES
from signpost.directory.replies import load_replies
from signpost.routing.route import NOTES
from signpost.routing.rules import FALLBACK, RULES

MISPRINTS = ("0808 200 0247", "0800 200 0247", "0800 2000 247")


def test_it_can_be_read_today() -> None:
    assert load_directory(SERVICES_FILE, date.today()).services


def test_make_directory_says_that_it_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main() == 0
    assert capsys.readouterr().out.startswith("The directory is in order: ")


def test_no_known_misprint_stands_in_any_file():
    for path in SERVICES_FILE.parent.iterdir():
        assert not [misprint for misprint in MISPRINTS if misprint in path.read_text(encoding="utf-8")]


def test_every_rule_and_every_note_has_its_text():
    replies = load_replies(REPLIES)
    rules = {rule.id for rule in RULES}
    assert rules - SAFETY_RULES <= set(replies.by_rule) == set(guide_ids((*rules, FALLBACK)))
    assert set(replies.safety) == set(SAFETY_IDS)
    assert set(replies.notes) == set(NOTES)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", text)


@pytest.mark.parametrize("name", sorted({*guide_ids((*(rule.id for rule in RULES), FALLBACK)), *SAFETY_IDS}))
def test_replies_are_short(name):
    replies = load_replies(REPLIES)
    found = sentences({**replies.by_rule, **replies.safety}[name])
    assert len(found) <= 3
    assert max(len(sentence.split()) for sentence in found) <= 20


@pytest.mark.parametrize(
    "words", ["perpetrator", "victim", "abuser", "will help", "severe", "serious", "why did", "must"]
)
def test_no_text_has_words_that_hurt_or_promise(words):
    replies = load_replies(REPLIES)
    for text in [*replies.by_rule.values(), *replies.safety.values(), *replies.notes.values()]:
        assert words not in text.lower()


def test_danger_perhaps_names_999_and_leaves_the_question_to_the_buttons():
    text = load_replies(REPLIES).safety["check"]
    assert "999" in text and "?" not in text
    assert load_questions().asked["danger"].text == "Are you in danger right now?"


def test_the_safe_reply_asks_about_danger_itself():
    assert load_replies(REPLIES).by_rule["fallback"].startswith("Are you in danger right now?")


def test_55_is_only_told_with_when_to_press_it_and_what_it_does_not_do():
    note = load_replies(REPLIES).notes["silent_call"]
    assert "press 55 once you are asked for it" in note and "but not where you are" in note
