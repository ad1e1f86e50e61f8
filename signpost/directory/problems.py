"""What can be wrong with a file of directory/, in words for people who do not program.

DirectoryError
├── DirectoryUnreadable   the file is missing, is not text, or is not YAML
└── DirectoryRefused      the file was read and something in it is wrong; `problems` lists all of it
"""

from __future__ import annotations

from dataclasses import dataclass, field

from signpost.errors import SignpostError


class DirectoryError(SignpostError):
    """Base of everything that this module raises."""


class DirectoryUnreadable(DirectoryError):
    """The file is missing, is not text, or is not YAML."""


class DirectoryRefused(DirectoryError):
    """Something in the file is wrong. `problems` holds all of it, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is, what is wrong, what to write instead."""

    file: str
    line: int
    entry: str
    field: str
    wrong: str
    write: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}, {self.entry}"
        return f"{place}, {self.field}: {self.wrong} {self.write}"


@dataclass
class Report:
    """Collects problems, so that all of them are told at once."""

    file: str
    source: list[str]
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, entry: str, name: str, wrong: str, write: str) -> None:
        """`line` counts from 0, as the YAML reader counts."""
        self.problems.append(Problem(self.file, line + 1, entry, name, wrong, write))

    def raise_if_any(self) -> None:
        if self.problems:
            raise DirectoryRefused(tuple(sorted(self.problems, key=lambda problem: problem.line)))
