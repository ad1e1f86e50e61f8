"""What stands in the served files: sizes, headers, numbers, settings. No browser."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys

import pytest
from stub_bot import DIRECTORY, REPO

from signpost.serving.page import (
    ALL_LIMIT_BYTES,
    LOADER_LIMIT_BYTES,
    Settings,
    SettingsError,
    build,
    integrity,
    sizes,
    snippet,
)

ASSETS = build(DIRECTORY, Settings(frame_ancestors=("https://www.example.gov.uk", "https://*.example.org")))
WORDS = json.loads((REPO / "widget" / "strings.json").read_text())


def test_the_loader_and_the_whole_stay_within_their_sizes() -> None:
    measured = sizes(ASSETS)
    assert measured["/widget.js"] <= LOADER_LIMIT_BYTES
    assert sum(measured.values()) <= ALL_LIMIT_BYTES
    assert len(measured) == 4


def test_the_gzipped_bodies_are_the_bodies() -> None:
    assert all(gzip.decompress(asset.gzipped) == asset.body for asset in ASSETS.values())


def test_the_command_prints_the_sizes_the_hash_and_the_snippet() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "signpost.cli.widget", "--origin", "https://chat.example"], cwd=REPO, capture_output=True, text=True, check=True, timeout=60
    )
    loader = build(DIRECTORY)["/widget.js"].body
    assert integrity(loader) in done.stdout
    assert "bytes gzipped (limit 17408" in done.stdout
    assert 'src="https://chat.example/chat/widget.' in done.stdout


def test_the_snippet_names_a_file_that_is_served_and_its_hash() -> None:
    tag = snippet(ASSETS, "https://chat.example")
    name = re.search(r'src="https://chat.example/chat(/widget\.[0-9a-f]+\.js)"', tag)
    assert name and f'integrity="{integrity(ASSETS[name.group(1)].body)}"' in tag
    assert "<script async " in tag and 'href="https://chat.example/chat"' in tag


def test_a_changed_setting_changes_the_versioned_name() -> None:
    other = build(DIRECTORY, Settings(exit_url="https://www.example.org/"))
    assert {path for path in ASSETS if path.startswith("/widget.")} != {path for path in other if path.startswith("/widget.")}


@pytest.mark.parametrize("path", sorted(ASSETS))
def test_nothing_may_be_stored_sniffed_or_referred(path: str) -> None:
    headers = ASSETS[path].headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert not any(name.lower() == "set-cookie" for name in headers)


def test_the_page_allows_its_own_files_only_and_the_embedders_of_the_settings() -> None:
    policy = dict(part.split(" ", 1) for part in ASSETS[""].headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "https://www.example.gov.uk https://*.example.org"
    assert policy["require-trusted-types-for"] == "'script'" and policy["trusted-types"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in str(policy)


def test_only_the_tag_may_be_read_by_other_sites() -> None:
    open_to_all = {path for path, asset in ASSETS.items() if "Access-Control-Allow-Origin" in asset.headers}
    assert open_to_all == {path for path in ASSETS if path.startswith("/widget")}


@pytest.mark.parametrize("bad", ["http://www.bbc.co.uk/weather", "javascript:alert(1)", 'https://a"b', "//bbc.co.uk", ""])
def test_an_exit_that_is_not_https_is_refused(bad: str) -> None:
    with pytest.raises(SettingsError, match="https://"):
        build(DIRECTORY, Settings(exit_url=bad))


@pytest.mark.parametrize("bad", [(), ("*",), ("https://a.example; script-src *",), ("example.org/path",), ("self",)])
def test_a_frame_ancestor_that_is_no_origin_is_refused(bad: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="frame_ancestors"):
        build(DIRECTORY, Settings(frame_ancestors=bad))


def test_every_line_of_the_directory_stands_in_the_page_with_number_date_and_source() -> None:
    text = html.unescape(re.sub(r"<[^>]+>", " ", ASSETS[""].body.decode().partition('<section id="numbers"')[2].partition("</main>")[0]))
    for service in DIRECTORY.services.values():
        for part in (service.name, service.source, *(phone.display for phone in service.phones)):
            assert part in text, part
    assert text.count("Checked on 21 November 2026.") == len(DIRECTORY.services)


def test_every_number_shown_stands_in_the_directory() -> None:
    known = set()
    for service in DIRECTORY.services.values():
        for text in (service.name, service.note, service.source, service.cost, service.hours.shown, service.web, service.checked_on.isoformat()):
            known |= set(re.findall(r"\d+", text))
        for phone in service.phones:
            known |= set(re.findall(r"\d+", f"{phone.display} {phone.href} {phone.label}"))
    visible = re.sub(r"<[^>]+>", " ", ASSETS[""].body.decode().partition("<body ")[2].partition("<script")[0])
    strange = {number for number in re.findall(r"\d+", html.unescape(visible)) if number not in known}
    assert strange == {"55", "3"}, "55 is the key that the police ask for, 3 the presses of Shift"


def test_the_words_hold_no_number_of_their_own() -> None:
    numbers = re.findall(r"\d+", json.dumps({key: value for key, value in WORDS.items() if key != "_"}, ensure_ascii=False).replace("{999}", "").replace("{24h", ""))
    assert set(numbers) == {"1", "2", "3", "30", "55"}, "30 minutes of silence beside the others"


def test_a_word_of_the_directory_cannot_end_the_data_in_the_page() -> None:
    data = re.search(r'<script type="application/json" id="words">(.*?)</script>', ASSETS[""].body.decode(), re.DOTALL)
    assert data and "<" not in data.group(1)
    json.loads(data.group(1))


def test_nothing_moves_and_nothing_is_fetched_from_elsewhere() -> None:
    css = ASSETS["/style.css"].body.decode() + ASSETS["/widget.js"].body.decode()
    assert not re.search(r"animation|transition|smooth|url\(|@import|@font-face", css)


@pytest.mark.parametrize(
    "trace",
    ["localStorage", "sessionStorage", "indexedDB", "caches.", "cookie", "serviceWorker", "Notification", "vibrate", "Audio", "document.title",
     "pushState", "replaceState", "setAppBadge", "dataLayer", "gtag", "window.open", "innerHTML", "_blank", "console."],
)  # fmt: skip
def test_no_file_of_the_widget_touches(trace: str) -> None:
    for path, asset in ASSETS.items():
        assert trace not in asset.body.decode(), path
