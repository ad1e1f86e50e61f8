"""Rasa's own tools work on the project in the usual way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.bot


def test_rasa_data_validate_finds_nothing_to_warn_of(root: Path) -> None:
    environment = {
        **os.environ,
        "ACTIONS_HOST": "127.0.0.1",
        "ACTIONS_PORT": "5055",
        "RASA_TELEMETRY_ENABLED": "false",
    }
    command = [sys.executable, "-m", "rasa", "data", "validate", "--fail-on-warnings"]
    found = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "No story structure conflicts found" in found.stderr
