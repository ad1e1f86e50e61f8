"""What a conversation has told so far, and what the next message changes in it. Pure: `hear(told, heard) -> Told`.

Facts told piece by piece are kept, the latest word on each wins, danger interrupts anything and stays until it is
said to be over, and what the person says about that is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from signpost.routing.situation import Abuse, Area, Gender, Need, Scope, Situation, Topic, Urgency, Who


class Question(str, Enum):
    """What the bot may ask, one at a time, after the lines and never as a gate. Each at most once, but for danger,
    which is asked again when there is a new sign of it."""

    DANGER = "danger"
    AREA = "area"
    GENDER = "gender"


class Answer(str, Enum):
    """What a short reply says to the question before it."""

    YES = "yes"
    NO = "no"
    SKIP = "skip"


# So many skipped questions, and nothing more is asked.
SKIPS_THAT_END_QUESTIONS = 2
# Needs that choose a line; the others (a number, privacy) only colour one message.
ROUTING_NEEDS = frozenset(Need) - {Need.NUMBERS, Need.PRIVACY}
# Needs with a line of their own in front: the newest of them counts, the other needs only add to it.
LEADING_NEEDS = frozenset({Need.HOUSING, Need.POLICE_REPORT, Need.LEGAL})
# Topics that are wishes: they last until another wish or another story comes. The others are questions of the moment.
WISHES = frozenset({Topic.REFUGE, Topic.OTHER_STAY, Topic.STAY_HOME, Topic.COURSES})
# Kinds of message that tell of something or ask for something; the others do not change what it is about.
WEIGHTY = frozenset({Scope.DISCLOSURE, Scope.ASK_HELP, Scope.SELF_HARM})


@dataclass(frozen=True)
class Heard:
    """One message as it was understood on its own. Unknown values say nothing about what was told before."""

    scope: Scope | None = None  # None: not understood
    urgency: Urgency = Urgency.NONE
    danger_over: bool = False
    danger_in_context: bool = False  # danger only if something was told before: "he's back"
    abuse: frozenset[Abuse] = frozenset()
    gender: Gender = Gender.UNKNOWN
    lgbt: bool = False
    area: Area = Area.UNKNOWN
    who: Who = Who.NONE
    needs: frozenset[Need] = frozenset()
    topic: Topic | None = None
    place: str | None = None
    farewell: bool = False
    answer: Answer | None = None
    asks_again: bool = False  # wants the numbers once more: shown without a question


@dataclass(frozen=True)
class Told:
    """A whole conversation so far."""

    situation: Situation = field(default_factory=Situation)
    asked: frozenset[Question] = frozenset()
    pending: Question | None = None  # asked with the last reply
    skips: int = 0
    misunderstood: int = 0  # messages in a row that were not understood
    disclosed: bool = False  # something abusive, frightening or dangerous was told
    wish: Topic | None = None  # the last wish, kept while only facts and questions follow


def hear(told: Told, heard: Heard) -> Told:
    """Take in the next message."""
    before = told.situation
    urgency, wish = _urgency(told, heard), _wish(told, heard)
    situation = Situation(
        scope=_scope(told, heard),
        urgency=urgency,
        abuse=before.abuse | heard.abuse,
        gender=before.gender if heard.gender is Gender.UNKNOWN else heard.gender,
        lgbt=before.lgbt or heard.lgbt,
        area=before.area if heard.area is Area.UNKNOWN else heard.area,
        who=_who(before.who, heard.who),
        needs=_needs(before.needs, heard.needs),
        topic=heard.topic or wish,
        farewell=heard.farewell,
        place=before.place if heard.area is Area.UNKNOWN else heard.place,
    )
    unclear = heard.scope in (None, Scope.OUT_OF_SCOPE) and urgency is Urgency.NONE
    return replace(
        told,
        situation=situation,
        pending=Question.DANGER if told.pending is Question.DANGER and urgency is Urgency.CHECK else None,
        skips=told.skips + (heard.answer is Answer.SKIP),
        misunderstood=told.misunderstood + 1 if unclear else 0,
        disclosed=told.disclosed
        or heard.scope in (Scope.DISCLOSURE, Scope.SELF_HARM)
        or urgency is Urgency.IMMEDIATE,
        wish=wish,
    )


def next_question(told: Told, heard: Heard) -> Question | None:
    """What to ask after the lines, if anything. Danger first; nothing while danger is certain or when none is wanted."""
    situation = told.situation
    if situation.urgency is Urgency.CHECK:
        return Question.DANGER
    if (
        situation.urgency is Urgency.IMMEDIATE
        or heard.farewell
        or heard.asks_again
        or heard.danger_over
        or told.skips >= SKIPS_THAT_END_QUESTIONS
    ):
        return None
    if situation.scope not in (Scope.DISCLOSURE, Scope.ASK_HELP) or situation.who is Who.CHILD:
        return None
    if situation.area is Area.UNKNOWN and Question.AREA not in told.asked:
        return Question.AREA
    if (
        situation.gender is Gender.UNKNOWN
        and situation.who is not Who.PERPETRATOR
        and Question.GENDER not in told.asked
    ):
        return Question.GENDER
    return None


def ask(told: Told, question: Question | None) -> Told:
    """Remember what is asked with this reply."""
    return replace(
        told, pending=question or told.pending, asked=told.asked | {question} if question else told.asked
    )


def _urgency(told: Told, heard: Heard) -> Urgency:
    before, asked = told.situation.urgency, told.pending is Question.DANGER
    if heard.urgency is Urgency.IMMEDIATE or (asked and heard.answer is Answer.YES):
        return Urgency.IMMEDIATE
    if heard.danger_over or (asked and heard.answer is Answer.NO):
        return heard.urgency  # takes back what was told before, never a new sign in the same message
    if before is Urgency.IMMEDIATE:
        # "please", "it's gone quiet": quiet does not mean safe, 999 stays on top until it is said to be over
        return Urgency.IMMEDIATE
    if heard.danger_in_context and not heard.asks_again:
        return Urgency.IMMEDIATE if told.disclosed else Urgency.CHECK
    if before is Urgency.CHECK and heard.scope not in WEIGHTY:
        return Urgency.CHECK  # "idk" is no answer; somebody who goes on with the story is believed
    return heard.urgency


def _scope(told: Told, heard: Heard) -> Scope | None:
    """What the conversation is about: small talk and questions in between do not end a disclosure."""
    before = told.situation.scope
    if before is Scope.SELF_HARM and not heard.danger_over:
        return Scope.SELF_HARM
    if heard.scope in WEIGHTY or before not in WEIGHTY:
        return heard.scope
    if before is Scope.SELF_HARM:
        return Scope.ASK_HELP
    return before


def _needs(before: frozenset[Need], heard: frozenset[Need]) -> frozenset[Need]:
    """Needs add up, but a new leading need takes the place of the one before."""
    kept = before & ROUTING_NEEDS
    return heard | (kept - LEADING_NEEDS if heard & LEADING_NEEDS else kept)


def _wish(told: Told, heard: Heard) -> Topic | None:
    """Another wish, or another leading need, takes the place of a wish."""
    if heard.topic in WISHES:
        return heard.topic
    return None if heard.needs & LEADING_NEEDS - {Need.HOUSING} else told.wish


def _who(before: Who, heard: Who) -> Who:
    """Nobody in particular says nothing new, and a child that speaks of itself is still a child."""
    return before if heard is Who.NONE or (before is Who.CHILD and heard is Who.SELF) else heard
