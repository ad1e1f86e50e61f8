"""Whatever the server does, there is one plain sentence, the numbers, what was typed, and the way out."""

from __future__ import annotations

import pytest
from chatting import open_chat, say
from playwright.sync_api import FrameLocator, Page, expect
from stub_bot import EXIT_URL, FAULTS, Bot, Host

SENTENCE = "Sorry, the chat isn't working right now. You can use these numbers."
QUICK = [fault for fault in FAULTS if fault != "slow"]
RETRIED = {"404": 1}  # our own fault: asking again would not help


def must_show_the_numbers(frame: FrameLocator, typed: str) -> None:
    turn = frame.locator(".sorry")
    expect(turn).to_have_count(1)
    assert frame.locator("#log").inner_text().count(SENTENCE) == 1
    for number in ("999", "0808 2000 247", "0344 375 4307"):
        expect(frame.locator("#now .call .num", has_text=number).first).to_be_visible()
    expect(frame.locator("#box")).to_have_value(typed)
    expect(frame.locator("#mine .unsent")).to_have_text("Not sent")
    frame.locator("#lines .rest > summary").click()
    expect(frame.locator("#lines .num", has_text="116 123")).to_be_visible()
    expect(frame.locator("#urgent .line[data-line=police_999]")).to_contain_text("I can't speak")


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_is_met_with_the_numbers(page: Page, host: Host, bot: Bot, fault: str) -> None:
    frame = open_chat(page, host)
    bot.fault = fault
    frame.locator("#box").fill("he took my keys")
    frame.locator("#send").click()
    must_show_the_numbers(frame, "he took my keys")
    assert len(bot.messages) == RETRIED.get(fault, 2)
    page.locator("signpost-mk .panel .exit").click()
    page.wait_for_url(EXIT_URL)


def test_a_server_that_does_not_answer_is_met_with_the_numbers_after_eight_seconds(page: Page, host: Host, bot: Bot) -> None:
    frame = open_chat(page, host)
    bot.fault = "slow"
    frame.locator("#box").fill("he took my keys")
    frame.locator("#send").click()
    page.wait_for_timeout(7000)
    expect(frame.locator(".sorry")).to_have_count(0)
    frame.locator(".sorry").wait_for(timeout=2500)
    must_show_the_numbers(frame, "he took my keys")
    assert len(bot.messages) == 2
    page.locator("signpost-mk .panel .exit").click()
    page.wait_for_url(EXIT_URL)


def test_no_network_is_met_with_the_numbers(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    page.locator("#box").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="I'm in danger").click()
    must_show_the_numbers(page, "")  # type: ignore[arg-type]


def test_one_retry_heals_a_hiccup_without_a_word(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    seen = []

    def hiccup(route) -> None:  # type: ignore[no-untyped-def]
        seen.append(1)
        route.abort() if len(seen) == 1 else route.continue_()

    page.route("**/chat/webhook", hiccup)
    say(page, "Something's wrong at home")
    expect(page.locator(".sorry")).to_have_count(0)
    expect(page.locator(".unsent")).to_have_count(0)
    expect(page.locator("#box")).to_have_value("")
    assert len(seen) == 2


def test_the_chat_goes_on_when_the_server_is_back(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    bot.fault = "500"
    page.locator("#box").fill("hello")
    page.locator("#send").click()
    page.locator(".sorry").wait_for()
    bot.fault = ""
    page.locator("#send").click()
    expect(page.locator("#log .turn:not(.sorry)")).to_have_count(1)
    expect(page.locator("#box")).to_have_value("")


def test_a_megabyte_is_not_read_to_its_end(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    bot.fault = "megabyte"
    page.locator("#box").fill("hello")
    page.locator("#send").click()
    page.locator(".sorry").wait_for()
    assert "aaaaaaaaaa" not in page.locator("#log").inner_text()


@pytest.mark.parametrize("blocked", ["app", "style"])
def test_a_page_whose_files_are_blocked_still_shows_the_numbers(page: Page, bot: Bot, blocked: str) -> None:
    page.route(f"**/chat/{blocked}.*", lambda route: route.abort())
    page.goto(bot.url + "/chat")
    page.wait_for_timeout(200)
    for text in ("Call 999", "I can't speak", "Exit this page"):
        expect(page.get_by_text(text).first).to_be_visible()
    if blocked == "app":
        expect(page.locator("#numbers .num", has_text="0808 2000 247")).to_be_visible()
        expect(page.locator("#box")).to_be_hidden()
    else:
        say(page, "Something's wrong at home")


HOSTILE = [
    [{"text": "a", "custom": {"lines": "no"}}],
    [{"text": "a", "custom": {"type": "signpost"}}],
    [{"text": {"a": 1}, "custom": {"lines": []}}],
    [None],
    {"text": "a"},
    [{"text": "a", "custom": {"lines": [{"id": "x", "name": 3}]}}],
    [{"custom": {"lines": []}}],
    [{"text": "a", "buttons": [{"title": 1}], "custom": {"lines": []}}],
    [{"text": "a", "custom": {"lines": []}}] * 2,
]


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
def test_a_reply_of_the_wrong_shape_is_met_with_the_numbers(page: Page, bot: Bot, reply: object) -> None:
    page.goto(bot.url + "/chat")
    page.route("**/chat/webhook", lambda route: route.fulfill(json=reply))
    page.locator("#box").fill("hello")
    page.locator("#send").click()
    must_show_the_numbers(page, "hello")  # type: ignore[arg-type]


@pytest.mark.parametrize("href", ["javascript:1", "https://example.org/1", "tel:1;x=javascript:1"])
def test_an_address_of_another_kind_is_not_linked(page: Page, bot: Bot, href: str) -> None:
    line = {"id": "x", "name": "X", "phone": "1", "href": href, "web": "javascript:alert(1)", "open": "open"}
    page.goto(bot.url + "/chat")
    page.route("**/chat/webhook", lambda route: route.fulfill(json=[{"text": "a", "custom": {"lines": [line]}}]))
    say(page, "hello")
    assert page.locator("#now a[href]").count() == 0
