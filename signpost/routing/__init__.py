"""L0, pure: which line for whom. Standard library only; the time and the directory are arguments.

The rules are the documents' own (A: Milton Keynes Council, 6 November 2020; B: the information and advice
page for Milton Keynes). `rules.RESTS_ON` tells for each rule which document it rests on.
"""

from signpost.routing.clock import Clock, read_clock
from signpost.routing.opening import Opening, in_office_hours, opening
from signpost.routing.referral import Line, Referral
from signpost.routing.route import every_line, fallback, route
from signpost.routing.rules import RESTS_ON
from signpost.routing.services import Always, AreaPage, Directory, Phone, Service, Unknown, Weekly
from signpost.routing.situation import (
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
from signpost.routing.sources import SENTENCES, Sentence

__all__ = [
    "RESTS_ON",
    "SENTENCES",
    "Abuse",
    "Always",
    "Area",
    "AreaPage",
    "Clock",
    "Despair",
    "Directory",
    "Gender",
    "Line",
    "Need",
    "Opening",
    "Phone",
    "Referral",
    "Scope",
    "Sentence",
    "Service",
    "Situation",
    "Topic",
    "Unknown",
    "Urgency",
    "Weekly",
    "Who",
    "every_line",
    "fallback",
    "in_office_hours",
    "opening",
    "read_clock",
    "route",
]
