"""Settings come from the environment, and from .env for what it does not set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import signpost.cli.run
import signpost.learning.training.train
import signpost.settings
from signpost.learning.training.train import TrainingError, train
from signpost.settings import SettingError, read_dotenv, read_environment, read_settings


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .env of its own; what is read from it is forgotten after the test."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in ("PORT", "ACTIONS_PORT", "SIGNPOST_EXIT_URL", "SIGNPOST_FOLLOW"):
        os.environ.pop(name, None)
    return tmp_path / ".env"


def test_what_the_environment_does_not_set_comes_from_the_file(dotenv: Path) -> None:
    dotenv.write_text(
        '# ours\n\nPORT=5105\nSIGNPOST_EXIT_URL="https://www.example.org/a b"\n', encoding="utf-8"
    )
    os.environ["PORT"] = "5205"
    read_dotenv(dotenv)
    settings = read_settings()
    assert (settings.port, settings.exit_url) == (5205, "https://www.example.org/a b")


@pytest.mark.parametrize("line", ["PORT 5105", "=5105", 'PORT="5105', "export PORT=1"])
def test_a_line_that_is_none_is_named(dotenv: Path, line: str) -> None:
    dotenv.write_text(f"# ours\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingError, match="line 2 is .* must be NAME=value"):
        read_environment(dotenv)


def test_without_the_file_nothing_is_wrong(dotenv: Path) -> None:
    read_dotenv(dotenv)
    assert read_settings().port == 5005


def test_every_command_reads_it(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("PORT=5105\n", encoding="utf-8")
    monkeypatch.setattr("signpost.cli.command.read_dotenv", lambda: read_dotenv(dotenv))
    started = []
    monkeypatch.setattr(
        signpost.cli.run,
        "keep_running",
        lambda commands, settings, ready: started.append((commands, settings)),
    )
    monkeypatch.setattr(signpost.cli.run, "model_to_run", lambda: Path("signpost-1.tar.gz"))
    monkeypatch.setattr(signpost.cli.run, "stop_on_sigterm", lambda: None)
    assert signpost.cli.run.main([]) == 0
    (((_, bot), settings),) = started
    assert settings.port == 5105
    assert "in-use" in bot and "--follow" in bot


def test_where_memory_is_short_a_promoted_model_waits_for_the_next_start(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.environ["SIGNPOST_FOLLOW"] = "0"
    started = []
    monkeypatch.setattr(
        signpost.cli.run, "keep_running", lambda commands, settings, ready: started.append(commands)
    )
    monkeypatch.setattr(signpost.cli.run, "model_to_run", lambda: Path("signpost-1.tar.gz"))
    monkeypatch.setattr(signpost.cli.run, "stop_on_sigterm", lambda: None)
    assert signpost.cli.run.main([]) == 0
    ((_, bot),) = started
    assert "in-use" in bot and "--follow" not in bot


def test_where_only_answering_is_installed_training_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_MODELS", str(tmp_path))
    monkeypatch.setattr(signpost.learning.training.train, "find_spec", lambda name: None)
    with pytest.raises(TrainingError, match="make install"):
        train()
