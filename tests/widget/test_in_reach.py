"""Call 999 stays in reach and the answer comes into view, at every size, text size and state of the bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chatting import PHONE, host_page, open_chat, say
from playwright.sync_api import BrowserContext, Page, expect
from stub_bot import Bot, Host

SIZES = [(280, 653), (360, 616), (375, 553), (390, 664), (640, 320), (1366, 650)]
ZOOMS = [100, 150, 200]
STATES = ["", "slow", "drop"]  # answering, hanging, dead
# 5, 25 and 300 words, the danger at the end
MESSAGES = [" ".join(["word"] * (count - 1)) + " danger" for count in (5, 25, 300)]
WITHIN_MS = 300
MAX_ANSWER_WORDS = 60
MAX_DANGER_WORDS = 30

# Whole in the window, and what a finger would meet there.
IN_REACH = """(link) => {
  const box = link.getBoundingClientRect()
  const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth && box.height >= 44 && box.width >= 44
  const root = link.getRootNode()
  const met = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]].map(([x, y]) => root.elementFromPoint(box.left + x * box.width, box.top + y * box.height))
  return inside && met.every((node) => link.contains(node))
}"""
# Tells when the message was sent and when Call 999 of the bar was first seen whole after that.
SEND = f"""async (text) => {{
  const box = document.getElementById('box'), started = performance.now()
  box.value = text
  document.getElementById('send').click()
  const whole = {IN_REACH}
  for (;;) {{
    await new Promise(requestAnimationFrame)
    if (whole(document.querySelector('.bar .call'))) return performance.now() - started
    if (performance.now() - started > 2000) return Infinity
  }}
}}"""


@pytest.fixture
def at(new_context: Callable[..., BrowserContext]) -> Callable[[tuple[int, int], int], Page]:
    """A page in a window of that size whose visitor has set the text to so many per cent."""

    def make(size: tuple[int, int], zoom: int = 100, **options: Any) -> Page:
        page = new_context(
            viewport={"width": size[0], "height": size[1]}, has_touch=True, user_agent=PHONE, **options
        ).new_page()
        page.context.new_cdp_session(page).send(
            "Page.setFontSizes", {"fontSizes": {"standard": 16 * zoom // 100, "fixed": 13}}
        )
        return page

    return make


def test_the_text_size_of_the_visitor_reaches_the_page(at: Callable[..., Page], bot: Bot) -> None:
    page = at((390, 664), 200)
    page.goto(bot.url + "/chat")
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 34


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_999_is_in_reach_whatever_was_sent_and_whatever_the_bot_does(
    at: Callable[..., Page], bot: Bot, size: tuple[int, int], zoom: int
) -> None:
    page = at(size, zoom)
    for state in STATES:
        page.goto(bot.url + "/chat")
        page.locator("#box").wait_for()
        for message in MESSAGES:
            bot.fault = state
            assert page.evaluate(SEND, message) <= WITHIN_MS, (state, len(message))
            if not state:
                expect(page.locator("#urgent .line")).to_have_count(1)
                assert page.locator(".bar .call").evaluate(IN_REACH)
                # the card of the answer too, where the window has the height for it
                top = page.locator("#urgent .call").evaluate("(node) => node.getBoundingClientRect().top")
                assert top < page.locator(".write").evaluate("(node) => node.getBoundingClientRect().top"), "the answer is out of view"
            page.locator("#scroll").evaluate("(node) => node.scrollTo(0, 99999)")
            assert page.locator(".bar .call").evaluate(IN_REACH)
            page.locator("#clear").click()
    write = page.locator(".write").evaluate("(node) => node.getBoundingClientRect().height")
    assert write <= size[1] / 3
    if zoom == 100:
        assert write <= 65


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_999_is_in_reach_on_the_hosts_page_and_in_the_panel(
    at: Callable[..., Page], host: Host, size: tuple[int, int], zoom: int
) -> None:
    page = at(size, zoom)
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    for place in (".dock", ".panel"):
        assert page.locator(f"signpost-mk {place} .call").evaluate(IN_REACH), place
        assert page.locator(f"signpost-mk {place} .exit").evaluate(IN_REACH), place
        if place == ".dock":
            page.evaluate("document.body.style.height = '5000px'; scrollTo(0, 4000)")
            assert page.locator("signpost-mk .dock .call").evaluate(IN_REACH)
            page.locator("signpost-mk .launch").click()
            page.locator("signpost-mk .panel.ready").wait_for()


def test_the_text_size_of_the_host_changes_nothing_of_ours(page: Page, host: Host, bot: Bot) -> None:
    host.pages["/"] = (host_page(bot, head="<style>html { font-size: 4px } * { font-size: 3px }</style>"), {})
    page.goto(host.url)
    launch = page.locator("signpost-mk .launch")
    assert launch.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") == 16


def test_in_danger_the_button_comes_at_once_and_first_while_the_bot_hangs(page: Page, bot: Bot) -> None:
    bot.fault = "slow"
    page.goto(bot.url + "/chat")
    page.get_by_role("button", name="I'm in danger").click()
    page.locator("#urgent .call").wait_for(timeout=WITHIN_MS)
    shown = " ".join(page.locator("#urgent").inner_text().split())
    assert shown.startswith("Call 999 If you cannot speak, stay on the line and whisper, cough or tap. I can't speak")
    page.wait_for_timeout(100)
    assert [message["message"] for message in bot.messages] == ["I'm in danger"]


def test_just_the_numbers_needs_no_network(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    page.locator("#box").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Just the numbers").click()
    for number in ("999", "0808 2000 247", "0344 375 4307"):
        expect(page.locator("#now .call .num", has_text=number).first).to_be_visible(timeout=WITHIN_MS)


@pytest.mark.parametrize("words", [5, 300])
def test_the_answer_comes_into_view_and_not_ones_own_words(at: Callable[..., Page], bot: Bot, words: int) -> None:
    page = at((360, 616))
    page.goto(bot.url + "/chat")
    say(page, " ".join(["word"] * words))
    assert page.locator("#log .turn > p").first.evaluate(IN_REACH.replace(" && box.height >= 44 && box.width >= 44", ""))
    assert page.locator("#lines .lead .call").evaluate(IN_REACH)
    own = page.locator("#mine").bounding_box()
    assert own and own["height"] <= 616 / 5
    if words == 300:
        page.get_by_role("button", name="Show it all").click()
        box = page.locator("#mine").bounding_box()
        assert box and box["height"] > 400


@pytest.mark.parametrize("where", ["page", "panel"])
def test_the_writing_box_is_in_the_first_view(new_context: Callable[..., BrowserContext], host: Host, bot: Bot, where: str) -> None:
    size = {"width": 360, "height": 616} if where == "page" else {"width": 1366, "height": 650}
    page = new_context(viewport=size).new_page()
    if where == "page":
        page.goto(bot.url + "/chat")
    box = page.locator("#box") if where == "page" else open_chat(page, host).locator("#box")
    expect(box).to_be_in_viewport(ratio=1)


def test_the_keyboard_of_a_touch_device_goes_away_after_sending(at: Callable[..., Page], bot: Bot) -> None:
    page = at((360, 616), is_mobile=True)
    page.goto(bot.url + "/chat")
    say(page, "hello")
    assert page.evaluate("document.activeElement.id") == "mine"


@pytest.mark.parametrize("how", [{"java_script_enabled": False}, {"user_agent": "Mozilla/5.0 (Macintosh) Safari", "has_touch": True}])
def test_the_numbers_are_links_without_scripts_and_on_tablets_that_say_they_are_desktops(
    new_context: Callable[..., BrowserContext], bot: Bot, how: dict[str, Any]
) -> None:
    page = new_context(**how).new_page()
    page.goto(bot.url + "/chat")
    expect(page.locator(".bar a[href='tel:999']")).to_be_visible()
    if how.get("has_touch"):
        say(page, "hello")
    links = page.locator("#lines a.call[href]" if how.get("has_touch") else "#numbers a.call[href]").all()
    assert len(links) >= 3
    for fold in page.locator("#lines .rest > summary").all():  # all but the first two
        fold.click()
    for link in links:
        expect(link).to_be_visible()


def test_a_press_on_the_number_leaves_the_card_as_it_is(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    say(page, "hello")
    before = page.locator("#lines").inner_text()
    page.locator("#lines .lead .num").click()
    page.wait_for_timeout(100)
    assert page.locator("#lines").inner_text() == before
    assert page.locator("#lines .lead .call").inner_text().replace("\n", " ").startswith("Call 0344 375 4307")
    expect(page.get_by_role("link", name="Call 0344 375 4307, MK ACT")).to_be_visible()


# What is to be seen before anything is opened: not what only screen readers say.
COUNT = """[...document.querySelectorAll('#urgent, #log, #lines')].map((part) => {
  const hidden = [...part.querySelectorAll('.vh')].map((node) => node.innerText).join(' ')
  return part.innerText.replace(hidden, '')
}).join(' ')"""


def visible_words(page: Page) -> int:
    return len(page.evaluate(COUNT).replace("▸", "").split())


def test_an_answer_has_half_the_words(at: Callable[..., Page], bot: Bot) -> None:
    page = at((360, 616))
    counts = []
    for text in ("something is wrong", "can i text somebody", "i need somewhere to stay", "bye", "what else"):
        page.goto(bot.url + "/chat")
        say(page, text)
        counts.append(visible_words(page))
    assert sorted(counts)[len(counts) // 2] <= MAX_ANSWER_WORDS, counts
    page.goto(bot.url + "/chat")
    say(page, "i am in danger")
    above = page.evaluate("document.querySelector('#urgent .call').innerText + ' ' + document.querySelector('#log').innerText")
    assert len(above.split()) <= MAX_DANGER_WORDS


def test_thirty_turns_are_short_and_the_newest_number_is_three_tabs_away(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    for turn in range(30):
        say(page, f"turn {turn}")
    assert page.locator("#scroll").evaluate("(node) => node.scrollHeight") < 3000
    assert page.locator("#now .line").count() == 3
    expect(page.locator("#mine")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#lines .lead .call")).to_be_focused()
    page.locator(".exit").focus()  # the first stop from the top of the page
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#lines .lead .call")).to_be_focused()
    assert page.get_by_role("heading", level=2).count() >= 1
