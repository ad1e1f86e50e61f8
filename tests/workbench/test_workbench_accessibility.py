"""WCAG 2.2 AA by axe in each state of the page: wide, narrow, light, dark, forced colours.

Focus and reflow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
from driving import open_wrong, press, read_list, review, say, set_clock
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.bot

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = (
    "async () => { const found = await axe.run(document, "
    f"{{resultTypes: ['violations'], runOnly: {json.dumps(RULES)}}}); "
    "return found.violations.map((one) => "
    "one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')) }"
)
SIZES = [(1280, 800), (320, 640)]
LOOKS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "forced_colors": "active"},
]


def talked(page: Page) -> None:
    set_clock(page)
    say(page, "my wife hits me")
    press(page, "In Milton Keynes")
    say(page, "he wont let me out of the house")
    page.get_by_text("What the labels mean").click()


def marked_wrong(page: Page) -> None:
    say(page, "he hid my inhaler")
    wrong = open_wrong(page)
    for summary in wrong.locator("summary").all():
        if summary.is_visible() and not summary.evaluate("node => node.parentElement.open"):
            summary.click()
    wrong.get_by_role("button", name="Save as a test").click()
    expect(wrong.get_by_role("alert")).not_to_be_empty()


def saved_as_test(page: Page) -> None:
    say(page, "hello")
    wrong = open_wrong(page)
    wrong.locator("#pick-urgency-immediate").check()
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    wrong.get_by_text("The file").click()


def many(page: Page) -> None:
    read_list(page, "he has a knife\nbins\nhe wont let me out of the house")
    page.get_by_role("button", name="Urgency", exact=True).click()


def one_of_many(page: Page) -> None:
    many(page)
    page.locator("#rows .message").first.click()


def held_tests(page: Page) -> None:
    page.get_by_role("link", name="Conversation tests").click()
    page.get_by_label("with the words").last.fill("child-")
    page.get_by_role("button", name="Run those shown").click()
    expect(page.locator("#tests-said")).to_contain_text("run:", timeout=30_000)
    page.locator("#tests-list summary").first.click()


def reviewed(page: Page) -> None:
    card = review(page).first
    card.get_by_role("button", name="Correct").click()
    expect(card.get_by_label("Text")).to_be_focused()


STATES: dict[str, Callable[[Page], None]] = {
    "opened": lambda page: None,
    "talked": talked,
    "marked wrong": marked_wrong,
    "saved": saved_as_test,
    "many": many,
    "one of many": one_of_many,
    "tests": held_tests,
    "review": review,
    "correcting": reviewed,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    new_context: Callable[..., BrowserContext],
    bot_url: str,
    waiting: object,
    state: str,
    size: tuple[int, int],
) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(bot_url + "/workbench")
    STATES[state](page)
    page.evaluate(AXE)
    for look in LOOKS:
        page.emulate_media(**{"forced_colors": "none", **look})  # type: ignore[arg-type]
        assert page.evaluate(RUN) == [], (state, size, look)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for dialog in page.locator("dialog[open]").all():
        assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_axe_would_find_something(page: Page) -> None:
    page.evaluate(AXE)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any("button-name" in one for one in page.evaluate(RUN))


def test_text_twice_as_big_still_fits(new_context: Callable[..., BrowserContext], bot_url: str) -> None:
    page = new_context(viewport={"width": 640, "height": 800}).new_page()
    page.goto(bot_url + "/workbench")
    talked(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
