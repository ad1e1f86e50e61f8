"""WCAG 2.2 AA by axe in every state, and by hand where axe sees nothing: keys, focus, targets, reflow, right to left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from chatting import chat_in, open_chat, say
from playwright.sync_api import BrowserContext, Frame, Page, expect
from stub_bot import Bot, Host

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = (
    f"async () => {{ const found = await axe.run(document, {{iframes: false, resultTypes: ['violations'], runOnly: {json.dumps(RULES)}}}); "
    "return found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')) }"
)
SIZES = [(1280, 800), (320, 640), (320, 256)]
STATES = ["closed", "open", "reply", "buttons", "error", "exit"]
LOOKS = [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"}]
TARGET_PX = 44


def bring_to(state: str, page: Page, host: Host, bot: Bot) -> None:
    """Bring the embedded chat into one of the six states."""
    if state == "closed":
        page.goto(host.url)
        page.locator("signpost-mk .launch").wait_for()
        return
    frame = open_chat(page, host)
    if state == "reply":
        say(frame, "i am in danger")
        frame.locator("#urgent .speak > summary").click()
        frame.locator("#lines .rest > summary").click()
        frame.locator("#lines .more > summary").first.click()
    if state == "buttons":
        say(frame, "i need somewhere to stay")
    if state == "error":
        bot.fault = "500"
        frame.locator("#box").fill("hello")
        frame.locator("#send").click()
        frame.locator(".sorry").wait_for()
        frame.locator("#lines .rest > summary").click()
    if state == "exit":
        # The exit leads away at once: hold the page back, and look at the cover.
        page.route("https://www.bbc.co.uk/weather", lambda route: route.abort("aborted"))
        page.locator("signpost-mk .panel .exit").click()
        page.locator("signpost-mk .cover").wait_for()


def violations(frame: Frame) -> list[str]:
    frame.evaluate(AXE)
    return frame.evaluate(RUN)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(new_context: Callable[..., BrowserContext], host: Host, bot: Bot, state: str, size: tuple[int, int]) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    bring_to(state, page, host, bot)
    for look in LOOKS:
        page.emulate_media(**{"forced_colors": "none", **look})  # type: ignore[arg-type]
        for frame in page.frames:
            assert violations(frame) == [], (state, size, look, frame.url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_its_own(new_context: Callable[..., BrowserContext], bot: Bot, scheme: Any) -> None:
    page = new_context(color_scheme=scheme).new_page()
    page.goto(bot.url + "/chat")
    assert violations(page.main_frame) == []
    page.route("**/app.*.js", lambda route: route.abort())
    page.goto(bot.url + "/chat")
    assert violations(page.main_frame) == []


def test_axe_would_find_something(page: Page) -> None:
    page.set_content("<img src=x><button></button>")
    assert any("button-name" in one for one in violations(page.main_frame))


# ---- keys and focus ----

WHERE = """() => {
  const path = []
  let node = document.activeElement
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  if (!node || node === document.body) return null
  const style = getComputedStyle(node), box = node.getBoundingClientRect()
  node.stop ||= crypto.randomUUID()
  return { stop: node.stop, what: node.tagName + '.' + node.className + '#' + node.id + ' ' + (node.textContent || '').trim().slice(0, 30), tag: node.tagName,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight }
}"""


def walk(page: Page, most: int = 80) -> list[dict[str, Any]]:
    """Every stop of the Tab key until it comes back to the first, through the frame too."""
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        for _ in range(20):  # focus goes into another process and back
            stop = page.evaluate(WHERE)
            if stop and stop["tag"] == "IFRAME":
                stop = page.frames[1].evaluate(WHERE)
            if stop:
                break
            page.wait_for_timeout(20)
        if stop is None:
            break
        if stops and stop["stop"] == stops[0]["stop"]:
            break
        stops.append(stop)
    return stops


def test_closed_only_the_exit_and_the_launcher_can_be_reached(page: Page, host: Host, bot: Bot) -> None:
    bring_to("closed", page, host, bot)
    stops = walk(page)
    assert [stop["tag"] for stop in stops] == ["A", "A", "BUTTON", "A", "A"]  # exit, 999, launcher, the host's two links
    assert stops[0]["what"].endswith("Exit this page")
    assert "Call 999" in stops[1]["what"]
    assert "launch" in stops[2]["what"]
    assert all(stop["ring"] for stop in stops[:3])


@pytest.mark.parametrize("state", ["open", "reply", "buttons", "error"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, host: Host, bot: Bot, state: str) -> None:
    bring_to(state, page, host, bot)
    frame = page.frames[1]
    everything = frame.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, textarea')].filter((node) => node.checkVisibility({visibilityProperty: true})).length"
    )
    page.locator("signpost-mk .dock .exit").focus()
    stops = walk(page)
    inside = [stop for stop in stops if stop["tag"] in ("A", "BUTTON", "SUMMARY", "TEXTAREA")]
    outside = 6  # the page's own 999; Exit, 999 and Close of the panel; the host's two links
    assert len(inside) >= everything + outside
    assert [stop["what"] for stop in stops if not stop["ring"] and not stop["what"].startswith("A.#")] == []
    assert [stop["what"] for stop in stops if not stop["seen"]] == []


def test_the_whole_chat_goes_by_keyboard(page: Page, host: Host, bot: Bot) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").focus()
    page.keyboard.press("Enter")
    frame = chat_in(page)
    expect(frame.locator("h1")).to_be_focused()
    for _ in range(2):  # the first two choices
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    frame.locator(".turn").wait_for()
    assert bot.messages[0]["message"] == "Something's wrong at home"
    page.keyboard.press("Tab")
    expect(frame.locator("#lines .line .call").first).to_be_focused()
    frame.locator("#box").focus()
    page.keyboard.type("thank you, bye")
    page.keyboard.press("Enter")
    expect(frame.locator("#log .turn")).to_contain_text("Take care of yourself.")
    page.keyboard.press("Escape")
    expect(page.locator("signpost-mk .launch")).to_be_focused()


def test_a_full_screen_panel_keeps_the_focus_in(new_context: Callable[..., BrowserContext], host: Host, bot: Bot) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    bring_to("open", page, host, bot)
    whats = [stop["what"] for stop in walk(page, 30)]
    assert not any("A link of the host" in what for what in whats)
    page.locator("signpost-mk .panel").get_by_role("button", name="Close").click()
    expect(page.locator("signpost-mk .panel")).to_be_hidden()
    expect(page.locator("signpost-mk .launch")).to_be_focused()


# ---- sizes ----


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", ["closed", "open", "reply", "buttons", "error"])
def test_targets_are_big_and_nothing_is_cut_off(
    new_context: Callable[..., BrowserContext], host: Host, bot: Bot, state: str, size: tuple[int, int]
) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    bring_to(state, page, host, bot)
    small = (
        "(root) => [...root.querySelectorAll('a, button, summary, textarea')].filter((node) => node.checkVisibility({visibilityProperty: true}))"
        ".map((node) => [node.textContent.trim().slice(0, 30), node.getBoundingClientRect()])"
        f".filter(([, box]) => box.height < {TARGET_PX} || box.width < {TARGET_PX}).map(([text]) => text)"
    )
    assert page.evaluate(f"({small})(document.querySelector('signpost-mk').shadowRoot)") == []
    for frame in page.frames[1:]:
        assert frame.evaluate(f"({small})(document)") == []
    for frame in page.frames:
        assert frame.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), frame.url
        wide = "[...document.querySelectorAll('main *')].filter((node) => node.checkVisibility() && !node.closest('.vh') && node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.className)"
        assert frame.evaluate(wide) == []


@pytest.mark.parametrize("state", ["open", "buttons", "error"])
def test_right_to_left_fits_too(new_context: Callable[..., BrowserContext], host: Host, bot: Bot, state: str) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    bring_to(state, page, host, bot)
    frame = page.frames[1]
    frame.evaluate("document.documentElement.dir = 'rtl'")
    page.evaluate("document.querySelector('signpost-mk').dir = 'rtl'")
    assert frame.evaluate("document.getElementById('scroll').scrollWidth <= document.getElementById('scroll').clientWidth")
    assert frame.evaluate("[...document.querySelectorAll('main *')].every((node) => node.closest('.vh') || node.getBoundingClientRect().left >= -1)")
    assert frame.evaluate("getComputedStyle(document.querySelector('.num')).unicodeBidi") == "isolate"


def test_no_rule_of_style_knows_left_or_right_but_the_side_of_the_window(bot: Bot) -> None:
    css = bot.assets["/style.css"].body.decode()
    assert re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|float", css) == []


def test_text_twice_as_big_still_fits(new_context: Callable[..., BrowserContext], host: Host, bot: Bot) -> None:
    page = new_context(viewport={"width": 390, "height": 780}).new_page()
    bring_to("buttons", page, host, bot)
    frame = page.frames[1]
    frame.evaluate("document.documentElement.style.fontSize = '34px'")
    assert frame.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_language_and_the_headings_are_told(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
