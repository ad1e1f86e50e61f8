"""L1: read and check directory/services.yml and directory/replies.yml.

DirectoryError
├── DirectoryUnreadable   the file is missing, is not text, or is not YAML
└── DirectoryRefused      the file was read and something in it is wrong; `problems` lists all of it

Text to show is data: it is handed on exactly as written in the file. Each problem names the file, the line,
the entry, the field and what to write instead, in words for people who do not program.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import PlainScalarString, ScalarString

from signpost.dialogue.texts import SAFETY_IDS, guide_ids
from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.routing.opening import WEEKDAYS
from signpost.routing.route import NOTES
from signpost.routing.rules import FALLBACK, RULES
from signpost.routing.services import (
    ALWAYS_OPEN_IDS,
    ROUTED_IDS,
    Always,
    AreaPage,
    Directory,
    During,
    Hours,
    Phone,
    Service,
    Standing,
    Unknown,
    Way,
    WayKind,
    Weekly,
)

FOLDER = ROOT / "directory"
SERVICES_FILE = FOLDER / "services.yml"
REPLIES_FILE = FOLDER / "replies.yml"

BANK_HOLIDAY_YEARS = range(2024, 2041)

FILE_KEYS = ("time_zone", "services", "area_pages", "extra_closed_days", "held_back")
SERVICE_KEYS = (
    "id",
    "name",
    "phones",
    "web",
    "hours",
    "cost",
    "audience",
    "note",
    "source",
    "provenance",
    "checked_on",
    "standing",
    "supplementary",
)
OPTIONAL_SERVICE_KEYS = ("ways",)
PHONE_KEYS = ("label", "shown", "dialled", "when")
HOURS_KEYS = ("kind", "shown", "days", "opens", "closes")
WEEKLY_KEYS = ("days", "opens", "closes")
WAY_KEYS = ("kind", "label", "href", "standing")
AREA_KEYS = ("id", "name", "web", "source", "provenance", "checked_on", "standing")
CLOSED_DAY_KEYS = ("date", "why")
MAY_BE_EMPTY = ("web", "cost", "note")

DURING: dict[str, During] = {"always": "always", "open": "open", "closed": "closed"}
STANDINGS: dict[str, Standing] = {
    "documented": "documented",
    "confirmed": "confirmed",
    "unconfirmed": "unconfirmed",
}
WAY_KINDS: dict[str, WayKind] = {"webchat": "webchat", "text": "text", "bsl": "bsl", "web": "web"}
YES_NO = {"yes": True, "no": False}
HOUR_KINDS = {"always": "always", "weekly": "weekly", "not known": "not known"}
DAY_NUMBERS = {name: number for number, name in enumerate(WEEKDAYS)}

ID = re.compile(r"[a-z][a-z0-9_]*")
WAY_HREF = re.compile(r"https://[A-Za-z0-9][^\s\"'<>]*|sms:[0-9]+")
DIALLED = re.compile(r"(tel:(\+44[1-9][0-9]+|[0-9]+)|sms:[0-9]+)")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DIGIT_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){2,}")  # three digits and more could be dialled

EMERGENCY_DIGITS = "999"
TEXT_DIGITS = frozenset({EMERGENCY_DIGITS, "101", "111"})  # the only numbers that a text may name
KEYPRESS_DIGITS = "55"  # pressed during a silent 999 call; in one note only
NOTE_WITH_KEYPRESS = "silent_call"

T = TypeVar("T")


class DirectoryError(SignpostError):
    """Base of everything that this module raises."""


class DirectoryUnreadable(DirectoryError):
    """The file is missing, is not text, or is not YAML."""


class DirectoryRefused(DirectoryError):
    """Something in the file is wrong. `problems` holds all of it, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is, what is wrong, what to write instead."""

    file: str
    line: int
    entry: str
    field: str
    wrong: str
    write: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}, {self.entry}"
        return f"{place}, {self.field}: {self.wrong} {self.write}"


@dataclass(frozen=True)
class Replies:
    """The fixed texts of replies.yml: what leads to the lines, by rule, the longer notes, and what safety
    needs first."""

    by_rule: Mapping[str, str]
    notes: Mapping[str, str]
    safety: Mapping[str, str]


def load_directory(path: Path | str, today: date) -> Directory:
    """Read the service directory. Raises DirectoryError, with every problem at once."""
    report, top = _read(Path(path))
    _check_keys(report, top, FILE_KEYS, FILE_KEYS, "the file")
    zone = _time_zone(report, top)
    services = [_service(report, node, today) for node in _entries(report, top, "services")]
    areas = [_area_page(report, node, today) for node in _entries(report, top, "area_pages")]
    closed = {_closed_day(report, node) for node in _entries(report, top, "extra_closed_days")}
    held_back = _texts(report, top, "held_back", "the file")
    _check_doubles(report, top, "services")
    _check_doubles(report, top, "area_pages")
    _check_routed(report, top, services)
    report.raise_if_any()
    _check_stray_digits(
        report, top, services
    )  # on its own: a number refused above would look like a stray one
    report.raise_if_any()
    return Directory(
        services=MappingProxyType({service.id: service for service in services}),
        areas=MappingProxyType({area.id: area for area in areas}),
        closed_days=bank_holidays() | closed,
        time_zone=zone,
        held_back=tuple(held_back),
    )


def load_replies(path: Path | str) -> Replies:
    """Read the fixed texts: every rule and every note must have one, and digits are 999, 101 and 111 only."""
    report, top = _read(Path(path))
    sections = ("safety", "guide", "notes")
    _check_keys(report, top, sections, sections, "the file")
    safety = _reply_texts(report, top, "safety", SAFETY_IDS)
    by_rule = _reply_texts(report, top, "guide", guide_ids((*(rule.id for rule in RULES), FALLBACK)))
    notes = _reply_texts(report, top, "notes", NOTES)
    report.raise_if_any()
    return Replies(MappingProxyType(by_rule), MappingProxyType(notes), MappingProxyType(safety))


def bank_holidays() -> frozenset[date]:
    """The bank holidays of England, which are those of Wales too."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=BANK_HOLIDAY_YEARS))


def review(directory: Directory, today: date) -> str:
    """What to check: entries not checked for 12 months, and the list of calls to make before release."""
    entries: list[Service | AreaPage] = [*directory.services.values(), *directory.areas.values()]
    old = [entry for entry in entries if not_checked_for_a_year(entry.checked_on, today)]
    report = ["Not checked for 12 months:"]
    report += [
        f"- {entry.name} ({entry.id}), last checked on {entry.checked_on.isoformat()}" for entry in old
    ] or ["- none"]
    report += ["", "Calls to make before release. Write the new date into checked_on afterwards."]
    report += [_call_to_make(service) for service in directory.services.values()]
    report += ["", "Pages to open before release:"]
    report += [f"- {entry.name}: {entry.web}" for entry in entries if entry.web]
    report += ["", "Held back until somebody finds and checks a number:"]
    report += [f"- {name}" for name in directory.held_back] or ["- none"]
    return "\n".join(report) + "\n"


def not_checked_for_a_year(checked_on: date, today: date) -> bool:
    """Twelve months or more have passed."""
    return (checked_on.year + 1, checked_on.month, checked_on.day) <= (today.year, today.month, today.day)


def _call_to_make(service: Service) -> str:
    numbers = ", ".join(f"{phone.display} ({phone.label})" for phone in service.phones)
    questions = []
    if EMERGENCY_DIGITS in {phone.display for phone in service.phones}:
        return f"- {service.name}: never ring {numbers} to test it; compare it with the police website"
    if service.standing != "confirmed":
        questions.append("is the number right?")
    if isinstance(service.hours, Unknown):
        questions.append("what are the hours, and on bank holidays?")
    if isinstance(service.hours, Weekly):
        questions.append(f"still {service.hours.shown}, and closed on bank holidays?")
    if not service.cost:
        questions.append("what does the call cost?")
    if not service.web:
        questions.append("what is the web address?")
    return f"- {service.name}: {numbers}. " + (" ".join(questions) or "does it still answer?")


# --- reading ---


@dataclass
class _Report:
    """Collects problems, so that all of them are told at once."""

    file: str
    source: list[str]
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, entry: str, name: str, wrong: str, write: str) -> None:
        """`line` counts from 0, as the YAML reader counts."""
        self.problems.append(Problem(self.file, line + 1, entry, name, wrong, write))

    def written(self, line: int, name: str) -> str:
        """What stands behind the colon, exactly as typed: the reader has lost leading zeros by now."""
        text = self.source[line].split(" #")[0].strip().removeprefix("- ").strip()
        return text.removeprefix(f"{name}:").strip()

    def raise_if_any(self) -> None:
        if self.problems:
            raise DirectoryRefused(tuple(sorted(self.problems, key=lambda problem: problem.line)))


def _read(path: Path) -> tuple[_Report, CommentedMap]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DirectoryUnreadable(
            f"{path}: the file cannot be opened ({error.strerror}). Put it back."
        ) from error
    except UnicodeDecodeError as error:
        raise DirectoryUnreadable(f"{path}: the file is not plain text. Save it as UTF-8.") from error
    report = _Report(str(path), text.splitlines())
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True  # type: ignore[assignment]  # the only sign that tells "0808" from 0808
    try:
        top = yaml.load(text)
    except MarkedYAMLError as error:
        raise DirectoryUnreadable(_syntax_message(path, error)) from error
    except (YAMLError, ValueError) as error:
        raise DirectoryUnreadable(
            f"{path}: the file cannot be read ({error}). Compare it with its README."
        ) from error
    if not isinstance(top, CommentedMap):
        raise DirectoryUnreadable(f"{path}: the file is empty or has no headings. Put back its headings.")
    return report, top


def _syntax_message(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = f", line {mark.line + 1}" if mark is not None else ""
    return (
        f"{path}{line}: this cannot be read ({error.problem}). "
        "Look at this line and the one above it: quotes in pairs, "
        "the same indent as its neighbours, no name twice."
    )


# --- one entry ---


def _service(report: _Report, node: CommentedMap, today: date) -> Service:
    entry = _entry_name(node)
    _check_keys(report, node, SERVICE_KEYS + OPTIONAL_SERVICE_KEYS, SERVICE_KEYS, entry)
    return Service(
        id=_id(report, node, entry),
        name=_text(report, node, "name", entry),
        phones=_phones(report, node, entry),
        web=_web(report, node, entry),
        hours=_hours(report, node, entry),
        cost=_text(report, node, "cost", entry),
        audience=_text(report, node, "audience", entry),
        note=_text(report, node, "note", entry),
        source=_text(report, node, "source", entry),
        checked_on=_past_date(report, node, entry, today),
        standing=_choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
        supplementary=_choice(report, node, "supplementary", entry, YES_NO, True),
        provenance=_text(report, node, "provenance", entry),
        ways=tuple(_way(report, way, entry) for way in _entries(report, node, "ways")),
    )


def _way(report: _Report, node: CommentedMap, entry: str) -> Way:
    _check_keys(report, node, WAY_KEYS, WAY_KEYS, f"{entry}, ways")
    href = _text(report, node, "href", entry)
    if href and not WAY_HREF.fullmatch(href):
        report.add(
            _line(node, "href"),
            entry,
            "href",
            f'"{href}" leads nowhere.',
            'Write a whole web address with https:// in front, or "sms:" and digits, such as "sms:85258".',
        )
    return Way(
        kind=_choice(report, node, "kind", entry, WAY_KINDS, "web"),
        label=_text(report, node, "label", entry),
        href=href,
        standing=_choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
    )


def _area_page(report: _Report, node: CommentedMap, today: date) -> AreaPage:
    entry = _entry_name(node)
    _check_keys(report, node, AREA_KEYS, AREA_KEYS, entry)
    web = _web(report, node, entry)
    if "web" in node and not web:
        report.add(
            _line(node, "web"), entry, "web", "The address is empty.", "Write the address of the page."
        )
    return AreaPage(
        id=_id(report, node, entry),
        name=_text(report, node, "name", entry),
        web=web,
        source=_text(report, node, "source", entry),
        checked_on=_past_date(report, node, entry, today),
        standing=_choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
        provenance=_text(report, node, "provenance", entry),
    )


def _closed_day(report: _Report, node: CommentedMap) -> date:
    entry = "extra_closed_days"
    _check_keys(report, node, CLOSED_DAY_KEYS, CLOSED_DAY_KEYS, entry)
    _text(report, node, "why", entry)
    return _date(report, node, "date", entry)


def _phones(report: _Report, node: CommentedMap, entry: str) -> tuple[Phone, ...]:
    if "phones" not in node:
        return ()
    phones = tuple(_phone(report, phone, entry) for phone in _entries(report, node, "phones"))
    during = {phone.during for phone in phones}
    if "always" not in during and during != {"open", "closed"}:
        report.add(
            _line(node, "phones"),
            entry,
            "phones",
            "At some hours there is no number to ring.",
            'Give one number with when: "always", or one with "open" and one with "closed".',
        )
    return phones


def _phone(report: _Report, node: CommentedMap, entry: str) -> Phone:
    _check_keys(report, node, PHONE_KEYS, PHONE_KEYS, entry)
    shown = _text(report, node, "shown", entry)
    dialled = _text(report, node, "dialled", entry)
    if dialled and not DIALLED.fullmatch(dialled):
        report.add(
            _line(node, "dialled"),
            entry,
            "dialled",
            f'"{dialled}" cannot be dialled.',
            'Write "tel:" or "sms:" and the digits without spaces, '
            'such as "tel:+443443754307" or "tel:116123".',
        )
    elif shown and dialled and _digits(shown) != _dialled_digits(dialled):
        report.add(
            _line(node, "dialled"),
            entry,
            "dialled",
            f'The number shown is "{shown}", but "{dialled}" rings other digits.',
            "Find out which one is right and write the same digits in both. +44 stands for the first 0.",
        )
    return Phone(
        label=_text(report, node, "label", entry),
        display=shown,
        href=dialled,
        during=_choice(report, node, "when", entry, DURING, "always"),
    )


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", text))


def _dialled_digits(dialled: str) -> str:
    return _digits(dialled.replace("tel:+44", "0"))


def _hours(report: _Report, node: CommentedMap, entry: str) -> Hours:
    unknown = Unknown("")
    if "hours" not in node:
        return unknown
    inner = node["hours"]
    if not isinstance(inner, CommentedMap):
        report.add(
            _line(node, "hours"), entry, "hours", "This is not filled in.", "Copy the hours of another entry."
        )
        return unknown
    _check_keys(report, inner, HOURS_KEYS, ("kind", "shown"), f"{entry}, hours")
    kind = _choice(report, inner, "kind", f"{entry}, hours", HOUR_KINDS, "not known")
    shown = _text(report, inner, "shown", f"{entry}, hours")
    if kind == "weekly":
        return _weekly(report, inner, f"{entry}, hours", shown)
    for name in WEEKLY_KEYS:
        if name in inner:
            report.add(
                _line(inner, name),
                f"{entry}, hours",
                name,
                f'This goes only with kind: "weekly", but the kind is "{kind}".',
                'Delete this line, or write kind: "weekly".',
            )
    return Always(shown) if kind == "always" else Unknown(shown)


def _weekly(report: _Report, node: CommentedMap, entry: str, shown: str) -> Hours:
    _check_keys(report, node, HOURS_KEYS, HOURS_KEYS, entry)
    if any(name not in node for name in WEEKLY_KEYS):
        return Unknown(shown)
    days = frozenset(DAY_NUMBERS[name] for name in _texts(report, node, "days", entry) if name in DAY_NUMBERS)
    if len(days) != len(_sequence(node["days"])) or not days:
        report.add(
            _line(node, "days"),
            entry,
            "days",
            "These are not names of days, each written once.",
            'Write them like this: ["Monday", "Tuesday"].',
        )
    opens, closes = _clock(report, node, "opens", entry), _clock(report, node, "closes", entry)
    if opens is None or closes is None:
        return Unknown(shown)
    if not opens < closes:
        report.add(
            _line(node, "closes"),
            entry,
            "closes",
            f"It closes at {closes:%H:%M}, which is not after it opens at {opens:%H:%M}.",
            'Write a later time on the same day, such as "17:00".',
        )
    return Weekly(shown, days, opens, closes)


def _clock(report: _Report, node: CommentedMap, name: str, entry: str) -> time | None:
    text = _text(report, node, name, entry)
    if CLOCK.fullmatch(text):
        return time.fromisoformat(text)
    if text:
        report.add(
            _line(node, name), entry, name, f'"{text}" is not a time.', 'Write four digits, such as "09:00".'
        )
    return None


# --- one field ---


def _text(report: _Report, node: CommentedMap, name: str, entry: str) -> str:
    """A quoted text; a missing one was told by _check_keys."""
    if name not in node:
        return ""
    text = _quoted(report, node[name], _line(node, name), entry, name)
    if text is not None and not text.strip() and name not in MAY_BE_EMPTY:
        report.add(_line(node, name), entry, name, "This is empty.", _what_to_write(name))
    return text or ""


def _quoted(report: _Report, value: Any, line: int, entry: str, name: str) -> str | None:
    """The text of a quoted value; None, with a problem told, for anything else."""
    if isinstance(value, ScalarString) and not isinstance(value, PlainScalarString):
        return str(value)
    if isinstance(value, (CommentedMap, CommentedSeq)):
        report.add(line, entry, name, "There is a list here instead of a text.", _what_to_write(name))
        return None
    written = report.written(line, name)
    wrong = (
        "This stands without quotes, so a zero in front could be lost."
        if value is not None
        else "This is empty."
    )
    write = f'Write it in double quotes: {name}: "{written}"' if written else _what_to_write(name)
    report.add(line, entry, name, wrong, write)
    return None


def _what_to_write(name: str) -> str:
    hints = {
        "source": 'Write for visitors who says so, such as "Milton Keynes Council".',
        "provenance": "Write where the facts come from: a document, or a page and its date.",
        "checked_on": 'Write the day on which somebody checked it, such as "2026-11-21".',
        "label": 'Write when or how to use the number, such as "Call".',
        "shown": "Write what people should see, in double quotes.",
        "dialled": 'Write what the phone should dial, such as "tel:+443443754307".',
    }
    return hints.get(name, "Write a text in double quotes.")


def _texts(report: _Report, node: CommentedMap, name: str, entry: str) -> list[str]:
    """A list of quoted texts."""
    items = _sequence(node.get(name))
    if name in node and not isinstance(node[name], CommentedSeq):
        report.add(
            _line(node, name), entry, name, "This must be a list.", 'Write it like this: ["one", "two"].'
        )
    found = (
        _quoted(report, item, _item_line(node[name], index), entry, name) for index, item in enumerate(items)
    )
    return [text for text in found if text is not None]


def _choice(
    report: _Report, node: CommentedMap, name: str, entry: str, allowed: Mapping[str, T], default: T
) -> T:
    text = _text(report, node, name, entry)
    if not text:
        return default
    if text not in allowed:
        choices = ", ".join(f'"{choice}"' for choice in allowed)
        report.add(_line(node, name), entry, name, f'"{text}" is not a choice.', f"Write one of {choices}.")
    return allowed.get(text, default)


def _id(report: _Report, node: CommentedMap, entry: str) -> str:
    text = _text(report, node, "id", entry)
    if text and not ID.fullmatch(text):
        report.add(
            _line(node, "id"),
            entry,
            "id",
            f'"{text}" is not a short name.',
            'Write small letters, digits and underscores only, such as "mk_act".',
        )
    return text


def _web(report: _Report, node: CommentedMap, entry: str) -> str:
    text = _text(report, node, "web", entry)
    if text and (not text.startswith("https://") or any(sign in text for sign in " \"'<>")):
        report.add(
            _line(node, "web"),
            entry,
            "web",
            f'"{text}" is not a whole web address.',
            'Write it with https:// in front, such as "https://www.mkact.com", or "" if there is none.',
        )
    return text


def _date(report: _Report, node: CommentedMap, name: str, entry: str) -> date:
    text = _text(report, node, name, entry)
    try:
        return date.fromisoformat(text if ISO_DATE.fullmatch(text) else "not a date")
    except ValueError:
        if text:
            report.add(
                _line(node, name),
                entry,
                name,
                f'"{text}" is not a date.',
                'Write year, month and day in digits, such as "2026-11-21".',
            )
        return date.min


def _past_date(report: _Report, node: CommentedMap, entry: str, today: date) -> date:
    checked_on = _date(report, node, "checked_on", entry)
    if checked_on > today:
        report.add(
            _line(node, "checked_on"),
            entry,
            "checked_on",
            f"{checked_on.isoformat()} is in the future.",
            f'Write the day on which somebody checked it, today ("{today.isoformat()}") at the latest.',
        )
    return checked_on


# --- the whole file ---


def _time_zone(report: _Report, top: CommentedMap) -> tzinfo:
    name = _text(report, top, "time_zone", "the file")
    try:
        return ZoneInfo(name or "Europe/London")
    except (ZoneInfoNotFoundError, ValueError):
        report.add(
            _line(top, "time_zone"),
            "the file",
            "time_zone",
            f'"{name}" is not a time zone.',
            'Write "Europe/London".',
        )
        return ZoneInfo("Europe/London")


def _check_keys(
    report: _Report, node: CommentedMap, known: tuple[str, ...], needed: tuple[str, ...], entry: str
) -> None:
    for key in node:
        if key in known:
            continue
        close = difflib.get_close_matches(str(key), known, n=1)
        write = f'Did you mean "{close[0]}"?' if close else f"Delete it. Known are: {', '.join(known)}."
        report.add(node.lc.key(key)[0], entry, str(key), "Nobody knows this field.", write)
    for key in needed:
        if key not in node:
            report.add(node.lc.line, entry, key, "This field is missing.", f"Add it. {_what_to_write(key)}")


def _check_doubles(report: _Report, top: CommentedMap, name: str) -> None:
    first: dict[str, int] = {}
    for node in _maps(top.get(name)):
        line_id = node.get("id")
        if not isinstance(line_id, str):
            continue
        line = _line(node, "id")
        if line_id in first:
            report.add(
                line,
                _entry_name(node),
                "id",
                f'"{line_id}" already stands in line {first[line_id] + 1}.',
                "Give this entry another id, or delete one of the two.",
            )
        first.setdefault(line_id, line)


def _check_routed(report: _Report, top: CommentedMap, services: list[Service]) -> None:
    """The rules name these lines, and two of them must never be closed."""
    by_id = {service.id: service for service in services}
    line = _line(top, "services") if "services" in top else 0
    for line_id in ROUTED_IDS:
        if line_id not in by_id:
            report.add(
                line,
                "services",
                line_id,
                "This entry is missing, and the rules need it.",
                f'Add it: id: "{line_id}".',
            )
    for line_id in ALWAYS_OPEN_IDS:
        if line_id in by_id and not isinstance(by_id[line_id].hours, Always):
            report.add(
                line,
                line_id,
                "hours",
                "The safe reply counts on this line at every hour.",
                'Write kind: "always". If the line is no longer open at all hours, '
                "talk to a programmer first.",
            )


def _check_stray_digits(report: _Report, top: CommentedMap, services: list[Service]) -> None:
    """A text may only show digits listed under `phones`.

    Elsewhere nobody compares them with what is dialled.
    """
    known = {_digits(phone.display) for service in services for phone in service.phones}
    for service, node in zip(services, _maps(top.get("services"))):
        labels = [phone.label for phone in service.phones]
        for name, text in [
            ("name", service.name),
            ("cost", service.cost),
            ("audience", service.audience),
            ("note", service.note),
            ("hours", service.hours.shown),
            *(("phones", label) for label in labels),
        ]:
            for run in DIGIT_RUN.findall(text):
                if _digits(run) not in known:
                    report.add(
                        _line(node, name),
                        _entry_name(node),
                        name,
                        f'"{run}" looks like a number to ring, but it does not stand under phones.',
                        "Put numbers under phones only.",
                    )


def _reply_texts(report: _Report, top: CommentedMap, name: str, ids: tuple[str, ...]) -> dict[str, str]:
    node = top.get(name)
    if not isinstance(node, CommentedMap):
        if name in top:
            report.add(_line(top, name), "the file", name, "There are no texts here.", "Put them back.")
        return {}
    _check_keys(report, node, ids, ids, name)
    found = {}
    for key in ids:
        text = _text(report, node, key, name)
        allowed = TEXT_DIGITS | ({KEYPRESS_DIGITS} if key == NOTE_WITH_KEYPRESS else set())
        for digits in re.findall("[0-9]+", text):
            if digits not in allowed:
                report.add(
                    _line(node, key),
                    name,
                    key,
                    f'The digits "{digits}" stand in this text.',
                    "Take them out: numbers come from services.yml; only 999, 101 and 111 may be in a text.",
                )
        found[key] = text
    return found


# --- the YAML reader's own types ---


def _entries(report: _Report, node: CommentedMap, name: str) -> Iterator[CommentedMap]:
    """The entries of a list; anything else there is told and left out."""
    value = node.get(name)
    if name in node and not isinstance(value, CommentedSeq):
        report.add(_line(node, name), _entry_name(node), name, "This must be a list of entries.", _LIST_HINT)
    for index, item in enumerate(_sequence(value)):
        if isinstance(item, CommentedMap):
            yield item
        else:
            report.add(
                _item_line(value, index), name, f"entry {index + 1}", "This is not an entry.", _LIST_HINT
            )


_LIST_HINT = "Copy the shape of a neighbour: a dash in front, then one field a line."


def _maps(value: Any) -> list[CommentedMap]:
    return [item for item in _sequence(value) if isinstance(item, CommentedMap)]


def _sequence(value: Any) -> list[Any]:
    return list(value) if isinstance(value, CommentedSeq) else []


def _entry_name(node: CommentedMap) -> str:
    return str(node.get("id", "the file" if "services" in node else "an entry without id"))


def _line(node: CommentedMap, key: str) -> int:
    """Line of a field, from 0; of the entry itself where the field is missing."""
    return int(node.lc.key(key)[0] if key in node else node.lc.line)


def _item_line(sequence: CommentedSeq, index: int) -> int:
    return int(sequence.lc.item(index)[0])
