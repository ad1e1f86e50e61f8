"""What the tests of the widget do again and again: embed it, open it, talk to it."""

from __future__ import annotations

import time

from playwright.sync_api import FrameLocator, Page, expect
from stub_bot import Bot, Host

from signpost.serving.page import snippet

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
HOST_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>Newbridge Council</title>{head}</head><body><main><h1>Domestic abuse</h1>"
    "<p>Some words.</p>{snippet}"
    '<p><a href="/before">A link of the host</a></p>{body}</main></body></html>'
)


def host_page(bot: Bot, *, head: str = "", body: str = "", tag: str | None = None) -> str:
    """A page of a host with the snippet in it."""
    return HOST_PAGE.format(
        head=head, body=body, snippet=snippet(bot.assets, bot.url) if tag is None else tag
    )


def open_chat(page: Page, host: Host) -> FrameLocator:
    """Go to the host's page and open the chat with its launcher."""
    page.goto(host.url)
    page.locator("signpost-mk .launch").click()
    return chat_in(page)


def chat_in(page: Page) -> FrameLocator:
    frame = page.frame_locator("signpost-mk iframe")
    frame.locator("html.framed").wait_for()
    page.locator("signpost-mk .panel.ready").wait_for()
    return frame


def say(frame: FrameLocator | Page, text: str) -> None:
    """Type a message, send it, wait for the answer to it."""
    before = frame.locator(".turn").count()
    frame.locator("#box").fill(text)
    frame.locator("#send").click()
    expect(frame.locator(".turn")).to_have_count(before + 1)


def forgotten(page: Page, bot: Bot, how_many: int = 1) -> list[dict[str, str]]:
    """What the server was asked to forget, once the beacons have arrived."""
    until = time.monotonic() + 10
    while len(bot.forgotten) < how_many and time.monotonic() < until:
        page.wait_for_timeout(20)
    return bot.forgotten
