"""Training dialogues under data/dialogues: whole talks of one person, each turn with what a careful listener
believes after it.

One JSON object a line: ``kind`` and ``turns``. A turn carries ``say``, the question it meets (``q``), what it
changes in what is believed, ``asks``, and in ``drop`` what it takes back. docs/retraining.md explains the
form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signpost.files import ROOT
from signpost.understanding.labels import LabelError, LabelledMessage, label_message

DIALOGUES = ROOT / "data" / "dialogues"
START: dict[str, Any] = {
    "urgency": "none",
    "scope": "smalltalk",
    "who": "none",
    "gender": "unknown",
    "lgbt": False,
    "area": "unknown",
    "needs": [],
    "abuse": [],
    "despair": "none",
}
QUESTIONS = ("danger", "area", "gender")
# Facts that are taken back when they are what they were at the start.
REOPENED = ("gender", "lgbt", "area", "despair")
# An answer of so few words is a plain one.
FEW_WORDS = 4
NEED_INTENTS = {
    "housing": "ask_housing",
    "police_report": "ask_police",
    "legal": "ask_court",
    "counselling": "ask_counselling",
    "children": "ask_children_help",
    "leave_safely": "ask_leave_safely",
    "numbers": "ask_number",
}


@dataclass(frozen=True)
class DialogueTurn:
    """One message of a talk: what was said before it, what was believed before and is believed after."""

    say: str
    earlier: tuple[str, ...]
    question: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    asks: tuple[str, ...]
    taken_back: tuple[str, ...]
    set: frozenset[str]  # names of what the turn itself tells


@dataclass(frozen=True)
class Dialogue:
    """A whole talk; ``topic`` is the file it is in: the group for cross-validation."""

    kind: str
    topic: str
    turns: tuple[DialogueTurn, ...]


def read_dialogues(folder: Path = DIALOGUES) -> list[Dialogue]:
    """All training dialogues, file by file.

    Raises:
        LabelError: a line is not what it must be; names file and line.
    """
    return [dialogue for path in sorted(folder.glob("*.jsonl")) for dialogue in _file(path)]


def _file(path: Path) -> Iterable[Dialogue]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            data = json.loads(line)
            yield Dialogue(data["kind"], path.stem, tuple(_turns(data["turns"])))
        except (ValueError, KeyError, TypeError) as error:
            raise LabelError(f"{path.name}, line {number}: {error}") from error


def _turns(rows: Sequence[Mapping[str, Any]]) -> Iterable[DialogueTurn]:
    before, said = dict(START), []
    for row in rows:
        after = {**before, **{name: row[name] for name in START if name in row}}
        yield DialogueTurn(
            say=row["say"],
            earlier=tuple(said),
            question=row.get("q"),
            before=before,
            after=after,
            asks=tuple(row.get("asks", ())),
            taken_back=_taken_back(row, before, after),
            set=frozenset(name for name in START if name in row),
        )
        before, said = after, [*said, row["say"]]


def _taken_back(
    row: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str, ...]:
    """What the row names, needs that are gone, and facts that are open again."""
    found = ["danger" if name == "urgency" else name for name in row.get("drop", ())]
    found += [need for need in before["needs"] if need not in after["needs"]]
    found += [name for name in REOPENED if before[name] != START[name] and after[name] == START[name]]
    return tuple(dict.fromkeys(found))


def topic_of(dialogue: Dialogue) -> str:
    """The group of a dialogue's turns for cross-validation."""
    return f"dialogues_{dialogue.topic}"


def as_message(turn: DialogueTurn, topic: str) -> LabelledMessage:
    """The turn as a message read on its own: what it leaves open is marked as unknown."""
    before, after = turn.before, turn.after
    first = not turn.earlier
    unknown: set[str] = set()
    for name in () if first else ("scope", "who", "gender", "area", "lgbt"):
        if name not in turn.set and (name in ("scope", "who") or before[name] != START[name]):
            unknown.add(name)
    if "despair" not in turn.set and before["despair"] != "none":
        unknown |= {"despair", "despair_other"}
    lists: dict[str, list[str]] = {}
    for name in ("needs", "abuse"):
        lists[name] = [value for value in after[name] if value not in before[name]]
        unknown |= {f"{name}:{value}" for value in after[name] if value in before[name]}
    calm = before["urgency"] == "none"
    metadata: dict[str, Any] = {
        **lists,
        "scope": after["scope"],
        "who": after["who"],
        "gender": after["gender"] if "gender" in turn.set else "unknown",
        "area": after["area"] if "area" in turn.set else "unknown",
        "lgbt": after["lgbt"] if "lgbt" in turn.set else False,
        "despair": after["despair"] if "despair" in turn.set else "none",
        "urgency": "immediate"
        if "urgency" in turn.set and after["urgency"] == "immediate"
        else "not_immediate",
        "asks": list(turn.asks),
        "taken_back": list(turn.taken_back),
        "danger_over": "urgency" in turn.set and after["urgency"] == "none" and not calm,
        "danger_less": "urgency" in turn.set
        and after["urgency"] == "check"
        and before["urgency"] == "immediate",
        "danger_in_context": "urgency" in turn.set and after["urgency"] == "check" and calm and not first,
    }
    if "urgency" not in turn.set and (not calm or after["urgency"] != "none"):
        unknown |= {"danger", "danger_in_context"}
    if "urgency" not in turn.set and calm:
        unknown.add("danger_over")
    return label_message(
        turn.say, {**metadata, "unknown": sorted(unknown)}, intent=intent_of(turn), topic=topic
    )


def intent_of(turn: DialogueTurn) -> str:
    """The intent that fits what the turn does."""
    new_needs = [need for need in turn.after["needs"] if need not in turn.before["needs"]]
    few = len(turn.say.split()) <= FEW_WORDS
    if "urgency" in turn.set and turn.after["urgency"] == "immediate" and turn.after["scope"] == "disclosure":
        return "affirm" if few and turn.question == "danger" else "report_danger"
    if turn.question == "danger" and few and "urgency" in turn.set:
        return "deny" if turn.after["urgency"] == "none" else "affirm"
    if "abuse" in turn.set or "scope" in turn.set:
        return {
            "disclosure": "describe_own_behaviour"
            if turn.after["who"] == "perpetrator"
            else "describe_situation",
            "self_harm": "express_self_harm",
            "ask_help": "ask_help",
            "info": "ask_question",
            "out_of_scope": "out_of_scope",
        }.get(turn.after["scope"], "inform")
    if new_needs:
        return NEED_INTENTS.get(new_needs[0], "ask_help")
    asked = set(turn.asks)
    if asked and asked <= {"thanks_bye"}:
        return "thank"
    if asked and not asked & {"correction", "unclear", "insult_or_trick"}:
        return "ask_question"
    if "insult_or_trick" in asked:
        return "insult"
    if turn.taken_back or "correction" in asked:
        return "deny"
    return "inform"
