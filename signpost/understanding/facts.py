"""What a message says in so many words: a plain yes or no, an age, whose child it is about, a line asked for by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML

FACTS_FILE = Path(__file__).parent / "vocabulary" / "facts.yml"
# Words of asking, near which a line's name means that its number is wanted.
WANTS = re.compile(r"\b(?:number|call|ring|phone|text|contact|line|helpline|the one|speak|talk|which)\b")
# A child of up to this age is not 16.
UNDER_16 = range(1, 16)
AGE = re.compile(r"\b(\d{1,2})\b")
# "he's back", "oh no shes come back": ends its clause, so that "he's back at work" and "when he's back" are not among them.
CAME_BACK = re.compile(
    r"(?<!when )(?<!if )(?<!til )(?<!till )(?<!until )(?<!before )(?<!after )(?<!time )\b(?:he|she|they|dad|mum|(?:my|the) ex)"
    r"(?: is|'?s| are|'?re| has|'?ve| have)(?: just)?(?: come| coming| came)? back(?: (?:again|now|here|in|inside|outside|round|already|early)){0,2}(?=[.?,]|$)"
)
# The writer's own marriage, children, home or age.
GROWN_UP = re.compile(
    r"\b(?:my|our) (?:ex[- ])?(?:husband|hubby|wife|missus|fianc\w+|kids|children|toddler|newborn|grand\w+|landlord|tenancy|mortgage|solicitor|boss|manager|pension)\b"
    r"|\bhubby\b|\bi (?:have|got|ve got|'?ve got) (?:\d|one|two|three|four) (?:kids|children|babies|boys|girls)\b|\bas a (?:mum|dad|mother|father)\b|\bi'?m (?:married|divorced|a mum|a dad|her mum|his mum|her dad|his dad|their mum|their dad)\b"
    r"|\b(?:i'?m|i am|im) (?:1[89]|[2-9]\d)\b(?! (?:weeks|months|minutes|mins|days|hours|miles|quid|percent))"
)
# The writer's own age, where it is no grown-up's.
YOUNG = re.compile(
    r"\b(?:i'?m|i am|im|me|age|aged)(?: only| just)? \(?(?:[mf] ?)?(?:[89]|1[0-5]|nine|ten|eleven|twelve|thirteen|fourteen|fifteen)\b(?! ?(?:weeks|months|minutes|mins|days|hours|miles|quid|years (?:younger|older|sober|clean)|percent|stone))"
    r"|\b(?:[mf] ?(?:[89]|1[0-5])|(?:[89]|1[0-5]) ?[mf])\b|\b(?:in|im|i'?m) year (?:[3-9]|1[01])\b"
)
# "when I'm 16" is no age yet.
NOT_YET = re.compile(r"\b(?:when|once|till?|until|before|after|if|turn) (?:i'?m|i am|im|i turn)(?= 1[67]\b)")
# "no, not gay", "straight, before you ask": not "straight away", and not what somebody else says that they are.
_SEXUALITY = r"(?:gay|a lesbian|lesbian|bi|bisexual|trans|queer|lgbt)"
NOT_LGBT = re.compile(
    rf"\bnot {_SEXUALITY}(?=[.,?]|$| btw| by the way| though| or)|(?:^|[.,?] )straight(?=[.,?]|$| btw| by the way)"
    r"|\b(?:i'?m|i am|we'?re|we are|both|a) straight(?=[.,?]|$| couple| man| woman| bloke| guy| btw)"
)
SAID_BY_ANOTHER = re.compile(
    rf"\b(?:say|said|think|thought|reckon|tell|told|insist|believe)s?\b[^.?]{{0,60}}\bnot {_SEXUALITY}"
)
# What weakens a danger without ending it, of somebody who was violent just now.
WEAKENS = re.compile(
    r"\b(?:it'?s|it has|it is|all) (?:gone |went )?(?:quiet|calmer|calm)\b|\b(?:he|she|they|he'?s|she'?s|they'?ve)(?: has| have)? (?:calmed|cooled|quietened) down\b"
    r"|\b(?:he|she|they|he'?s|she'?s|they'?ve)(?: has| have)? (?:driven|drove|walked|stormed|run|gone) off\b|\bthink (?:he|she|they)(?:'?s|'?ve)? (?:has |have )?(?:left|gone)\b"
)


@dataclass(frozen=True)
class Facts:
    """``answer`` is yes, no, both or skip; ``named`` the id of a line."""

    answer: str | None = None
    aged_16_17: bool = False
    about_child: bool = False
    grown_up: bool = False
    came_back: bool = False
    weaker: bool = False
    not_lgbt: bool = False
    named: str | None = None


def facts_of(folded: str) -> Facts:
    """Read the facts of a folded message."""
    lists = _lists()
    bare = folded.strip(" .,?").replace("’", "'")
    answer = next((kind for kind in ("no", "yes", "both", "skip") if bare in lists.answers[kind]), None)
    return Facts(
        answer=answer,
        aged_16_17=bool(lists.aged_16_17.search(NOT_YET.sub("", folded))),
        about_child=_about_child(folded, lists.about_child),
        grown_up=bool(GROWN_UP.search(folded)) and not YOUNG.search(folded),
        came_back=bool(CAME_BACK.search(folded)),
        weaker=bool(WEAKENS.search(folded)),
        not_lgbt=bool(NOT_LGBT.search(folded)) and not SAID_BY_ANOTHER.search(folded),
        named=_named(folded, bare, lists.named),
    )


def _about_child(folded: str, pattern: re.Pattern[str]) -> bool:
    found = pattern.search(folded)
    if not found:
        return False
    age = AGE.search(found.group())
    return age is None or int(age.group(1)) in (*UNDER_16, 16, 17)


def _named(folded: str, bare: str, named: dict[str, tuple[str, ...]]) -> str | None:
    """A line by its name, where the message is little more than that or asks for it."""
    for line, phrases in named.items():
        for phrase in phrases:
            if re.search(rf"\b{re.escape(phrase)}\b", folded) and (
                len(bare.split()) <= len(phrase.split()) + 3 or WANTS.search(folded)
            ):
                return line
    return None


@dataclass(frozen=True)
class _Lists:
    answers: dict[str, frozenset[str]]
    aged_16_17: re.Pattern[str]
    about_child: re.Pattern[str]
    named: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _lists() -> _Lists:
    data = YAML(typ="safe").load(FACTS_FILE.read_text(encoding="utf-8"))
    return _Lists(
        answers={kind: frozenset(data[kind]) for kind in ("no", "yes", "both", "skip")},
        aged_16_17=_any_of(data["aged_16_17"]),
        about_child=_any_of(data["about_child"]),
        named={line: tuple(phrases) for line, phrases in data["named"].items()},
    )


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(
        r"\b(?:" + "|".join(re.escape(phrase).replace("<n>", r"\d{1,2}") for phrase in phrases) + r")\b"
    )
