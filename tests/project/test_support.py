"""What docs/support.md says would have to move is what is imported."""

from __future__ import annotations

import ast
import re
from importlib.metadata import metadata
from pathlib import Path

from signpost.files import ROOT

PAGE = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
FILES = [path for top in ("signpost", "actions") for path in sorted((ROOT / top).rglob("*.py"))]
# Figures may lag behind by this share; beyond it the page tells another story.
LAG = 0.1


def imported(path: Path) -> set[str]:
    """Names of the packages that a file imports, at any place in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def lines(paths: list[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def close(told: str, counted: int) -> bool:
    return abs(int(told.replace(",", "")) - counted) <= max(1, LAG * counted)


def test_the_table_counts_what_is_imported() -> None:
    rows = re.findall(r"^\| (\w+) \| (\d+) \| ([\d,]+) \|", PAGE, re.MULTILINE)
    assert {name for name, *_ in rows} == {
        "rasa", "rasa_sdk", "sanic", "spacy", "sklearn", "onnxruntime", "tensorflow", "transformers",
    }  # fmt: skip
    for name, files, in_them in rows:
        importing = [path for path in FILES if name in imported(path)]
        assert close(files, len(importing)) and close(in_them, lines(importing)), (
            name,
            len(importing),
            lines(importing),
        )


def test_the_whole_is_as_large_as_told() -> None:
    found = re.search(r"Of (\d+) files and ([\d,]+) lines", PAGE)
    assert found and close(found[1], len(FILES)) and close(found[2], lines(FILES)), (len(FILES), lines(FILES))


def test_what_the_page_calls_free_of_rasa_is() -> None:
    for room in ("understanding", "dialogue", "routing", "directory"):
        for path in (ROOT / "signpost" / room).rglob("*.py"):
            assert not imported(path) & {"rasa", "rasa_sdk", "sanic"}, path


def test_rasa_still_asks_for_the_python_that_the_page_names() -> None:
    rasa = metadata("rasa")
    assert rasa["Version"] == "3.6.21" and "<3.11" in rasa["Requires-Python"]
