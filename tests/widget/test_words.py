"""Every text a person reads: short sentences, few of them, easy words. The lint and its exceptions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from reading import grade, sentences, words
from ruamel.yaml import YAML

from signpost.files import ROOT

MAX_WORDS = 20
MAX_SENTENCES = 3
MAX_GRADE = 5.0
SHORT_WORDS = 6  # a button or a label: a grade of so few words says nothing

# Text -> why it may be harder. Keep it short; a person decides each.
EXCEPTIONS: dict[str, str] = {
    "strings.json page.speak_mobile": "five short steps in the order in which they are needed; splitting them would hide one",
    "replies.yml notes.silent_call": "the same steps for every phone; the widget shows its own shorter one in a fold",
}
# Names that cannot be put more simply count as one easy word each.
NAMES = r"MK ACT|National Domestic Abuse Helpline|Men's Advice Line|domestic abuse|[Cc]oercive control|Milton Keynes(?: Housing Options)?|Samaritans|Childline|LGBT\+|IDVAs?|BSL|Signpost|emergency|browser's|sanctuary|programme"


def widget_texts() -> Iterator[tuple[str, str]]:
    told = json.loads((ROOT / "widget" / "strings.json").read_text())
    for room in ("loader", "page", "chat", "card"):
        for key, value in told[room].items():
            for text in [value] if isinstance(value, str) else value:
                yield f"strings.json {room}.{key}", text


def reply_texts() -> Iterator[tuple[str, str]]:
    file = ROOT / "directory" / "replies.yml"
    told: dict[str, Any] = YAML(typ="safe").load(file) if file.exists() else {}
    for room in ("replies", "notes"):
        for key, value in told.get(room, {}).items():
            yield f"replies.yml {room}.{key}", value


def domain_texts() -> Iterator[tuple[str, str]]:
    file = ROOT / "domain.yml"
    told: dict[str, Any] = YAML(typ="safe").load(file) if file.exists() else {}
    for key, variants in (told.get("responses") or {}).items():
        for variant in variants:
            yield f"domain.yml {key}", variant.get("text", "")


TEXTS = [*widget_texts(), *reply_texts(), *domain_texts()]


def plain(text: str) -> str:
    return re.sub(r"\{\w+\}", "word", re.sub(NAMES, "Sam", text))


def too_hard(text: str) -> list[str]:
    """What is too hard in a text whose sentences are short enough; an exception is made for these."""
    found = [f"{len(sentences(text))} sentences"] if len(sentences(text)) > MAX_SENTENCES else []
    if len(words(text)) > SHORT_WORDS and grade(text) > MAX_GRADE:
        found.append(f"grade {grade(text):.1f}")
    return found


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[f"{name} {place}" for place, (name, _) in enumerate(TEXTS)])
def test_a_text_is_easy_to_read(name: str, text: str) -> None:
    assert [sentence for sentence in sentences(plain(text)) if len(words(sentence)) > MAX_WORDS] == []
    assert name in EXCEPTIONS or too_hard(plain(text)) == []


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_is_still_needed(name: str) -> None:
    assert any(too_hard(plain(text)) for known, text in TEXTS if known == name)


@pytest.mark.parametrize("forbidden", [r"\bsafe(?:ly)?\b", r"\bsecret", r"\bprivate\b", r"untraceable|no trace", r"\bvictim", r"\bperpetrator", r"\bpromise"])
def test_the_widget_promises_no_safety_and_calls_nobody_names(forbidden: str) -> None:
    assert [name for name, text in widget_texts() if re.search(forbidden, text, re.IGNORECASE)] == []


def test_the_lint_knows_an_easy_text_from_a_hard_one() -> None:
    assert grade("You can ring this line. They will listen to you.") < 2
    assert grade("Individuals experiencing coercive behaviour should immediately contact specialist organisations.") > 12
