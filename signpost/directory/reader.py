"""services.yml as a whole: read, checked entry by entry, and against what the rules need.

Text to show is data: it is handed on exactly as written in the file.
"""

from __future__ import annotations

import re
from datetime import date, tzinfo
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from ruamel.yaml.comments import CommentedMap

from signpost.directory.fields import check_keys, digits_of, text_of, texts_of
from signpost.directory.problems import Report
from signpost.directory.services import read_area_page, read_closed_day, read_service
from signpost.directory.source import entries, entry_name, line_of, maps, read
from signpost.files import ROOT
from signpost.routing.services import ALWAYS_OPEN_IDS, ROUTED_IDS, Always, Directory, Service

SERVICES_FILE = ROOT / "directory" / "services.yml"

BANK_HOLIDAY_YEARS = range(2024, 2041)
FILE_KEYS = ("time_zone", "services", "area_pages", "extra_closed_days", "held_back")
DIGIT_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){2,}")  # three digits and more could be dialled


def load_directory(path: Path | str, today: date) -> Directory:
    """Read the service directory. Raises DirectoryError, with every problem at once."""
    report, top = read(Path(path))
    check_keys(report, top, FILE_KEYS, FILE_KEYS, "the file")
    zone = _time_zone(report, top)
    services = [read_service(report, node, today) for node in entries(report, top, "services")]
    areas = [read_area_page(report, node, today) for node in entries(report, top, "area_pages")]
    closed = {read_closed_day(report, node) for node in entries(report, top, "extra_closed_days")}
    held_back = texts_of(report, top, "held_back", "the file")
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


def bank_holidays() -> frozenset[date]:
    """The bank holidays of England, which are those of Wales too."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=BANK_HOLIDAY_YEARS))


def _time_zone(report: Report, top: CommentedMap) -> tzinfo:
    name = text_of(report, top, "time_zone", "the file")
    try:
        return ZoneInfo(name or "Europe/London")
    except (ZoneInfoNotFoundError, ValueError):
        report.add(
            line_of(top, "time_zone"),
            "the file",
            "time_zone",
            f'"{name}" is not a time zone.',
            'Write "Europe/London".',
        )
        return ZoneInfo("Europe/London")


def _check_doubles(report: Report, top: CommentedMap, name: str) -> None:
    first: dict[str, int] = {}
    for node in maps(top.get(name)):
        line_id = node.get("id")
        if not isinstance(line_id, str):
            continue
        line = line_of(node, "id")
        if line_id in first:
            report.add(
                line,
                entry_name(node),
                "id",
                f'"{line_id}" already stands in line {first[line_id] + 1}.',
                "Give this entry another id, or delete one of the two.",
            )
        first.setdefault(line_id, line)


def _check_routed(report: Report, top: CommentedMap, services: list[Service]) -> None:
    """The rules name these lines, and two of them must never be closed."""
    by_id = {service.id: service for service in services}
    line = line_of(top, "services") if "services" in top else 0
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


def _check_stray_digits(report: Report, top: CommentedMap, services: list[Service]) -> None:
    """A text may only show digits listed under `phones`.

    Elsewhere nobody compares them with what is dialled.
    """
    known = {digits_of(phone.display) for service in services for phone in service.phones}
    for service, node in zip(services, maps(top.get("services"))):
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
                if digits_of(run) not in known:
                    report.add(
                        line_of(node, name),
                        entry_name(node),
                        name,
                        f'"{run}" looks like a number to ring, but it does not stand under phones.',
                        "Put numbers under phones only.",
                    )
