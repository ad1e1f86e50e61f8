"""Behaviour tests in the manner of CheckList: small sets of messages with what must be understood of each.

BehaviourError      a file does not have the form of a behaviour test
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

from signpost.errors import SignpostError
from signpost.files import read_yaml
from signpost.learning.evaluation.measure import SINGLE, Predicted
from signpost.understanding.labels import LabelledMessage

EXPECT_KEYS = frozenset({*SINGLE, "urgency", "lgbt", "abuse_includes", "abuse_excludes", "needs_includes"})
KINDS = frozenset({"invariance", "direction", "minimum"})


class BehaviourError(SignpostError, ValueError):
    """A behaviour file is not what it must be."""


@dataclass(frozen=True)
class Case:
    """One text with what it must meet; ``capability`` is the file's name."""

    capability: str
    text: str
    expect: Mapping[str, Any]


def read_cases(folder: Path) -> list[Case]:
    """All cases of all files.

    Raises:
        BehaviourError: the file cannot be read, or has an unknown key or kind; names the file.
    """
    cases: list[Case] = []
    for path in sorted(folder.glob("*.yml")):
        data = read_yaml(path, BehaviourError)
        try:
            cases += _cases(path, data)
        except (KeyError, TypeError, AttributeError) as error:
            raise BehaviourError(
                f"{path.name}: {error}. It needs `kind` and `cases` with `texts` and `expect`."
            ) from error
    return cases


def _cases(path: Path, data: Any) -> list[Case]:
    if data["kind"] not in KINDS:
        raise BehaviourError(f"{path.name}: kind is {data['kind']!r}, allowed are {', '.join(sorted(KINDS))}")
    cases: list[Case] = []
    for entry in data["cases"]:
        unknown = set(entry["expect"]) - EXPECT_KEYS
        if unknown:
            raise BehaviourError(f"{path.name}: unknown in expect: {', '.join(sorted(unknown))}")
        cases += [Case(path.stem, text, entry["expect"]) for text in entry["texts"]]
    return cases


def as_messages(cases: Sequence[Case]) -> list[LabelledMessage]:
    """The texts as messages without labels, to be asked."""
    return [LabelledMessage(case.text, "", case.capability, {}, {}, {}) for case in cases]


def unmet(case: Case, predicted: Predicted) -> list[str]:
    """What was expected of a text and not understood, in words."""
    problems = []
    for key, wanted in case.expect.items():
        if key.endswith(("_includes", "_excludes")):
            label, _, mode = key.rpartition("_")
            found = predicted.any_of[label]
            wrong = set(wanted) - found if mode == "includes" else set(wanted) & found
            problems += (
                [f"{label} {'lacks' if mode == 'includes' else 'has'} {', '.join(sorted(wrong))}"]
                if wrong
                else []
            )
            continue
        given = (
            {"urgency": predicted.urgency, "lgbt": predicted.lgbt}.get(key)
            if key in ("urgency", "lgbt")
            else predicted.one_of[key]
        )
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if given not in allowed:
            problems.append(f"{key} is {given}, should be {' or '.join(map(str, allowed))}")
    return problems
