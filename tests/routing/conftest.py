"""The real directory, so that the tables below speak of the lines that people get."""

from datetime import date
from pathlib import Path

import pytest

from signpost.directory.reader import load_directory
from signpost.routing import Directory

SERVICES = Path(__file__).parents[2] / "directory" / "services.yml"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def directory() -> Directory:
    return load_directory(SERVICES, TODAY)
