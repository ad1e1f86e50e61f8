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
