"""Single fields of an entry: texts, choices, dates, times and web addresses.

A field that is wrong is reported and a harmless value is returned, so that one reading finds every problem.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any, TypeVar

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from signpost.directory.problems import Report
from signpost.directory.source import line_of, line_of_item, sequence

MAY_BE_EMPTY = ("web", "cost", "note")
ID = re.compile(r"[a-z][a-z0-9_]*")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")


def check_keys(
    report: Report, node: CommentedMap, known: tuple[str, ...], needed: tuple[str, ...], entry: str
) -> None:
    for key in node:
        if key in known:
            continue
        close = difflib.get_close_matches(str(key), known, n=1)
        write = f'Did you mean "{close[0]}"?' if close else f"Delete it. Known are: {', '.join(known)}."
        report.add(node.lc.key(key)[0], entry, str(key), "Nobody knows this field.", write)
    for key in needed:
        if key not in node:
            report.add(node.lc.line, entry, key, "This field is missing.", f"Add it. {what_to_write(key)}")


def text_of(report: Report, node: CommentedMap, name: str, entry: str) -> str:
    """A text; a missing one is reported by check_keys."""
    if name not in node:
        return ""
    text = _as_text(report, node[name], line_of(node, name), entry, name)
    if text is not None and not text.strip() and name not in MAY_BE_EMPTY:
        report.add(line_of(node, name), entry, name, "This is empty.", what_to_write(name))
    return text or ""


def _as_text(report: Report, value: Any, line: int, entry: str, name: str) -> str | None:
    """The text of a value; None, with a problem reported, for a list or an entry."""
    if isinstance(value, str):
        return str(value)
    report.add(line, entry, name, "There is a list here instead of a text.", what_to_write(name))
    return None


def what_to_write(name: str) -> str:
    hints = {
        "source": 'Write for visitors who says so, such as "Milton Keynes Council".',
        "provenance": "Write where the facts come from: a document, or a page and its date.",
        "checked_on": 'Write the day on which somebody checked it, such as "2026-11-21".',
        "label": 'Write when or how to use the number, such as "Call".',
        "shown": "Write what people should see.",
        "dialled": 'Write what the phone should dial, such as "tel:+443443754307".',
    }
    return hints.get(name, "Write a text.")


def texts_of(report: Report, node: CommentedMap, name: str, entry: str) -> list[str]:
    """A list of texts."""
    items = sequence(node.get(name))
    if name in node and not isinstance(node[name], CommentedSeq):
        report.add(
            line_of(node, name), entry, name, "This must be a list.", 'Write it like this: ["one", "two"].'
        )
    found = (
        _as_text(report, item, line_of_item(node[name], index), entry, name)
        for index, item in enumerate(items)
    )
    return [text for text in found if text is not None]


def choice(
    report: Report, node: CommentedMap, name: str, entry: str, allowed: Mapping[str, T], default: T
) -> T:
    text = text_of(report, node, name, entry)
    if not text:
        return default
    if text not in allowed:
        choices = ", ".join(f'"{choice}"' for choice in allowed)
        report.add(line_of(node, name), entry, name, f'"{text}" is not a choice.', f"Write one of {choices}.")
    return allowed.get(text, default)


def id_of(report: Report, node: CommentedMap, entry: str) -> str:
    text = text_of(report, node, "id", entry)
    if text and not ID.fullmatch(text):
        report.add(
            line_of(node, "id"),
            entry,
            "id",
            f'"{text}" is not a short name.',
            'Write small letters, digits and underscores only, such as "mk_act".',
        )
    return text


def web_address(report: Report, node: CommentedMap, entry: str) -> str:
    text = text_of(report, node, "web", entry)
    if text and (not text.startswith("https://") or any(sign in text for sign in " \"'<>")):
        report.add(
            line_of(node, "web"),
            entry,
            "web",
            f'"{text}" is not a whole web address.',
            'Write it with https:// in front, such as "https://www.mkact.com", or "" if there is none.',
        )
    return text


def date_of(report: Report, node: CommentedMap, name: str, entry: str) -> date:
    text = text_of(report, node, name, entry)
    try:
        return date.fromisoformat(text if ISO_DATE.fullmatch(text) else "not a date")
    except ValueError:
        if text:
            report.add(
                line_of(node, name),
                entry,
                name,
                f'"{text}" is not a date.',
                'Write year, month and day in digits, such as "2026-11-21".',
            )
        return date.min


def past_date(report: Report, node: CommentedMap, entry: str, today: date) -> date:
    checked_on = date_of(report, node, "checked_on", entry)
    if checked_on > today:
        report.add(
            line_of(node, "checked_on"),
            entry,
            "checked_on",
            f"{checked_on.isoformat()} is in the future.",
            f'Write the day on which somebody checked it, today ("{today.isoformat()}") at the latest.',
        )
    return checked_on


def clock(report: Report, node: CommentedMap, name: str, entry: str) -> time | None:
    text = text_of(report, node, name, entry)
    if CLOCK.fullmatch(text):
        return time.fromisoformat(text)
    if text:
        report.add(
            line_of(node, name),
            entry,
            name,
            f'"{text}" is not a time.',
            'Write four digits, such as "09:00".',
        )
    return None


def digits_of(text: str) -> str:
    return "".join(re.findall("[0-9]", text))
