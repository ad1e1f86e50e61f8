"""What a line and a referral carry."""

import dataclasses
import json
from datetime import datetime, timezone

import pytest

from signpost.routing import (
    Area,
    Despair,
    Gender,
    Need,
    Referral,
    Scope,
    Situation,
    Topic,
    Unknown,
    Urgency,
    Who,
    every_line,
    fallback,
    route,
)

OPEN = datetime(2026, 11, 25, 14, 10, tzinfo=timezone.utc)
CLOSED = datetime(2026, 11, 25, 22, 0, tzinfo=timezone.utc)
HELP = Situation(scope=Scope.ASK_HELP)

# interface.md, `lines`
INTERFACE_FIELDS = {
    "id",
    "name",
    "phone",
    "href",
    "web",
    "open",
    "hours",
    "opens_next",
    "cost",
    "note",
    "source",
    "checked_on",
    "standing",
}


def line(referral: Referral, line_id: str):
    return next(line for line in referral.lines if line.id == line_id)


def test_a_line_has_the_fields_of_the_interface_and_becomes_json(directory):
    mk_act = dataclasses.asdict(line(route(HELP, directory, CLOSED), "mk_act"))
    assert set(mk_act) >= INTERFACE_FIELDS
    expected = {
        "phone": "0344 375 4307",
        "href": "tel:+443443754307",
        "web": "https://www.mkact.com",
        "open": "closed",
        "hours": "Monday to Friday, 9am to 5pm",
        "opens_next": "tomorrow 9am",
        "cost": "Costs the same as a call to an 01 number",
        "checked_on": "2026-11-21",
        "standing": "confirmed",
        "supplementary": False,
    }
    assert expected.items() <= mk_act.items()
    assert json.loads(json.dumps(mk_act))["id"] == "mk_act"


@pytest.mark.parametrize(
    "now, phone, other",
    [
        (OPEN, "01908 253481", "Outside office hours: 01908 692882."),
        (CLOSED, "01908 692882", "In office hours: 01908 253481."),
        (
            datetime(2026, 11, 25, 8, 59, tzinfo=timezone.utc),
            "01908 692882",
            "In office hours: 01908 253481.",
        ),
        (
            datetime(2026, 12, 28, 12, 0, tzinfo=timezone.utc),
            "01908 692882",
            "In office hours: 01908 253481.",
        ),
    ],
)
def test_housing_gives_the_number_for_now_and_the_other_one_in_the_note(directory, now, phone, other):
    housing = line(
        route(Situation(scope=Scope.ASK_HELP, needs=frozenset({Need.HOUSING})), directory, now), "mk_housing"
    )
    assert (housing.phone, housing.open) == (phone, "unknown")
    assert other in housing.note and phone not in housing.note
    assert [other.display in housing.note for other in housing.other_phones] == [True]


@pytest.mark.parametrize(
    "facts, told",
    [
        ({"gender": Gender.MAN}, True),
        ({"gender": Gender.NONBINARY}, True),
        ({"lgbt": True}, True),
        ({"gender": Gender.WOMAN, "lgbt": True}, False),
        ({"gender": Gender.WOMAN}, False),
        ({}, False),
    ],
)
def test_says_for_whom_the_24_hour_line_mainly_is(directory, facts, told):
    referral = route(Situation(scope=Scope.DISCLOSURE, **facts), directory, CLOSED)
    note = line(referral, "national_24h").note
    assert ("Mainly for women" in note and "Anyone can ring" in note) is told
    assert ("night_note" in referral.notes) is told


@pytest.mark.parametrize(
    "facts", [{"urgency": Urgency.IMMEDIATE}, {"urgency": Urgency.CHECK}, {"topic": Topic.CALL_999}]
)
def test_999_comes_with_how_to_call_without_speaking(directory, facts):
    referral = route(Situation(scope=Scope.DISCLOSURE, **facts), directory, OPEN)
    assert "silent_call" in referral.notes
    assert "cannot speak" in referral.lines[0].note


def test_nobody_else_is_told_about_silent_calls(directory):
    assert route(HELP, directory, OPEN).notes == ()


@pytest.mark.parametrize(
    "place, area, found",
    [
        ("buckinghamshire", Area.ELSEWHERE, "Buckinghamshire"),
        ("havering", Area.ELSEWHERE, "Havering"),
        ("oxfordshire", Area.ELSEWHERE, "Oxfordshire"),
        ("west_berkshire", Area.ELSEWHERE, "West Berkshire"),
        ("wokingham", Area.ELSEWHERE, "Wokingham"),
        ("luton", Area.ELSEWHERE, None),
        (None, Area.ELSEWHERE, None),
        ("buckinghamshire", Area.MK, None),
    ],
)
def test_five_areas_have_a_page(directory, place, area, found):
    referral = route(Situation(scope=Scope.DISCLOSURE, area=area, place=place), directory, OPEN)
    assert (referral.area_page.name if referral.area_page else None) == found
    assert ("area_page" in referral.notes) is (found is not None)


def test_own_behaviour_hears_of_fresh_start_only_where_it_is(directory):
    here = Situation(scope=Scope.DISCLOSURE, who=Who.PERPETRATOR)
    away = dataclasses.replace(here, area=Area.ELSEWHERE)
    assert route(here, directory, CLOSED).notes == ("fresh_start",)
    assert route(away, directory, CLOSED).notes == ()
    assert line(route(here, directory, CLOSED), "mk_act").opens_next == "tomorrow 9am"


def test_the_police_team_of_milton_keynes_is_named_only_there(directory):
    here = Situation(scope=Scope.ASK_HELP, needs=frozenset({Need.POLICE_REPORT}))
    assert route(here, directory, OPEN).notes == ("police_unit",)
    assert route(dataclasses.replace(here, area=Area.ELSEWHERE), directory, OPEN).notes == ()


@pytest.mark.parametrize(
    "situation, sentence",
    [
        (
            Situation(scope=Scope.DISCLOSURE, area=Area.MK, who=Who.SELF),
            "You said that you are in Milton Keynes.",
        ),
        (
            Situation(scope=Scope.DISCLOSURE, area=Area.MK, who=Who.OTHER),
            "You said that they are in Milton Keynes.",
        ),
        (Situation(scope=Scope.DISCLOSURE), "MK ACT is open now."),
        (
            Situation(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK),
            "What you wrote could mean danger right now.",
        ),
        (Situation(scope=Scope.DISCLOSURE, who=Who.PERPETRATOR), "You wrote about your own behaviour."),
        (
            Situation(scope=Scope.DISCLOSURE, needs=frozenset({Need.LEGAL})),
            "You wrote about court or legal help.",
        ),
        (Situation(scope=Scope.SMALLTALK, farewell=True), "You said thanks or goodbye."),
    ],
)
def test_says_why(directory, situation, sentence):
    assert sentence in route(situation, directory, OPEN).why


@pytest.mark.parametrize(
    "facts, sentence",
    [
        ({"was_danger": True}, "There was a sign of danger before, so 999 stays here."),
        ({"despair": Despair.SOMEBODY_ELSE}, "You wrote that someone else may not want to live."),
        (
            {"despair": Despair.WRITER, "despair_eased": True},
            "You wrote earlier about not wanting to live, so Samaritans stays here.",
        ),
        ({"despair": Despair.WRITER}, "You wrote about hurting yourself or not wanting to live."),
        ({"fears_harming_baby": True}, "You wrote that you are afraid of harming a baby."),
        ({"language": "pl"}, "You wrote in another language."),
        ({"named": "galop"}, "You asked for the first of these lines."),
        (
            {"who": Who.PERPETRATOR, "was_harmed": True},
            "You wrote about what you do, and about what is done to you.",
        ),
        ({"who": Who.OTHER, "area": Area.ELSEWHERE}, "You said that they are outside Milton Keynes."),
        ({"who": Who.OTHER}, "I do not know where they are, so one of these lines works anywhere."),
    ],
)
def test_says_why_in_words_that_are_true_of_this_person(directory, facts, sentence):
    assert sentence in route(Situation(scope=Scope.DISCLOSURE, **facts), directory, OPEN).why
    without = route(Situation(scope=Scope.DISCLOSURE), directory, OPEN).why
    assert sentence not in without


@pytest.mark.parametrize(
    "facts, line_id, sentence",
    [
        ({"gender": Gender.MAN}, "mens_advice_line", "There is a line for men."),
        ({"gender": Gender.MAN, "who": Who.CHILD}, "mens_advice_line", "There is a line for men."),
        ({"gender": Gender.MAN, "who": Who.PERPETRATOR}, "mens_advice_line", "There is a line for men."),
        ({"area": Area.ELSEWHERE}, "mk_act", "MK ACT is open now."),
        ({"scope": None}, "mk_act", "MK ACT is open now."),
    ],
)
def test_no_reason_tells_of_a_line_that_is_not_shown(directory, facts, line_id, sentence):
    referral = route(Situation(**{"scope": Scope.DISCLOSURE, **facts}), directory, OPEN)
    assert (sentence in referral.why) is (line_id in [line.id for line in referral.lines])


@pytest.mark.parametrize(
    "clock, note",
    [("08:50", "opens_soon"), ("16:50", "closes_soon"), ("09:05", None), ("17:05", None), ("12:00", None)],
)
def test_near_an_edge_it_says_ring_now_or_that_it_opens(directory, clock, note):
    now = datetime.fromisoformat(f"2026-11-25T{clock}:00+00:00")
    notes = route(HELP, directory, now).notes
    assert [key for key in notes if key in ("opens_soon", "closes_soon")] == ([note] if note else [])
    away = dataclasses.replace(HELP, area=Area.ELSEWHERE)
    assert not set(route(away, directory, now).notes) & {"opens_soon", "closes_soon"}


def test_an_open_line_tells_when_it_closes(directory):
    assert line(route(HELP, directory, OPEN), "mk_act").closes == "5pm"
    assert line(route(HELP, directory, CLOSED), "mk_act").closes is None


def test_another_language_comes_with_how_to_ask_for_an_interpreter(directory):
    assert "interpreter" in route(Situation(scope=None, language="pl"), directory, OPEN).notes


def test_says_nothing_of_a_place_that_nobody_named(directory):
    assert not any("You said that you are" in reason for reason in route(HELP, directory, OPEN).why)


def test_every_topic_has_a_reason(directory):
    for topic in Topic:
        assert route(Situation(scope=Scope.ASK_HELP, topic=topic), directory, OPEN).why


def test_a_child_is_told_nothing_about_age(directory):
    words = " ".join(route(Situation(scope=Scope.DISCLOSURE, who=Who.CHILD), directory, OPEN).why).lower()
    assert "young" not in words and "age " not in words and "old" not in words


def test_the_fallback_needs_no_clock(directory):
    referral = fallback(directory)
    assert [line.id for line in referral.lines] == ["police_999", "national_24h"]
    assert [line.open for line in referral.lines] == ["always", "always"]
    assert [line.phone for line in referral.lines] == ["999", "0808 2000 247"]
    assert (referral.rule, referral.urgency) == ("fallback", Urgency.CHECK)
    assert "silent_call" in referral.notes and referral.why


def test_the_fallback_never_claims_that_a_line_is_open_when_its_hours_are_not_known(directory):
    unsure = dataclasses.replace(directory.services["national_24h"], hours=Unknown("not known"))
    changed = dataclasses.replace(directory, services={**directory.services, "national_24h": unsure})
    assert fallback(changed).lines[1].open == "unknown"


def test_the_24_hour_line_leads_when_nobody_knows_the_hours_of_mk_act(directory):
    unsure = dataclasses.replace(directory.services["mk_act"], hours=Unknown("not known"))
    changed = dataclasses.replace(directory, services={**directory.services, "mk_act": unsure})
    assert route(HELP, changed, OPEN).lines[0].id == "national_24h"


def test_every_line_of_the_directory_can_be_listed(directory):
    lines = every_line(directory, OPEN)
    assert [line.id for line in lines] == list(directory.services)
    assert {line.id: line.open for line in lines}["mk_act"] == "open"
