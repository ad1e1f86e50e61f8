"""Where every test of the volunteers' page starts: a real Chromium and the real bot in workbench mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from driving import watch
from playwright.sync_api import BrowserContext, Page

from signpost.learning.corpus.topic_files import Example, canonical_metadata
from signpost.learning.curation.assessment import said_in_tests
from signpost.learning.curation.review import save_finding


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], bot_url: str) -> Iterator[Page]:
    """The workbench, freshly opened. Fails afterwards if the page raised an error or asked another host."""
    opened = new_context(viewport={"width": 1280, "height": 800}).new_page()
    errors = watch(opened, bot_url)
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


@pytest.fixture
def waiting(saved: Callable[[], list[Path]], workbench_folder: Path) -> None:
    """Two messages that wait for review, of which one cannot be accepted; gone after the test."""
    labels = canonical_metadata({"scope": "disclosure", "who": "self", "abuse": ["controlling"]})
    texts = (
        "he weighs out my rice on the letter scales",
        next(words for words in said_in_tests(workbench_folder) if len(words) > 40),
    )
    examples = [Example(text, "describe_situation", labels) for text in texts]
    save_finding(
        examples,
        title="Rice by the gram",
        comment="Found at the desk",
        today=date(2026, 11, 25),
        folder=workbench_folder / "review",
    )
