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
    Despair,
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
from signpost.routing.services import ROUTED_IDS

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
    despair=st.sampled_from(Despair),
    despair_eased=st.booleans(),
    was_danger=st.booleans(),
    was_harmed=st.booleans(),
    hits=st.booleans(),
    aged_16_17=st.booleans(),
    about_child=st.booleans(),
    fears_harming_baby=st.booleans(),
    cannot_phone=st.booleans(),
    language=st.sampled_from([None, None, "pl", "other"]),
    lead=st.none() | st.sampled_from(Need),
    named=st.none() | st.sampled_from(ROUTED_IDS),
    beside=st.just(()) | st.lists(st.sampled_from(ROUTED_IDS), max_size=2).map(tuple),
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
edges = st.builds(  # Wednesday 25 November 2026, a quarter of an hour around opening and closing
    lambda hour, second: datetime(2026, 11, 25, hour, tzinfo=timezone.utc) + timedelta(seconds=second),
    st.sampled_from([9, 17]),
    st.integers(-900, 900),
)


def ids(referral):
    return [line.id for line in referral.lines]


def asks_for_nothing(situation):
    calm = situation.urgency is Urgency.NONE and not situation.was_danger
    return (
        situation.farewell
        and calm
        and situation.despair is Despair.NONE
        and situation.scope is not Scope.SELF_HARM
    )


def near_office_hours(now):
    local = now.astimezone(LONDON)
    return local.weekday() < 5 and 8 < local.hour < 18


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
def test_whoever_writes_gets_a_line_that_is_open(directory, situation, now):
    if asks_for_nothing(situation):
        return
    lines = route(situation, directory, now).lines
    own = is_own(situation) or situation.fears_harming_baby
    doors = [line for line in lines if line.id not in FOR_OTHER_TROUBLE]
    if not own:
        assert any(line.open in ("open", "always") for line in doors)
    elif situation.fears_harming_baby or situation.area is not Area.ELSEWHERE or not near_office_hours(now):
        assert any(line.open in ("open", "always") for line in lines)


@moderate
@given(situations, moments)
def test_nobody_elsewhere_gets_a_milton_keynes_number(directory, situation, now):
    if situation.area is Area.ELSEWHERE:
        referral = route(situation, directory, now)
        assert not MK_LINES & set(ids(referral))
        assert "0344" not in str(referral.lines) and "01908" not in str(referral.lines)


@moderate
@given(situations, moments)
def test_own_behaviour_gets_a_victims_line_only_where_the_writer_was_ever_harmed(directory, situation, now):
    if not is_own(situation) or asks_for_nothing(situation) or situation.fears_harming_baby:
        return
    found = ids(route(situation, directory, now))
    assert ("respect" in found) >= (situation.hits or not situation.was_harmed)
    if situation.was_harmed:
        assert VICTIMS_LINES & set(found)
    elif situation.language is None:
        assert not VICTIMS_LINES & set(found)


@moderate
@given(situations, moments)
def test_the_line_for_the_person_harmed_is_among_the_lines(directory, situation, now):
    own = is_own(situation) or situation.fears_harming_baby
    if asks_for_nothing(situation) or own or not is_understood(situation):
        return
    found = ids(route(situation, directory, now))
    if situation.gender is Gender.WOMAN:
        assert "national_24h" in found
    if situation.gender is Gender.MAN:
        child = situation.who is Who.CHILD or situation.about_child
        assert ("mens_advice_line" in found) is not child
    if situation.lgbt or situation.gender is Gender.NONBINARY:
        assert "galop" in found


@moderate
@given(situations, moments)
def test_a_child_has_childline_and_999_and_no_grown_ups_line(directory, situation, now):
    if situation.who is Who.CHILD and not asks_for_nothing(situation):
        found = ids(route(situation, directory, now))
        assert {"childline", "police_999"} <= set(found) and "mens_advice_line" not in found


@moderate
@given(situations, moments)
def test_at_16_and_17_childline_stands_beside_the_others(directory, situation, now):
    if situation.aged_16_17 and not asks_for_nothing(situation):
        assert "childline" in ids(route(situation, directory, now))


@moderate
@given(situations, moments)
def test_despair_always_has_samaritans_and_before_the_doors_unless_taken_back(directory, situation, now):
    if situation.despair is Despair.NONE:
        return
    found = ids(route(situation, directory, now))
    assert "samaritans" in found
    if situation.despair is Despair.WRITER and not situation.despair_eased and situation.language is None:
        doors = [found.index(line) for line in MK_LINES | VICTIMS_LINES if line in found]
        named = found.index(situation.named) if situation.named in found else -1
        assert all(found.index("samaritans") < place for place in doors if place != named)


@moderate
@given(situations, moments)
def test_after_danger_999_stays_and_is_not_in_front_without_cause(directory, situation, now):
    if not situation.was_danger:
        return
    found = ids(route(situation, directory, now))
    assert "police_999" in found
    cause = (
        situation.urgency is not Urgency.NONE
        or situation.topic is Topic.CALL_999
        or situation.named == "police_999"
        or situation.language is not None
        or not is_understood(situation)
    )
    if not cause:
        assert found[0] != "police_999"


@moderate
@given(situations, edges)
def test_near_an_edge_both_lines_are_shown(directory, situation, now):
    plain = is_understood(situation) and not is_own(situation) and not situation.fears_harming_baby
    if plain and situation.area is not Area.ELSEWHERE and not asks_for_nothing(situation):
        assert {"mk_act", "national_24h"} <= set(ids(route(situation, directory, now)))


@moderate
@given(situations, moments)
def test_other_national_services_never_lead_without_a_cause(directory, situation, now):
    lines = route(situation, directory, now).lines
    if lines and lines[0].supplementary:
        assert (
            situation.scope is Scope.SELF_HARM
            or situation.despair is not Despair.NONE
            or situation.who is Who.CHILD
            or situation.fears_harming_baby
            or is_own(situation)
            or situation.named == lines[0].id
        )


@moderate
@given(situations, moments)
def test_a_line_asked_for_by_name_leads_where_it_fits(directory, situation, now):
    found = ids(route(situation, directory, now))
    if situation.named in found and situation.urgency is Urgency.NONE and situation.language is None:
        calm = situation.topic is not Topic.CALL_999 and not asks_for_nothing(situation)
        may = situation.named not in ("mens_advice_line", *MK_LINES, *VICTIMS_LINES)
        if calm and may:
            assert found[0] == situation.named or situation.named == "police_999"


@moderate
@given(situations, moments)
def test_whoever_is_not_understood_or_asks_about_999_sees_999(directory, situation, now):
    if asks_for_nothing(situation):
        return
    known = situation.named or situation.fears_harming_baby or situation.despair is not Despair.NONE
    if (not is_understood(situation) and not known) or situation.topic is Topic.CALL_999:
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
