"""The directory as the tests know it: a copy that no edit of `directory/` changes, and the day on which it is
read."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from signpost.directory.reader import load_directory
from signpost.routing import Directory

FOLDER = Path(__file__).parent / "directory"
SERVICES, REPLIES, QUESTIONS = (FOLDER / f"{name}.yml" for name in ("services", "replies", "questions"))
# A Sunday, the day after its entries were checked.
TODAY = date(2026, 11, 22)


@lru_cache(maxsize=1)
def frozen_directory() -> Directory:
    """The copy, read on its day."""
    return load_directory(SERVICES, TODAY)
