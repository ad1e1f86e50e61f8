"""What each confusion costs the person who meets it, and the thresholds that cost least.
docs/understanding.md has the table.

One false question is the unit. The costs are judgements about harm, not measurements; they are set down here
once, before any threshold is chosen.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import precision_recall_curve

from signpost.understanding.decision import DANGER, Thresholds
from signpost.understanding.floor import QUESTIONS
from signpost.understanding.heads import SLOT_OF, Output, yes_no_outputs

COSTS = {
    "an emergency missed": 100.0,
    "despair of the writer missed": 60.0,
    "despair of somebody else missed": 20.0,
    "somebody harmed is sent to the line for people who harm": 60.0,
    "somebody who harms is taken for somebody harmed": 6.0,
    "a child is shown the lines for grown-ups only": 40.0,
    "a grown-up is shown the lines for children": 20.0,
    "a grown-up is shown one line for children among the others": 1.0,
    "999 on top without need": 4.0,
    "a needless question about danger": 1.0,
    "a question is left unanswered": 3.0,
    "an answer to what was not asked": 1.0,
    "Samaritans shown without need": 2.0,
    "Samaritans among the others where it should stand first": 8.0,
    "Samaritans first without need": 4.0,
}
# A needless question puts 999 above what was asked for, so it is bounded whatever it would find.
# With what the independent readers add, 8 % of calm messages bring one.
MAX_FALSE_ALARMS = 0.07
MAX_SAMARITANS_SHOWN = 0.02
# So many of the grown-ups may see Childline among their lines.
MAX_CHILDLINE_BESIDE = 0.08
# So many of the messages about something else the independent reader may keep from being out of scope.
MAX_SUBJECT = 0.04
# Where words of despair are named, its threshold falls to no less than this proportion of the ordinary one.
MIN_NAMED = 0.5
# So many of the calm messages the independent readers may add.
MAX_ADDED = 0.005
GRID = np.concatenate([np.geomspace(0.003, 0.1, 40), np.linspace(0.11, 0.97, 87)])


def choose_thresholds(
    chances: np.ndarray,
    floor: np.ndarray,
    intent_danger: np.ndarray,
    wanted: np.ndarray,
    told: np.ndarray,
    names_self_harm: np.ndarray,
    grown_up: np.ndarray,
) -> Thresholds:
    """The thresholds of least cost on cross-validated predictions.

    Args:
        chances, wanted, told: shape (messages, outputs).
        floor: shape (messages, questions).
        intent_danger, names_self_harm, grown_up: shape (messages,).
    """

    def column(label: str, value: str = "yes") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        slot = SLOT_OF[Output(label, value)]
        return chances[:, slot], wanted[:, slot], told[:, slot]

    def cheapest(
        label: str,
        value: str,
        missed: str,
        needless: str,
        *,
        bound: float = 1.0,
        among: np.ndarray | None = None,
    ) -> float:
        chance, holds, known = column(label, value)
        rows = known if among is None else known & among
        return _cheapest(chance[rows], holds[rows], COSTS[missed], COSTS[needless], bound=bound)

    danger, is_danger, asked = column("danger")
    despair, is_despair, open_despair = column("despair")
    check = cheapest(
        "danger",
        "yes",
        "an emergency missed",
        "a needless question about danger",
        bound=MAX_FALSE_ALARMS,
    )
    needless = "999 on top without need"
    immediate = max(check, cheapest("danger", "yes", needless, needless))
    writer_missed, shown = "despair of the writer missed", "Samaritans shown without need"
    own = cheapest("despair", "yes", writer_missed, shown, bound=MAX_SAMARITANS_SHOWN)
    own_named = cheapest("despair", "yes", writer_missed, shown, among=names_self_harm)
    others = cheapest(
        "despair_other", "yes", "despair of somebody else missed", shown, bound=MAX_SAMARITANS_SHOWN
    )
    second, first = (
        "Samaritans among the others where it should stand first",
        "Samaritans first without need",
    )
    perpetrator = cheapest(
        "who",
        "perpetrator",
        "somebody who harms is taken for somebody harmed",
        "somebody harmed is sent to the line for people who harm",
    )
    child_missed = "a child is shown the lines for grown-ups only"
    child = cheapest("who", "child", child_missed, "a grown-up is shown the lines for children")
    perhaps_child = cheapest(
        "who",
        "child",
        child_missed,
        "a grown-up is shown one line for children among the others",
        bound=MAX_CHILDLINE_BESIDE,
        among=~grown_up,
    )
    labels = {
        output.key: best_f1_threshold(
            chances[told[:, SLOT_OF[output]], SLOT_OF[output]],
            wanted[told[:, SLOT_OF[output]], SLOT_OF[output]],
        )
        for output in yes_no_outputs()
        if output != DANGER and output.label != "asks" and not output.label.startswith("despair")
    }
    # each topic alone has too few messages to choose by
    topics = [slot for output, slot in SLOT_OF.items() if output.label == "asks"]
    answerable = told[:, topics].all(axis=1)
    asked_about = _cheapest(
        chances[answerable][:, topics].ravel(),
        wanted[answerable][:, topics].ravel(),
        COSTS["a question is left unanswered"],
        COSTS["an answer to what was not asked"],
    )
    labels |= {output.key: asked_about for output in SLOT_OF if output.label == "asks"}
    scope = Output("scope", "out_of_scope")
    off_topic = wanted[:, SLOT_OF[scope]] & told[:, SLOT_OF[scope]]
    subject = float(np.quantile(floor[off_topic, QUESTIONS.index("subject")], 1.0 - MAX_SUBJECT))
    calm = asked & ~is_danger & (danger < check)
    happy = open_despair & ~is_despair & (despair < own)
    return Thresholds(
        immediate=immediate,
        check=check,
        intent_check=_rarely_exceeded(intent_danger[calm]),
        floor_danger=_rarely_exceeded(floor[calm, QUESTIONS.index("danger")]),
        despair=own,
        despair_named=min(own, max(own_named, own * MIN_NAMED)),
        despair_other=others,
        despair_first=max(own, cheapest("despair", "yes", second, first)),
        despair_other_first=max(others, cheapest("despair_other", "yes", second, first)),
        floor_despair=_rarely_exceeded(floor[happy, QUESTIONS.index("despair")]),
        floor_subject=subject,
        over=labels["danger_over:yes"],
        perpetrator=perpetrator,
        child=child,
        perhaps_child=min(child, perhaps_child),
        labels=labels,
    )


def _cheapest(
    chance: np.ndarray, holds: np.ndarray, missed: float, needless: float, *, bound: float = 1.0
) -> float:
    """The threshold of least cost, among those that let at most ``bound`` of the others through."""
    calm = chance[~holds]
    best, least = 0.5, np.inf
    for threshold in GRID:
        alarms = calm >= threshold
        cost = missed * np.sum(holds & (chance < threshold)) + needless * np.sum(alarms)
        if cost < least and (not len(calm) or alarms.mean() <= bound):
            best, least = float(threshold), float(cost)
    return best


def _rarely_exceeded(chance: np.ndarray) -> float:
    """What MAX_ADDED of the messages exceed."""
    return float(np.quantile(chance, 1.0 - MAX_ADDED, method="higher")) if len(chance) else 1.0


def best_f1_threshold(chances: np.ndarray, wanted: np.ndarray) -> float:
    """The chance at which F1 is best, between 0.1 and 0.8; 0.5 where the label never occurs."""
    if not wanted.any():
        return 0.5
    precision, recall, thresholds = precision_recall_curve(wanted, chances)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-9)
    return float(np.clip(thresholds[f1.argmax()], 0.1, 0.8))
