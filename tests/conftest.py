"""The one bot that all tests of the whole share: real processes, the real model, loopback only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from public_bot import PublicBot, public_bot

from signpost.evaluation.bot import running_bot


@pytest.fixture(scope="session")
def workbench_folder(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Where that bot's workbench writes: a copy of the conversation tests, so that no test run changes the real ones."""
    folder = tmp_path_factory.mktemp("workbench")
    shutil.copytree(root / "tests" / "conversations", folder / "tests" / "conversations")
    return folder


@pytest.fixture(scope="session")
def bot_url(tmp_path_factory: pytest.TempPathFactory, workbench_folder: Path) -> Iterator[str]:
    """Address of a bot in workbench mode; what volunteers save goes into `workbench_folder`."""
    with running_bot(tmp_path_factory.mktemp("bot") / "bot.log", environment={"SIGNPOST_WORKBENCH_FOLDER": str(workbench_folder)}) as address:
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
    return Path(__file__).parent.parent
