"""After a chat, and after a crash in the middle of one, no word of it is in any file of the browser's profile."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatting import chat_in, host_page, say
from exit_page import ExitPage
from get_browser import ARGUMENTS
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect
from stub_bot import EXIT_URL, Bot, Host

from signpost.processes import running_bot

pytestmark = pytest.mark.bot


def marker() -> str:
    return "zq" + secrets.token_hex(10)


def opened(playwright: Playwright, chromium_path: str, profile: Path, leads_to: ExitPage) -> BrowserContext:
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path,
        args=[*ARGUMENTS, *leads_to.arguments],
        ignore_https_errors=True,
    )
    context.set_default_timeout(8000)
    return context


def processes(profile: Path) -> list[int]:
    """The browser of this profile with its helpers."""
    found = subprocess.run(["pgrep", "-f", "--", f"--user-data-dir={profile}"], capture_output=True, text=True).stdout
    return [int(pid) for pid in found.split()]


def files(profile: Path) -> Iterator[tuple[Path, bytes]]:
    for path in profile.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes().lower()


def holding(profile: Path, word: str) -> list[Path]:
    """Files that hold a word, in any of a browser's ways to write text."""
    return [path for path, data in files(profile) if word.encode() in data or word.encode("utf-16-le") in data]


def tell(page: Page, host: Host, bot: Bot, bot_url: str, where: str) -> tuple[list[str], str]:
    """A chat with a marker in each thing that is typed, ending with half a message in the box. Returns the markers and what the bot called us."""
    ids: list[str] = []
    page.on("request", lambda request: ids.append(request.post_data_json["sender"]) if request.url.endswith("/webhook") else None)
    if where == "page":
        page.goto(bot_url + "/chat")
        frame = page
    else:
        host.pages["/"] = (host_page(bot, tag=f'<a id="signpost-mk" href="{bot_url}/chat">Help</a><script async src="{bot_url}/chat/widget.js"></script>'), {})
        page.goto(host.url)
        page.locator("signpost-mk .launch").click()
        frame = chat_in(page)
    markers = [marker() for _ in range(4)]
    say(frame, f"my husband {markers[0]} hits me")
    say(frame, f"i live in {markers[1]} street and he has a knife")
    page.route("**/chat/webhook", lambda route: route.abort())
    frame.locator("#box").fill(f"can you hear me {markers[2]}")
    frame.locator("#send").click()
    frame.locator(".sorry").wait_for()
    page.unroute("**/chat/webhook")
    frame.locator("#box").press_sequentially(f"half a thought {markers[3]}")
    assert len(set(ids)) == 1
    return markers, ids[0]


@pytest.fixture
def framed_url(host: Host, tmp_path: Path) -> Iterator[str]:
    """A bot that lets the host's page put it in a frame, as a council's website does."""
    with running_bot(tmp_path / "bot.log", environment={"SIGNPOST_FRAME_ANCESTORS": host.url}) as address:
        yield address


@pytest.mark.parametrize("where, end", [("page", "closed"), ("page", "left"), ("page", "crashed"), ("frame", "crashed")])
def test_no_word_and_no_id_stays_in_the_profile(
    playwright: Playwright, chromium_path: str, leads_to: ExitPage, host: Host, bot: Bot, request: pytest.FixtureRequest, tmp_path: Path, where: str, end: str
) -> None:
    bot_url = request.getfixturevalue("bot_url" if where == "page" else "framed_url")
    profile = tmp_path / "profile"
    context = opened(playwright, chromium_path, profile, leads_to)
    page = context.pages[0]
    markers, conversation = tell(page, host, bot, bot_url, where)
    if end == "left":
        page.locator(".exit").click()
        page.wait_for_url(EXIT_URL)
    if end == "crashed":
        time.sleep(3)  # a browser saves what it would restore every few seconds
        killed = processes(profile)
        assert killed
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(Error):  # it may be gone
        context.close()
    time.sleep(0.5)
    assert holding(profile, f":{bot_url.rpartition(':')[2]}"), "the profile does not even hold where it was: the test would prove nothing"
    assert [path for word in [*markers, conversation] for path in holding(profile, word)] == []
    again = opened(playwright, chromium_path, profile, leads_to)
    for restored in again.pages:
        assert not any(word in restored.content() for word in markers)
    fresh = again.new_page()
    fresh.goto(bot_url + "/chat")
    expect(fresh.locator("#log")).to_be_empty()
    expect(fresh.locator("#box")).to_have_value("")
    again.close()
