"""A maintainer on the page: goes through what waits, sees similar and contradicting messages, decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from driving import review
from playwright.sync_api import Page, expect

from signpost.learning.corpus.checks import untidy_files
from signpost.learning.corpus.topic_files import Example, canonical_metadata, read_examples
from signpost.learning.curation.assessment import said_in_tests
from signpost.learning.curation.review import read_findings, save_finding

pytestmark = pytest.mark.bot

RICE = Example(
    "he weighs out my rice on the letter scales",
    "describe_situation",
    canonical_metadata({"scope": "disclosure", "who": "self", "abuse": ["controlling"]}),
)
SALT = Example("<b>he</b> counts the grains of salt on my plate", RICE.intent, RICE.metadata)
LOOKING_MS = 30_000


class Desk:
    """The folders that the page works on."""

    def __init__(self, folder: Path) -> None:
        self.topics, self.review = folder / "data" / "nlu", folder / "review"

    def wait(self, *examples: Example) -> None:
        """Put messages there as a volunteer does."""
        save_finding(
            examples,
            title="Found at the desk",
            comment="Its test: none",
            today=date(2026, 11, 25),
            folder=self.review,
        )

    def waiting(self) -> list[Example]:
        """The messages that wait."""
        return [example for finding in read_findings(self.review) for example in finding.examples]

    def known(self, topic: str) -> list[Example]:
        """The messages of a topic file."""
        return read_examples(self.topics / f"{topic}.yml")


@pytest.fixture
def desk(workbench_folder: Path) -> Iterator[Desk]:
    """Nothing waits yet; topic files and review are as before afterwards."""
    made = Desk(workbench_folder)
    before = {path: path.read_bytes() for path in made.topics.rglob("*.yml")}
    assert made.waiting() == []
    yield made
    for path in made.review.glob("*.yml"):
        path.unlink()
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


def test_nothing_waits(page: Page, desk: Desk) -> None:
    assert review(page).count() == 0
    expect(page.locator("#review-said")).to_have_text("Nothing more to decide on.")


def test_accept_drop_and_later(page: Page, desk: Desk) -> None:
    later = Example("he tapes the fridge door shut overnight and checks the tape", RICE.intent, RICE.metadata)
    desk.wait(RICE, SALT, later)
    cards = review(page)
    expect(page.locator("#review-said")).to_have_text("3 messages to decide on.")
    expect(page.locator(".finding")).to_contain_text("Found at the desk")
    first = cards.filter(has_text=RICE.text)
    expect(first).to_contain_text("describe situation · disclosure, written by: self, controlling")
    topic = first.get_by_label("Topic file").input_value()
    first.get_by_role("button", name="Accept").click()
    expect(page.locator("#review-said")).to_have_text(f"Accepted into {topic}. 2 messages to decide on.")
    assert RICE in desk.known(topic)
    assert untidy_files(desk.topics) == []
    salt = cards.filter(has_text="grains of salt")
    expect(salt).to_be_focused()
    assert salt.locator("b").count() == 0  # what was written stays text
    salt.get_by_role("button", name="Drop").click()
    expect(page.locator("#review-said")).to_have_text("Dropped. 1 message to decide on.")
    cards.get_by_role("button", name="Later").click()
    expect(page.locator("#review-said")).to_have_text("Left for later. Nothing more to decide on.")
    expect(page.locator("#review-title")).to_be_focused()
    assert desk.waiting() == [later]
    page.get_by_role("link", name="Chat", exact=True).click()
    expect(review(page)).to_have_count(1)  # later has come


def test_text_labels_and_topic_file_are_corrected(page: Page, desk: Desk) -> None:
    desk.wait(RICE)
    card = review(page)
    card.get_by_role("button", name="Correct").click()
    expect(card.get_by_label("Text")).to_be_focused()
    card.get_by_label("Text").fill("she weighs  out my rice and keeps my wages")
    card.get_by_role("group", name="What is described").get_by_label("financial", exact=True).check()
    card.get_by_role("group", name="Gender of the person harmed").get_by_label("man", exact=True).check()
    card.get_by_role("button", name="Look at it again").click()
    expect(card).to_contain_text("corrected, not yet accepted", timeout=LOOKING_MS)
    expect(card).to_contain_text("financial, controlling, man")
    card.get_by_label("Topic file").select_option("abuse/money")
    card.get_by_role("button", name="Accept").click()
    expect(page.locator("#review-said")).to_contain_text("Accepted into abuse/money.")
    labels = canonical_metadata(
        {"scope": "disclosure", "who": "self", "abuse": ["controlling", "financial"], "gender": "man"}
    )
    assert Example("she weighs out my rice and keeps my wages", RICE.intent, labels) in desk.known(
        "abuse/money"
    )
    assert desk.waiting() == []


def test_what_contradicts_is_pointed_out_and_what_a_test_says_cannot_be_accepted(
    page: Page, desk: Desk
) -> None:
    known = next(
        example
        for example in desk.known("abuse/money")
        if example.metadata["who"] == "self" and len(example.text) > 40
    )
    other = Example(f"{known.text} now", known.intent, canonical_metadata({**known.metadata, "who": "other"}))
    tested = Example(
        next(words for words in said_in_tests(desk.topics.parents[1]) if len(words) > 40),
        RICE.intent,
        RICE.metadata,
    )
    desk.wait(other, tested)
    cards = review(page)
    contradicting = cards.filter(has_text=other.text)
    expect(contradicting.locator(".near strong").first).to_contain_text(
        "Contradicts: who: other here, self there"
    )
    refused = cards.filter(has_text=tested.text)
    expect(refused.locator(".problems")).to_contain_text("is in tests/conversations/")
    expect(refused.get_by_role("button", name="Accept")).to_be_disabled()
    refused.get_by_role("button", name="Correct").click()
    refused.get_by_label("Text").fill("")
    refused.get_by_role("button", name="Look at it again").click()
    expect(refused.get_by_role("alert")).to_contain_text("A message is a text")
    refused.get_by_role("button", name="Back").click()
    expect(refused.locator(".problems")).to_contain_text("is in tests/conversations/")


def test_two_that_are_the_same_are_not_both_accepted(page: Page, desk: Desk) -> None:
    desk.wait(RICE, Example(RICE.text.upper(), RICE.intent, RICE.metadata))
    cards = review(page)
    cards.first.get_by_role("button", name="Accept").click()
    expect(cards).to_have_count(1)
    cards.get_by_role("button", name="Accept").click()
    expect(cards.get_by_role("alert")).to_contain_text("there already")
    assert len(desk.waiting()) == 1


def test_the_review_goes_by_keyboard(page: Page, desk: Desk) -> None:
    desk.wait(RICE, SALT)
    cards = review(page)
    cards.first.focus()
    page.keyboard.press("Tab")
    expect(cards.first.get_by_label("Topic file")).to_be_focused()
    page.keyboard.press("Tab")
    expect(cards.first.get_by_role("button", name="Accept")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cards).to_have_count(1)
    expect(cards).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(cards.get_by_role("button", name="Correct")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cards.get_by_label("Text")).to_be_focused()
