"""One message within its talk: what the urgency is after it, given what it was before and what was said before.

A linear model for each urgency that may stand before the message. It only ever turns into the same signs that a message
can carry by itself (danger, danger over, danger less, danger in context), so that what always holds of a conversation is
held by ``signpost.dialogue``, whatever is learned here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from signpost.dialogue.state import Question, Told
from signpost.routing.situation import Despair
from signpost.understanding.decision import Reading
from signpost.understanding.heads import SLOT_OF, Output, choice_outputs

URGENCIES = ("none", "check", "immediate")
# What of a reading the model looks at: raw scores by output, alone and with the earlier messages.
LOOKED_AT = (
    *(
        Output(label, "yes")
        for label in ("danger", "danger_over", "danger_less", "danger_in_context", "despair", "despair_other")
    ),
    *choice_outputs("scope"),
    *choice_outputs("who"),
    Output("asks", "danger_over"),
    Output("asks", "correction"),
    Output("asks", "abuser_arrives"),
)
COLUMNS = [SLOT_OF[output] for output in LOOKED_AT]
PENALTY_C = 0.05
# Beside the tuned layers: the model that also reads the earlier words, and the one for clients that send none.
TURNS_FILE, TURNS_WITHOUT_WORDS_FILE = "turns.npz", "turns_without_words.npz"
# A sign is taken over from here where the model is this sure of it; that danger is over, where it is surer still: danger
# missed is worse than a question too many.
SURE, SURE_THAT_IT_IS_OVER = 0.5, 0.8


@dataclass(frozen=True)
class Before:
    """What stood before a message: plain data, as the conversation's memory has it."""

    urgency: str = "none"
    pending_danger: bool = False  # the question whether there is danger was asked last
    disclosed: bool = False
    despair: bool = False
    earlier: tuple[str, ...] = ()  # the person's own newest messages, where the page sent them


def before_of(told: Told, earlier: Sequence[str] = ()) -> Before:
    """What the conversation's memory says before a message, and what the page remembers of the person's words."""
    return Before(
        urgency=told.situation.urgency.value,
        pending_danger=told.pending is Question.DANGER,
        disclosed=told.disclosed,
        despair=told.situation.despair is not Despair.NONE,
        earlier=tuple(earlier),
    )


@dataclass(frozen=True)
class Turn:
    """One message within its talk.

    ``alone`` and ``joined`` are raw scores of the message by itself and read with the earlier ones, shape (outputs,);
    ``answers`` how likely the message is a yes and a no, by intent (affirm, deny).
    """

    alone: np.ndarray
    joined: np.ndarray
    answers: Mapping[str, float]
    before: Before


@dataclass(frozen=True)
class Sees:
    """What a turn model looks at besides the message itself: the earlier words, the state."""

    words: bool = True
    state: bool = True

    def of(self, turn: Turn) -> Turn:
        """The turn without what is not looked at."""
        if not self.words:
            turn = replace(turn, joined=np.zeros_like(turn.joined))
        return turn if self.state else replace(turn, before=Before())


def turn_row(turn: Turn) -> np.ndarray:
    """What the model sees of one turn, shape (features,)."""
    yes, no = turn.answers.get("affirm", 0.0), turn.answers.get("deny", 0.0)
    asked = float(turn.before.pending_danger)
    disclosed, despair = float(turn.before.disclosed), float(turn.before.despair)
    facts = np.array([yes, no, asked, asked * yes, asked * no, disclosed, despair])
    return np.concatenate([turn.alone[COLUMNS], turn.joined[COLUMNS], facts]).astype(np.float64)


class TurnModel:
    """By the urgency before: ``weights`` (features + 1, urgencies), the last row the offset, on standardised features."""

    def __init__(
        self, weights: Mapping[str, np.ndarray], mean: np.ndarray, spread: np.ndarray, sees: Sees
    ) -> None:
        self.weights, self.mean, self.spread, self.sees = dict(weights), mean, spread, sees

    @classmethod
    def fit(cls, turns: Sequence[Turn], after: Sequence[str], sees: Sees) -> TurnModel:
        """Fit on turns and the true urgency after each."""
        seen = [sees.of(turn) for turn in turns]
        rows, before = np.vstack([turn_row(turn) for turn in seen]), [turn.before.urgency for turn in seen]
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        spread[spread < 1e-6] = 1.0
        scaled = (rows - mean) / spread
        weights = {}
        for urgency in URGENCIES:
            mine = np.array([value == urgency for value in before])
            if len(set(np.array(after)[mine])) < 2:  # never seen: nothing is changed there
                continue
            model = LogisticRegression(C=PENALTY_C, max_iter=500)
            model.fit(scaled[mine], np.array(after)[mine])
            table = np.full((rows.shape[1] + 1, len(URGENCIES)), 0.0)
            table[-1] = -30.0
            for name, coef, offset in zip(model.classes_, *_per_class(model)):
                table[:, URGENCIES.index(name)] = [*coef, offset]
            weights[urgency] = table
        return cls(weights, mean, spread, sees)

    def chances(self, turn: Turn) -> dict[str, float]:
        """How likely each urgency is after the turn."""
        seen = self.sees.of(turn)
        if seen.before.urgency not in self.weights:
            return {name: float(name == seen.before.urgency) for name in URGENCIES}
        row = (turn_row(seen) - self.mean) / self.spread
        scores = np.append(row, 1.0) @ self.weights[seen.before.urgency]
        exponential = np.exp(scores - scores.max())
        return dict(zip(URGENCIES, map(float, exponential / exponential.sum())))

    def save(self, path: Path) -> None:
        """Write as npz, no pickle."""
        sees = np.array([self.sees.words, self.sees.state])
        np.savez(path, mean=self.mean, spread=self.spread, sees=sees, **self.weights)

    @classmethod
    def load(cls, path: Path) -> TurnModel:
        """Read what ``save`` wrote.

        Raises:
            OSError, ValueError, KeyError: the file is missing or broken.
        """
        with np.load(path, allow_pickle=False) as stored:
            weights = {name: stored[name] for name in URGENCIES if name in stored}
            words, state = map(bool, stored["sees"])
            return cls(weights, stored["mean"], stored["spread"], Sees(words=words, state=state))


def _per_class(model: LogisticRegression) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and offsets for every class; scikit-learn keeps one row where there are two."""
    if len(model.classes_) == 2:
        return np.vstack([-model.coef_ / 2, model.coef_ / 2]), np.concatenate(
            [-model.intercept_ / 2, model.intercept_ / 2]
        )
    return model.coef_, model.intercept_


def in_its_talk(reading: Reading, chances: Mapping[str, float], before: Before) -> Reading:
    """The reading with the signs of danger as they are within the talk.

    Where danger stands, the model says whether it ends or weakens; where none stands, it may raise a question that the
    message alone does not raise. It never takes back an alarm that the message raises by itself, nor one that stands
    beside despair: that ends by a plain word only.
    """
    if before.urgency == "none":
        if chances["none"] < 1.0 - SURE and reading.urgency == "none" and not reading.danger_over:
            return replace(reading, danger_in_context=True)
        return reading
    sign = reading.urgency == "immediate" or reading.danger_in_context
    if chances["none"] >= SURE_THAT_IT_IS_OVER and not sign and not before.despair:
        said = reading.danger_over
        return replace(reading, danger_over=True, over_in_context=not said, danger_less=False, urgency="none")
    if before.urgency == "immediate" and reading.danger_less and reading.urgency == "immediate":
        # "it's gone quiet" reads like danger by itself, and the question goes on being asked
        return replace(reading, urgency="check")
    if before.urgency == "immediate" and chances["check"] >= SURE and reading.urgency != "immediate":
        return replace(reading, danger_over=False, danger_less=True)
    return reading
