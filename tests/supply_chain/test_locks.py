"""Three locks, each with the one below in it: what answers, what trains, what tests.

What answers stays small.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from signpost.learning.training.train import train

LOCKS = ("requirements-serve.lock", "requirements-train.lock", "requirements-test.lock")
NOT_TO_SERVE = (
    "tensorflow",
    "keras",
    "jaxlib",
    "playwright",
    "atheris",
    "matplotlib",
    "transformers",
    "torch",
    "pytest",
)
# Megabytes on disk of what a server needs, bytecode included.
MAX_SERVING_MB = 900
# Names of the lock in its first argument; whatever belongs to another distribution cannot be imported.
ONLY_LOCKED = """
import re, sys
from importlib.metadata import distributions
locked = set(sys.argv[1].split())
allowed, others = set(), set()
for found in distributions():
    name = re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()
    tops = {str(file).split("/")[0].removesuffix(".py") for file in found.files or ()}
    (allowed if name in locked else others).update(tops)

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in others - allowed:
            raise ModuleNotFoundError(f"{name} is not in the lock", name=name)

sys.meta_path.insert(0, Refused())
from signpost.serving.runtime.inference_only import leave_out_training
leave_out_training()
import signpost.cli.render, signpost.serving.action_server
import signpost.serving.app, signpost.serving.sessions.locks
"""
ANSWERS = """
import asyncio
from pathlib import Path
import rasa.core.agent
from rasa.core.utils import AvailableEndpoints
signpost.serving.app.use_light_processor()
endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
agent = asyncio.run(rasa.core.agent.load_agent(model_path=sys.argv[2], endpoints=endpoints))
signpost.serving.app.create_app(Path(sys.argv[2]), endpoints)
print(asyncio.run(agent.parse_message("he hits me"))["intent"]["name"])
"""


def locked(root: Path, lock: str) -> dict[str, set[str]]:
    """Name -> versions (some packages have one for each kind of machine)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([^ ;\\]+)", (root / lock).read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(name, set()).add(version)
    return found


def test_what_answers_is_in_what_trains_and_that_in_what_tests(root: Path) -> None:
    serve, train_, test = (locked(root, lock) for lock in LOCKS)
    assert len(serve) < len(train_) < len(test)
    for smaller, larger in ((serve, train_), (train_, test)):
        assert {name: larger.get(name) for name in smaller} == smaller


def test_a_server_installs_nothing_of_training_and_tests(root: Path) -> None:
    assert not set(NOT_TO_SERVE) & set(locked(root, "requirements-serve.lock"))


def test_a_server_takes_less_than_a_gigabyte_on_disk(root: Path) -> None:
    files = {
        Path(distribution(name).locate_file(file))
        for name in locked(root, "requirements-serve.lock")
        if _is_here(name)
        for file in distribution(name).files or ()
    }
    taken_mb = sum(path.stat().st_blocks * 512 for path in files if path.exists()) / 1e6
    assert 300 < taken_mb < MAX_SERVING_MB


def test_a_server_imports_nothing_that_is_not_in_its_lock(root: Path) -> None:
    done = _with_only_locked(root, ONLY_LOCKED)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_not_in_the_lock_could_not_be_imported(root: Path) -> None:
    """Or the test above would prove nothing."""
    done = _with_only_locked(root, ONLY_LOCKED + "\nimport hypothesis")
    assert "hypothesis is not in the lock" in done.stderr


@pytest.mark.bot
def test_a_server_loads_its_model_and_reads_a_message_with_nothing_but_its_lock(root: Path) -> None:
    done = _with_only_locked(root, ONLY_LOCKED + ANSWERS, str(train().path))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "describe_situation"


def _with_only_locked(root: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    names = " ".join(locked(root, "requirements-serve.lock"))
    command = [sys.executable, "-W", "ignore", "-c", program, names, *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)


def _is_here(name: str) -> bool:
    """Some are for other kinds of machines."""
    try:
        distribution(name)
    except ModuleNotFoundError:
        return False
    return True
