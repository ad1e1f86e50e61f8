"""JavaScript off: the link, the page with the lines, the way out. And on: the same page, with the chat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chatting import host_page
from playwright.sync_api import BrowserContext, Page, expect
from stub_bot import DIRECTORY, EXIT_URL, Bot, Host


@pytest.fixture
def plain(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}).new_page()


def test_the_link_of_the_snippet_leads_to_the_lines(plain: Page, host: Host, bot: Bot) -> None:
    host.pages["/"] = (host_page(bot), {})
    plain.goto(host.url)
    plain.locator("#signpost-mk").click()
    assert plain.url == bot.url + "/chat"
    for service in DIRECTORY.services.values():
        expect(plain.locator(f"[data-line={service.id}] .call .num")).to_be_visible()


def test_the_exit_is_a_plain_link(plain: Page, bot: Bot) -> None:
    plain.goto(bot.url + "/chat")
    plain.locator(".exit").click()
    plain.wait_for_url(EXIT_URL)


def test_the_folds_open_and_nothing_offers_what_cannot_work(plain: Page, bot: Bot) -> None:
    plain.goto(bot.url + "/chat")
    plain.locator(".speak > summary").click()
    expect(plain.locator(".speak")).to_contain_text("When you are asked, press 55.")
    plain.locator("[data-line=mk_act] .more > summary").click()
    expect(plain.locator("[data-line=mk_act] .more")).to_contain_text("Checked on 21 November 2026.")
    expect(plain.locator("#box")).to_be_hidden()
    for button in plain.locator("button").all():
        expect(button).to_be_hidden()


def test_without_a_clock_no_line_is_called_open_or_closed(plain: Page, bot: Bot) -> None:
    plain.goto(bot.url + "/chat")
    text = plain.locator("#numbers").inner_text()
    assert "Open now" not in text and "losed now" not in text
    assert "Monday to Friday, 9am to 5pm" in text


def test_with_javascript_the_chat_takes_the_place_of_the_list(page: Page, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    expect(page.locator("#box")).to_be_visible()
    expect(page.locator("#numbers")).to_be_hidden()
