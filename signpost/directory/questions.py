"""Reads directory/questions.yml: what the bot asks, the buttons, and what pressing each of them means.

QuestionsError      a question or a button is missing or unusable
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from signpost.directory.problems import DirectoryError
from signpost.directory.source import read
from signpost.files import ROOT

QUESTIONS_FILE = ROOT / "directory" / "questions.yml"


# What the bot asks for by name.
NAMES = frozenset(
    {
        "danger",
        "danger.still",
        "danger.hurt",
        "area.self",
        "area.other",
        "gender.self",
        "gender.other",
        "choices",
    }
)
SERVICE_TEXTS = frozenset({"cut_off"})


class QuestionsError(DirectoryError, ValueError):
    """directory/questions.yml lacks something that the bot says."""


@dataclass(frozen=True)
class Button:
    """``says`` is sent when the button is pressed; ``means`` is Rasa's own notation for what it means."""

    title: str
    says: str
    means: str


@dataclass(frozen=True)
class AskedText:
    """One question with its buttons."""

    text: str
    buttons: tuple[Button, ...]
    again: str = ""  # other words for a question that stays open


@dataclass(frozen=True)
class Questions:
    """All questions by name, and what the chat says of itself."""

    asked: Mapping[str, AskedText]
    service: Mapping[str, str]

    def meanings(self) -> dict[str, str]:
        """What exactly these words, and no others, mean: the allow-list of button presses."""
        return {button.says: button.means for question in self.asked.values() for button in question.buttons}


def load_questions(path: Path = QUESTIONS_FILE) -> Questions:
    """Read and check the file.

    Raises:
        QuestionsError: the file cannot be read, a section or a field is missing, or two buttons say the same
            and mean different things.
    """
    try:
        report, data = read(path)
        report.raise_if_any()
    except DirectoryError as error:
        raise QuestionsError(str(error)) from error
    try:
        asked = {
            name: AskedText(
                entry["text"], tuple(Button(**button) for button in entry["buttons"]), entry.get("again", "")
            )
            for name, entry in data["questions"].items()
        }
        questions = Questions(asked, dict(data["service"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise QuestionsError(
            f"{path.name}: {error}. Every question needs `text`, and `buttons` with `title`, `says`, `means`."
        ) from error
    missing = (NAMES - set(asked)) | (SERVICE_TEXTS - set(questions.service))
    if missing:
        raise QuestionsError(
            f"{path.name}: {', '.join(sorted(missing))} is missing. Put it back: the bot uses this name."
        )
    meanings = questions.meanings()
    for button in (button for question in asked.values() for button in question.buttons):
        if meanings[button.says] != button.means:
            raise QuestionsError(
                f"{path.name}: two buttons say {button.says!r} and mean different things. "
                "Give one of them other words."
            )
    return questions
