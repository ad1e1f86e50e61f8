"""A page that was opened before an upgrade still gets its files; a website that carries the tag of before,
too."""

from __future__ import annotations

import json
import logging
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from signpost.serving.last_good import read_texts
from signpost.serving.old_pages import LIST, PAGE_FILES_LAST, VERSIONED, WIDGET_LASTS, old_pages
from signpost.serving.page import Asset, build

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
OLD = {
    "": Asset(b"the page", "text/html"),
    "/app.js": Asset(b"app", "text/javascript"),
    "/app.0123456789.js": Asset(b"app", "text/javascript", {"Cache-Control": "no-store"}),
    "/widget.0123456789.js": Asset(b"tag", "text/javascript", {"Access-Control-Allow-Origin": "*"}),
}
NEW = {"": Asset(b"a page", "text/html"), "/app.abcdef0123.js": Asset(b"newer", "text/javascript")}


def test_the_page_has_files_with_a_hash_in_their_names(root: Path, tmp_path: Path) -> None:
    """Or nothing would ever be kept."""
    assets = build(read_texts(root / "directory", tmp_path, date(2026, 11, 25)).directory)
    assert len([path for path in assets if VERSIONED.fullmatch(path)]) == 3


def test_files_of_the_release_before_are_answered_as_they_were(tmp_path: Path) -> None:
    assert old_pages(tmp_path, OLD, NOW - timedelta(days=90)) == {}
    found = old_pages(tmp_path, NEW, NOW)
    assert set(found) == {"/app.0123456789.js", "/widget.0123456789.js"}
    for path, asset in found.items():
        assert (asset.body, asset.content_type, asset.headers) == (
            OLD[path].body,
            OLD[path].content_type,
            OLD[path].headers,
        )


def test_a_day_after_the_upgrade_the_page_s_own_are_gone_and_after_a_month_the_tag_is(tmp_path: Path) -> None:
    old_pages(tmp_path, OLD, NOW - timedelta(days=90))
    old_pages(tmp_path, NEW, NOW)
    just_before = NOW + PAGE_FILES_LAST - timedelta(minutes=1)
    assert set(old_pages(tmp_path, NEW, just_before)) == {"/app.0123456789.js", "/widget.0123456789.js"}
    assert set(old_pages(tmp_path, NEW, NOW + PAGE_FILES_LAST + timedelta(minutes=1))) == {
        "/widget.0123456789.js"
    }
    assert old_pages(tmp_path, NEW, NOW + WIDGET_LASTS + timedelta(minutes=1)) == {}
    assert len(list(tmp_path.iterdir())) == 2, "what is no longer answered is deleted"


def test_after_going_back_the_files_of_both_are_answered(tmp_path: Path) -> None:
    for release in (OLD, NEW):
        old_pages(tmp_path, release, NOW)
    assert set(old_pages(tmp_path, OLD, NOW)) == {"/app.abcdef0123.js"}
    assert old_pages(tmp_path, NEW, NOW + timedelta(days=2)), "it was replaced only now"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"/app.0123456789.js": {}}', '{"/app.0123456789.js": 3}'])
def test_a_broken_list_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / LIST).write_text(text, encoding="utf-8")
    assert old_pages(tmp_path, OLD, NOW) == {}
    assert set(old_pages(tmp_path, NEW, NOW)) == {"/app.0123456789.js", "/widget.0123456789.js"}


def test_only_what_was_copied_is_answered(tmp_path: Path) -> None:
    old_pages(tmp_path, OLD, NOW)
    listed = json.loads((tmp_path / LIST).read_text(encoding="utf-8"))
    listed["/app.0123456789.js"]["file"] = "../../etc/passwd"
    listed["/../other.js"] = listed["/widget.0123456789.js"]
    (tmp_path / LIST).write_text(json.dumps(listed), encoding="utf-8")
    assert old_pages(tmp_path, NEW, NOW) == {}
    old_pages(tmp_path, OLD, NOW)
    for path in tmp_path.iterdir():
        if path.name != LIST:
            path.write_bytes(b"something else")
    assert old_pages(tmp_path, NEW, NOW) == {}, "a copy that is not what its name says"


def test_a_folder_that_takes_nothing_costs_the_old_files_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with caplog.at_level(logging.WARNING):
        assert old_pages(tmp_path / "file" / "pages", OLD, NOW) == {}
    assert "earlier releases" in caplog.text
