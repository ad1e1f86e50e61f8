"""The linear heads: one logistic regression a label on the features of a message, calibrated.

Every label is predicted on its own. A head's score becomes a probability by a slope and an offset (Platt) that were
fitted on messages which neither the encoder nor the heads had seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from signpost.understanding.labels import ANY_OF, ONE_OF, YES_NO, LabelledMessage

# Inverse strength of the L2 penalty on standardised features.
PENALTY_C = 0.01
MAX_ITERATIONS = 300
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


def holds(message: LabelledMessage, output: Output) -> bool:
    """Whether an output's label is true of a message."""
    if output.label in YES_NO:
        return message.yes_no[output.label]
    if output.label in ANY_OF:
        return output.value in message.any_of[output.label]
    return message.one_of[output.label] == output.value


@dataclass(frozen=True)
class Calibration:
    """Slope and offset a label: probability = sigmoid(slope * score + offset), or softmax(slope * scores)."""

    slope: Mapping[str, float]
    offset: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"slope": dict(self.slope), "offset": dict(self.offset)}


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
        scaled = (features - mean) / spread
        wanted = truth(messages)
        weights = np.zeros((features.shape[1], len(OUTPUTS)))
        bias = np.full(len(OUTPUTS), -10.0)
        heads = list(_head_columns())
        for number, columns in enumerate(heads, start=1):
            coef, intercept = _fit_head(scaled, wanted[:, columns], sample_weight)
            weights[:, columns] = coef / spread[:, None]
            bias[columns] = intercept - (mean / spread) @ coef
            tell(number / len(heads))
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


def _fit_head(
    scaled: np.ndarray, wanted: np.ndarray, sample_weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (width, outputs) and bias (outputs,) of one head."""
    outputs = wanted.shape[1]
    coef, intercept = np.zeros((scaled.shape[1], outputs)), np.full(outputs, -10.0)
    classes = wanted[:, 0].astype(int) if outputs == 1 else wanted.argmax(axis=1)
    if np.bincount(classes, minlength=2).max() > len(classes) - LEAST_POSITIVES:
        return coef, intercept
    model = LogisticRegression(C=PENALTY_C, max_iter=MAX_ITERATIONS)
    model.fit(scaled, classes, sample_weight=sample_weight)
    if outputs == 1:
        return model.coef_.T, model.intercept_
    coef[:, model.classes_], intercept[model.classes_] = model.coef_.T, model.intercept_
    return coef, intercept


def probabilities(scores: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Calibrated probabilities of the same shape as the scores (messages, outputs)."""
    result = np.empty_like(scores, dtype=np.float64)
    for columns in _head_columns():
        label = OUTPUTS[columns[0]]
        if len(columns) == 1:
            slope, offset = calibration.slope.get(label.key, 1.0), calibration.offset.get(label.key, 0.0)
            result[:, columns[0]] = 1.0 / (1.0 + np.exp(-(slope * scores[:, columns[0]] + offset)))
        else:
            stretched = calibration.slope.get(label.label, 1.0) * scores[:, columns]
            stretched -= stretched.max(axis=1, keepdims=True)
            exponential = np.exp(stretched)
            result[:, columns] = exponential / exponential.sum(axis=1, keepdims=True)
    return result


def calibrate(scores: np.ndarray, wanted: np.ndarray) -> Calibration:
    """Fit slope and offset of every head on scores of unseen messages and what was true of them."""
    slope, offset = {}, {}
    for columns in _head_columns():
        output = OUTPUTS[columns[0]]
        if len(columns) == 1:
            truth_column = wanted[:, columns[0]]
            if truth_column.all() or not truth_column.any():
                continue
            model = LogisticRegression(C=1e6).fit(scores[:, columns], truth_column)
            slope[output.key], offset[output.key] = float(model.coef_[0, 0]), float(model.intercept_[0])
        else:
            slope[output.label] = _temperature(scores[:, columns], wanted[:, columns].argmax(axis=1))
    return Calibration(slope, offset)


def _temperature(scores: np.ndarray, classes: np.ndarray) -> float:
    """The stretch of the scores at which the true class is likeliest, out of a fixed grid."""
    grid = np.geomspace(0.05, 5, 80)

    def surprise(stretch: float) -> float:
        stretched = stretch * scores
        top = stretched.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(stretched - top).sum(axis=1))
        return float(np.mean(log_sum - stretched[np.arange(len(classes)), classes]))

    return float(min(grid, key=surprise))
