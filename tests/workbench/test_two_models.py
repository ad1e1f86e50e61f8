"""Two models side by side on one list: what changed, and whether for better or worse."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driving import set_clock
from playwright.sync_api import Page, expect

from signpost.learning.registry import SUFFIX, beside, file_sha256, models_folder, read_card, write_card
from signpost.learning.training.train import tree_model

pytestmark = pytest.mark.bot

UNDERSTANDING = "understanding.json"
# No word pattern knows the first one: those raise the question whatever the thresholds.
LIST = [
    {
        "text": "im hiding behind the wheelie bins and hes going up and down the street "
        "with the dog looking for me",
        "scope": "disclosure",
        "urgency": "immediate",
    },
    {"text": "what time does the library close", "scope": "out_of_scope", "urgency": "not_immediate"},
]


@pytest.fixture
def deaf_model(bot_url: str) -> Iterator[Path]:
    """The model that the tests talk to, made deaf to danger: its thresholds can never be reached."""
    used = tree_model()
    deaf = models_folder() / f"signpost-deaf{SUFFIX}"
    with tarfile.open(used) as old, tarfile.open(deaf, "w:gz") as new:
        for member in old.getmembers():
            data = old.extractfile(member)
            content = data.read() if data else b""
            if member.name.endswith(UNDERSTANDING):
                understanding = json.loads(content)
                understanding["thresholds"] |= {
                    "immediate": 2.0,
                    "check": 2.0,
                    "passage_floor": 2.0,
                    "intent_check": 2.0,
                }
                content = json.dumps(understanding).encode()
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    write_card(deaf, replace(read_card(used), sha256=file_sha256(deaf), trained_on="2026-01-02"))
    yield deaf
    deaf.unlink()
    beside(deaf, ".json").unlink()


def test_a_model_that_misses_danger_is_worse(page: Page, bot_url: str, deaf_model: Path) -> None:
    page.goto(bot_url + "/workbench#many")
    page.reload()
    set_clock(page)
    page.get_by_label("Messages, one a line").fill("\n".join(json.dumps(row) for row in LIST))
    page.get_by_label("another model").select_option(label="deaf, trained 2026-01-02")
    page.get_by_role("button", name="Read them").click()
    expect(page.locator("#many-said")).to_have_text("2 read.", timeout=60_000)
    expect(page.locator("#summary")).to_contain_text("Danger found: 1 of 1, by the other model 0.")
    expect(page.locator("#summary")).to_contain_text(
        "The other model answers 1 of 2 otherwise, of them 0 better and 1 worse by the labels."
    )
    page.get_by_label("Show").first.select_option("worse")
    (row,) = page.locator("#rows tr").all()
    expect(row).to_contain_text("behind the wheelie bins")
    expect(row.locator(".urgency")).to_contain_text("→ none")
    expect(row.locator("td").last).to_have_text("worse")
    row.locator(".message").click()
    sheet = page.locator("#sheet-inside")
    expect(sheet.locator("h3", has_text="The other model")).to_be_visible()
    expect(sheet.locator(".danger.immediate")).to_have_count(1)


def test_a_file_that_is_not_what_its_card_says_is_not_loaded(
    page: Page, bot_url: str, deaf_model: Path
) -> None:
    deaf_model.write_bytes(deaf_model.read_bytes() + b"x")
    page.goto(bot_url + "/workbench#many")
    page.reload()
    page.get_by_label("Messages, one a line").fill("hello")
    page.get_by_label("another model").select_option("signpost-deaf")
    page.get_by_role("button", name="Read them").click()
    expect(page.locator("#many-said")).to_contain_text(
        "is not the file that its card describes", timeout=30_000
    )
