"""An edit that breaks the directory, or a damaged model, leaves the last good one in use."""

from __future__ import annotations

import logging
import shutil
from datetime import date
from pathlib import Path

import frozen
import pytest

from signpost.directory.problems import DirectoryError
from signpost.serving.last_good import NAMES, keep_model, kept_model, read_texts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(frozen.FOLDER, tmp_path / "directory"))


def breaks(folder: Path, how: str) -> None:
    file = folder / ("questions.yml" if how in ("no question", "questions with a tab") else "services.yml")
    text = file.read_text(encoding="utf-8")
    broken = {
        "half": text[: len(text) // 2],
        "tab": text.replace("services:", "services:\n\t- x", 1),
        "other number": text.replace("0808 2000 247", "0808 2000 24x"),
        "questions with a tab": text + "\n\t- x: [",
        "empty": "",
        "not text": "\0\x01",
        "no question": text.replace("danger:", "dangr:", 1),
    }
    file.unlink() if how == "gone" else file.write_text(broken[how], encoding="utf-8")


@pytest.mark.parametrize(
    "how", ["half", "tab", "other number", "empty", "not text", "no question", "questions with a tab", "gone"]
)
def test_a_broken_edit_leaves_the_last_good_directory(
    folder: Path, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = read_texts(folder, tmp_path / "kept", frozen.TODAY)
    breaks(folder, how)
    with caplog.at_level(logging.ERROR):
        again = read_texts(folder, tmp_path / "kept", frozen.TODAY)
    assert again.directory.services == good.directory.services and again.questions == good.questions
    assert "last good copy" in caplog.text


def test_without_a_good_copy_a_broken_directory_is_told_loudly(folder: Path, tmp_path: Path) -> None:
    breaks(folder, "half")
    with pytest.raises(DirectoryError):
        read_texts(folder, tmp_path / "kept", frozen.TODAY)


def test_a_good_edit_replaces_the_copy(folder: Path, tmp_path: Path) -> None:
    read_texts(folder, tmp_path / "kept", frozen.TODAY)
    file = folder / "replies.yml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8")
    read_texts(folder, tmp_path / "kept", frozen.TODAY)
    copies = [path for path in (tmp_path / "kept" / "directory").iterdir() if path.is_dir()]
    assert len(copies) == 1 and sorted(path.name for path in copies[0].iterdir()) == sorted(NAMES)
    assert (copies[0] / "replies.yml").read_text(encoding="utf-8").endswith("# a remark\n")


def test_a_clock_that_stands_in_the_past_keeps_no_server_from_starting(folder: Path, tmp_path: Path) -> None:
    """Every date of the directory then lies in the future, which is refused in an edit."""
    good = read_texts(folder, tmp_path / "kept", frozen.TODAY)
    assert (
        read_texts(folder, tmp_path / "kept", date(1970, 1, 1)).directory.services == good.directory.services
    )


def test_a_disk_that_takes_nothing_costs_the_copy_only(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert read_texts(folder, tmp_path / "file" / "kept", frozen.TODAY).directory.services


def test_the_last_model_that_worked_is_kept_as_it_was(tmp_path: Path) -> None:
    model = tmp_path / "signpost-1.tar.gz"
    model.write_bytes(b"good")
    (tmp_path / "signpost-1.json").write_text("{}", encoding="utf-8")
    assert kept_model(tmp_path / "kept") is None
    keep_model(model, tmp_path / "kept")
    model.write_bytes(b"bad!")
    last_good = kept_model(tmp_path / "kept")
    assert last_good is not None and last_good.read_bytes() == b"good" and last_good.name == model.name
    assert last_good.with_name("signpost-1.json").exists()
