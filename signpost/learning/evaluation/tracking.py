"""Dialogue state tracking, measured as the field does: what is believed after each turn against what a
careful listener believes.

Joint accuracy counts a turn as right when every slot is (MultiWOZ's measure); danger and despair also have
the delay, in turns, with which their rise and fall are noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from spacy.language import Language

from signpost.dialogue.hearing import heard_from
from signpost.dialogue.plain import to_plain
from signpost.dialogue.state import Told, ask, hear, next_question
from signpost.learning.corpus.dialogues import Dialogue, DialogueTurn
from signpost.learning.evaluation.crossvalidate import FoldModels
from signpost.nlu.situation_classifier import as_entities
from signpost.nlu.spacy_reader import word_entities
from signpost.routing.clock import Clock
from signpost.understanding.decision import Reading, Understanding
from signpost.understanding.features import part_rows, whole_rows
from signpost.understanding.floor import QUESTIONS
from signpost.understanding.read import Evidence, read, with_signals
from signpost.understanding.surface import with_earlier
from signpost.understanding.turns import Before, Sees, Turn, TurnModel, before_of, in_its_talk
from signpost.understanding.words import Words, read_words

SLOTS = ("urgency", "who", "gender", "lgbt", "area", "needs", "despair")
# By day, far from the edge of office hours: what is asked does not depend on the hour.
BY_DAY = Clock(mk_open=True, near_edge=False, office_hours=True)
ANSWERS = ("affirm", "deny")


@dataclass(frozen=True)
class TurnEvidence:
    """All that is known of one turn before anything is decided; by models that have not seen its file."""

    turn: DialogueTurn
    evidence: Evidence
    joined: np.ndarray  # scores of the turn read with what was said before, shape (outputs,)
    answers: dict[str, float]  # how likely it is a yes and a no
    intent: str
    confidence: float
    last: bool  # of its dialogue


def evidence_of(dialogues: Sequence[Dialogue], models: FoldModels, nlp: Language) -> list[list[TurnEvidence]]:
    """The evidence of every turn, dialogue by dialogue."""
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    if not turns:
        return []
    words = [read_words(nlp, turn.say) for turn in turns]
    rows = whole_rows(models.encode, words)
    whole = models.heads.scores(rows)
    parts = whole.copy()
    features, owner = part_rows(models.encode, words)
    if len(owner):
        scores = models.heads.scores(features)
        for number in np.unique(owner):
            parts[number] = scores[owner == number].max(axis=0)
    joined = models.heads.scores(_joined_rows(turns, words, models))
    floor = models.floor.chances([entry.folded for entry in words])
    chances = models.intents.predict_proba(rows)
    names = list(models.intents.classes_)
    found = [
        TurnEvidence(
            turn,
            Evidence(
                words[number],
                whole[number],
                parts[number],
                dict(zip(QUESTIONS, map(float, floor[number]))),
                float(chances[number, names.index("report_danger")]),
            ),
            joined[number],
            {name: float(chances[number, names.index(name)]) for name in ANSWERS},
            names[int(chances[number].argmax())],
            float(chances[number].max()),
            last=False,
        )
        for number, turn in enumerate(turns)
    ]
    by_dialogue, start = [], 0
    for dialogue in dialogues:
        by_dialogue.append(found[start : start + len(dialogue.turns)])
        start += len(dialogue.turns)
    return by_dialogue


def _joined_rows(turns: Sequence[DialogueTurn], words: Sequence[Words], models: FoldModels) -> np.ndarray:
    windows = models.encode([with_earlier(turn.say, turn.earlier) for turn in turns])
    return np.vstack([with_signals(vectors, entry).max(axis=0) for vectors, entry in zip(windows, words)])


def fit_turns(talks: Sequence[Sequence[TurnEvidence]], sees: Sees) -> TurnModel:
    """A turn model from the true state before each turn, and the true urgency after it."""
    entries = [entry for talk in talks for entry in talk]
    turns = [_turn(entry, true_before(entry.turn)) for entry in entries]
    return TurnModel.fit(turns, [str(entry.turn.after["urgency"]) for entry in entries], sees)


def _turn(entry: TurnEvidence, before: Before) -> Turn:
    return Turn(entry.evidence.whole, entry.joined, entry.answers, before)


def true_before(turn: DialogueTurn) -> Before:
    """What stood before a turn, by its labels."""
    before = turn.before
    return Before(
        urgency=before["urgency"],
        pending_danger=turn.question == "danger",
        disclosed=before["scope"] in ("disclosure", "self_harm"),
        despair=before["despair"] != "none",
        earlier=turn.earlier,
    )


# What the turn model may look at besides the message itself, by the name of the way.
WAYS = {"state": Sees(words=False), "words": Sees(state=False), "state and words": Sees()}
RULES = "rules over single labels"
# The turn models are small, and are learned and tried on talks that neither encoder nor heads have seen.
GROUPS = 3


def ways_compared(
    talks: Sequence[Sequence[TurnEvidence]], understanding: Understanding
) -> dict[str, dict[str, Any]]:
    """Rules alone, and the turn model with each of WAYS; every talk by a model that has not
    seen its group."""
    table = {RULES: track(talks, understanding).proportions()}
    for name, sees in WAYS.items():
        models = [
            fit_turns([talk for number, talk in enumerate(talks) if number % GROUPS != group], sees)
            for group in range(GROUPS)
        ]
        table[name] = track(talks, understanding, partial(_of_group, models)).proportions()
    return table


def _of_group(models: Sequence[TurnModel], number: int) -> TurnModel:
    return models[number % GROUPS]


def best_way(table: Mapping[str, Mapping[str, Any]]) -> str:
    """The way with the best joint accuracy among those that the table compares."""
    return max(WAYS, key=lambda name: float(table[name]["joint_accuracy"]))


@dataclass
class Tally:
    """Counts over turns; ``proportions`` gives the measures."""

    turns: int = 0
    joint: int = 0
    right: dict[str, int] = field(default_factory=dict)
    rises: list[int | None] = field(
        default_factory=list
    )  # delay in turns of each rise of danger, None: never noticed
    falls: list[int | None] = field(default_factory=list)
    alarming: int = 0
    missed: int = 0
    calm: int = 0
    calm_alarmed: int = 0
    despair_rises: list[int | None] = field(default_factory=list)
    dialogues: int = 0
    dialogues_right: int = 0

    def proportions(self) -> dict[str, Any]:
        """Every measure with its n."""

        def at_once(delays: list[int | None]) -> tuple[float, int]:
            return sum(delay == 0 for delay in delays) / max(1, len(delays)), len(delays)

        return {
            "turns": self.turns,
            "joint_accuracy": self.joint / max(1, self.turns),
            "slots": {name: count / max(1, self.turns) for name, count in self.right.items()},
            "dialogues_right": (self.dialogues_right / max(1, self.dialogues), self.dialogues),
            "rises_at_once": at_once(self.rises),
            "falls_at_once": at_once(self.falls),
            "danger_missed": (self.missed / max(1, self.alarming), self.alarming),
            "calm_alarmed": (self.calm_alarmed / max(1, self.calm), self.calm),
            "despair_at_once": at_once(self.despair_rises),
        }


def track(
    talks: Sequence[Sequence[TurnEvidence]],
    understanding: Understanding,
    model_of: Callable[[int], TurnModel | None] = lambda number: None,
) -> Tally:
    """Go through the talks as the bot does, and count.

    ``model_of`` gives the turn model of a talk, by its number.
    """
    tally = Tally()
    for number, talk in enumerate(talks):
        model, told = model_of(number), Told()
        states, wanted = [], []
        for entry in talk:
            sees_words = model is not None and model.sees.words and bool(entry.turn.earlier)
            evidence = replace(entry.evidence, joined=entry.joined if sees_words else None)
            reading = read(evidence, understanding.calibration, understanding.thresholds)
            if model is not None:
                before = before_of(told)
                reading = in_its_talk(reading, model.chances(_turn(entry, before)), before)
            heard = heard_from(_message(entry, reading), ())
            told = hear(told, heard)
            told = ask(told, next_question(told, heard, BY_DAY))
            states.append(state_of(told))
            wanted.append(entry.turn.after)
        _count(tally, states, wanted)
    return tally


def _message(entry: TurnEvidence, reading: Reading) -> dict[str, Any]:
    intent, confidence = entry.intent, entry.confidence
    if reading.urgency == "immediate":
        intent, confidence = "report_danger", reading.confidence["danger:yes"]
    length = len(entry.turn.say)
    entities = [*word_entities(entry.evidence.words, length), *as_entities(reading, length)]
    return {"intent": {"name": intent, "confidence": confidence}, "entities": entities}


def state_of(told: Told) -> dict[str, Any]:
    """What is believed, by SLOTS, as plain data."""
    plain = {name: to_plain(getattr(told.situation, name)) for name in SLOTS}
    return {**plain, "needs": sorted(plain["needs"] or ())}


def _count(tally: Tally, states: Sequence[dict[str, Any]], wanted: Sequence[Any]) -> None:
    all_right = True
    for state, truth in zip(states, wanted):
        tally.turns += 1
        right = {name: _same(name, state[name], truth[name]) for name in SLOTS}
        for name, holds in right.items():
            tally.right[name] = tally.right.get(name, 0) + holds
        joint = all(right.values())
        tally.joint += joint
        all_right &= joint
        if truth["urgency"] == "none":
            tally.calm += 1
            tally.calm_alarmed += state["urgency"] != "none"
        else:
            tally.alarming += 1
            tally.missed += state["urgency"] == "none"
    tally.dialogues += 1
    tally.dialogues_right += all_right
    alarm = [truth["urgency"] != "none" for truth in wanted]
    seen = [state["urgency"] != "none" for state in states]
    tally.rises += _delays(alarm, seen, rising=True)
    tally.falls += _delays(alarm, seen, rising=False)
    tally.despair_rises += _delays(
        [truth["despair"] != "none" for truth in wanted],
        [state["despair"] != "none" for state in states],
        rising=True,
    )


def _same(name: str, found: Any, truth: Any) -> bool:
    if name == "needs":  # what asks for nothing lasting is not kept
        lasting = {value for value in truth if value not in ("numbers", "privacy")}
        return {value for value in found if value not in ("numbers", "privacy")} == lasting
    return bool(found == truth)


def _delays(truth: Sequence[bool], seen: Sequence[bool], *, rising: bool) -> list[int | None]:
    """For each rise (or fall) of the truth, after how many turns it is seen; None where it is not before the
    truth changes."""
    delays: list[int | None] = []
    for at, holds in enumerate(truth):
        before = truth[at - 1] if at else False
        if holds is not rising or before is rising or (not rising and not at):
            continue
        until = next((later for later in range(at, len(truth)) if truth[later] is not rising), len(truth))
        delays.append(next((turn - at for turn in range(at, until) if seen[turn] is rising), None))
    return delays
