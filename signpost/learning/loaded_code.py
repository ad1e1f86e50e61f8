"""The hash of the code that this process has loaded, and which a model must have been trained with to be used
by it.

It is taken once, as early as a process can, and stands for what is in memory: files that change on disk later
change nothing about the code that runs. Standard library only, so that it can be asked before anything else
is imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from signpost.files import ROOT

# What a model runs with, outside the model's own file. Rasa's own cache does not see edits in what a
# component imports.
RUNS_WITH = (
    "requirements-serve.lock",
    "signpost/nlu/*.py",
    "signpost/understanding/*.py",
    "signpost/errors.py",
    "signpost/files.py",
    "signpost/routing/situation.py",
)


@cache
def code_hash() -> str:
    """SHA-256 over the files of RUNS_WITH as they were when this process first asked."""
    return hash_of(RUNS_WITH)


def hash_of(patterns: Iterable[str]) -> str:
    """SHA-256 over the names and bytes of all files of the checkout that patterns name, in the order of their
    names."""
    digest = hashlib.sha256()
    paths = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
