"""Retraining as a maintainer does it, by the commands of docs/retraining.md, in a copy of the checkout."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from signpost.review import save_finding
from signpost.topics import Example, canonical_metadata
from signpost.train import train

pytestmark = pytest.mark.bot

ROOT = Path(__file__).parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".rasa", "reports", "__pycache__", "signpost-*.tar.gz", "signpost-*.json", "signpost-*.gz", "in-use.json")
PATIENCE_S = 1500
# What is lost from every topic file to make a candidate worse on purpose, and tests that know what it teaches. A topic file alone is not missed:
# the encoder was tuned on it, and the other files teach the same.
TAKEN_AWAY = ", urgency: immediate"
KEPT_TESTS = re.compile(r"README|not-yet|danger|very-short|idioms|hypothetical|self-harm|emoji")
FOUND = Example("she weighs me each sunday and writes it on the kitchen calendar", "describe_situation", canonical_metadata({"scope": "disclosure", "who": "self", "abuse": ["controlling"]}))


class Checkout:
    """A copy of the tree, in which make runs with the virtual environment of the original."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, *words: str, keys: str = "", environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run make; the environment's stamp counts as up to date, so nothing is ever installed."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SIGNPOST_", "MAKE"))}
        command = ["make", "-o", ".venv/.installed", *words]
        return subprocess.run(command, cwd=self.folder, input=keys, env={**clean, **(environment or {})}, capture_output=True, text=True, timeout=PATIENCE_S)

    def in_use(self) -> str:
        return str(json.loads((self.folder / "models" / "in-use.json").read_text(encoding="utf-8"))["model"])

    def card(self, name: str) -> dict:
        return dict(json.loads((self.folder / "models" / name.replace(".tar.gz", ".json")).read_text(encoding="utf-8")))


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A copy of this tree with its model in use."""
    model = train()
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for path in model.parent.glob(model.name.replace(".tar.gz", ".*")):
        shutil.copy2(path, folder / "models" / path.name)
    yield Checkout(folder)
    shutil.rmtree(folder)


def test_a_candidate_that_was_made_worse_on_purpose_is_refused_and_the_sentences_are_named(checkout: Checkout) -> None:
    for path in [*(checkout.folder / "tests" / "conversations").iterdir(), *(checkout.folder / "tests" / "behaviour").iterdir()]:
        if not KEPT_TESTS.search(path.name):
            path.unlink()
    assert checkout.make("train", "QUICK=1").returncode == 0  # puts the tree's own model in use
    before = checkout.in_use()
    for path in (checkout.folder / "data" / "nlu").glob("*.yml"):
        path.write_text(path.read_text(encoding="utf-8").replace(TAKEN_AWAY, ""), encoding="utf-8")
    trained = checkout.make("train", "QUICK=1")
    assert trained.returncode == 0 and "is a candidate" in trained.stdout, trained.stderr[-2000:]

    refused = checkout.make("promote", "QUICK=1")
    assert refused.returncode != 0 and "Not promoted." in refused.stdout, refused.stdout + refused.stderr[-2000:]
    assert checkout.in_use() == before
    tests = "\n".join(path.read_text(encoding="utf-8") for name in ("conversations", "behaviour") for path in (checkout.folder / "tests" / name).glob("*.yml"))
    named = re.findall(r'^    .*?"([^"]+)"', refused.stdout, re.MULTILINE)
    said = [sentence for sentence in named if sentence[:50] in tests]  # the others are buttons
    assert said, refused.stdout
    assert said[0] in html.unescape((checkout.folder / "reports" / "comparison.html").read_text(encoding="utf-8"))

    reason = 'we know: $(whoami) `x` "quoted"'
    forced = checkout.make("promote", "QUICK=1", f"ANYWAY={reason.replace('$', '$$')}")
    assert forced.returncode == 0, forced.stdout + forced.stderr[-2000:]
    card = checkout.card(checkout.in_use())
    assert checkout.in_use() != before
    assert card["gate"][-1]["anyway"] == reason and card["gate"][-1]["objections"]
    assert card["sha256"] and card["data"]["messages"] and card["libraries"]["rasa"] and card["thresholds"]["immediate"]

    assert checkout.make("rollback").returncode == 0
    assert checkout.in_use() == before


@pytest.mark.slow
def test_the_page_on_retraining_by_its_own_commands(checkout: Checkout) -> None:
    """Every command of docs/retraining.md in its order, from a finding to the model in use and back."""
    text = (ROOT / "docs" / "retraining.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    make (\S+)(?: (\w+)=\"(.*)\")?$", text, re.MULTILINE)
    assert [name for name, *_ in commands] == ["review", "check", "train", "compare", "promote", "promote", "rollback"]
    assert checkout.make("train").returncode == 0
    before = checkout.in_use()
    save_finding([FOUND], title="Weighed every week", comment="Should be controlling.", today=date(2026, 11, 25), folder=checkout.folder / "data" / "review")
    for name, variable, value in commands:
        done = checkout.make(name, *([f"{variable}={value}"] if variable else []), keys="a\n" if name == "review" else "")
        told = done.stdout + done.stderr[-3000:]
        if name == "review":
            assert "Accepted 1" in told
            assert any(FOUND.text in path.read_text(encoding="utf-8") for path in (checkout.folder / "data" / "nlu").glob("*.yml"))
        elif name == "train":
            assert "is a candidate" in told, told
            candidate = next(path.name for path in (checkout.folder / "models").glob("signpost-*.tar.gz") if path.name != before)
            assert checkout.card(candidate)["scores"]["danger"]["danger_found"]["n"] > 0
        elif name == "compare":
            assert "cross-validation: danger found" in told and "conversation tests: as expected" in told, told
        elif name == "promote" and not variable:
            # one message more may change a sentence of hundreds: then it is refused, and the reason is given
            assert (done.returncode == 0) == (checkout.in_use() == candidate)
            assert done.returncode == 0 or "This stands against the candidate" in told, told
            continue
        elif name == "promote":
            assert checkout.in_use() == candidate, told
            continue  # returns 1 where the candidate is in use already
        else:
            assert name in ("check", "rollback")
        assert done.returncode == 0, told
    assert checkout.in_use() == before
