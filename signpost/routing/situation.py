"""What has been told so far, in the words of the labelling guide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Urgency(str, Enum):
    """Danger now, danger perhaps (999 on top and a question), or neither."""

    IMMEDIATE = "immediate"
    CHECK = "check"
    NONE = "none"


class Scope(str, Enum):
    """What kind of message it is."""

    DISCLOSURE = "disclosure"
    ASK_HELP = "ask_help"
    INFO = "info"
    SMALLTALK = "smalltalk"
    OUT_OF_SCOPE = "out_of_scope"
    SELF_HARM = "self_harm"


class Abuse(str, Enum):
    """A kind of abuse that is described."""

    PHYSICAL = "physical"
    SEXUAL = "sexual"
    EMOTIONAL = "emotional"
    FINANCIAL = "financial"
    CONTROLLING = "controlling"
    HONOUR_BASED = "honour_based"
    FGM = "fgm"
    FORCED_MARRIAGE = "forced_marriage"


class Gender(str, Enum):
    """The gender of the person harmed, never guessed."""

    WOMAN = "woman"
    MAN = "man"
    NONBINARY = "nonbinary"
    UNKNOWN = "unknown"


class Area(str, Enum):
    """Milton Keynes, somewhere else, or not said."""

    MK = "mk"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class Who(str, Enum):
    """Who is writing, seen from the harm."""

    SELF = "self"
    OTHER = "other"
    CHILD = "child"
    PERPETRATOR = "perpetrator"
    PROFESSIONAL = "professional"
    NONE = "none"


class Despair(str, Enum):
    """Who wants to die or hurts themselves, whatever else the message is about."""

    NONE = "none"
    WRITER = "writer"
    SOMEBODY_ELSE = "somebody_else"


class Need(str, Enum):
    """What is asked for or plainly needed."""

    HOUSING = "housing"
    POLICE_REPORT = "police_report"
    LEGAL = "legal"
    CHILDREN = "children"
    COUNSELLING = "counselling"
    PERPETRATOR_HELP = "perpetrator_help"
    NUMBERS = "numbers"
    LEAVE_SAFELY = "leave_safely"
    PRIVACY = "privacy"


class Topic(str, Enum):
    """A finer wish, for which the guide has no label of its own."""

    REFUGE = "refuge"
    OTHER_STAY = "other_stay"
    STAY_HOME = "stay_home"
    COURSES = "courses"
    CALL_999 = "call_999"
    IS_IT_ABUSE = "is_it_abuse"
    OPEN_NOW = "open_now"
    BED_TONIGHT = "bed_tonight"


# Topics that are wishes: they last until another wish comes. The others are questions of the moment.
WISHES = frozenset({Topic.REFUGE, Topic.OTHER_STAY, Topic.STAY_HOME, Topic.COURSES, Topic.BED_TONIGHT})
# Needs that choose the line in front. Of several told in one message the first of these leads (routing.md,
# "Which line leads"); later the newest leads and the others add to it.
LEADING_NEEDS = (Need.HOUSING, Need.LEGAL, Need.CHILDREN, Need.COUNSELLING, Need.POLICE_REPORT)


@dataclass(frozen=True)
class Situation:
    """One conversation as far as it has been told. Nothing in it is a gate: every field may stay unknown."""

    scope: Scope | None = None  # None: the message was not understood
    urgency: Urgency = Urgency.NONE
    abuse: frozenset[Abuse] = frozenset()
    gender: Gender = Gender.UNKNOWN
    lgbt: bool = False
    area: Area = Area.UNKNOWN
    who: Who = Who.NONE
    needs: frozenset[Need] = frozenset()
    topic: Topic | None = None
    farewell: bool = False  # this message is thanks or goodbye: it asks for nothing
    place: str | None = None  # key of an area page, such as "buckinghamshire"
    despair: Despair = Despair.NONE
    despair_eased: bool = False  # taken back: Samaritans stays among the lines, and no longer leads
    was_danger: bool = False  # 999 was on top once: it stays, small, to the end of the talk
    was_harmed: bool = False  # the writer was ever harmed: own behaviour keeps a line for that
    hits: bool = False  # the writer says that they hit
    aged_16_17: bool = False  # Childline stands beside the grown-ups' lines
    both_genders: bool = False  # women and men are harmed: "both"
    about_child: bool = False  # the person harmed is a child or teenager, and a grown-up writes
    fears_harming_baby: bool = False
    cannot_phone: bool = False  # the same lines; the reply puts the ways that need no voice first
    language: str | None = None  # ISO code, or "other", where the writer does not write English
    lead: Need | None = (
        None  # the newest need that chooses a line; None: the wish, or the first of LEADING_NEEDS
    )
    named: str | None = None  # id of a line that was asked for by name or kind
    beside: tuple[str, ...] = ()  # ids of lines that the answer to a question names; they come last
