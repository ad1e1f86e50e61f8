"""What was measured of a model, as cards and results files hold it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError, parse_obj_as

T = TypeVar("T")


def from_json(kind: type[T], text: str) -> T:
    """Read a dataclass from JSON; unknown fields are ignored.

    Raises:
        ValueError: it is not JSON, or a field is missing or of another type.
    """
    try:
        return parse_obj_as(kind, json.loads(text))
    except ValidationError as error:
        raise ValueError(str(error)) from error


def as_json(value: Any) -> str:
    """A dataclass as JSON that people can read."""
    return json.dumps(asdict(value), indent=1, ensure_ascii=False) + "\n"


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % Wilson interval of a proportion."""
    if n == 0:
        return (0.0, 1.0)
    z, proportion = 1.96, hits / n
    middle = proportion + z * z / (2 * n)
    half = z * math.sqrt(proportion * (1 - proportion) / n + z * z / (4 * n * n))
    return ((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n))


@dataclass(frozen=True)
class Proportion:
    """``hits`` of ``n``."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """Between 0 and 1; 0 of nothing."""
        return self.hits / max(1, self.n)

    def __str__(self) -> str:
        return f"{self.hits} of {self.n} ({100 * self.value:.1f} %)"

    def with_interval(self) -> dict[str, float]:
        """For reports: the proportion, its counts and its 95 % interval."""
        low, high = wilson(self.hits, self.n)
        return {
            "proportion": round(self.value, 4),
            "hits": self.hits,
            "n": self.n,
            "low": round(low, 4),
            "high": round(high, 4),
        }


@dataclass(frozen=True)
class DangerScores:
    """Danger found, immediate or check; false alarms of both kinds among the messages without danger."""

    danger_found: Proportion
    danger_immediate: Proportion
    false_immediate: Proportion
    false_check: Proportion

    def by_name(self) -> dict[str, Proportion]:
        """All of them by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def with_intervals(self) -> dict[str, dict[str, float]]:
        """For reports."""
        return {name: found.with_interval() for name, found in self.by_name().items()}


@dataclass(frozen=True)
class Scores:
    """Labels of ``n`` messages by heads that did not see their topic files; macro F1 by label."""

    n: int
    method: str
    danger: DangerScores
    macro_f1: Mapping[str, float]


@dataclass(frozen=True)
class CrossValidation:
    """The fields of Scores, and the predicted urgency of each danger message, by message id.

    It does not inherit from Scores: pydantic 1 no longer reads the parts of a dataclass whose base it read
    before.
    """

    n: int
    method: str
    danger: DangerScores
    macro_f1: Mapping[str, float]
    danger_messages: Mapping[str, str] = field(default_factory=dict)

    def scores(self) -> Scores:
        """Without the messages."""
        return Scores(self.n, self.method, self.danger, self.macro_f1)


@dataclass(frozen=True)
class TextResult:
    """One text of a behaviour test: whether danger is expected, whether it was found, what was not met.

    ``danger_chance`` is the chance of danger that was read; ``expect`` is what the test wants. Results saved
    before these were kept lack them.
    """

    text: str
    danger: bool
    found: bool
    problems: tuple[str, ...]
    danger_chance: float | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DialogueResult:
    """One conversation test; ``not_yet``: it is listed as not yet understood."""

    title: str
    problems: tuple[str, ...]
    not_yet: bool


@dataclass(frozen=True)
class Results:
    """All that was measured of one model; empty where nothing was.

    ``tested_with`` is the hash of the tests and the code that behaviour and conversations were measured with;
    behaviour is by capability, conversations by name.
    """

    model: str
    tested_with: str = ""
    behaviour: Mapping[str, tuple[TextResult, ...]] = field(default_factory=dict)
    conversations: Mapping[str, DialogueResult] = field(default_factory=dict)
    cross_validation: CrossValidation | None = None
