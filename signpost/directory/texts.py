"""Reads and checks what the chat says: answers.yml and acknowledgements.yml.

It is put together with replies.yml and questions.yml for dialogue/reply.py.

    DirectoryRefused    an entry lacks a text, names a line or a placeholder that does not exist, or breaks a
                        rule for texts
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from signpost.dialogue.texts import (
    ACK_VARIANTS,
    AGAIN,
    ANSWER_VARIANTS,
    BY_THE_HOUR,
    ELSEWHERE,
    ELSEWHERE_AGAIN,
    FIRST,
    IN_DANGER,
    LOCAL,
    AckTexts,
    AnswerTexts,
    QuestionTexts,
    ReplyTexts,
    count_words,
    language_text,
)
from signpost.directory.fields import check_keys, text_of
from signpost.directory.languages import Language as OtherLanguage
from signpost.directory.problems import Report
from signpost.directory.questions import Questions
from signpost.directory.replies import Replies
from signpost.directory.rules_for_texts import broken_rules
from signpost.directory.source import line_of, read
from signpost.files import ROOT
from signpost.routing import Directory

ANSWERS_FILE = ROOT / "directory" / "answers.yml"
ACKNOWLEDGEMENTS_FILE = ROOT / "directory" / "acknowledgements.yml"

# After so many minutes of silence a conversation is forgotten; serving/sessions holds to it.
FORGET_AFTER_MINUTES = 30
FORGET_MINUTES = "forget_minutes"
SERVICE_FIELDS = ("name", "hours", "cost", "audience")
PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")

REVIEW_KEYS = ("reviewed_by", "reviewed_on")
ANSWER_KEYS = (*ANSWER_VARIANTS, "lines", "fits_child", "victims_only", *REVIEW_KEYS)
ACK_KEYS = (*ACK_VARIANTS, "fits_child", *REVIEW_KEYS)
YES = "yes"

MAX_WORDS_OF_AN_ANSWER = 40
MAX_WORDS_OF_A_SHORT_ANSWER = 12  # beside 999
MAX_WORDS_OF_AN_ACKNOWLEDGEMENT = 16


@dataclass(frozen=True)
class Said:
    """answers.yml and acknowledgements.yml, with what stands in the directory filled in."""

    answers: Mapping[str, AnswerTexts]
    acks: Mapping[str, AckTexts]
    unread: tuple[str, ...]  # entries that nobody of the service has read yet


def load_said(answers: Path, acknowledgements: Path, directory: Directory) -> Said:
    """Read both files.

    Raises:
        DirectoryError: with every problem of a file at once.
    """
    report, top = read(answers)
    found_answers = dict(_answers(report, top, directory))
    report.raise_if_any()
    unread = [f"answers.yml, {name}" for name in top if not _was_read(top[name])]
    report, top = read(acknowledgements)
    found_acks = dict(_acks(report, top))
    report.raise_if_any()
    unread += [f"acknowledgements.yml, {name}" for name in top if not _was_read(top[name])]
    return Said(MappingProxyType(found_answers), MappingProxyType(found_acks), tuple(unread))


def reply_texts(
    replies: Replies, questions: Questions, said: Said, languages: Mapping[str, OtherLanguage]
) -> ReplyTexts:
    """Everything that a reply can be put together from."""
    in_other_languages = {
        language_text(code): " ".join(language.sentences) for code, language in languages.items()
    }
    return ReplyTexts(
        safety={**replies.safety, **in_other_languages},
        answers=said.answers,
        acks=said.acks,
        guides=replies.by_rule,
        questions={name: QuestionTexts(asked.text, asked.again) for name, asked in questions.asked.items()},
    )


def fill(text: str, directory: Directory) -> str:
    """A text with its placeholders filled from the directory; what the hour decides stays as it is.

    Raises:
        KeyError: a placeholder that the directory has nothing for.
    """
    return PLACEHOLDER.sub(lambda found: _value(found.group(0), found.group(1), directory), text)


def _value(written: str, name: str, directory: Directory) -> str:
    if BY_THE_HOUR.fullmatch(written):
        return written
    if name == FORGET_MINUTES:
        return str(FORGET_AFTER_MINUTES)
    service_id, _, field = name.partition(".")
    service = directory.services.get(service_id)
    if service is None or field not in SERVICE_FIELDS:
        raise KeyError(name)
    value = service.hours.shown if field == "hours" else str(getattr(service, field))
    if not value:
        raise KeyError(name)
    return value


def _answers(report: Report, top: CommentedMap, directory: Directory) -> Iterator[tuple[str, AnswerTexts]]:
    for topic, node in _entries(report, top):
        check_keys(report, node, ANSWER_KEYS, (FIRST, AGAIN, "lines"), topic)
        texts = {}
        for variant in (name for name in ANSWER_VARIANTS if name in node):
            limit = MAX_WORDS_OF_A_SHORT_ANSWER if variant == IN_DANGER else MAX_WORDS_OF_AN_ANSWER
            texts[variant] = _checked(report, node, variant, topic, limit, directory)
        for variant, other in ((FIRST, ELSEWHERE), (AGAIN, ELSEWHERE_AGAIN)):
            if LOCAL.search(texts.get(variant, "")) and other not in texts:
                report.add(
                    line_of(node, variant),
                    topic,
                    other,
                    "The text names a service of Milton Keynes, and there is none for people elsewhere.",
                    f"Add it: {other}: the same without that service.",
                )
        for variant in (ELSEWHERE, ELSEWHERE_AGAIN):
            if LOCAL.search(texts.get(variant, "")):
                wrong = "It names a service of Milton Keynes."
                report.add(line_of(node, variant), topic, variant, wrong, "Leave that out.")
        lines = node.get("lines")
        lines = [str(line) for line in lines] if isinstance(lines, CommentedSeq) else []
        for line in lines:
            if line not in directory.services:
                report.add(
                    line_of(node, "lines"),
                    topic,
                    "lines",
                    f'There is no line "{line}".',
                    "Write ids of services.yml.",
                )
        yield (
            topic,
            AnswerTexts(
                MappingProxyType(texts),
                tuple(lines),
                fits_child=_is_yes(report, node, "fits_child", topic),
                victims_only=_is_yes(report, node, "victims_only", topic),
            ),
        )


def _acks(report: Report, top: CommentedMap) -> Iterator[tuple[str, AckTexts]]:
    for name, node in _entries(report, top):
        check_keys(report, node, ACK_KEYS, (), name)
        texts = {
            variant: _checked(report, node, variant, name, MAX_WORDS_OF_AN_ACKNOWLEDGEMENT, None)
            for variant in ACK_VARIANTS
            if variant in node
        }
        if not texts:
            report.add(node.lc.line, name, "self", "There is no text here.", "Write `self`, `other` or both.")
        yield name, AckTexts(MappingProxyType(texts), fits_child=_is_yes(report, node, "fits_child", name))


def _entries(report: Report, top: CommentedMap) -> Iterator[tuple[str, CommentedMap]]:
    for name, node in top.items():
        if isinstance(node, CommentedMap):
            yield str(name), node
        else:
            report.add(line_of(top, name), str(name), "text", "There are no texts here.", "Copy a neighbour.")


def _checked(
    report: Report, node: CommentedMap, name: str, entry: str, limit: int, directory: Directory | None
) -> str:
    """A text that keeps to the rules for texts, filled."""
    text = text_of(report, node, name, entry)
    line = line_of(node, name)
    for wrong, write in broken_rules(text):
        report.add(line, entry, name, wrong, write)
    try:
        filled = fill(text, directory) if directory else text
    except KeyError as error:
        known = ", ".join(SERVICE_FIELDS)
        report.add(
            line,
            entry,
            name,
            f"Nothing fills the placeholder {{{error.args[0]}}}.",
            f"Write {{id of a service.one of {known}}} or {{{FORGET_MINUTES}}}.",
        )
        return text
    if directory is None and PLACEHOLDER.search(text):
        report.add(line, entry, name, "Placeholders are not filled here.", "Leave it out.")
    if count_words(filled) > limit:
        report.add(
            line, entry, name, f"It has {count_words(filled)} words.", f"Shorten it to at most {limit} words."
        )
    return filled


def _is_yes(report: Report, node: CommentedMap, name: str, entry: str) -> bool:
    if name not in node:
        return False
    text = text_of(report, node, name, entry)
    if text != YES:
        report.add(
            line_of(node, name), entry, name, f'"{text}" is not a choice.', 'Write "yes", or leave it out.'
        )
    return text == YES


def _was_read(node: CommentedMap) -> bool:
    return all(str(node.get(key) or "").strip() for key in REVIEW_KEYS)
