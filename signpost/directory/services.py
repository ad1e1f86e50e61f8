"""One entry of services.yml: a helpline with its numbers and hours, a page for another area, a closed day."""

from __future__ import annotations

import re
from datetime import date

from ruamel.yaml.comments import CommentedMap

from signpost.directory.fields import (
    check_keys,
    choice,
    clock,
    date_of,
    digits_of,
    id_of,
    past_date,
    text_of,
    texts_of,
    web_address,
)
from signpost.directory.problems import Report
from signpost.directory.source import entries, entry_name, line_of, sequence
from signpost.routing.opening import WEEKDAYS
from signpost.routing.services import (
    Always,
    AreaPage,
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

WAY_HREF = re.compile(r"https://[A-Za-z0-9][^\s\"'<>]*|sms:[0-9]+")
DIALLED = re.compile(r"(tel:(\+44[1-9][0-9]+|[0-9]+)|sms:[0-9]+)")


def read_service(report: Report, node: CommentedMap, today: date) -> Service:
    entry = entry_name(node)
    check_keys(report, node, SERVICE_KEYS + OPTIONAL_SERVICE_KEYS, SERVICE_KEYS, entry)
    return Service(
        id=id_of(report, node, entry),
        name=text_of(report, node, "name", entry),
        phones=_phones(report, node, entry),
        web=web_address(report, node, entry),
        hours=_hours(report, node, entry),
        cost=text_of(report, node, "cost", entry),
        audience=text_of(report, node, "audience", entry),
        note=text_of(report, node, "note", entry),
        source=text_of(report, node, "source", entry),
        checked_on=past_date(report, node, entry, today),
        standing=choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
        supplementary=choice(report, node, "supplementary", entry, YES_NO, True),
        provenance=text_of(report, node, "provenance", entry),
        ways=tuple(_way(report, way, entry) for way in entries(report, node, "ways")),
    )


def _way(report: Report, node: CommentedMap, entry: str) -> Way:
    check_keys(report, node, WAY_KEYS, WAY_KEYS, f"{entry}, ways")
    href = text_of(report, node, "href", entry)
    if href and not WAY_HREF.fullmatch(href):
        report.add(
            line_of(node, "href"),
            entry,
            "href",
            f'"{href}" leads nowhere.',
            'Write a whole web address with https:// in front, or "sms:" and digits, such as "sms:85258".',
        )
    return Way(
        kind=choice(report, node, "kind", entry, WAY_KINDS, "web"),
        label=text_of(report, node, "label", entry),
        href=href,
        standing=choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
    )


def read_area_page(report: Report, node: CommentedMap, today: date) -> AreaPage:
    entry = entry_name(node)
    check_keys(report, node, AREA_KEYS, AREA_KEYS, entry)
    web = web_address(report, node, entry)
    if "web" in node and not web:
        report.add(
            line_of(node, "web"), entry, "web", "The address is empty.", "Write the address of the page."
        )
    return AreaPage(
        id=id_of(report, node, entry),
        name=text_of(report, node, "name", entry),
        web=web,
        source=text_of(report, node, "source", entry),
        checked_on=past_date(report, node, entry, today),
        standing=choice(report, node, "standing", entry, STANDINGS, "unconfirmed"),
        provenance=text_of(report, node, "provenance", entry),
    )


def read_closed_day(report: Report, node: CommentedMap) -> date:
    entry = "extra_closed_days"
    check_keys(report, node, CLOSED_DAY_KEYS, CLOSED_DAY_KEYS, entry)
    text_of(report, node, "why", entry)
    return date_of(report, node, "date", entry)


def _phones(report: Report, node: CommentedMap, entry: str) -> tuple[Phone, ...]:
    if "phones" not in node:
        return ()
    phones = tuple(_phone(report, phone, entry) for phone in entries(report, node, "phones"))
    during = {phone.during for phone in phones}
    if "always" not in during and during != {"open", "closed"}:
        report.add(
            line_of(node, "phones"),
            entry,
            "phones",
            "At some hours there is no number to ring.",
            'Give one number with when: "always", or one with "open" and one with "closed".',
        )
    return phones


def _phone(report: Report, node: CommentedMap, entry: str) -> Phone:
    check_keys(report, node, PHONE_KEYS, PHONE_KEYS, entry)
    shown = text_of(report, node, "shown", entry)
    dialled = text_of(report, node, "dialled", entry)
    if dialled and not DIALLED.fullmatch(dialled):
        report.add(
            line_of(node, "dialled"),
            entry,
            "dialled",
            f'"{dialled}" cannot be dialled.',
            'Write "tel:" or "sms:" and the digits without spaces, '
            'such as "tel:+443443754307" or "tel:116123".',
        )
    elif shown and dialled and digits_of(shown) != _dialled_digits(dialled):
        report.add(
            line_of(node, "dialled"),
            entry,
            "dialled",
            f'The number shown is "{shown}", but "{dialled}" rings other digits.',
            "Find out which one is right and write the same digits in both. +44 stands for the first 0.",
        )
    return Phone(
        label=text_of(report, node, "label", entry),
        display=shown,
        href=dialled,
        during=choice(report, node, "when", entry, DURING, "always"),
    )


def _dialled_digits(dialled: str) -> str:
    return digits_of(dialled.replace("tel:+44", "0"))


def _hours(report: Report, node: CommentedMap, entry: str) -> Hours:
    unknown = Unknown("")
    if "hours" not in node:
        return unknown
    inner = node["hours"]
    if not isinstance(inner, CommentedMap):
        report.add(
            line_of(node, "hours"),
            entry,
            "hours",
            "This is not filled in.",
            "Copy the hours of another entry.",
        )
        return unknown
    check_keys(report, inner, HOURS_KEYS, ("kind", "shown"), f"{entry}, hours")
    kind = choice(report, inner, "kind", f"{entry}, hours", HOUR_KINDS, "not known")
    shown = text_of(report, inner, "shown", f"{entry}, hours")
    if kind == "weekly":
        return _weekly(report, inner, f"{entry}, hours", shown)
    for name in WEEKLY_KEYS:
        if name in inner:
            report.add(
                line_of(inner, name),
                f"{entry}, hours",
                name,
                f'This goes only with kind: "weekly", but the kind is "{kind}".',
                'Delete this line, or write kind: "weekly".',
            )
    return Always(shown) if kind == "always" else Unknown(shown)


def _weekly(report: Report, node: CommentedMap, entry: str, shown: str) -> Hours:
    check_keys(report, node, HOURS_KEYS, HOURS_KEYS, entry)
    if any(name not in node for name in WEEKLY_KEYS):
        return Unknown(shown)
    names = texts_of(report, node, "days", entry)
    days = frozenset(DAY_NUMBERS[name] for name in names if name in DAY_NUMBERS)
    if len(days) != len(sequence(node["days"])) or not days:
        report.add(
            line_of(node, "days"),
            entry,
            "days",
            "These are not names of days, each written once.",
            'Write them like this: ["Monday", "Tuesday"].',
        )
    opens, closes = clock(report, node, "opens", entry), clock(report, node, "closes", entry)
    if opens is None or closes is None:
        return Unknown(shown)
    if not opens < closes:
        report.add(
            line_of(node, "closes"),
            entry,
            "closes",
            f"It closes at {closes:%H:%M}, which is not after it opens at {opens:%H:%M}.",
            'Write a later time on the same day, such as "17:00".',
        )
    return Weekly(shown, days, opens, closes)
