"""Nothing leaves the machine, and the browser keeps nothing."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from driving import open_wrong, read_list, review, say
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.bot

KEPT = (
    "async () => [localStorage.length, sessionStorage.length, document.cookie, "
    "(await indexedDB.databases()).length, (await caches.keys()).length]"
)


def test_every_request_of_a_whole_visit_goes_to_the_bot(
    new_context: Callable[..., BrowserContext], bot_url: str, waiting: object
) -> None:
    context = new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(bot_url + "/workbench")
    say(page, "he hid my inhaler, see http://192.0.2.1/x")
    wrong = open_wrong(page)
    wrong.locator("#wrong-danger input:not(:checked)").first.check()
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    wrong.get_by_role("button", name="Back to the chat").click()
    read_list(page, "hello\nbins")
    page.get_by_role("link", name="Conversation tests").click()
    expect(page.locator("#tests-count")).to_contain_text("tests")
    assert review(page).count() >= 2
    assert asked and all(url.startswith(bot_url + "/") for url in asked)
    assert not [url for url in asked if "inhaler" in url]
    assert page.evaluate(KEPT) == [0, 0, "", 0, 0]
    assert context.cookies() == []


def test_leaving_the_page_forgets_the_conversation(
    new_context: Callable[..., BrowserContext], bot_url: str, client: httpx.Client
) -> None:
    page = new_context().new_page()
    page.goto(bot_url + "/workbench")
    with page.expect_request("**/chat/webhook") as sent:
        say(page, "my wife hits me, we live in luton")
    sender = sent.value.post_data_json["sender"]
    page.goto("about:blank")
    page.wait_for_timeout(1000)  # the beacon
    reply = client.post("/chat/webhook", json={"sender": sender, "message": "hello"}).json()
    (situation,) = [part["custom"]["understood"]["situation"] for part in reply if "custom" in part]
    assert (situation["area"], situation["abuse"]) == ("unknown", [])
    client.post("/chat/forget", json={"sender": sender})
