"""What every test of the widget starts from: a real Chromium, a stub bot, and a website that embeds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chatting import ELSEWHERE, host_page
from playwright.sync_api import BrowserContext, Page, Route
from stub_bot import EXIT_URL, Bot, Host, host_site, stub_bot


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
    _host.pages["/before"] = ('<!doctype html><title>Before</title><h1>Before</h1><p><a href="/">on</a></p>', {})
    return _host


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Contexts whose exit goes nowhere outside this machine. `exit_waits_ms` keeps its answer back, as a slow network does."""

    def make(*, exit_waits_ms: int = 0, **options: Any) -> BrowserContext:
        context = new_context(**options)

        def leave(route: Route) -> None:
            if exit_waits_ms:
                route.request.frame.page.wait_for_timeout(exit_waits_ms)
            route.fulfill(body=ELSEWHERE, content_type="text/html")

        context.route(EXIT_URL, leave)
        return context

    return make


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()
