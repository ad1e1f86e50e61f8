"""The pictures in docs/volunteers.md: taken by this run, and held against the ones that are kept.

    make screenshots        # takes them anew

Pixels differ between machines, and percentages between models. So each picture carries, as PNG text, the
words that the page itself showed when it was taken (headings, buttons, labels) and the hash of the page's
style. A picture whose words or style are no longer the page's own fails here.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import open_wrong, press, read_list, say, set_clock
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import BrowserContext, Page, expect

from signpost.files import ROOT

pytestmark = pytest.mark.bot

IMAGES = ROOT / "docs" / "images"
TAKE = os.environ.get("SIGNPOST_SCREENSHOTS") == "1"
SIZE = {"width": 1080, "height": 700}
COLOURS = 48
MAX_BYTES = 60_000
# The page's own words: not what was typed, answered or measured, nor which models there are.
OWN_WORDS = """() => [...document.querySelectorAll(
  'h1, h2, h3, legend, label, summary > :first-child, summary, nav a, button, thead th')]
  .filter((node) => node.checkVisibility() && !node.querySelector('#second')
    && !node.closest('#log, #rows, #tests-list, .wishes, .held'))
  .map((node) => node.textContent.trim()).filter(Boolean)"""


def chat(page: Page) -> None:
    say(page, "my wife hits me")
    press(page, "In Milton Keynes")
    say(page, "he wont let me out of the house")


def wrong(page: Page) -> None:
    say(page, "he wont let me out of the house")
    open_wrong(page).locator("#pick-urgency-none").check()
    expect(page.locator("#rules-say")).to_contain_text("So understood")


def saved_test(page: Page) -> None:
    say(page, "he hid my inhaler")
    dialog = open_wrong(page)
    dialog.get_by_text("The other lines").click()
    dialog.get_by_label("NHS, mental health option").select_option("first")
    dialog.get_by_role("button", name="Save as a test").click()
    dialog.get_by_text("Saved. Thank you.").wait_for()


def many(page: Page) -> None:
    read_list(
        page,
        "he has a knife\nthe bins were not emptied\n"
        "he wont let me out of the house\nmy husband checks my phone every night",
    )
    page.locator("#results").evaluate("node => node.scrollIntoView()")


def held_tests(page: Page) -> None:
    saved_test(page)
    page.get_by_role("button", name="Back to the chat").click()
    page.get_by_role("link", name="Conversation tests").click()
    page.get_by_label("with the words").last.fill("he-hid-my-inhaler")
    page.get_by_role("button", name="Run those shown").click()
    page.locator("#tests-list details.failed").first.wait_for()


SHOTS: dict[str, Callable[[Page], None]] = {
    "chat": chat,
    "wrong": wrong,
    "saved": saved_test,
    "many": many,
    "tests": held_tests,
}


def described(page: Page) -> str:
    style = hashlib.sha256((ROOT / "workbench" / "workbench.css").read_bytes()).hexdigest()
    return json.dumps({"words": page.evaluate(OWN_WORDS), "style": style}, ensure_ascii=False)


def write(path: Path, pixels: bytes, description: str) -> None:
    info = PngInfo()
    info.add_itxt("Shown", description, zip=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(pixels)).convert("RGB").quantize(COLOURS).save(path, optimize=True, pnginfo=info)


@pytest.mark.parametrize("name", SHOTS)
def test_the_picture_shows_the_page_as_it_is(
    new_context: Callable[..., BrowserContext], bot_url: str, saved: object, name: str
) -> None:
    page = new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce").new_page()
    page.goto(bot_url + "/workbench")
    set_clock(page)
    SHOTS[name](page)
    path = IMAGES / f"workbench-{name}.png"
    description = described(page)
    if TAKE:
        write(path, page.screenshot(), description)
    with Image.open(path) as picture:
        assert picture.size == (SIZE["width"], SIZE["height"])
        then, now = json.loads(picture.text["Shown"]), json.loads(description)  # type: ignore[attr-defined]
    assert then == now, f"{path.name} is older than the page: run `make screenshots`"
    assert path.stat().st_size < MAX_BYTES


def test_every_picture_is_used_and_there() -> None:
    text = (ROOT / "docs" / "volunteers.md").read_text(encoding="utf-8")
    assert {path.name for path in IMAGES.glob("workbench-*.png")} == {
        f"workbench-{name}.png" for name in SHOTS
    }
    assert all(f"](images/workbench-{name}.png)" in text for name in SHOTS)
