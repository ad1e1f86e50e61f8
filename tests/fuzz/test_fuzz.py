"""A small share of `make fuzz`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

specification = importlib.util.spec_from_file_location("fuzz_run", Path(__file__).parent / "run.py")
run = importlib.util.module_from_spec(specification)
sys.modules["fuzz_run"] = run
specification.loader.exec_module(run)

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris exists for Linux only: parsing and routing are not fuzzed here",
)


@needs_atheris
@pytest.mark.parametrize("name", ["parsing", "routing"])
def test_no_input_breaks_reading_or_routing(name: str, tmp_path: Path) -> None:
    result = run.fuzz_code(name, 4000, tmp_path)
    assert result.good, result.output[-3000:]
    assert result.cases == 4000


@pytest.mark.bot
def test_the_interface_is_what_its_description_says(bot_url: str, tmp_path: Path) -> None:
    result = run.fuzz_interface(bot_url, 360, tmp_path)
    assert result.good, result.output[-6000:]
    assert result.cases >= 360
