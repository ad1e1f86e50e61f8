"""The rooms keep their distance, and the style holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp

from signpost.files import ROOT
from signpost.learning.loaded_code import RUNS_WITH


def test_import_layers() -> None:
    found = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout


def test_style() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "signpost", "actions", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout


def test_the_channel_classes_import() -> None:
    """Rasa hides an ImportError behind "Unknown input channel"."""
    import signpost.serving.channels.chat
    import signpost.serving.channels.workbench

    assert signpost.serving.channels.chat.ChatInput.name() == "chat"
    assert signpost.serving.channels.workbench.WorkbenchInput.name() == "workbench"


def test_a_model_is_named_after_all_code_that_it_runs_with() -> None:
    graph = grimp.build_graph("signpost")
    used = set().union(
        *(
            {component, *graph.find_upstream_modules(component)}
            for component in graph.find_descendants("signpost.nlu")
        )
    )
    named = {path for pattern in RUNS_WITH for path in ROOT.glob(pattern)}
    files = {
        ROOT / f"{module.replace('.', '/')}.py" for module in used - {"signpost.progress"}
    }  # it only draws a bar
    assert files <= named
