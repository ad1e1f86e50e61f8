"""The linear heads: one logistic regression a label on the features of a message, calibrated.

Every label is predicted on its own. A head's score becomes a probability by a slope and an offset (Platt) that were
fitted on messages which neither the encoder nor the heads had seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from signpost.understanding.labels import ANY_OF, ONE_OF, YES_NO, LabelledMessage

# Inverse strength of the L2 penalty on standardised features.
PENALTY_C = 0.01
# Stopped early: more bring nothing on unseen messages.
MAX_ITERATIONS = 120
# A label with fewer positive training messages than this is not learned: its head always says "no".
LEAST_POSITIVES = 5


@dataclass(frozen=True)
class Output:
    """One number that the heads give: ``label`` is the group, ``value`` the choice within it."""

    label: str
    value: str

    @property
    def key(self) -> str:
        """Name in files."""
        return f"{self.label}:{self.value}"


def yes_no_outputs() -> list[Output]:
    """Outputs that hold or do not, each on its own."""
    several = [Output(label, value) for label, values in ANY_OF.items() for value in values]
    return [Output(label, "yes") for label in YES_NO] + several


def yes_no_columns() -> list[int]:
    """Columns of the outputs that hold or do not."""
    return [SLOT_OF[output] for output in yes_no_outputs()]


def choice_outputs(label: str) -> list[Output]:
    """Outputs of which exactly one holds."""
    return [Output(label, value) for value in ONE_OF[label]]


OUTPUTS: tuple[Output, ...] = (
    *yes_no_outputs(),
    *(output for label in ONE_OF for output in choice_outputs(label)),
)
SLOT_OF = {output: position for position, output in enumerate(OUTPUTS)}


def truth(messages: Sequence[LabelledMessage]) -> np.ndarray:
    """What holds, shape (messages, outputs), bool."""
    return np.array([[holds(message, output) for output in OUTPUTS] for message in messages], bool)


def known(messages: Sequence[LabelledMessage]) -> np.ndarray:
    """Which labels the messages do not leave open, shape (messages, outputs), bool."""
    return np.array(
        [[not {output.label, output.key} & message.unknown for output in OUTPUTS] for message in messages],
        bool,
    )


def holds(message: LabelledMessage, output: Output) -> bool:
    """Whether an output's label is true of a message."""
    if output.label in YES_NO:
        return message.yes_no[output.label]
    if output.label in ANY_OF:
        return output.value in message.any_of[output.label]
    return message.one_of[output.label] == output.value


@dataclass(frozen=True)
class Calibration:
    """By label: probability = sigmoid(slope * whole + offset + parts * rise), or softmax(slope * whole).

    The rise is how far the score of the most telling sentence lies above that of the whole text.
    """

    slope: Mapping[str, float]
    offset: Mapping[str, float]
    parts: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"slope": dict(self.slope), "offset": dict(self.offset), "parts": dict(self.parts)}


UNCALIBRATED = Calibration({}, {})


class Heads:
    """All heads as one matrix: ``scores = features @ weights + bias``."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights = weights
        self.bias = bias

    @classmethod
    def fit(
        cls,
        features: np.ndarray,
        messages: Sequence[LabelledMessage],
        *,
        sample_weight: np.ndarray | None = None,
        tell: Callable[[float], None] = lambda share: None,
    ) -> Heads:
        """Fit every head on features of shape (messages, width). ``tell`` hears the share that is done."""
        mean, spread = features.mean(axis=0), features.std(axis=0)
        spread[spread < 1e-6] = 1.0
        scaled = ((features - mean) / spread).astype(np.float32)
        coef, intercept = _fit(scaled, truth(messages), known(messages), sample_weight, tell)
        weights, bias = coef / spread[:, None], intercept - (mean / spread) @ coef
        return cls(weights.astype(np.float32), bias.astype(np.float32))

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Raw scores, shape (messages, outputs)."""
        return features @ self.weights + self.bias

    def save(self, path: Path) -> None:
        """Write as npz, no pickle."""
        np.savez(
            path, weights=self.weights, bias=self.bias, outputs=np.array([output.key for output in OUTPUTS])
        )

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read what ``save`` wrote.

        Raises:
            ValueError: the file is broken or was written for other labels.
        """
        with np.load(path, allow_pickle=False) as stored:
            if list(stored["outputs"]) != [output.key for output in OUTPUTS]:
                raise ValueError("The heads were trained for other labels.")
            return cls(stored["weights"], stored["bias"])


def _head_columns() -> Iterable[list[int]]:
    for output in yes_no_outputs():
        yield [SLOT_OF[output]]
    for label in ONE_OF:
        yield [SLOT_OF[output] for output in choice_outputs(label)]


def _fit(
    scaled: np.ndarray,
    wanted: np.ndarray,
    told: np.ndarray,
    sample_weight: np.ndarray | None,
    tell: Callable[[float], None] = lambda share: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (width, outputs) and bias (outputs,) of all heads, by one regression together.

    The loss is scikit-learn's (half the squared weights, and C times the log loss), summed over the heads, so each
    head comes out as if it were fitted alone; together they are matrix products instead of 150 separate fits.
    """
    weight, target = told.astype(np.float32), wanted.astype(np.float32)
    if sample_weight is not None:
        weight *= sample_weight[:, None]
    positives = (wanted & told).sum(axis=0)
    negatives = told.sum(axis=0) - positives
    learned = (positives >= LEAST_POSITIVES) & (negatives >= LEAST_POSITIVES)
    for label in ONE_OF:
        columns = [SLOT_OF[output] for output in choice_outputs(label)]
        learned[columns] = (positives[columns] > 0) & (negatives[columns].min() >= LEAST_POSITIVES)
    kept = np.flatnonzero(learned)
    weight, target = weight[:, kept], target[:, kept]
    groups = [np.flatnonzero(np.isin(kept, columns)) for columns in _head_columns() if len(columns) > 1]
    choices = [columns for columns in groups if len(columns)]
    width = scaled.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        table = flat.reshape(width + 1, len(kept)).astype(np.float32)
        scores = scaled @ table[:-1] + table[-1]
        chances = expit(scores)
        surprise = weight * (np.logaddexp(0.0, scores) - target * scores)
        for columns in choices:
            own = scores[:, columns]
            chances[:, columns] = softmax(own, axis=1)
            surprise[:, columns] = -weight[:, columns] * target[:, columns] * log_softmax(own, axis=1)
        error = weight * (chances - target)
        value = 0.5 * float(np.square(table[:-1]).sum()) + PENALTY_C * float(surprise.sum(dtype=np.float64))
        gradient = np.vstack([table[:-1] + PENALTY_C * (scaled.T @ error), PENALTY_C * error.sum(axis=0)])
        return value, gradient.astype(np.float64).ravel()

    rounds = count(1)
    found = minimize(
        loss,
        np.zeros((width + 1) * len(kept)),
        jac=True,
        method="L-BFGS-B",
        callback=lambda _: tell(next(rounds) / MAX_ITERATIONS),
        options={"maxiter": MAX_ITERATIONS, "maxcor": 20},
    )
    tell(1.0)
    table = found.x.reshape(width + 1, len(kept))
    coef, intercept = np.zeros((width, len(OUTPUTS))), np.full(len(OUTPUTS), -10.0)
    coef[:, kept], intercept[kept] = table[:-1], table[-1]
    return coef, intercept


def probabilities(whole: np.ndarray, parts: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Calibrated probabilities from scores of the whole texts and of their parts, each of shape (messages, outputs)."""
    result = np.empty(whole.shape, np.float64)
    for columns in _head_columns():
        output = OUTPUTS[columns[0]]
        if len(columns) == 1:
            slope, offset = calibration.slope.get(output.key, 1.0), calibration.offset.get(output.key, 0.0)
            score = slope * whole[:, columns[0]] + offset
            # a part can only add: a calm sentence takes nothing from an alarming whole
            rise = np.maximum(parts[:, columns[0]] - whole[:, columns[0]], 0.0)
            score = score + calibration.parts.get(output.key, 0.0) * rise
            result[:, columns[0]] = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
        else:
            stretched = calibration.slope.get(output.label, 1.0) * whole[:, columns]
            stretched -= stretched.max(axis=1, keepdims=True)
            exponential = np.exp(stretched)
            result[:, columns] = exponential / exponential.sum(axis=1, keepdims=True)
    return result


def calibrate(
    whole: np.ndarray, parts: np.ndarray, wanted: np.ndarray, told: np.ndarray | None = None
) -> Calibration:
    """Fit slope, offset and the weight of parts of every head on scores of unseen messages and what was true of them.

    All of shape (messages, outputs); ``told`` says which labels the messages do not leave open.
    """
    slope, offset, rise_weight = {}, {}, {}
    told = np.ones_like(wanted) if told is None else told
    for columns in _head_columns():
        output, rows = OUTPUTS[columns[0]], told[:, columns[0]]
        if len(columns) == 1:
            truth_column = wanted[rows, columns[0]]
            if truth_column.all() or not truth_column.any():
                continue
            score = whole[rows, columns[0]]
            rise = np.maximum(parts[rows, columns[0]] - score, 0.0)
            model = LogisticRegression(C=1e4).fit(np.stack([score, rise], axis=1), truth_column)
            if model.coef_[0, 1] < 0:  # parts mislead here: they do not count
                model = LogisticRegression(C=1e4).fit(np.stack([score, 0 * rise], axis=1), truth_column)
            slope[output.key], rise_weight[output.key] = map(float, model.coef_[0])
            offset[output.key] = float(model.intercept_[0])
        else:
            slope[output.label] = _temperature(
                whole[rows][:, columns], wanted[rows][:, columns].argmax(axis=1)
            )
    return Calibration(slope, offset, rise_weight)


def _temperature(scores: np.ndarray, classes: np.ndarray) -> float:
    """The stretch of the scores at which the true class is likeliest, out of a fixed grid."""
    grid = np.geomspace(0.05, 5, 80)

    def surprise(stretch: float) -> float:
        stretched = stretch * scores
        top = stretched.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(stretched - top).sum(axis=1))
        return float(np.mean(log_sum - stretched[np.arange(len(classes)), classes]))

    return float(min(grid, key=surprise))
