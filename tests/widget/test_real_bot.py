"""The same widget against the real bot. `bot_url` comes from tests/conftest.py: where `make run` serves, without a path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chatting import chat_in, host_page, say
from playwright.sync_api import Page, expect
from stub_bot import EXIT_URL, Bot, Host

from signpost.processes import running_bot

pytestmark = pytest.mark.bot


def test_the_bot_serves_the_page_and_its_headers(page: Page, bot_url: str) -> None:
    answer = page.goto(bot_url + "/chat")
    assert answer and answer.status == 200
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors" in headers["content-security-policy"]
    assert "set-cookie" not in headers
    for path in ("/widget.js", "/app.js", "/style.css"):
        assert page.request.get(bot_url + "/chat" + path).status == 200


def test_each_first_button_gets_an_answer_with_lines(page: Page, bot_url: str) -> None:
    page.goto(bot_url + "/chat")
    choices = page.locator("#first button")
    expect(choices).to_have_count(6)
    for place in range(6):
        choices.nth(place).click(timeout=10_000)
        page.locator("#log .turn").wait_for()
        assert page.locator("#now .line:not(.baked)").count() >= 1, choices.nth(place).inner_text()
        assert (page.locator("#urgent .line").count() == 1) is (place == 0)
        expect(page.locator(".sorry")).to_have_count(0)
        page.reload()


def test_a_reply_has_three_short_messages_at_most_and_one_question(page: Page, bot_url: str) -> None:
    page.goto(bot_url + "/chat")
    for text in ("he wont let me see my sister", "i have nowhere to go tonight", "is this private", "thank you"):
        say(page, text)
        assert page.locator("#log .turn > p:not(.vh, .note), .ask").count() <= 3
        assert page.locator(".ask").count() <= 1


def test_clearing_and_leaving_work(page: Page, bot_url: str) -> None:
    page.goto(bot_url + "/chat")
    say(page, "i need somewhere to stay in bletchley")
    with page.expect_request("**/chat/forget"):
        page.locator("#clear").click()
    expect(page.locator("#log")).to_be_empty()
    say(page, "hello")
    page.locator(".exit").click()
    page.wait_for_url(EXIT_URL)


@pytest.fixture(scope="module")
def framed_url(_host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bot whose settings let the host's page embed it."""
    log = tmp_path_factory.mktemp("framed") / "bot.log"
    with running_bot(log, environment={"SIGNPOST_FRAME_ANCESTORS": _host.url}) as address:
        yield address


def open_embedded(page: Page, host: Host, bot: Bot, bot_url: str) -> None:
    tag = f'<a id="signpost-mk" href="{bot_url}/chat">Help</a><script async src="{bot_url}/chat/widget.js"></script>'
    host.pages["/"] = (host_page(bot, tag=tag), {})
    page.goto(host.url)
    page.locator("signpost-mk .launch").click()
    page.locator("signpost-mk .panel.ready, signpost-mk .broken").first.wait_for(timeout=10_000)


def test_it_is_embedded_where_the_settings_allow_it(page: Page, host: Host, bot: Bot, framed_url: str) -> None:
    open_embedded(page, host, bot, framed_url)
    expect(page.locator("signpost-mk .panel.ready")).to_have_count(1)
    say(chat_in(page), "he took my bank card")


def test_where_the_settings_do_not_allow_it_the_numbers_stand_in_the_panel(
    page: Page, host: Host, bot: Bot, bot_url: str
) -> None:
    open_embedded(page, host, bot, bot_url)
    expect(page.locator("signpost-mk .panel.ready")).to_have_count(0)
    expect(page.locator("signpost-mk .panel")).to_contain_text("0808 2000 247")
