"""After a whole chat nothing is left in the browser, and nothing was asked of it."""

from __future__ import annotations

import re

import pytest
from chatting import chat_in, forgotten, open_chat, say
from playwright.sync_api import Page, expect
from stub_bot import Bot, Host

# Everything that could leave a trace, make a noise or tell a third party counts here, in every frame.
WATCH = """
  window.__traces = []
  const trap = (thing, name, label) => {
    if (!thing || !(name in thing)) return
    const old = thing[name]
    thing[name] = function (...args) { window.__traces.push(label || name); return old.apply(this, args) }
  }
  trap(Storage.prototype, 'setItem'); trap(indexedDB.__proto__, 'open', 'indexedDB'); trap(history, 'pushState'); trap(history, 'replaceState')
  trap(window, 'open'); trap(navigator, 'vibrate'); trap(Notification, 'requestPermission'); trap(navigator, 'setAppBadge')
  trap(HTMLMediaElement.prototype, 'play'); trap(window, 'alert'); trap(window, 'confirm')
  if (navigator.serviceWorker) trap(navigator.serviceWorker.__proto__, 'register', 'serviceWorker')
  if (window.caches) trap(caches.__proto__, 'open', 'caches')
  if (window.AudioContext) window.AudioContext = class { constructor() { window.__traces.push('AudioContext') } }
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')
  Object.defineProperty(document, 'cookie', { get: cookie.get, set: (v) => window.__traces.push('cookie') })
  window.dataLayer = []
"""
# A browser that blocks third-party storage throws in the frame: then there is none.
LEFT = """async () => {
  const of = async (read) => { try { return await read() } catch (error) { if (['SecurityError', 'UnknownError', 'NotSupportedError'].includes(error.name)) return 0; throw error } }
  return { traces: window.__traces, local: await of(() => localStorage.length), session: await of(() => sessionStorage.length), cookie: document.cookie,
    databases: await of(async () => (await indexedDB.databases()).length), caches: await of(async () => (await caches.keys()).length),
    workers: await of(async () => (await navigator.serviceWorker.getRegistrations()).length), layer: (window.dataLayer || []).length }
}"""
NOTHING = {"traces": [], "local": 0, "session": 0, "cookie": "", "databases": 0, "caches": 0, "workers": 0, "layer": 0}


@pytest.mark.parametrize("where", ["frame", "page"])
def test_a_full_chat_leaves_nothing(page: Page, host: Host, bot: Bot, where: str) -> None:
    page.add_init_script(WATCH)
    page.goto(host.url if where == "frame" else bot.url + "/chat")
    length, title = page.evaluate("[history.length, document.title]")
    if where == "frame":
        page.locator("signpost-mk .launch").click()
    frame = chat_in(page) if where == "frame" else page
    frame.get_by_role("button", name="I need somewhere to stay").click()
    frame.locator(".ask").wait_for()
    frame.get_by_role("button", name="No", exact=True).click()
    expect(frame.locator(".turn")).to_have_count(2)
    say(frame, "he is outside")
    bot.fault = "html"
    frame.locator("#box").fill("again")
    frame.locator("#send").click()
    frame.locator(".sorry").wait_for()
    frame.locator("#clear").click()
    page.keyboard.press("Escape")
    for one in page.frames:
        assert one.evaluate(LEFT) == NOTHING, one.url
    assert page.context.cookies() == []
    assert page.evaluate("[history.length, document.title]") == [length, title]
    assert len(page.context.pages) == 1


def test_nothing_opens_by_itself(page: Page, host: Host, bot: Bot) -> None:
    page.clock.install()
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.clock.run_for(120_000)
    expect(page.locator("signpost-mk .panel")).to_be_hidden()
    assert len(bot.requests) == 1


def test_the_id_is_128_random_bits_and_new_for_each_chat(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    for _ in range(3):
        say(page, "Something's wrong at home")
        page.locator("#clear").click()
    say(page, "Something's wrong at home")
    page.reload()
    say(page, "Something's wrong at home")
    ids = [message["sender"] for message in bot.messages]
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)
    assert len(set(ids)) == 5
    assert [told["sender"] for told in forgotten(page, bot, 4)] == ids[:4]


def test_one_press_clears_the_chat_and_the_server(page: Page, host: Host, bot: Bot) -> None:
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    frame.locator("#box").fill("half a thought")
    frame.locator("#clear").click()
    expect(frame.locator("#log")).to_be_empty()
    expect(frame.locator("#box")).to_have_value("")
    expect(frame.locator("h1")).to_be_focused()
    expect(frame.locator("#status")).to_have_text("The chat is cleared.")
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
    expect(frame.locator("#first button")).to_have_count(6)


def test_a_late_answer_to_a_cleared_chat_is_dropped(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    bot.delay_s = 0.6
    page.locator("#box").fill("hello")
    page.locator("#send").click()
    page.wait_for_timeout(100)
    page.locator("#clear").click()
    page.wait_for_timeout(900)
    expect(page.locator("#log")).to_be_empty()
    bot.delay_s = 0
    say(page, "Something's wrong at home")
    expect(page.locator(".turn")).to_have_count(1)


def test_the_box_keeps_and_sends_away_nothing(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    box = page.locator("#box")
    assert box.get_attribute("autocomplete") == "off"
    assert box.get_attribute("spellcheck") == "false"
    assert box.get_attribute("name") is None
    assert page.locator("form").count() == 0
    assert page.locator("#hint").inner_text() == "Please don't type names or addresses."
    assert box.get_attribute("aria-describedby") == "hint"


@pytest.mark.parametrize("where", ["page", "frame"])
def test_a_reload_shows_an_empty_chat(page: Page, host: Host, bot: Bot, where: str) -> None:
    if where == "page":
        page.goto(bot.url + "/chat")
        say(page, "Something's wrong at home")
        page.locator("#box").fill("half a thought")
        page.reload()
        expect(page.locator("#box")).to_have_value("")
        expect(page.locator("#log")).to_be_empty()
    else:
        say(open_chat(page, host), "Something's wrong at home")
        page.reload()
        expect(page.locator("signpost-mk .panel")).to_be_hidden()
        assert page.locator("iframe").count() == 0
