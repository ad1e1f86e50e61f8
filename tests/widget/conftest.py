"""What every test of the widget starts from: a real Chromium, a stub bot, and a website that embeds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from get_browser import ARGUMENTS
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from chatting import host_page
from exit_page import ExitPage, exit_page
from stub_bot import Bot, Host, host_site, stub_bot


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "bot: needs the real bot, given by the fixture bot_url")


@pytest.fixture(scope="session")
def _bot() -> Iterator[Bot]:
    with stub_bot() as bot:
        yield bot


@pytest.fixture
def bot(_bot: Bot) -> Bot:
    _bot.reset()
    return _bot


@pytest.fixture(scope="session")
def _host() -> Iterator[Host]:
    with host_site() as host:
        yield host


@pytest.fixture
def host(_host: Host, bot: Bot) -> Host:
    """A host whose front page embeds the chat and does nothing else."""
    _host.told.clear()
    _host.pages.clear()
    _host.pages["/"] = (host_page(bot), {})
    _host.pages["/before"] = (
        '<!doctype html><title>Before</title><h1>Before</h1><p><a href="/">on</a></p>',
        {},
    )
    return _host


@pytest.fixture(scope="session")
def _leads_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExitPage]:
    with exit_page(tmp_path_factory.mktemp("exit")) as started:
        yield started


@pytest.fixture
def leads_to(_leads_to: ExitPage) -> Iterator[ExitPage]:
    """Where "Exit this page" leads; a test may make it slow."""
    yield _leads_to
    _leads_to.waits_s = 0.0


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium_path: str, _leads_to: ExitPage) -> Iterator[Browser]:
    """A real Chromium that finds nothing outside this machine."""
    started = playwright.chromium.launch(
        executable_path=chromium_path, args=[*ARGUMENTS, *_leads_to.arguments]
    )
    yield started
    started.close()


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Contexts that take the exit page's own certificate."""

    def make(**options: Any) -> BrowserContext:
        return new_context(ignore_https_errors=True, **options)

    return make


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()
