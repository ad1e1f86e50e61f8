"""Shared by all tests: one bot (real processes, the real model, loopback only) and one Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import frozen
import httpx
import pytest
from get_browser import ARGUMENTS, browser_path
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from public_bot import PublicBot, public_bot

from signpost.files import ROOT
from signpost.processes import running_bot

TIMEOUT_MS = 10_000
# For this process and every bot that a test starts: what people edit in directory/ changes no test.
os.environ["SIGNPOST_DIRECTORY"] = str(frozen.FOLDER)
# What they keep for bad times is nothing that people should ever be answered with.
os.environ["SIGNPOST_KEPT"] = str(ROOT / ".cache" / "tests" / "kept")
# What needs a browser, or processes of the whole, is known by what it asks for.
BROWSER_FIXTURES = frozenset({"chromium_path", "playwright", "browser"})
BOT_FIXTURES = frozenset({"bot_url", "public", "cluster"})


@pytest.hookimpl(tryfirst=True)  # before pytest picks by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if asked & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.browser)
        if asked & BOT_FIXTURES:
            item.add_marker(pytest.mark.bot)


@pytest.fixture(scope="session")
def workbench_folder(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Where that bot's workbench writes: copies of the conversation tests and topic files, never the real
    ones."""
    folder = tmp_path_factory.mktemp("workbench")
    for part in ("tests/conversations", "data/nlu"):
        shutil.copytree(root / part, folder / part)
    return folder


@pytest.fixture(scope="session")
def bot_url(tmp_path_factory: pytest.TempPathFactory, workbench_folder: Path) -> Iterator[str]:
    """Address of a bot in workbench mode; what volunteers save goes into `workbench_folder`."""
    with running_bot(
        tmp_path_factory.mktemp("bot") / "bot.log",
        environment={"SIGNPOST_WORKBENCH_FOLDER": str(workbench_folder)},
    ) as address:
        yield address


@pytest.fixture(scope="session")
def client(bot_url: str) -> Iterator[httpx.Client]:
    """A client of that bot."""
    with httpx.Client(base_url=bot_url, timeout=10) as opened:
        yield opened


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicBot]:
    """A bot as a visitor meets it, at debug logging."""
    with public_bot(tmp_path_factory.mktemp("public")) as bot:
        yield bot


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium, fetched where there is none."""
    path = browser_path()
    if path is None:
        pytest.fail("no Chromium here and none could be fetched: see tests/support/get_browser.py")
    return path


@pytest.fixture(scope="module")  # no longer: while it lives, no test with asyncio can run
def playwright() -> Iterator[Playwright]:
    """What drives the browser."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """A real Chromium."""
    started = playwright.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
    yield started
    started.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts as fresh as a private window, for somebody in Milton Keynes.

    Closed afterwards.
    """
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/London", **options})
        context.set_default_timeout(TIMEOUT_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
