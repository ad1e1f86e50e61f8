"""What every test of the volunteers' page starts from: a real Chromium before the real bot in workbench mode."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "widget")]

from get_browser import ARGUMENTS, browser_path  # noqa: E402

PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = browser_path()
    if path is None:
        pytest.fail("no Chromium here and none could be fetched: see tests/widget/get_browser.py")
    return path


@pytest.fixture(scope="module")  # no longer: while it lives, no test with asyncio can run
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
    yield started
    started.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/London", **options})
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], bot_url: str) -> Iterator[Page]:
    """The workbench, freshly opened. Fails afterwards when the page raised an error or asked another host for anything."""
    opened = new_context(viewport={"width": 1280, "height": 800}).new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
    opened.on("request", lambda request: None if request.url.startswith((bot_url + "/", "blob:", "data:")) else errors.append(f"asked for {request.url}"))
    opened.goto(bot_url + "/workbench")
    yield opened
    assert errors == []


@pytest.fixture
def saved(workbench_folder: Path) -> Iterator[Callable[[], list[Path]]]:
    """The files that were saved since the test began; they are gone after it."""
    before = set(workbench_folder.rglob("*.yml"))

    def new() -> list[Path]:
        return sorted(set(workbench_folder.rglob("*.yml")) - before)

    yield new
    for path in new():
        path.unlink()
