"""Retraining as a maintainer does it, on the page and by docs/retraining.md, in a copy of the checkout."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from driving import open_wrong, review, say, set_clock, watch
from playwright.sync_api import BrowserContext, Page, expect

from signpost.files import ROOT
from signpost.learning.corpus.topic_files import Example, canonical_metadata, read_examples
from signpost.learning.training.train import train
from signpost.processes import running_bot

pytestmark = pytest.mark.bot

LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".rasa",
    "reports",
    "__pycache__",
    "signpost-*.tar.gz",
    "signpost-*.json",
    "signpost-*.gz",
    "in-use.json",
)
TIMEOUT_S = 1500
TESTS = Path("tests") / "conversations"
# Removed from every topic file to make a candidate worse on purpose, and the tests that need it. One topic
# file alone would not be missed: the encoder was tuned on it, and the other files teach the same.
TAKEN_AWAY = ", urgency: immediate"
KEPT_TESTS = re.compile(r"danger|very-short|idioms|hypothetical|self-harm|emoji")
LABELS = canonical_metadata({"scope": "disclosure", "who": "self", "abuse": ["controlling"]})
FOUND = [
    Example(text, "describe_situation", LABELS)
    for text in (
        "she weighs me each sunday and writes it on the kitchen calendar",
        "on mondays i stand on the scales and she pins the number to the fridge",
    )
]
# What somebody tells, and then asks: the answer is a line for men only where the first is remembered.
STORY, LATER, LINE = (
    "i'm a man in bedford and my wife hits me",
    "which number can i ring",
    "Men's Advice Line",
)
TAKEN_OVER_WITHIN_S = 90.0


class Checkout:
    """A copy of the tree, in which make runs with the virtual environment of the original."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(
        self, *words: str, keys: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run make; the environment's stamps count as up to date, so nothing is ever installed."""
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("SIGNPOST_", "MAKE"))
        }
        command = ["make", "-o", ".venv/.installed", "-o", ".venv/.installed-test", *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            input=keys,
            env={**clean, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )

    def in_use(self) -> str:
        return str(json.loads((self.folder / "models" / "in-use.json").read_text(encoding="utf-8"))["model"])

    def card(self, name: str) -> dict:
        return dict(
            json.loads(
                (self.folder / "models" / name.replace(".tar.gz", ".json")).read_text(encoding="utf-8")
            )
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A copy of this tree with its model in use."""
    model = train().path
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for path in model.parent.glob(model.name.replace(".tar.gz", ".*")):
        shutil.copy2(path, folder / "models" / path.name)
    yield Checkout(folder)
    shutil.rmtree(folder)


def test_a_candidate_that_was_made_worse_on_purpose_is_refused_and_the_sentences_are_named(
    checkout: Checkout,
) -> None:
    for path in [
        *(checkout.folder / TESTS).rglob("*.yml"),
        *(checkout.folder / "tests" / "behaviour").glob("*.yml"),
    ]:
        if not KEPT_TESTS.search(path.name):
            path.unlink()
    assert checkout.make("train", "QUICK=1").returncode == 0  # puts the tree's own model in use
    before = checkout.in_use()
    for number, path in enumerate(sorted((checkout.folder / "data" / "nlu").rglob("*.yml"))):
        if number % 3:  # what is learned badly is learned no better, but sooner, from fewer messages
            path.unlink()
            continue
        path.write_text(path.read_text(encoding="utf-8").replace(TAKEN_AWAY, ""), encoding="utf-8")
    trained = checkout.make("train", "QUICK=1")
    assert trained.returncode == 0 and "is a candidate" in trained.stdout, trained.stderr[-2000:]

    refused = checkout.make("promote", "QUICK=1")
    assert refused.returncode != 0 and "Not promoted." in refused.stdout, (
        refused.stdout + refused.stderr[-2000:]
    )
    assert checkout.in_use() == before
    tests = "\n".join(
        path.read_text(encoding="utf-8")
        for name in ("conversations", "behaviour")
        for path in (checkout.folder / "tests" / name).rglob("*.yml")
    )
    named = re.findall(r'^    .*?"([^"]+)"', refused.stdout, re.MULTILINE)
    said = [sentence for sentence in named if sentence[:50] in tests]  # the others are buttons
    assert said, refused.stdout
    assert said[0] in html.unescape(
        (checkout.folder / "reports" / "comparison.html").read_text(encoding="utf-8")
    )

    reason = 'we know: $(whoami) `x` "quoted"'
    forced = checkout.make("promote", "QUICK=1", f"ANYWAY={reason.replace('$', '$$')}")
    assert forced.returncode == 0, forced.stdout + forced.stderr[-2000:]
    card = checkout.card(checkout.in_use())
    assert checkout.in_use() != before
    assert card["gate"][-1]["anyway"] == reason and card["gate"][-1]["objections"]
    assert (
        card["sha256"]
        and card["data"]["messages"]
        and card["libraries"]["rasa"]
        and card["thresholds"]["immediate"]
    )

    assert checkout.make("rollback").returncode == 0
    assert checkout.in_use() == before


def mark_wrong(page: Page) -> None:
    """A volunteer says what an answer should have been, and the same in other words for training."""
    set_clock(page)
    say(page, "she puts me on the scales before i may eat")
    wrong = open_wrong(page)
    wrong.get_by_text("Other things that were understood wrongly").click()
    for picked in wrong.locator("#wrong-labels input[type=checkbox]:checked").all():
        picked.uncheck()
    wrong.locator("#pick-urgency-none").check()
    for label, value in {
        "scope": "disclosure",
        "who": "self",
        "gender": "unknown",
        "area": "unknown",
        "abuse": "controlling",
    }.items():
        wrong.locator(f"#pick-{label}-{value}").check()
    wrong.locator("#wrong-other-lines").evaluate("node => { node.open = true }")  # or the page has opened it
    wrong.get_by_label("Karma Nirvana").select_option("must_not")
    wrong.get_by_text("Add messages for training").click()
    wrong.get_by_label("The same thing in other words").fill("\n".join(example.text for example in FOUND))
    wrong.get_by_label("What they are for").select_option("describe_situation")
    wrong.get_by_label("What this test shows").fill("Weighed every week")
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    wrong.get_by_role("button", name="Back to the chat").click()


def accept_first(page: Page, checkout: Checkout) -> None:
    """A maintainer accepts the first of the two messages on the page."""
    cards = review(page)
    expect(cards).to_have_count(len(FOUND))
    card = cards.filter(has_text=FOUND[0].text)
    expect(card).to_contain_text("describe situation · disclosure, written by: self, controlling")
    topic = card.get_by_label("Topic file").input_value()
    card.get_by_role("button", name="Accept").click()
    expect(page.locator("#review-said")).to_have_text(f"Accepted into {topic}. 1 message to decide on.")
    assert FOUND[0] in read_examples(checkout.folder / "data" / "nlu" / f"{topic}.yml")


def asked_when_it_answers_with(page: Page, address: str, model: str) -> str:
    """Wait until the bot names this model, then ask on the page; the lines that come."""
    deadline = time.monotonic() + TAKEN_OVER_WITHIN_S
    while httpx.get(f"{address}/chat/health", timeout=10).json()["model"] != model.removesuffix(".tar.gz"):
        assert time.monotonic() < deadline, f"the bot did not take over {model}"
        time.sleep(0.3)
    say(page, LATER)
    return page.locator("#inside .lines").inner_text()


@pytest.mark.slow
def test_the_page_on_retraining_by_its_own_commands(
    checkout: Checkout, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    """All of docs/retraining.md, from a finding to the model that answers with it, and back.

    One page, one bot.
    """
    text = (ROOT / "docs" / "retraining.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    make (\S+)(?: (\w+)=\"(.*)\")?$", text, re.MULTILINE)
    assert [name for name, *_ in commands] == [
        "review",
        "check",
        "train",
        "compare",
        "promote",
        "promote",
        "rollback",
    ]
    assert checkout.make("train").returncode == 0  # puts the tree's own model in use
    before = candidate = checkout.in_use()
    known_tests = {path.stem for path in (checkout.folder / TESTS).rglob("*.yml")}
    with running_bot(tmp_path / "bot.log", in_use=True, root=checkout.folder) as address:
        page = new_context(viewport={"width": 1280, "height": 800}).new_page()
        errors = watch(page, address)
        page.goto(address + "/workbench")
        mark_wrong(page)
        accept_first(page, checkout)
        page.get_by_role("link", name="Chat", exact=True).click()
        page.get_by_role("button", name="Start again").click()
        say(page, STORY)
        assert LINE in asked_when_it_answers_with(page, address, before)
        for name, variable, value in commands:
            done = checkout.make(
                name, *([f"{variable}={value}"] if variable else []), keys="a\n" if name == "review" else ""
            )
            told = done.stdout + done.stderr[-3000:]
            print(f"--- make {name} {variable}\n{told}")
            if name == "review":
                assert "Accepted 1" in told, told  # the second message
                known = [
                    example
                    for path in (checkout.folder / "data" / "nlu").rglob("*.yml")
                    for example in read_examples(path)
                ]
                assert all(example in known for example in FOUND)
            elif name == "train":
                assert "is a candidate" in told, told
                candidate = next(
                    path.name
                    for path in (checkout.folder / "models").glob("signpost-*.tar.gz")
                    if path.name != before
                )
                assert checkout.card(candidate)["scores"]["danger"]["danger_found"]["n"] > 0
            elif name == "compare":
                assert (
                    "cross-validated heads: danger found" in told
                    and "conversation tests: as expected" in told
                ), told
            elif name == "promote" and not variable:
                # two more messages may change one sentence of hundreds: then it is refused with the reason
                assert (done.returncode == 0) == (checkout.in_use() == candidate)
                assert done.returncode == 0 or "This stands against the candidate" in told, told
                continue
            elif name == "promote":
                assert checkout.in_use() == candidate, told
                assert LINE in asked_when_it_answers_with(page, address, candidate)
                (finding,) = {path.stem for path in (checkout.folder / TESTS).rglob("*.yml")} - known_tests
                held = httpx.post(
                    f"{address}/workbench/tests/run", json={"name": finding}, timeout=30
                ).json()["held"]
                assert held and not any(turn["problems"] for turn in held), held
                continue  # returns 1 where the candidate is in use already
            assert done.returncode == 0, told
        assert checkout.in_use() == before != candidate
        assert LINE in asked_when_it_answers_with(page, address, before)
        assert errors == []
