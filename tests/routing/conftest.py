"""The frozen directory, so that the tables below hold whatever people edit."""

from __future__ import annotations

import pytest
from frozen import frozen_directory

from signpost.routing import Directory


@pytest.fixture(scope="session")
def directory() -> Directory:
    return frozen_directory()
