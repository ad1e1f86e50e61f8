"""Exit this page: always there, at once, and nothing stays behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from chatting import chat_in, forgotten, host_page, open_chat, say
from exit_page import ExitPage
from get_browser import ARGUMENTS
from playwright.sync_api import BrowserContext, FrameLocator, Page, Playwright, expect
from stub_bot import EXIT_URL, Bot, Host

BLANK_MS = 50

# In every frame: tell the top window when a click or a key went up; in the top one: what there is when the cover is painted.
PROBE = """
  const told = (e) => { if (e.isTrusted) top.postMessage({ probe: Date.now() }, '*') }
  addEventListener('click', told, true)
  addEventListener('keyup', told, true)
  if (top === window) {
    let input = 0
    addEventListener('message', (e) => { if (e.data?.probe) input = Math.max(input, e.data.probe) })
    const report = () => {
      const shadow = document.querySelector('signpost-mk').shadowRoot
      const points = [[5, 5], [innerWidth - 5, 5], [innerWidth / 2, innerHeight / 2], [5, innerHeight - 5], [innerWidth - 30, innerHeight - 30]]
      const blank = { took: Date.now() - input, text: document.body.innerText.trim(), children: document.body.childElementCount,
        frames: shadow.querySelectorAll('iframe').length, covered: points.every(([x, y]) => shadow.elementFromPoint(x, y)?.classList.contains('cover')) }
      console.log('PROBE ' + JSON.stringify(blank))
    }
    const look = () => {
      const cover = document.querySelector('signpost-mk')?.shadowRoot.querySelector('.cover')
      if (cover?.matches(':popover-open')) requestAnimationFrame(() => setTimeout(report))
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }
"""


def exit_in_page(page: Page, frame: FrameLocator) -> None:
    page.locator("signpost-mk .dock .exit").click()


def exit_in_panel(page: Page, frame: FrameLocator) -> None:
    page.locator("signpost-mk .panel .exit").click()


def shifts_in_page(page: Page, frame: FrameLocator) -> None:
    page.locator("main > h1").first.click()
    for key in ("ShiftLeft", "ShiftRight", "ShiftLeft"):
        page.keyboard.press(key)


def shifts_in_frame(page: Page, frame: FrameLocator) -> None:
    frame.locator("#box").focus()
    for key in ("ShiftRight", "ShiftLeft", "ShiftRight"):
        page.keyboard.press(key)


WAYS = [exit_in_page, exit_in_panel, shifts_in_page, shifts_in_frame]
Way = Callable[[Page, FrameLocator], None]


@pytest.mark.parametrize("way", WAYS)
def test_leaving_forgets_the_chat_and_back_does_not_return(page: Page, host: Host, bot: Bot, way: Way) -> None:
    page.goto(host.url + "/before")
    page.get_by_role("link", name="on").click()
    page.locator("signpost-mk .launch").click()
    frame = chat_in(page)
    say(frame, "Something's wrong at home")
    way(page, frame)
    page.wait_for_url(EXIT_URL)
    assert len(page.context.pages) == 1
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
    page.go_back()
    expect(page.locator("h1")).to_have_text("Before")
    page.go_forward()
    assert page.url == EXIT_URL


@pytest.mark.parametrize("way", WAYS)
def test_the_page_is_blank_within_50_ms_and_empty(
    new_context: Callable[..., BrowserContext], leads_to: ExitPage, host: Host, way: Way
) -> None:
    leads_to.waits_s = 0.6
    context = new_context()
    context.add_init_script(PROBE)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    way(page, frame)
    page.wait_for_url(EXIT_URL)
    (seen,) = [json.loads(text.removeprefix("PROBE ")) for text in told if text.startswith("PROBE ")]
    assert seen.pop("took") <= BLANK_MS
    assert seen == {"text": "", "children": 1, "frames": 0, "covered": True}


def test_the_page_of_its_own_leaves_the_same_way(page: Page, host: Host, bot: Bot) -> None:
    page.goto(host.url + "/before")
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.locator(".exit").click()
    page.wait_for_url(EXIT_URL)
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
    page.go_back()
    expect(page.locator("h1")).to_have_text("Before")


def test_the_page_of_its_own_leaves_by_shift(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    page.locator("#box").wait_for()
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(EXIT_URL)


@pytest.mark.parametrize("press", [{"modifiers": ["Control"]}, {"modifiers": ["Shift"]}, {"button": "middle"}])
def test_no_kind_of_click_opens_a_tab(page: Page, host: Host, press: dict[str, object]) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .dock .exit").click(**press)  # type: ignore[arg-type]
    page.wait_for_url(EXIT_URL)
    assert len(page.context.pages) == 1


def test_the_exit_is_first_in_the_tab_order_and_a_real_link(page: Page, host: Host, bot: Bot) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.keyboard.press("Tab")
    link = page.locator("signpost-mk .dock .exit")
    expect(link).to_be_focused()
    assert link.evaluate("node => node.tagName + node.protocol") == "Ahttps:"
    page.goto(bot.url + "/chat")
    page.keyboard.press("Tab")
    expect(page.locator(".exit")).to_be_focused()


@pytest.mark.parametrize("size", [(1280, 800), (320, 640), (320, 256)])
def test_the_exit_is_high_enough_and_in_sight_closed_and_open(new_context: Callable[..., BrowserContext], host: Host, size: tuple[int, int]) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(host.url)
    for place in (".dock .exit", ".panel .exit"):
        link = page.locator(f"signpost-mk {place}")
        expect(link).to_be_in_viewport(ratio=1)
        box = link.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44
        if "dock" in place:
            page.evaluate("scrollTo(0, 9999)")
            expect(link).to_be_in_viewport(ratio=1)
            page.locator("signpost-mk .launch").click()
            chat_in(page).locator("#clear").scroll_into_view_if_needed()


COVERING = (
    '<div style="position:fixed;inset:0;background:#000;z-index:2147483647" id="bar">Cookies!</div>',
    '<div popover="manual" id="bar" style="position:fixed;inset:0;width:100%;height:100%">Cookies!</div><script>setTimeout(() => bar.showPopover(), 500)</script>',
)


@pytest.mark.parametrize("bar", COVERING)
def test_no_cookie_bar_covers_the_exit(page: Page, host: Host, bot: Bot, bar: str) -> None:
    host.pages["/"] = (host_page(bot, body=bar), {})
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.wait_for_timeout(800)
    page.locator("signpost-mk .dock .exit").click()  # Playwright clicks only what would get the click
    page.wait_for_url(EXIT_URL)


def test_a_modal_cookie_dialog_does_not_stop_the_keys(page: Page, host: Host, bot: Bot) -> None:
    host.pages["/"] = (host_page(bot, body="<dialog id=bar>Cookies!<button>No</button></dialog><script>bar.showModal()</script>"), {})
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for(state="attached")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(EXIT_URL)


@pytest.mark.parametrize("bind", ["onbeforeunload = ask", "field.oninput = () => addEventListener('beforeunload', ask)"])
def test_a_host_that_asks_are_you_sure_is_not_asked(page: Page, host: Host, bot: Bot, bind: str) -> None:
    body = f"<input id=field aria-label=Field><script>const ask = (e) => {{ e.preventDefault(); return 'sure?' }}; {bind}</script>"
    host.pages["/"] = (host_page(bot, body=body), {})
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    open_chat(page, host)
    page.locator("#field").fill("x")
    page.locator("signpost-mk .dock .exit").click()
    page.wait_for_url(EXIT_URL)
    assert asked == []


def test_a_request_under_way_is_stopped(page: Page, host: Host, bot: Bot) -> None:
    stopped: list[str] = []
    page.context.on("requestfailed", lambda request: stopped.append(request.url))
    frame = open_chat(page, host)
    bot.delay_s = 1.5
    frame.locator("#box").fill("hello")
    frame.locator("#send").click()
    page.wait_for_timeout(200)
    page.locator("signpost-mk .panel .exit").click()
    page.wait_for_url(EXIT_URL)
    page.wait_for_timeout(200)
    assert bot.url + "/chat/webhook" in stopped
    assert len(bot.messages) == 1


def test_what_the_host_is_still_loading_is_stopped_before_the_exit_answers(
    page: Page, leads_to: ExitPage, host: Host
) -> None:
    leads_to.waits_s = 0.9
    page.route("**/never", lambda route: None)
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.evaluate("void fetch('/never').catch(() => 0)")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/never"), timeout=600):
        page.locator("signpost-mk .dock .exit").click(no_wait_after=True)
    page.wait_for_url(EXIT_URL)


# ---- the keys ----


def test_each_press_is_told_as_on_gov_uk(page: Page, host: Host) -> None:
    page.goto(host.url)
    told = page.locator("signpost-mk [role=status]")
    page.locator("signpost-mk .launch").wait_for()
    page.keyboard.press("Shift")
    expect(told).to_have_text("Shift, press 2 more times to exit.")
    page.keyboard.press("Shift")
    expect(told).to_have_text("Shift, press 1 more time to exit.")
    frame = open_chat(page, host)
    frame.locator("#box").focus()
    page.keyboard.press("Shift")
    expect(frame.locator("#status")).to_have_text("Shift, press 2 more times to exit.")


def test_three_presses_in_more_than_five_seconds_do_nothing_and_say_so(page: Page, host: Host) -> None:
    page.clock.install()
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.clock.run_for(5100)
    expect(page.locator("signpost-mk [role=status]")).to_have_text("Exit this page expired.")
    page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"


def test_capitals_and_shortcuts_are_no_presses(page: Page, host: Host) -> None:
    frame = open_chat(page, host)
    frame.locator("#box").focus()
    for key in ("Shift+H", "Shift+E", "Shift+L", "Shift+P", "Control+Shift", "Control+Shift", "Control+Shift"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"
    expect(frame.locator("#box")).to_have_value("HELP")


def test_another_key_between_the_presses_starts_the_count_anew(page: Page, host: Host) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    for key in ("Shift", "Shift", "a", "Shift", "Shift", "a", "Shift"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"


def test_a_device_with_touch_alone_has_no_such_key(new_context: Callable[..., BrowserContext], host: Host) -> None:
    page = new_context(has_touch=True, is_mobile=True).new_page()
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    for _ in range(4):
        page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"


def test_a_host_with_gov_uks_own_exit_keeps_its_keys_and_its_button(page: Page, host: Host, bot: Bot) -> None:
    own = (
        '<div class="govuk-exit-this-page" data-module="govuk-exit-this-page"><a href="https://www.bbc.co.uk/weather" class="govuk-exit-this-page__button">Exit</a></div>'
        "<script>let n = 0; addEventListener('keyup', (e) => { if (e.key === 'Shift') document.title = 'pressed ' + ++n })</script>"
    )
    host.pages["/"] = (host_page(bot, body=own), {})
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    expect(page.locator("signpost-mk .dock .exit")).to_be_hidden()
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert page.title() == "pressed 3"
    assert page.url == host.url + "/"
    assert page.locator("signpost-mk [role=status]").inner_text() == ""
    page.locator("signpost-mk .launch").click()
    frame = chat_in(page)
    expect(page.locator("signpost-mk .panel .exit")).to_be_visible()
    shifts_in_frame(page, frame)  # the host cannot see the keys of the frame, so ours must leave
    page.wait_for_url(EXIT_URL)


@pytest.mark.parametrize("small", [False, True])
def test_escape_only_closes_the_panel(new_context: Callable[..., BrowserContext], host: Host, bot: Bot, small: bool) -> None:
    page = new_context(viewport={"width": 390, "height": 700} if small else {"width": 1280, "height": 800}).new_page()
    for place in (".panel .exit", "frame"):
        frame = open_chat(page, host)
        say(frame, "Something's wrong at home")
        (frame.locator("#box") if place == "frame" else page.locator(f"signpost-mk {place}")).focus()
        page.keyboard.press("Escape")
        expect(page.locator("signpost-mk .panel")).to_be_hidden()
        expect(page.locator("signpost-mk .launch")).to_be_focused()
        assert page.url == host.url + "/"
        page.locator("signpost-mk .launch").click()
        expect(frame.locator(".turn")).to_have_count(1)  # closing is not leaving: the chat goes on


def test_it_says_that_the_visit_stays_in_the_history(page: Page, host: Host) -> None:
    expect(open_chat(page, host).locator("main")).to_contain_text("This visit stays in your browser's history.")


# ---- what hosts and hardened browsers do ----

SWAP = "document.body = Object.assign(document.createElement('body'), { innerHTML: '<h1>Swapped</h1><a id=\"signpost-mk\" href=\"/x\">Help</a>' })"


def test_a_host_that_swaps_its_body_keeps_the_widget_and_the_exit(page: Page, host: Host) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    say(open_chat(page, host), "Something's wrong at home")
    page.evaluate(SWAP)
    expect(page.locator("body > h1")).to_have_text("Swapped")
    expect(page.locator("signpost-mk .panel")).to_be_hidden()
    page.locator("#signpost-mk").click()  # the new page's own link
    chat_in(page)
    page.keyboard.press("Escape")
    expect(page.locator("signpost-mk .dock .call")).to_be_visible()
    page.evaluate(SWAP)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(EXIT_URL)
    assert errors == []


def test_leaving_goes_through_whatever_the_host_has_broken(page: Page, host: Host) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.evaluate(
        "window.stop = () => { throw 1 }; HTMLElement.prototype.showPopover = () => { throw 2 }; Element.prototype.remove = () => { throw 3 };"
        "HTMLElement.prototype.focus = () => { throw 4 }; document.body.remove = null"
    )
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(EXIT_URL)


@pytest.mark.parametrize("where", ["page", "frame"])
def test_both_shift_keys_at_once_leave_too(page: Page, host: Host, bot: Bot, where: str) -> None:
    if where == "page":
        page.goto(bot.url + "/chat")
        page.locator("#box").wait_for()
    else:
        page.goto(host.url)
        page.locator("signpost-mk .launch").wait_for()
    for _ in range(2):
        page.keyboard.down("ShiftLeft")
        page.keyboard.down("ShiftRight")
        page.keyboard.up("ShiftLeft")
        page.keyboard.up("ShiftRight")
    page.wait_for_url(EXIT_URL)


@pytest.mark.parametrize("beacon", ["undefined", "() => false", "() => { throw new Error() }"])
def test_without_a_beacon_leaving_and_clearing_still_forget(page: Page, bot: Bot, beacon: str) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'sendBeacon', {{ value: {beacon} }})")
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.locator("#clear").click()
    expect(page.locator("#log")).to_be_empty()
    say(page, "hello")
    page.locator(".exit").click()
    page.wait_for_url(EXIT_URL)
    assert [told["sender"] for told in forgotten(page, bot, 2)] == [message["sender"] for message in bot.messages]


def test_the_presses_are_seen_and_not_only_heard(page: Page, host: Host) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.keyboard.press("Shift")
    expect(page.get_by_text("Shift, press 2 more times to exit.")).to_be_in_viewport(ratio=1)


# ---- the back/forward cache ----


@pytest.fixture
def caching_page(playwright: Playwright, chromium_path: str, leads_to: ExitPage) -> Iterator[Page]:
    """A browser that keeps pages for Back, which Playwright's own settings forbid."""
    browser = playwright.chromium.launch(
        executable_path=chromium_path,
        args=[*ARGUMENTS, *leads_to.arguments],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser.new_page(ignore_https_errors=True)
    browser.close()


def test_a_return_from_the_back_forward_cache_shows_an_empty_widget(caching_page: Page, host: Host, bot: Bot) -> None:
    tell = (
        "<script>addEventListener('pageshow', (e) => { const root = document.querySelector('signpost-mk')?.shadowRoot; if (e.persisted) "
        "fetch('/tell', {method: 'POST', body: JSON.stringify({frames: root.querySelectorAll('iframe').length, open: root.querySelector('.panel').checkVisibility(), "
        "launcher: root.querySelector('.launch').checkVisibility()})}) })</script>"
    )
    host.pages["/"] = (host_page(bot, body=tell), {})
    page = caching_page
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    page.goto(host.url + "/before")
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
    page.evaluate("history.back()")
    until = time.monotonic() + 5
    while not host.told and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert host.told == [{"frames": 0, "open": False, "launcher": True}]


def test_the_page_of_its_own_is_emptied_when_it_is_left_by_any_way(page: Page, host: Host, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.locator("#box").fill("half a thought")
    state = page.evaluate(
        "() => { dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true})); "
        "const left = [document.getElementById('log').childElementCount, document.getElementById('box').value, document.body.hidden]; "
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})); "
        "return [...left, document.body.hidden, document.querySelectorAll('#first button').length] }"
    )
    assert state == [0, "", True, False, 6]
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
