"""Every path and every make target that the documents name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signpost.files import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "models" / "README.md",
    ROOT / "directory" / "README.md",
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
# Made by a command, so they need not be there yet.
MADE = re.compile(r"^(reports/|dist/|models/signpost-|in-use\.json|review/|\.venv|\.cache/)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_exist(document: Path) -> None:
    named = re.findall(r"`([A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*/?)`", document.read_text(encoding="utf-8"))
    paths = [
        name
        for name in named
        if re.search(r"/|\.(?:py|yml|md|json|toml|html)$", name)
        and not name.startswith("/")
        and not MADE.match(name)
    ]
    missing = [path for path in paths if not ((ROOT / path).exists() or (document.parent / path).exists())]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(document: Path) -> None:
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8"))) <= TARGETS
