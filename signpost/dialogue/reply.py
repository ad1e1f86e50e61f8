"""What to say to one message: reviewed texts, chosen and ordered. Pure: `compose(before, told, heard, ...) -> Reply`.

What always holds (tests/dialogue holds it over random conversations):

- safety comes first, then what was asked, then one sentence on what was told, then what leads to the lines
- no text stands in two replies running
- at most 45 words before the first card, 20 in danger: the sentence on what was told goes first, then the second answer,
  then what leads to the lines; an answer that was asked for and has no room there stands behind the cards
- thanks and goodbyes are never said over a question, a disclosure, danger or despair; hello only at the beginning
- a child reads no text that was written for grown-ups, nobody elsewhere is sent to Milton Keynes' own services, and who
  writes about their own behaviour is not spoken to as a victim
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from signpost.dialogue.acknowledge import acknowledgements, lines_are_new, variants
from signpost.dialogue.state import (
    NEVER_DESPAIR,
    TAKEN_DESPAIR,
    Alarm,
    Answer,
    Heard,
    Told,
)
from signpost.dialogue.texts import (
    AGAIN,
    BY_THE_HOUR,
    CHILD,
    CHILD_AGAIN,
    ELSEWHERE,
    ELSEWHERE_AGAIN,
    FIRST,
    IN_DANGER,
    LOCAL,
    SAFETY_RULES,
    ReplyTexts,
    answer_id,
    count_words,
    language_text,
)
from signpost.routing import Area, Despair, Referral, Scope, Situation, Urgency, Who
from signpost.routing import rules as routing_rules
from signpost.routing.services import CHILDLINE, MK_ACT, NHS_111, POLICE_999, SAMARITANS

MAX_WORDS = 45  # before the first card
MAX_WORDS_IN_DANGER = 20
MAX_ANSWERS = 2

# Answers to the talk itself: anything that is told or asked comes before them.
CORRECTION = "correction"
SMALL_TALK = frozenset(
    {"thanks_bye", "insult_or_trick", "chat_presence", "unclear", "wrong_service", CORRECTION}
)
# "Close this page": in danger nothing else is said.
LEAVE_NOW = "abuser_arrives"
# Answers that say all that the safety text on the same matter says.
ANSWERS_INSTEAD = {
    "injury": "injury",
    "strangulation": "strangulation",
    "despair": "suicidal_self",
    "other_despair": "suicidal_other",
}
# Whatever else is shown, an injury has these.
INJURIES = ("strangulation", "injury")
LINES_OF_INJURIES = (NHS_111, POLICE_999)
ASK_CHILDLINE = ("ask_childline", "ask_childline.again")

Option = tuple[str, str]  # id and text


@dataclass(frozen=True)
class Part:
    """One text of a reply, as it is shown."""

    id: str
    text: str


@dataclass(frozen=True)
class Reply:
    """What is said, in the order shown."""

    parts: tuple[Part, ...]  # before the cards; never empty
    after: tuple[Part, ...] = ()  # behind them: what was asked and has no room before
    question: Part | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all texts, in the order shown."""
        asked = (self.question,) if self.question else ()
        return tuple(part.id for part in (*self.parts, *self.after, *asked))


def compose(
    before: Told, told: Told, heard: Heard, referral: Referral, question: str | None, texts: ReplyTexts
) -> Reply:
    """Put the reply to one message together.

    Args:
        before: the conversation before the message, with what the last reply said.
        told: the same after it, with the lines of this reply (``state.show``).
        referral: the lines of this reply.
        question: the id of the question to ask, as in directory/questions.yml.
    """
    return _Composer(before, told, heard, referral, texts).reply(question)


def compose_again(told: Told, referral: Referral, texts: ReplyTexts) -> Reply:
    """The last reply once more, for a turn that was sent twice."""
    all_texts = texts.by_id()
    parts = [Part(said, at_this_hour(all_texts[said], referral)) for said in told.said if said in all_texts]
    asked = next((part for part in parts if part.id.startswith("ask.")), None)
    shown, after = _placed([part for part in parts if part is not asked], _limit(told.situation))
    return Reply(tuple(shown), tuple(after), asked)


def remember(told: Told, reply: Reply) -> Told:
    """Note what is said with this reply."""
    return replace(
        told,
        said=reply.ids,
        answered=told.answered | _named("answer", reply.ids),
        acknowledged=told.acknowledged | _named("ack", reply.ids),
    )


def lines_beside(told: Told, heard: Heard, texts: ReplyTexts) -> tuple[str, ...]:
    """Ids of the lines that belong with the answers, with an injury, with who may be in despair or a child; routing puts them
    last (Situation.beside)."""
    found: list[str] = list(LINES_OF_INJURIES) if heard.told & set(INJURIES) else []
    found += [SAMARITANS] if heard.perhaps_despair else []
    found += [CHILDLINE] if heard.perhaps_child and not told.grown_up else []
    for topic in topics(told, heard, texts):
        if _options(topic, told.situation, texts):
            found += texts.answers[topic].lines
    return tuple(dict.fromkeys(found))


def topics(told: Told, heard: Heard, texts: ReplyTexts) -> tuple[str, ...]:
    """What is asked and can be answered to this person, the most confident first."""
    situation = told.situation
    known = [topic for topic in dict.fromkeys(heard.asks) if topic in texts.answers]
    if routing_rules.own_behaviour(situation) and not situation.was_harmed:
        known = [topic for topic in known if not texts.answers[topic].victims_only]
    if heard.taken_back or told.changed - {"urgency"}:  # what changed is said in its own words
        known = [topic for topic in known if topic != CORRECTION]
    questions = [topic for topic in known if topic not in SMALL_TALK]
    told_something = (
        heard.scope in (Scope.DISCLOSURE, Scope.SELF_HARM)
        or situation.urgency is not Urgency.NONE
        or routing_rules.self_harm(situation)
        or heard.despair is not Despair.NONE
    )
    return tuple(questions) if questions or told_something else tuple(known)


def at_this_hour(text: str, referral: Referral) -> str:
    """A text with the hour filled in; empty where the hour does not give what it asks for."""
    line = next((line for line in referral.lines if line.id == MK_ACT), None)
    values = {"closes": line.closes, "opens_next": line.opens_next} if line else {}
    if any(values.get(name) is None for name in BY_THE_HOUR.findall(text)):
        return ""
    return BY_THE_HOUR.sub(lambda found: str(values[found.group(1)]), text)


def _options(topic: str, situation: Situation, texts: ReplyTexts) -> tuple[Option, ...]:
    """The wordings of an answer for this person: the first one, and the one for when it is asked again."""
    answer = texts.answers[topic]
    words = answer.by_variant
    if situation.who is Who.CHILD:
        own = [variant for variant in (CHILD, CHILD_AGAIN) if words.get(variant)]
        chosen = own or ([FIRST, AGAIN] if answer.fits_child else [])
    elif situation.area is Area.ELSEWHERE:
        chosen = [
            ELSEWHERE if ELSEWHERE in words else FIRST,
            ELSEWHERE_AGAIN if ELSEWHERE_AGAIN in words else AGAIN,
        ]
    else:
        chosen = [FIRST, AGAIN]
    return tuple((answer_id(topic, variant), words[variant]) for variant in chosen if variant in words)


def _named(room: str, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(said.split(".")[1] for said in ids if said.startswith(f"{room}."))


def _limit(situation: Situation) -> int:
    return MAX_WORDS_IN_DANGER if situation.urgency is Urgency.IMMEDIATE else MAX_WORDS


def _words(parts: Iterable[Part]) -> int:
    return sum(count_words(part.text) for part in parts)


def _placed(parts: Sequence[Part], limit: int) -> tuple[list[Part], list[Part]]:
    """What stands before the cards, and what has to stand behind them; the first text always stands before."""
    for count in range(len(parts), 1, -1):
        if _words(parts[:count]) <= limit:
            return list(parts[:count]), list(parts[count:])
    return list(parts[:1]), list(parts[1:])


class _Composer:
    """The choices for one reply."""

    def __init__(self, before: Told, told: Told, heard: Heard, referral: Referral, texts: ReplyTexts) -> None:
        self.before, self.told, self.heard, self.referral, self.texts = before, told, heard, referral, texts
        self.situation = told.situation
        self.in_danger = self.situation.urgency is Urgency.IMMEDIATE
        self.limit = _limit(self.situation)
        all_texts = texts.by_id()
        self.said_before = {all_texts[said] for said in before.said if said in all_texts}

    def reply(self, question: str | None) -> Reply:
        asked = self._question(question)
        if self.in_danger:
            parts, after = self._in_danger()
        else:
            parts, after = self._calmly()
        return Reply(tuple(parts), tuple(after), asked)

    def _in_danger(self) -> tuple[list[Part], list[Part]]:
        """999, and what was asked: in few words where there are such, whole and behind the cards where not."""
        answers = self._answers_in_danger()
        if any(
            part.id == answer_id(LEAVE_NOW, FIRST) or part.id == answer_id(LEAVE_NOW, AGAIN)
            for part in answers
        ):
            return answers, []
        safety = self._safety(frozenset())
        parts, after = _placed([*safety, *answers], self.limit)
        hint = self._hint() if safety and safety[0].id.startswith("safety.danger") else None
        if hint and _words([*parts, hint]) <= self.limit:
            parts.append(hint)
        return parts, after

    def _calmly(self) -> tuple[list[Part], list[Part]]:
        answers = self._answers()
        safety = self._safety(_named("answer", (part.id for part in answers)))
        ack = self._ack([*safety, *answers])
        guide = self._guide(answers)
        parts = [part for part in (*safety, *answers[:1], *answers[1:], ack, guide) if part is not None]
        if not parts:
            return [self._otherwise()], []
        after: list[Part] = []
        for dropped, stays in (
            (ack, False),
            (answers[1] if len(answers) > 1 else None, True),
            (guide, False),
        ):
            if dropped is not None and _words(parts) > self.limit:
                parts.remove(dropped)
                after += [dropped] if stays else []
        shown, no_room = _placed(parts, self.limit)
        return shown, [*no_room, *after]

    def _first(self, *options: Option) -> Part | None:
        """The first text that was not in the last reply and fits place and hour."""
        for text_id, text in options:
            shown = at_this_hour(text, self.referral)
            elsewhere = self.situation.area is Area.ELSEWHERE and LOCAL.search(text)
            points_at_nothing = not self.referral.lines and "below" in text
            if shown and text not in self.said_before and not elsewhere and not points_at_nothing:
                return Part(text_id, shown)
        return None

    def _question(self, question: str | None) -> Part | None:
        if question is None:
            return None
        words = self.texts.questions[question]
        return self._first((f"ask.{question}", words.text), (f"ask.{question}.again", words.again))

    # --- safety

    def _safety(self, answered: frozenset[str]) -> list[Part]:
        """Danger, then despair, then an injury; all this in another language, too, where it is needed."""
        found = [self._said(name) for name in self._alarms()]
        if not self.in_danger:
            despair = self._despair()
            if despair and ANSWERS_INSTEAD.get(despair.split(".")[0]) not in answered:
                found.append(self._said(despair))
            hurt = next((name for name in INJURIES if name in self.heard.told and not self.heard.past), None)
            if hurt and ANSWERS_INSTEAD[hurt] not in answered:
                found.append(self._said(hurt))
        found.append(self._in_their_language())
        return [part for part in found if part is not None]

    def _alarms(self) -> list[str]:
        """What put 999 on top, as names of safety texts; in danger the first one only."""
        if self.situation.urgency is Urgency.NONE:
            return []
        alarms = self.told.alarms or frozenset({Alarm.ATTACK})
        found = []
        if Alarm.ATTACK in alarms:
            found.append("danger" if self.in_danger else "check")
        elif Alarm.HURT in alarms:
            found.append("ambulance")
        if Alarm.DESPAIR in alarms:
            others = self.situation.despair is Despair.SOMEBODY_ELSE
            found.append("other_despair_now" if others else "despair_now")
        return found[:1] if self.in_danger else found

    def _despair(self) -> str | None:
        """Despair that this message told, where no alarm says the same."""
        retracted = self.told.taken_back & {TAKEN_DESPAIR, NEVER_DESPAIR}
        told_now = self.heard.despair is not Despair.NONE or self.heard.scope is Scope.SELF_HARM
        if retracted or not told_now or Alarm.DESPAIR in self.told.alarms:
            return None
        if self.situation.despair is Despair.SOMEBODY_ELSE:
            return "other_despair"
        return "despair.child" if self.situation.who is Who.CHILD else "despair"

    def _said(self, name: str) -> Part | None:
        """A safety text in one of its two wordings."""
        safety = self.texts.safety
        again = f"{name}.again"
        options = [(f"safety.{name}", safety[name])]
        options += [(f"safety.{again}", safety[again])] if again in safety else []
        return self._first(*options)

    def _in_their_language(self) -> Part | None:
        """What this is, 999 and how to get an interpreter, to who writes in a language that we have this in."""
        name = language_text(self.heard.language or "")
        return self._said(name) if name in self.texts.safety else None

    def _hint(self) -> Part | None:
        """How to reach 999 without speaking, or without English."""
        return self._said("silent_call.language" if self.situation.language else "silent_call")

    # --- what was asked

    def _answers(self) -> list[Part]:
        asked = topics(self.told, self.heard, self.texts)
        found = [part for topic in asked if (part := self._answer(topic)) is not None]
        unanswered = self.situation.who is Who.CHILD and any(topic not in SMALL_TALK for topic in asked)
        if not found and unanswered:
            guide = self._first(*((f"guide.{name}", self.texts.guides[name]) for name in ASK_CHILDLINE))
            found += [guide] if guide else []
        return found[:MAX_ANSWERS]

    def _answer(self, topic: str) -> Part | None:
        options = _options(topic, self.situation, self.texts)
        return self._first(*(options[::-1] if topic in self.before.answered else options))

    def _answers_in_danger(self) -> list[Part]:
        for topic in topics(self.told, self.heard, self.texts):
            short = self.texts.answers[topic].by_variant.get(IN_DANGER, "")
            part = self._first((answer_id(topic, IN_DANGER), short)) or self._answer(topic)
            if part is not None:
                return [part]
        return []

    # --- what was told, and what leads to the lines

    def _ack(self, others: list[Part]) -> Part | None:
        said = _named("safety", (part.id for part in others)) | _named("answer", (part.id for part in others))
        if "language" in said:
            said |= {"other_language"}
        if "correction" in said:
            said |= {"correction_taken"}
        for name in acknowledgements(self.before, self.told, self.heard, said):
            entry = self.texts.acks[name]
            fitting = variants(entry, self.told, self.heard)
            part = self._first(*((f"ack.{name}.{variant}", entry.by_variant[variant]) for variant in fitting))
            if part is not None:
                return part
        return None

    def _guide(self, answers: list[Part]) -> Part | None:
        """What leads to the lines, where they are new; what meets small talk."""
        rule, heard = self.referral.rule, self.heard
        if answers and rule in ("farewell", "not-understood"):
            return None
        if rule == "farewell":
            return self._guides("farewell", "farewell.again")
        if heard.answer is Answer.SKIP:
            return self._guides("skipped", "skipped.again")
        if heard.asks_again:
            return self._guides("numbers", "numbers.again")
        if heard.scope is Scope.SMALLTALK and not self.before.said and not answers:
            return self._guides("greeting")
        wishes = self.situation.needs - self.before.situation.needs
        if rule in SAFETY_RULES or not (wishes or lines_are_new(self.before, self.told)):
            return None
        if "cannot_phone" in heard.told:
            return self._guides("no_voice", rule)
        return self._guides(rule, "new_lines")

    def _guides(self, *names: str) -> Part | None:
        return self._first(*((f"guide.{name}", self.texts.guides[name]) for name in names))

    def _otherwise(self) -> Part:
        """Something to say where nothing else is to be said: there are more of these than a reply has texts."""
        if self.referral.rule in ("self-harm", "other-despair"):
            child = self.situation.who is Who.CHILD
            name = (
                "other_despair"
                if self.referral.rule == "other-despair"
                else "despair.child"
                if child
                else "despair"
            )
            part = self._said(name)
            if part is not None:
                return part
        rule_again = f"{self.referral.rule}.again"
        wanted = [rule_again] if rule_again in self.texts.guides else []
        wanted += ["same_lines", "same_lines.again"] if self.heard.scope is not Scope.SMALLTALK else []
        part = self._guides(*wanted, "go_on", "go_on.again")
        assert part is not None, "a reply says at most one of the two"
        return part
