"""What must hold for every situation at every moment."""

import re
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from signpost.routing import (
    RESTS_ON,
    Abuse,
    Area,
    Gender,
    Need,
    Scope,
    Situation,
    Topic,
    Unknown,
    Urgency,
    Who,
    route,
)

FOR_OTHER_TROUBLE = {"police_999", "police_101", "samaritans", "shout", "nhs_111", "childline"}
VICTIMS_LINES = {"national_24h", "mens_advice_line", "galop", "karma_nirvana", "forced_marriage_unit"}
MK_LINES = {"mk_act", "mk_housing"}
LONDON = ZoneInfo("Europe/London")

moderate = settings(max_examples=200, deadline=None)  # two shared cores

situations = st.builds(
    Situation,
    scope=st.none() | st.sampled_from(Scope),
    urgency=st.sampled_from(Urgency),
    abuse=st.frozensets(st.sampled_from(Abuse), max_size=4),
    gender=st.sampled_from(Gender),
    lgbt=st.booleans(),
    area=st.sampled_from(Area),
    who=st.sampled_from(Who),
    needs=st.frozensets(st.sampled_from(Need), max_size=4),
    topic=st.none() | st.sampled_from(Topic),
    farewell=st.booleans(),
    place=st.sampled_from([None, "buckinghamshire", "west_berkshire", "luton"]),
)
zones = st.sampled_from([timezone.utc, LONDON, ZoneInfo("America/New_York")]) | st.integers(
    -14 * 60, 14 * 60
).map(lambda minutes: timezone(timedelta(minutes=minutes)))
any_moment = st.datetimes(min_value=datetime(2025, 1, 2), max_value=datetime(2039, 12, 30), timezones=zones)
office_minutes = st.builds(  # half of the moments near working hours, or they would hardly ever be open
    lambda day, minute: datetime(2026, 1, 1, 7, tzinfo=timezone.utc) + timedelta(days=day, minutes=minute),
    st.integers(0, 1094),
    st.integers(0, 11 * 60),
)
moments = any_moment | office_minutes


def ids(referral):
    return [line.id for line in referral.lines]


def asks_for_nothing(situation):
    return situation.farewell and situation.urgency is Urgency.NONE and situation.scope is not Scope.SELF_HARM


def is_understood(situation):
    return situation.scope not in (None, Scope.OUT_OF_SCOPE)


def is_own(situation):
    return situation.who is Who.PERPETRATOR or (
        situation.who is Who.NONE and Need.PERPETRATOR_HELP in situation.needs
    )


@moderate
@given(situations, moments)
def test_danger_and_danger_perhaps_put_999_first(directory, situation, now):
    if situation.urgency is not Urgency.NONE:
        assert ids(route(situation, directory, now))[0] == "police_999"


@moderate
@given(situations, moments)
def test_in_danger_101_never_stands_next_to_999(directory, situation, now):
    found = ids(route(situation, directory, now))
    if situation.urgency is Urgency.IMMEDIATE and "police_101" in found:
        assert found[-1] == "police_101" and len(found) > 2


@moderate
@given(situations, moments)
def test_danger_takes_no_line_away(directory, situation, now):
    def lines_at(urgency):
        return set(
            ids(
                route(Situation(**{**vars(situation), "urgency": urgency, "farewell": False}), directory, now)
            )
        )

    calm = lines_at(Urgency.NONE)
    assert lines_at(Urgency.IMMEDIATE) == lines_at(Urgency.CHECK) == calm | {"police_999"}


@moderate
@given(situations, moments)
def test_no_line_is_called_open_when_it_is_closed_or_nobody_knows(directory, situation, now):
    local = now.astimezone(LONDON)
    working = local.weekday() < 5 and local.date() not in directory.closed_days
    is_open = working and time(9) <= local.time() < time(17)
    for line in route(situation, directory, now).lines:
        if isinstance(directory.services[line.id].hours, Unknown):
            assert line.open == "unknown"
        elif line.id in ("mk_act", "karma_nirvana", "forced_marriage_unit"):
            assert line.open == ("open" if is_open else "closed")
            assert (line.opens_next is None) is is_open
        else:
            assert line.open == "always"


@moderate
@given(situations, moments)
def test_no_digits_but_those_of_the_directory(directory, situation, now):
    numbers = {phone.display for service in directory.services.values() for phone in service.phones}
    dials = {phone.href for service in directory.services.values() for phone in service.phones}
    referral = route(situation, directory, now)
    for line in referral.lines:
        assert line.phone in numbers and line.href in dials
        rest = f"{line.name} {line.cost} {line.hours} {line.note}"
        for number in sorted(numbers, key=len, reverse=True):
            rest = rest.replace(number, "")
        assert not re.search(r"[0-9]{3}|[0-9][ -][0-9]", rest)
    assert not re.search("[0-9]", " ".join(referral.why).replace("999", ""))


@moderate
@given(situations, moments)
def test_lines_are_empty_only_for_thanks_and_goodbye(directory, situation, now):
    assert bool(ids(route(situation, directory, now))) is not asks_for_nothing(situation)


@moderate
@given(situations, moments)
def test_somebody_who_is_hurt_always_gets_a_line_that_is_open(directory, situation, now):
    if not asks_for_nothing(situation) and not is_own(situation):
        doors = [line for line in route(situation, directory, now).lines if line.id not in FOR_OTHER_TROUBLE]
        assert any(line.open in ("open", "always") for line in doors)


@moderate
@given(situations, moments)
def test_nobody_elsewhere_gets_a_milton_keynes_number(directory, situation, now):
    if situation.area is Area.ELSEWHERE:
        referral = route(situation, directory, now)
        assert not MK_LINES & set(ids(referral))
        assert "0344" not in str(referral.lines) and "01908" not in str(referral.lines)


@moderate
@given(situations, moments)
def test_own_behaviour_gets_no_victims_line(directory, situation, now):
    if is_own(situation) and not asks_for_nothing(situation):
        found = ids(route(situation, directory, now))
        assert not VICTIMS_LINES & set(found)
        assert "respect" in found


@moderate
@given(situations, moments)
def test_the_line_for_the_person_harmed_is_among_the_lines(directory, situation, now):
    if asks_for_nothing(situation) or is_own(situation) or not is_understood(situation):
        return
    found = ids(route(situation, directory, now))
    if situation.gender is Gender.WOMAN:
        assert "national_24h" in found
    if situation.gender is Gender.MAN:
        assert "mens_advice_line" in found
    if situation.lgbt or situation.gender is Gender.NONBINARY:
        assert "galop" in found


@moderate
@given(situations, moments)
def test_other_national_services_never_lead_except_in_despair_and_for_children(directory, situation, now):
    lines = route(situation, directory, now).lines
    if lines and lines[0].supplementary:
        crisis = situation.scope is Scope.SELF_HARM or situation.who is Who.CHILD
        assert crisis or (is_own(situation) and situation.area is Area.ELSEWHERE)


@moderate
@given(situations, moments)
def test_whoever_is_not_understood_or_asks_about_999_sees_999(directory, situation, now):
    if asks_for_nothing(situation):
        return
    if not is_understood(situation) or situation.topic is Topic.CALL_999:
        assert "police_999" in ids(route(situation, directory, now))


@moderate
@given(situations, moments)
def test_no_line_comes_twice_and_the_urgency_is_kept(directory, situation, now):
    referral = route(situation, directory, now)
    assert len(set(ids(referral))) == len(referral.lines)
    assert referral.urgency is situation.urgency
    assert referral.rule in RESTS_ON
    assert referral.why


@moderate
@given(situations, moments, zones)
def test_the_same_moment_in_another_zone_gives_the_same_referral(directory, situation, now, zone):
    instant = now.astimezone(timezone.utc)
    assert route(situation, directory, instant) == route(situation, directory, instant.astimezone(zone))
