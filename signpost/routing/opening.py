"""Is a line open now, and when does it open next?

Hours are [opens, closes) on the wall clock of the directory's time zone. Bank holidays and the directory's
extra closed days count as closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from signpost.routing.services import Always, Directory, Service, Unknown, Weekly

OpenState = Literal["open", "closed", "unknown", "always"]

EDGE_S = 15 * 60  # a quarter of an hour (routing.md, Hours): so near to an edge both lines are shown
WEEK_DAYS = 7  # from here on a weekday alone could be misread, so the date stands beside it
LOOK_AHEAD_DAYS = 60  # longer than any run of closed days

# Document A says "normal working hours", B prints them for MK Act. Used if a service's own office hours are
# not known: to pick one of two numbers, never to call a line open.
OFFICE_HOURS = Weekly("Monday to Friday, 9am to 5pm", frozenset(range(5)), time(9), time(17))

# Written out, so that no locale of the server changes a word.
NEAR_DAYS = ("today", "tomorrow")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True)
class Opening:
    """The state of one line at one moment."""

    state: OpenState
    opens_next: str | None  # "today 9am", "Monday 9am"; None unless closed
    near_edge: bool  # within 15 minutes of opening or closing
    closes: str | None = None  # "5pm"; None unless open and not always so
    edge_ahead: bool = False  # opens or closes within the next 15 minutes


def opening(service: Service, directory: Directory, now: datetime) -> Opening:
    """Tell whether the service is open at `now`, which must carry its time zone."""
    local = _local(now, directory)
    hours = service.hours
    if isinstance(hours, Always):
        return Opening("always", None, near_edge=False)
    if isinstance(hours, Unknown):
        return Opening("unknown", None, near_edge=False)
    edges_s = _seconds_to_edges(hours, directory, local)
    near = any(abs(seconds) <= EDGE_S for seconds in edges_s)
    ahead = any(0 < seconds <= EDGE_S for seconds in edges_s)
    if _is_open(hours, directory, local):
        return Opening("open", None, near, _clock_words(hours.closes), ahead)
    return Opening("closed", _opens_next(hours, directory, local), near, edge_ahead=ahead)


def in_office_hours(directory: Directory, now: datetime) -> bool:
    """Tell whether `now` falls into ordinary office hours."""
    return _is_open(OFFICE_HOURS, directory, _local(now, directory))


def _local(now: datetime, directory: Directory) -> datetime:
    if now.utcoffset() is None:
        raise ValueError(
            f"`now` carries no time zone: {now!r}. Pass a time such as datetime.now(timezone.utc)."
        )
    return now.astimezone(directory.time_zone)


def _opens_on(hours: Weekly, directory: Directory, day: date) -> bool:
    return day.weekday() in hours.days and day not in directory.closed_days


def _is_open(hours: Weekly, directory: Directory, local: datetime) -> bool:
    return _opens_on(hours, directory, local.date()) and hours.opens <= local.time() < hours.closes


def _seconds_to_edges(hours: Weekly, directory: Directory, local: datetime) -> tuple[float, ...]:
    """Seconds until today's opening and closing, negative once they are past; none on a closed day."""
    if not _opens_on(hours, directory, local.date()):
        return ()
    now_s = _second_of_day(local.time())
    return tuple(_second_of_day(edge) - now_s for edge in (hours.opens, hours.closes))


def _second_of_day(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1_000_000


def _opens_next(hours: Weekly, directory: Directory, local: datetime) -> str | None:
    today = local.date()
    for days_ahead in range(LOOK_AHEAD_DAYS):
        day = today + timedelta(days=days_ahead)
        already_past = days_ahead == 0 and local.time() >= hours.opens
        if already_past or not _opens_on(hours, directory, day):
            continue
        weekday, at = WEEKDAYS[day.weekday()], _clock_words(hours.opens)
        if days_ahead < len(NEAR_DAYS):
            return f"{NEAR_DAYS[days_ahead]} {at}"
        if days_ahead < WEEK_DAYS:
            return f"{weekday} {at}"
        return f"{weekday} {day.day} {MONTHS[day.month - 1]}, {at}"
    return None


def _clock_words(moment: time) -> str:
    """9am, 9:30am, midday, midnight."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "midnight" if moment.hour == 0 else "midday"
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{(moment.hour - 1) % 12 + 1}{minutes}{'am' if moment.hour < 12 else 'pm'}"
