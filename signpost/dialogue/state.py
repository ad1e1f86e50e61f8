"""What a conversation has told so far, and what the next message changes in it. Pure: `hear(told, heard) -> Told`.

What always holds (tests/dialogue walks random conversations with it):

- a plain "no danger" is obeyed, whatever else the message says; what only weakens a danger steps it down to `check`
- an injury, an overdose, somebody who does not wake do not end because the attacker has gone
- while 999 is on top there is a question that ends it
- despair is never removed by what is said about danger; taken back, it stays without alarm
- a child stays a child; who was ever harmed stays somebody who was
- the newest word on each thing wins, the newest wish leads, what is taken back is gone
- the same turn heard twice changes nothing
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from signpost.routing.clock import Clock
from signpost.routing.lines import line_ids
from signpost.routing.situation import (
    LEADING_NEEDS,
    WISHES,
    Abuse,
    Area,
    Despair,
    Gender,
    Need,
    Scope,
    Situation,
    Topic,
    Urgency,
    Who,
)


class Question(str, Enum):
    """What the bot may ask, one at a time, after the lines and never as a gate. Each at most once, but for danger,
    which is asked for as long as 999 is on top: its answer is what ends that."""

    DANGER = "danger"
    AREA = "area"
    GENDER = "gender"


class Answer(str, Enum):
    """What a short reply says to the question before it."""

    YES = "yes"
    NO = "no"
    SKIP = "skip"
    BOTH = "both"


class Alarm(str, Enum):
    """Why 999 is on top. Only the first ends when the attacker has gone."""

    ATTACK = "attack"
    HURT = "hurt"
    DESPAIR = "despair"


# So many skipped questions, and nothing more is asked.
SKIPS_THAT_END_QUESTIONS = 2
# Needs that last; the others (a number, privacy) only colour one message.
ROUTING_NEEDS = frozenset(Need) - {Need.NUMBERS, Need.PRIVACY}
# Needs that lead only where they are asked for: a message that tells of the children does not stop being about a bed.
LEAD_WHEN_ASKED = frozenset({Need.CHILDREN, Need.COUNSELLING})
# Kinds of message that tell of something or ask for something; the others do not change what it is about.
WEIGHTY = frozenset({Scope.DISCLOSURE, Scope.ASK_HELP, Scope.SELF_HARM})
ASKING = frozenset({Scope.ASK_HELP, Scope.INFO})
# What the words tell (ids of directory/acknowledgements.yml) that needs treatment now where there is danger now.
HURTS = frozenset({"injury", "strangulation"})
CANNOT_PHONE = "cannot_phone"
# Values of `taken_back` that are no need and no kind of abuse.
TAKEN_AREA, TAKEN_GENDER, TAKEN_LGBT, TAKEN_WHO, TAKEN_DANGER = "area", "gender", "lgbt", "who", "danger"
TAKEN_DESPAIR = "despair"  # "I've put them away": the alarm goes, Samaritans stays
NEVER_DESPAIR = "never_despair"  # it was the marriage, a film, a joke: Samaritans goes too
# Wishes that go when their need is taken back.
NEED_OF_WISH = {
    Topic.REFUGE: Need.HOUSING,
    Topic.OTHER_STAY: Need.HOUSING,
    Topic.STAY_HOME: Need.HOUSING,
    Topic.BED_TONIGHT: Need.HOUSING,
    Topic.COURSES: Need.COUNSELLING,
}
OWN_STORY = frozenset({Who.SELF, Who.PERPETRATOR})
ANOTHERS_STORY = frozenset({Who.OTHER, Who.PROFESSIONAL})
LEVELS = (Urgency.NONE, Urgency.CHECK, Urgency.IMMEDIATE)
# What a turn may change, by the name that the reply and the workbench know it by.
WATCHED = ("area", "gender", "lgbt", "who", "needs", "urgency", "despair", "abuse")
CHANGED_LINES = "lines"


@dataclass(frozen=True)
class Heard:
    """One message as it was understood on its own. Unknown values say nothing about what was told before."""

    scope: Scope | None = None  # None: not understood
    urgency: Urgency = Urgency.NONE
    danger_over: bool = False
    over_in_context: bool = False  # danger_over, though the message does not say so
    danger_less: bool = False  # weakens a danger without ending it: "it's gone quiet"
    danger_in_context: bool = False  # danger only if something was told before: "he's back"
    abuse: frozenset[Abuse] = frozenset()
    gender: Gender = Gender.UNKNOWN
    lgbt: bool = False
    area: Area = Area.UNKNOWN
    who: Who = Who.NONE
    needs: frozenset[Need] = frozenset()
    topic: Topic | None = None
    place: str | None = None
    despair: Despair = Despair.NONE
    asks: tuple[str, ...] = ()  # topics of directory/answers.yml, the most confident first
    taken_back: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()  # ids of directory/acknowledgements.yml
    past: bool = False  # what is told is over
    language: str | None = None  # ISO code or "other"; None: English
    plain_no: bool = False  # an English "no" as an answer
    named: str | None = None  # id of a line that is asked for by name or kind
    aged_16_17: bool = False
    perhaps_child: bool = False  # may be a child who writes; not likely enough to be spoken to as one
    perhaps_despair: bool = False  # may be in despair; not likely enough to be spoken to so
    grown_up: bool = False  # speaks of a marriage, children of their own, an age of 18 and more
    about_child: bool = False  # the person harmed is a child or teenager, and a grown-up writes
    fears_harming_baby: bool = False
    farewell: bool = False
    answer: Answer | None = None
    asks_again: bool = False  # wants the numbers once more: shown without a question
    turn: int | None = None  # counted up by the page; the same number twice is the same message


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
    alarms: frozenset[Alarm] = frozenset()  # why 999 is on top; empty exactly where urgency is none
    grown_up: bool = False  # the writer is plainly no child
    certain: bool = False  # the danger was certain once: a check stays until it is said to be over
    aside: Situation | None = None  # the other story of this talk: the writer's own, or another person's
    turn: int | None = None  # number of the newest turn
    said: tuple[str, ...] = ()  # ids of the texts of the last reply
    answered: frozenset[str] = frozenset()  # topics that were answered before
    acknowledged: frozenset[str] = frozenset()  # sentences on what was told that were said before
    lines: tuple[str, ...] = ()  # ids shown last
    changed: frozenset[str] = frozenset()  # what this turn changed, by the names of WATCHED, and "lines"
    taken_back: frozenset[str] = frozenset()  # this turn's


def hear(told: Told, heard: Heard) -> Told:
    """Take in the next message. A turn that was heard before changes nothing."""
    if is_repeat(told, heard):
        return told
    heard = _as_answer(told, heard)
    before, wish, aside = _whose_story(told, heard)
    urgency, alarms = _danger(told, heard)
    taken = heard.taken_back
    wish = _wish(wish, heard)
    needs = frozenset(
        need for need in (before.needs & ROUTING_NEEDS) | heard.needs if need.value not in taken
    )
    abuse = frozenset(kind for kind in before.abuse | heard.abuse if kind.value not in taken)
    despair, eased = _despair(before, heard)
    who = _who(before, heard)
    area, place = _area(before, heard)
    gender, lgbt = _gender(before, heard)
    situation = Situation(
        scope=_scope(before, heard, despair),
        urgency=urgency,
        abuse=abuse,
        gender=gender,
        lgbt=lgbt,
        both_genders=_both_genders(told, before, heard),
        area=area,
        who=who,
        needs=needs,
        topic=heard.topic or wish,
        farewell=heard.farewell,
        place=place,
        despair=despair,
        despair_eased=eased,
        was_danger=before.was_danger or urgency is not Urgency.NONE,
        was_harmed=_was_harmed(before, heard, who, abuse),
        hits=_hits(before, heard, who, abuse),
        aged_16_17=before.aged_16_17 or heard.aged_16_17,
        about_child=_unless_taken(Need.CHILDREN.value, taken, before.about_child or heard.about_child),
        fears_harming_baby=_unless_taken(
            Need.CHILDREN.value, taken, before.fears_harming_baby or heard.fears_harming_baby
        ),
        cannot_phone=before.cannot_phone or CANNOT_PHONE in heard.told,
        language=heard.language or (None if heard.scope in WEIGHTY else before.language),
        lead=_lead(before, heard, needs),
        named=_named(before, heard),
    )
    unclear = heard.scope in (None, Scope.OUT_OF_SCOPE) and urgency is Urgency.NONE and not heard.language
    return replace(
        told,
        situation=situation,
        pending=Question.DANGER if told.pending is Question.DANGER and alarms else None,
        skips=told.skips + (heard.answer is Answer.SKIP),
        misunderstood=told.misunderstood + 1 if unclear else 0,
        disclosed=told.disclosed or _discloses(heard) or urgency is Urgency.IMMEDIATE,
        wish=wish,
        alarms=alarms,
        grown_up=told.grown_up or heard.grown_up,
        certain=bool(alarms) and (told.certain or urgency is Urgency.IMMEDIATE),
        aside=aside,
        turn=heard.turn if heard.turn is not None else told.turn,
        changed=frozenset(
            name for name in WATCHED if getattr(situation, name) != getattr(told.situation, name)
        ),
        taken_back=taken,
    )


def _discloses(heard: Heard) -> bool:
    """A mere sign, such as "he's back", discloses nothing by itself: what joins it does."""
    if heard.danger_in_context and not heard.abuse:
        return False
    return heard.scope in (Scope.DISCLOSURE, Scope.SELF_HARM)


def is_repeat(told: Told, heard: Heard) -> bool:
    """The page sent the same turn once more."""
    return heard.turn is not None and heard.turn == told.turn


def alarmed(told: Told) -> Told:
    """Danger was said, and nothing else of the turn is known: the bot process answered alone."""
    situation = replace(
        told.situation, scope=Scope.DISCLOSURE, urgency=Urgency.IMMEDIATE, was_danger=True, farewell=False
    )
    return replace(
        told, situation=situation, alarms=told.alarms | {Alarm.ATTACK}, certain=True, disclosed=True
    )


def next_question(told: Told, heard: Heard, clock: Clock) -> Question | None:
    """What to ask after the lines, if anything: danger while 999 is on top, else what can change the lines now."""
    situation = told.situation
    if is_repeat(told, heard) and told.pending is not None:
        return told.pending
    if situation.urgency is not Urgency.NONE:
        return Question.DANGER
    if (
        heard.farewell
        or heard.asks_again
        or heard.danger_over
        or told.skips >= SKIPS_THAT_END_QUESTIONS
        or (situation.despair is not Despair.NONE and not situation.despair_eased)
        or situation.scope not in (Scope.DISCLOSURE, Scope.ASK_HELP)
        or situation.who is Who.CHILD
    ):
        return None
    unknown = (
        (Question.AREA, situation.area is Area.UNKNOWN),
        (Question.GENDER, situation.gender is Gender.UNKNOWN and not situation.both_genders),
    )
    for question, is_unknown in unknown:
        if is_unknown and question not in told.asked and _would_change_lines(situation, question, clock):
            return question
    return None


def question_id(question: Question, told: Told) -> str:
    """The id of the question's words in directory/questions.yml: by who writes, and by what put 999 on top."""
    if question is not Question.DANGER:
        theirs = told.situation.who in ANOTHERS_STORY | {Who.NONE}
        return f"{question.value}.{'other' if theirs else 'self'}"
    if told.alarms and Alarm.ATTACK not in told.alarms:
        return "danger.hurt"
    return "danger.still" if told.situation.urgency is Urgency.IMMEDIATE else "danger"


def ask(told: Told, question: Question | None) -> Told:
    """Remember what is asked with this reply."""
    return replace(
        told, pending=question or told.pending, asked=told.asked | {question} if question else told.asked
    )


def show(told: Told, lines: tuple[str, ...]) -> Told:
    """Remember which lines are shown with this reply, and whether they are others than before."""
    if lines == told.lines:
        return told
    return replace(told, lines=lines, changed=told.changed | {CHANGED_LINES})


# --- danger ---


def _danger(told: Told, heard: Heard) -> tuple[Urgency, frozenset[Alarm]]:
    """How urgent it is after the message, and why."""
    before, alarms = told.situation.urgency, told.alarms
    ended = _ends_all(told, heard)
    over = ended or heard.danger_over
    retracted = bool(heard.taken_back & {TAKEN_DESPAIR, NEVER_DESPAIR})
    raised, why = _raised(told, heard, over=over, retracted=retracted)
    if retracted:
        alarms -= {Alarm.DESPAIR}
    if ended:
        alarms = frozenset()
    elif heard.danger_over:
        alarms = _after_absence(told, alarms)
    if not alarms:
        standing = Urgency.NONE
    elif over or (heard.danger_less and before is Urgency.IMMEDIATE):
        standing = Urgency.CHECK
    elif before is Urgency.CHECK and not _check_stays(told, heard):
        standing, alarms = Urgency.NONE, frozenset()
    else:
        standing = before
    urgency = max(raised, standing, key=LEVELS.index)
    return urgency, alarms | why


def _ends_all(told: Told, heard: Heard) -> bool:
    """The button, a plain no to the question, or "that was a film": over, whatever it was."""
    pressed = heard.danger_over and heard.answer is Answer.NO
    answered = told.pending is Question.DANGER and _says_no(heard)
    return pressed or answered or TAKEN_DANGER in heard.taken_back


def _after_absence(told: Told, alarms: frozenset[Alarm]) -> frozenset[Alarm]:
    """ "He's gone": the attack is over, an injury or an overdose is not. Said again after the question, all is."""
    left = alarms - {Alarm.ATTACK}
    said_again = (
        left == alarms and told.pending is Question.DANGER and told.situation.urgency is Urgency.CHECK
    )
    return frozenset() if said_again else left


def _raised(told: Told, heard: Heard, *, over: bool, retracted: bool) -> tuple[Urgency, frozenset[Alarm]]:
    """What this message alone puts on top, and why."""
    urgency = heard.urgency
    if over or retracted:
        # a plain statement outweighs what might mean danger; both said for sure is asked about
        urgency = Urgency.CHECK if urgency is Urgency.IMMEDIATE else Urgency.NONE
    elif told.pending is Question.DANGER and heard.answer is Answer.YES:
        return Urgency.IMMEDIATE, told.alarms or frozenset({Alarm.ATTACK})
    elif heard.danger_in_context and not heard.asks_again and urgency is not Urgency.IMMEDIATE:
        # small signs add up: one is a question, the next one, or one after a danger, is danger
        twice = told.situation.was_danger or urgency is Urgency.CHECK
        urgency = Urgency.IMMEDIATE if twice else Urgency.CHECK
    if urgency is Urgency.NONE:
        return urgency, frozenset()
    despair = _despair_heard(heard) is not Despair.NONE and not retracted
    if despair and not heard.abuse:
        return urgency, frozenset({Alarm.DESPAIR})
    why = {
        Alarm.ATTACK,
        *((Alarm.DESPAIR,) if despair else ()),
        *((Alarm.HURT,) if heard.told & HURTS else ()),
    }
    if over and len(why) > 1:
        why.discard(Alarm.ATTACK)
    return urgency, frozenset(why)


def _check_stays(told: Told, heard: Heard) -> bool:
    """Whether "perhaps" outlasts a message that does not answer it: somebody who goes on with the story is believed,
    but not where danger was certain before, somebody may be hurt, or the story is what makes a sign of it."""
    joins = heard.scope is Scope.DISCLOSURE and not told.disclosed
    hurt = bool(told.alarms & {Alarm.HURT, Alarm.DESPAIR})
    return told.certain or hurt or heard.danger_less or joins or heard.scope not in WEIGHTY


def _says_no(heard: Heard) -> bool:
    """A no in another language may be about something else."""
    return (heard.answer is Answer.NO or heard.plain_no) and heard.language is None


# --- despair ---


def _despair_heard(heard: Heard) -> Despair:
    return (
        Despair.WRITER if heard.despair is Despair.NONE and heard.scope is Scope.SELF_HARM else heard.despair
    )


def _despair(before: Situation, heard: Heard) -> tuple[Despair, bool]:
    """Whose despair, and whether it was taken back. Nothing that is said about danger changes it."""
    if NEVER_DESPAIR in heard.taken_back:
        return Despair.NONE, False
    found = _despair_heard(heard)
    writers = Despair.WRITER in (found, before.despair)
    whose = Despair.WRITER if writers else (before.despair if found is Despair.NONE else found)
    if TAKEN_DESPAIR in heard.taken_back:
        return whose, whose is not Despair.NONE
    is_new = found is not Despair.NONE and found is whose
    return whose, before.despair_eased and not is_new


# --- who, where, what ---


def _as_answer(told: Told, heard: Heard) -> Heard:
    """A short answer to the question about the place says where."""
    if told.pending is not Question.AREA or heard.area is not Area.UNKNOWN:
        return heard
    if heard.answer is Answer.YES:
        return replace(heard, area=Area.MK)
    bare = heard.answer is Answer.NO or heard.scope in (None, Scope.SMALLTALK)
    return replace(heard, area=Area.ELSEWHERE) if bare and _says_no(heard) else heard


def _whose_story(told: Told, heard: Heard) -> tuple[Situation, Topic | None, Situation | None]:
    """The story that the message goes on with, its wish, and the other one. A child's story stays one."""
    now, other = told.situation, told.aside
    sides = (OWN_STORY, ANOTHERS_STORY)
    stays = TAKEN_WHO in heard.taken_back or any(now.who in side and heard.who in side for side in sides)
    leaves = any(now.who in side for side in sides) and any(heard.who in side for side in sides) and not stays
    begins = heard.scope is Scope.DISCLOSURE and bool(heard.abuse)
    returns = other is not None and heard.scope in (Scope.DISCLOSURE, Scope.ASK_HELP)
    if not leaves or not (begins or returns):
        return now, told.wish, other
    person = other or Situation(who=heard.who)
    story = replace(
        now,
        **{name: getattr(person, name) for name in OF_THE_PERSON},
        topic=None,
    )
    return story, person.topic, replace(now, topic=told.wish)


# What belongs to one person's story; the rest is the talk's: danger, despair, language, what was ever told.
OF_THE_PERSON = (
    "abuse",
    "gender",
    "lgbt",
    "both_genders",
    "area",
    "place",
    "who",
    "needs",
    "about_child",
    "lead",
    "named",
)


def _who(before: Situation, heard: Heard) -> Who:
    """Nobody in particular says nothing new; a child that speaks of itself or of others is still a child."""
    if TAKEN_WHO in heard.taken_back:
        return heard.who
    if heard.who is Who.NONE or before.who is Who.CHILD:
        return before.who
    if before.who is Who.PERPETRATOR and heard.who is Who.SELF:
        victims_talk = heard.scope is Scope.DISCLOSURE and bool(heard.abuse) and not before.hits
        return Who.SELF if victims_talk else before.who
    if before.who in ANOTHERS_STORY and heard.who is Who.SELF:
        # "what can I do for her" is still about her
        return heard.who if heard.scope in (Scope.DISCLOSURE, Scope.SMALLTALK) else before.who
    if before.who is Who.PROFESSIONAL and heard.who is Who.OTHER:
        return before.who
    return heard.who


def _was_harmed(before: Situation, heard: Heard, who: Who, abuse: frozenset[Abuse]) -> bool:
    """The writer was harmed, now or at any time, whatever they do themselves."""
    tells = heard.scope is Scope.DISCLOSURE and bool(heard.abuse & abuse)
    speaks_of_self = heard.who in (Who.SELF, Who.CHILD) or (
        heard.who is Who.NONE and who in (Who.SELF, Who.CHILD)
    )
    if tells and speaks_of_self:
        return True
    withdrawn = TAKEN_WHO in heard.taken_back or (not abuse and bool(before.abuse))
    return before.was_harmed and not withdrawn


def _hits(before: Situation, heard: Heard, who: Who, abuse: frozenset[Abuse]) -> bool:
    """Says that they hit: a plain admission, and what is told is violence."""
    if who is not Who.PERPETRATOR and TAKEN_WHO in heard.taken_back:
        return False
    admits = heard.who is Who.PERPETRATOR and Abuse.PHYSICAL in heard.abuse & abuse
    return (before.hits and Abuse.PHYSICAL.value not in heard.taken_back) or admits


def _area(before: Situation, heard: Heard) -> tuple[Area, str | None]:
    if heard.area is not Area.UNKNOWN:
        return heard.area, heard.place
    if TAKEN_AREA in heard.taken_back:
        return Area.UNKNOWN, None
    return before.area, before.place


def _gender(before: Situation, heard: Heard) -> tuple[Gender, bool]:
    taken = heard.taken_back
    gender = Gender.UNKNOWN if TAKEN_GENDER in taken else before.gender
    lgbt = heard.lgbt or before.lgbt
    if TAKEN_LGBT in taken:
        lgbt = False
        gender = Gender.UNKNOWN if gender is Gender.NONBINARY else gender
    return (gender if heard.gender is Gender.UNKNOWN else heard.gender), lgbt


def _both_genders(told: Told, before: Situation, heard: Heard) -> bool:
    if heard.gender is not Gender.UNKNOWN or TAKEN_GENDER in heard.taken_back:
        return False
    return before.both_genders or (told.pending is Question.GENDER and heard.answer is Answer.BOTH)


def _scope(before: Situation, heard: Heard, despair: Despair) -> Scope | None:
    """What the conversation is about: small talk and questions in between do not end a disclosure."""
    scope = heard.scope if heard.scope in WEIGHTY or before.scope not in WEIGHTY else before.scope
    return Scope.ASK_HELP if scope is Scope.SELF_HARM and despair is Despair.NONE else scope


def _wish(wish: Topic | None, heard: Heard) -> Topic | None:
    """Another wish takes the place of a wish, and what is taken back is gone."""
    newest = heard.topic if heard.topic in WISHES else wish
    if newest is not None and NEED_OF_WISH[newest].value in heard.taken_back:
        return None
    return newest


def _lead(before: Situation, heard: Heard, needs: frozenset[Need]) -> Need | None:
    """The newest need that chooses a line; a new wish leads by itself."""
    if heard.topic in WISHES:
        return None
    for need in LEADING_NEEDS:
        asked_for = need not in LEAD_WHEN_ASKED or heard.scope in ASKING
        if need in heard.needs & needs and (asked_for or before.lead is None):
            return need
    return before.lead if before.lead in needs else None


def _named(before: Situation, heard: Heard) -> str | None:
    """A line asked for by name leads until something else is told or asked for."""
    new = heard.scope is Scope.DISCLOSURE or heard.needs & set(LEADING_NEEDS) or heard.topic in WISHES
    return heard.named or (None if new else before.named)


def _unless_taken(value: str, taken: frozenset[str], is_so: bool) -> bool:
    return is_so and value not in taken


# --- questions ---


def _would_change_lines(situation: Situation, question: Question, clock: Clock) -> bool:
    """Whether one of the answers would show other lines, or the same in another order, at this hour."""
    if question is Question.AREA:
        answers = [replace(situation, area=area) for area in (Area.MK, Area.ELSEWHERE)]
    else:
        answers = [replace(situation, gender=gender) for gender in (Gender.WOMAN, Gender.MAN)]
        answers.append(replace(situation, lgbt=True))
    now = line_ids(situation, clock)
    return any(line_ids(answer, clock) != now for answer in answers)
