"""When is MK ACT open? Offsets are written out, so that the test does not trust the library under test."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest

from signpost.routing import Directory, Situation, Weekly, in_office_hours, opening, route

GMT = timezone.utc
BST = timezone(timedelta(hours=1))
OFFSETS = [timezone(timedelta(hours=hours)) for hours in (0, 1, -5, 5.5, 14, -12)]

WINTER_WEDNESDAY = datetime(2026, 1, 14, tzinfo=GMT)
SUMMER_WEDNESDAY = datetime(2026, 7, 15, tzinfo=BST)

# wall clock in London, open, within 15 minutes of an edge
EDGES = [
    ("00:00:00", False, False),
    ("08:44:00", False, False),
    ("08:44:59", False, False),
    ("08:45:00", False, True),
    ("08:59:00", False, True),
    ("08:59:59", False, True),
    ("09:00:00", True, True),
    ("09:15:00", True, True),
    ("09:15:01", True, False),
    ("12:00:00", True, False),
    ("16:44:00", True, False),
    ("16:44:59", True, False),
    ("16:45:00", True, True),
    ("16:59:00", True, True),
    ("16:59:59", True, True),
    ("17:00:00", False, True),
    ("17:15:00", False, True),
    ("17:15:01", False, False),
    ("23:59:59", False, False),
]

# From gov.uk, England and Wales, weekdays only.
BANK_HOLIDAYS = [
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 4),
    date(2026, 5, 25),
    date(2026, 8, 31),
    date(2026, 12, 25),
    date(2026, 12, 28),
    date(2027, 1, 1),
    date(2027, 3, 26),
    date(2027, 3, 29),
    date(2027, 5, 3),
    date(2027, 5, 31),
    date(2027, 8, 30),
    date(2027, 12, 27),
    date(2027, 12, 28),
    date(2028, 1, 3),
    date(2028, 4, 14),
    date(2028, 4, 17),
    date(2028, 5, 1),
    date(2028, 5, 29),
    date(2028, 8, 28),
    date(2028, 12, 25),
    date(2028, 12, 26),
]

# Sunday of the change, offset after it, the next opening as words and as a moment in UTC
CLOCK_CHANGES = [
    (date(2026, 3, 29), "Monday 9am", datetime(2026, 3, 30, 8, tzinfo=GMT)),
    (date(2026, 10, 25), "Monday 9am", datetime(2026, 10, 26, 9, tzinfo=GMT)),
    (date(2027, 3, 28), "Tuesday 9am", datetime(2027, 3, 30, 8, tzinfo=GMT)),  # Easter Monday between
    (date(2027, 10, 31), "Monday 9am", datetime(2027, 11, 1, 9, tzinfo=GMT)),
    (date(2028, 3, 26), "Monday 9am", datetime(2028, 3, 27, 8, tzinfo=GMT)),
    (date(2028, 10, 29), "Monday 9am", datetime(2028, 10, 30, 9, tzinfo=GMT)),
]


def mk_act(directory: Directory, now: datetime):
    return opening(directory.services["mk_act"], directory, now)


def with_hours(directory: Directory, opens: time, closes: time, days: frozenset[int] = frozenset(range(5))):
    return replace(directory.services["mk_act"], hours=Weekly("as tested", days, opens, closes))


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
@pytest.mark.parametrize("day", [WINTER_WEDNESDAY, SUMMER_WEDNESDAY], ids=["winter", "summer"])
@pytest.mark.parametrize("clock, is_open, near_edge", EDGES)
def test_mk_act_opens_and_closes_on_the_london_clock(directory, clock, is_open, near_edge, day, offset):
    now = datetime.combine(day.date(), time.fromisoformat(clock), tzinfo=day.tzinfo).astimezone(offset)
    found = mk_act(directory, now)
    assert (found.state, found.near_edge) == ("open" if is_open else "closed", near_edge)
    assert in_office_hours(directory, now) is is_open


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
@pytest.mark.parametrize("sunday, opens_next, opens_at", CLOCK_CHANGES)
def test_both_nights_of_the_clock_change(directory, sunday, opens_next, opens_at, offset):
    midnight = datetime.combine(sunday, time(), tzinfo=GMT)
    for quarter in range(24 * 4):
        found = mk_act(directory, (midnight + timedelta(minutes=15 * quarter)).astimezone(offset))
        assert (found.state, found.near_edge) == ("closed", False)
        # The last hour of a summer Sunday in UTC is already Monday in London.
        london = midnight + timedelta(minutes=15 * quarter, hours=9 - opens_at.hour)
        days_ahead = (opens_at.date() - london.date()).days
        assert found.opens_next == {0: "today 9am", 1: "tomorrow 9am"}.get(days_ahead, opens_next)
    assert mk_act(directory, (opens_at - timedelta(seconds=1)).astimezone(offset)).state == "closed"
    assert mk_act(directory, opens_at.astimezone(offset)).state == "open"


@pytest.mark.parametrize(
    "last_second_utc",
    [datetime(2026, 3, 27, 16, 59, 59, tzinfo=GMT), datetime(2026, 10, 23, 15, 59, 59, tzinfo=GMT)],
    ids=["still winter time", "still summer time"],
)
def test_the_friday_before_a_clock_change_closes_on_the_old_clock(directory, last_second_utc):
    assert mk_act(directory, last_second_utc).state == "open"
    assert mk_act(directory, last_second_utc + timedelta(seconds=1)).state == "closed"


@pytest.mark.parametrize(
    "day", [date(2026, 11, 21), date(2026, 11, 22), date(2026, 7, 18), date(2026, 7, 19)], ids=str
)
def test_weekends_are_closed_and_have_no_edges(directory, day):
    for hour, minute in [(8, 45), (9, 0), (12, 0), (16, 45), (17, 0)]:
        found = mk_act(directory, datetime.combine(day, time(hour, minute), tzinfo=GMT))
        opens_next = "Monday 9am" if day.weekday() == 5 else "tomorrow 9am"
        assert (found.state, found.near_edge, found.opens_next) == ("closed", False, opens_next)


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
@pytest.mark.parametrize("day", BANK_HOLIDAYS, ids=str)
def test_bank_holidays_are_closed(directory, day, offset):
    for utc_clock in [time(8, 0), time(9, 30), time(12, 0), time(15, 59)]:
        now = datetime.combine(day, utc_clock, tzinfo=GMT).astimezone(offset)
        found = mk_act(directory, now)
        assert (found.state, found.near_edge) == ("closed", False)
        assert not in_office_hours(directory, now)


def test_no_other_weekday_of_these_years_is_closed(directory):
    closed = {day for day in directory.closed_days if 2026 <= day.year <= 2028 and day.weekday() < 5}
    assert closed == set(BANK_HOLIDAYS)


@pytest.mark.parametrize(
    "now, opens_next",
    [
        (datetime(2026, 11, 25, 8, 0, tzinfo=GMT), "today 9am"),
        (datetime(2026, 11, 25, 17, 0, tzinfo=GMT), "tomorrow 9am"),
        (datetime(2026, 11, 27, 17, 0, tzinfo=GMT), "Monday 9am"),
        (datetime(2026, 12, 24, 17, 0, tzinfo=GMT), "Tuesday 9am"),  # Christmas, weekend, substitute day
        (datetime(2027, 12, 24, 17, 0, tzinfo=GMT), "Wednesday 9am"),  # two substitute days
        (datetime(2026, 7, 15, 23, 30, tzinfo=GMT), "today 9am"),  # in London it is Thursday already
    ],
)
def test_tells_when_it_opens_next(directory, now, opens_next):
    assert mk_act(directory, now).opens_next == opens_next


@pytest.mark.parametrize("days_closed, opens_next", [(6, "Tuesday 9am"), (7, "Wednesday 25 November, 9am")])
def test_a_weekday_a_week_away_comes_with_its_date(directory, days_closed, opens_next):
    monday_or_so = date(2026, 11, 18)  # a Wednesday
    closed = {monday_or_so + timedelta(days=ahead) for ahead in range(days_closed)}
    shut = replace(directory, closed_days=frozenset(closed))
    assert mk_act(shut, datetime(2026, 11, 18, 8, tzinfo=GMT)).opens_next == opens_next


def test_promises_no_opening_when_none_is_in_sight(directory):
    shut = replace(
        directory, closed_days=frozenset(date(2026, 11, 18) + timedelta(days=n) for n in range(365))
    )
    assert mk_act(shut, datetime(2026, 11, 18, 8, tzinfo=GMT)).opens_next is None


@pytest.mark.parametrize(
    "opens, words",
    [
        (time(0, 0), "midnight"),
        (time(0, 30), "12:30am"),
        (time(9, 5), "9:05am"),
        (time(12, 0), "midday"),
        (time(12, 30), "12:30pm"),
        (time(13, 0), "1pm"),
    ],
)
def test_says_times_as_people_do(directory, opens, words):
    service = with_hours(directory, opens, time(23, 0))
    sunday = datetime(2026, 11, 22, 12, tzinfo=GMT)
    assert opening(service, directory, sunday).opens_next == f"tomorrow {words}"


@pytest.mark.parametrize(
    "clock, ahead, closes",
    [
        (time(8, 44, 59), False, None),
        (time(8, 45), True, None),
        (time(9, 0), False, "5pm"),
        (time(16, 44, 59), False, "5pm"),
        (time(16, 45), True, "5pm"),
        (time(17, 0), False, None),
    ],
)
def test_tells_of_an_edge_that_lies_ahead_and_when_it_closes(directory, clock, ahead, closes):
    found = mk_act(directory, datetime.combine(date(2026, 11, 25), clock, tzinfo=GMT))
    assert (found.edge_ahead, found.closes) == (ahead, closes)


def test_an_open_line_has_no_next_opening(directory):
    assert mk_act(directory, datetime(2026, 11, 25, 12, tzinfo=GMT)).opens_next is None


@pytest.mark.parametrize(
    "line_id, state", [("galop", "unknown"), ("mk_housing", "unknown"), ("national_24h", "always")]
)
def test_hours_that_are_not_known_are_never_called_open(directory, line_id, state):
    for hour in range(24):
        found = opening(directory.services[line_id], directory, datetime(2026, 11, 25, hour, tzinfo=GMT))
        assert (found.state, found.opens_next, found.near_edge) == (state, None, False)


def test_a_time_without_zone_is_refused(directory):
    naive = datetime(2026, 11, 25, 12)
    with pytest.raises(ValueError, match="time zone"):
        mk_act(directory, naive)
    with pytest.raises(ValueError, match="time zone"):
        opening(directory.services["police_999"], directory, naive)
    with pytest.raises(ValueError, match="time zone"):
        in_office_hours(directory, naive)
    with pytest.raises(ValueError, match="time zone"):
        route(Situation(), directory, naive)
