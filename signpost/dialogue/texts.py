"""The reviewed texts that a reply is put together from. directory/ holds them; signpost/directory/texts.py reads them.

Every text has an id, which is what a conversation remembers of it:

    safety.<id>                      what danger, an injury or despair needs first
    answer.<topic>[.<variant>]       an answer to what was asked
    ack.<id>.<self|other|past>       one sentence that takes up what was told
    guide.<id>                       what leads to the lines
    ask.<question>[.again]           the one question at the end
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Variants of an answer, by their field in directory/answers.yml: for everybody, for people elsewhere, for a child, and
# the few words that fit beside 999.
FIRST, AGAIN = "text", "again"
ELSEWHERE, ELSEWHERE_AGAIN = "elsewhere", "elsewhere_again"
CHILD, CHILD_AGAIN = "child", "child_again"
IN_DANGER = "danger"
ANSWER_VARIANTS = (FIRST, AGAIN, ELSEWHERE, ELSEWHERE_AGAIN, CHILD, CHILD_AGAIN, IN_DANGER)
# Variants of an acknowledgement.
SELF, OTHER, PAST = "self", "other", "past"
ACK_VARIANTS = (SELF, OTHER, PAST)

# What names a service of Milton Keynes; nobody elsewhere is shown it.
LOCAL = re.compile(r"MK ACT|Milton Keynes|Housing Options")
# Filled when the reply is put together, because the hour decides: {mk_act.closes} and {mk_act.opens_next}.
BY_THE_HOUR = re.compile(r"\{mk_act\.(closes|opens_next)\}")

SAFETY_IDS = (
    "danger",
    "danger.again",
    "silent_call",
    "silent_call.language",
    "ambulance",
    "ambulance.again",
    "check",
    "check.again",
    "despair",
    "despair.again",
    "despair.child",
    "despair.child.again",
    "despair_now",
    "despair_now.again",
    "other_despair",
    "other_despair.again",
    "other_despair_now",
    "other_despair_now.again",
    "injury",
    "injury.again",
    "strangulation",
    "strangulation.again",
)
# Beside one text for each rule that can name a reply of its own (see guide_ids).
GUIDES = (
    "greeting",
    "go_on",
    "go_on.again",
    "farewell.again",
    "not-understood.again",
    "skipped",
    "skipped.again",
    "numbers",
    "numbers.again",
    "same_lines",
    "same_lines.again",
    "new_lines",
    "no_voice",
    "ask_childline",
    "ask_childline.again",
)
# Rules whose text stands under `safety`.
SAFETY_RULES = frozenset({"danger", "danger-check", "self-harm", "other-despair"})


@dataclass(frozen=True)
class AnswerTexts:
    """One topic of directory/answers.yml."""

    by_variant: Mapping[str, str]
    lines: tuple[str, ...] = ()  # ids of lines that belong with it
    fits_child: bool = False  # a child may read `text` and `again` as they stand
    victims_only: bool = False  # never said to somebody who writes about what they do themselves


@dataclass(frozen=True)
class AckTexts:
    """One entry of directory/acknowledgements.yml."""

    by_variant: Mapping[str, str]
    fits_child: bool = False


@dataclass(frozen=True)
class QuestionTexts:
    """A question, and the same in other words for when it stays open."""

    text: str
    again: str


@dataclass(frozen=True)
class ReplyTexts:
    """All texts of a reply, with what stands in the directory filled in."""

    safety: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerTexts] = field(default_factory=dict)
    acks: Mapping[str, AckTexts] = field(default_factory=dict)
    guides: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, QuestionTexts] = field(default_factory=dict)

    def by_id(self) -> dict[str, str]:
        """Every text by its id."""
        found = {f"safety.{name}": text for name, text in self.safety.items()}
        for topic, answer in self.answers.items():
            found |= {answer_id(topic, variant): text for variant, text in answer.by_variant.items()}
        for name, ack in self.acks.items():
            found |= {f"ack.{name}.{variant}": text for variant, text in ack.by_variant.items()}
        found |= {f"guide.{name}": text for name, text in self.guides.items()}
        for name, question in self.questions.items():
            found[f"ask.{name}"] = question.text
            if question.again:
                found[f"ask.{name}.again"] = question.again
        return found


def answer_id(topic: str, variant: str) -> str:
    """`answer.phone_bill`, `answer.phone_bill.again`, `answer.phone_bill.child`, ..."""
    return f"answer.{topic}" if variant == FIRST else f"answer.{topic}.{variant}"


def language_text(code: str) -> str:
    """The name, among the safety texts, of what is said to people who write in a language, by its ISO code."""
    return f"language.{code}"


def public_id(text_id: str) -> str:
    """The id as the interface has it: for whom an answer was worded is our own affair."""
    room, _, rest = text_id.partition(".")
    topic, _, variant = rest.partition(".")
    if room != "answer" or not variant:
        return text_id
    return answer_id(topic, AGAIN if variant.endswith(AGAIN) else FIRST)


def guide_ids(rules: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that directory/replies.yml must have under `guide`."""
    return (*(rule for rule in rules if rule not in SAFETY_RULES), *GUIDES)


def count_words(text: str) -> int:
    """Words as a reader counts them."""
    return len(text.split())
