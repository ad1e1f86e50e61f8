"""Reading the directory: what is handed on from the frozen copy, and every way in which loading refuses an
edit of it."""

import re
from datetime import date
from pathlib import Path

import pytest
from frozen import REPLIES, SERVICES, TODAY

from signpost.directory.problems import DirectoryError, DirectoryRefused, DirectoryUnreadable
from signpost.directory.questions import load_questions
from signpost.directory.reader import load_directory
from signpost.directory.replies import load_replies
from signpost.directory.review import not_checked_for_a_year, review

# From the facts that were compared: as shown, as dialled.
NUMBERS = {
    "police_999": [("999", "tel:999")],
    "police_101": [("101", "tel:101"), ("18001 101", "tel:18001101")],
    "mk_act": [("0344 375 4307", "tel:+443443754307")],
    "national_24h": [("0808 2000 247", "tel:+448082000247")],
    "galop": [("0800 999 5428", "tel:+448009995428")],
    "mens_advice_line": [("0808 801 0327", "tel:+448088010327")],
    "mk_housing": [("01908 253481", "tel:+441908253481"), ("01908 692882", "tel:+441908692882")],
    "samaritans": [("116 123", "tel:116123")],
    "shout": [("text SHOUT to 85258", "sms:85258")],
    "childline": [("0800 1111", "tel:08001111")],
    "nspcc": [("0808 800 5000", "tel:+448088005000")],
    "respect": [("0808 802 4040", "tel:+448088024040")],
    "karma_nirvana": [("0800 5999 247", "tel:+448005999247")],
    "forced_marriage_unit": [("020 7008 0151", "tel:+442070080151")],
    "nhs_111": [("111", "tel:111"), ("18001 111", "tel:18001111")],
}


def changed(tmp_path: Path, source: Path, old: str, new: str) -> Path:
    """A copy of the file with one passage changed, the first one of its kind."""
    text = source.read_text(encoding="utf-8")
    assert old in text, f"the test is out of date: {old!r} no longer stands in {source.name}"
    copy = tmp_path / source.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def changed_line(old: str, new: str, name: str) -> int:
    """The line of the changed field: where the passage begins, and how far down in the new one."""
    before = SERVICES.read_text(encoding="utf-8").split(old, 1)[0]
    down = next((number for number, line in enumerate(new.splitlines()) if f"{name}:" in line), 0)
    return before.count("\n") + 1 + down


# --- what stands in it


def test_every_number_is_shown_and_dialled_exactly_as_compared():
    directory = load_directory(SERVICES, TODAY)
    found = {
        service.id: [(phone.display, phone.href) for phone in service.phones]
        for service in directory.services.values()
    }
    assert found == NUMBERS


def test_lines_of_the_documents_are_not_supplementary_and_the_others_are():
    services = load_directory(SERVICES, TODAY).services.values()
    leading = {
        "police_999",
        "police_101",
        "mk_act",
        "national_24h",
        "galop",
        "mens_advice_line",
        "mk_housing",
    }
    assert {service.id for service in services if not service.supplementary} == leading


def test_the_area_pages_are_the_five_of_document_b():
    areas = load_directory(SERVICES, TODAY).areas
    assert list(areas) == ["buckinghamshire", "havering", "oxfordshire", "west_berkshire", "wokingham"]


def test_an_extra_closed_day_closes(tmp_path):
    new = 'extra_closed_days:\n  - date: "2027-02-03"\n    why: "Day of mourning"'
    path = changed(tmp_path, SERVICES, "extra_closed_days: []", new)
    assert date(2027, 2, 3) in load_directory(path, TODAY).closed_days
    assert date(2027, 2, 3) not in load_directory(SERVICES, TODAY).closed_days


@pytest.mark.parametrize(
    "old",
    [
        'shown: "0344 375 4307"',
        'shown: "0800 1111"',
        'shown: "999"',
        'dialled: "tel:08001111"',
        'checked_on: "2026-11-21"',
        'supplementary: "no"',
        'opens: "09:00"',
        'days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]',
        '- "Hourglass"',
        'web: "https://www.mkact.com"',
        'when: "always"',
        'time_zone: "Europe/London"',
        'cost: "Free"',
        'web: ""',
    ],
)
def test_quotes_may_be_left_away(tmp_path, old):
    path = changed(tmp_path, SERVICES, old, old.replace('"', ""))
    assert load_directory(path, TODAY) == load_directory(SERVICES, TODAY)


def test_a_number_without_quotes_or_spaces_keeps_its_zero(tmp_path):
    path = changed(tmp_path, SERVICES, 'shown: "0800 1111"', "shown: 08001111")
    assert load_directory(path, TODAY).services["childline"].phones[0].display == "08001111"


QUOTED = re.compile(r'(?<=: |\- )"([^"#:&*!%@`{}\[\]]+)"$', re.MULTILINE)


@pytest.mark.parametrize(
    "source, load", [(REPLIES, load_replies), (REPLIES.parent / "questions.yml", load_questions)]
)
def test_texts_and_questions_are_the_same_without_quotes(tmp_path, source, load):
    copy = tmp_path / source.name
    plain, left_away = QUOTED.subn(r"\1", source.read_text(encoding="utf-8"))
    copy.write_text(plain, encoding="utf-8")
    assert left_away >= 5 and load(copy) == load(source)


@pytest.mark.parametrize("text", ["true", "null", "12:30:45", "0x10", "1_0", "~", "1e3", "yes", ".5", "07"])
def test_what_yaml_takes_for_something_else_stays_as_typed(tmp_path, text):
    path = changed(tmp_path, SERVICES, 'cost: "Free"', f"cost: {text}")
    assert load_directory(path, TODAY).services["police_999"].cost == text


def test_a_text_with_a_colon_and_no_quotes_is_refused_with_its_line(tmp_path):
    path = changed(tmp_path, SERVICES, 'cost: "Free"', "cost: Free: always")
    with pytest.raises(DirectoryUnreadable, match=r"line \d+.*colon in it needs double quotes"):
        load_directory(path, TODAY)


def test_a_value_that_holds_itself_is_refused(tmp_path):
    path = changed(tmp_path, SERVICES, "held_back:\n", "held_back: &all [*all]\nzebra:\n")
    with pytest.raises(DirectoryRefused, match="cannot begin with this sign"):
        load_directory(path, TODAY)


def test_text_is_handed_on_exactly_as_it_stands(tmp_path):
    path = changed(tmp_path, SERVICES, 'shown: "0808 2000 247"', 'shown: "08082 000 247"')
    assert load_directory(path, TODAY).services["national_24h"].phones[0].display == "08082 000 247"


# --- refusals: what is changed, then entry, field, and words of what to write

REFUSALS = {
    "an anchored value": ('cost: "Free"', "cost: &free Free", "police_999", "cost", "in double quotes"),
    "a tagged value": ('cost: "Free"', "cost: !free Free", "police_999", "cost", "in double quotes"),
    "a remark behind a text without quotes": (
        'audience: "Anyone in danger, and anyone who sees danger."',
        "audience: Anyone in danger #1, and anyone who sees it.",
        "police_999",
        "audience",
        "in double quotes",
    ),
    "a nothing": (
        'name: "Police, fire, ambulance: emergency"',
        "name:",
        "police_999",
        "name",
        "Write a text",
    ),
    "other digits without quotes": (
        'dialled: "tel:+443443754307"',
        "dialled: tel:+443443754308",
        "mk_act",
        "dialled",
        "same digits in both",
    ),
    "other digits dialled": (
        "tel:+443443754307",
        "tel:+443443754306",
        "mk_act",
        "dialled",
        "same digits in both",
    ),
    "a short number with +44": (
        "tel:116123",
        "tel:+44116123",
        "samaritans",
        "dialled",
        "same digits in both",
    ),
    "+44 and the zero": (
        "tel:+443443754307",
        "tel:+4403443754307",
        "mk_act",
        "dialled",
        '"tel:+443443754307"',
    ),
    "spaces in what is dialled": (
        "tel:+443443754307",
        "tel:+44 3443754307",
        "mk_act",
        "dialled",
        "without spaces",
    ),
    "a script in what is dialled": ("tel:+443443754307", "javascript:0344", "mk_act", "dialled", '"tel:"'),
    "a misspelt field": ('cost: "Free"', 'costs: "Free"', "police_999", "costs", 'mean "cost"'),
    "an unknown field": ('cost: "Free"', 'cost: "Free"\n    zebra: "x"', "police_999", "zebra", "Delete it"),
    "an unknown field of a phone": (
        'when: "always"',
        'when: "always"\n        fax: "x"',
        "police_999",
        "fax",
        "Delete",
    ),
    "an unknown field of the file": (
        "held_back:",
        'zebra: "x"\nheld_back:',
        "the file",
        "zebra",
        "Delete it",
    ),
    "an empty source": (
        'source: "Reducing the Risk, the information site for Milton Keynes"',
        'source: " "',
        "mk_housing",
        "source",
        "who says so",
    ),
    "a date in the future": (
        'checked_on: "2026-11-21"',
        'checked_on: "2026-11-23"',
        "police_999",
        "checked_on",
        '"2026-11-22"',
    ),
    "a date that does not exist": (
        'checked_on: "2026-11-21"',
        'checked_on: "2026-11-31"',
        "police_999",
        "checked_on",
        '"2026-11-21"',
    ),
    "a date in another order": (
        'checked_on: "2026-11-21"',
        'checked_on: "21/11/2026"',
        "police_999",
        "checked_on",
        '"2026-11-21"',
    ),
    "a double id": ('id: "police_101"', 'id: "police_999"', "police_999", "id", "another id"),
    "a double id of an area": (
        'id: "havering"',
        'id: "buckinghamshire"',
        "buckinghamshire",
        "id",
        "another id",
    ),
    "an id with capitals": ('id: "havering"', 'id: "Havering"', "Havering", "id", "small letters"),
    "a standing that is none": (
        'standing: "confirmed"',
        'standing: "sure"',
        "police_999",
        "standing",
        '"unconfirmed"',
    ),
    "a web address without https": (
        '"https://www.mkact.com"',
        '"www.mkact.com"',
        "mk_act",
        "web",
        "https://",
    ),
    "hours of an unknown kind": ('kind: "weekly"', 'kind: "daily"', "mk_act, hours", "kind", '"not known"'),
    "a day that is none": (
        '["Monday", "Tuesday",',
        '["Monday", "Tueday",',
        "mk_act, hours",
        "days",
        '"Tuesday"',
    ),
    "a day twice": ('["Monday", "Tuesday",', '["Monday", "Monday",', "mk_act, hours", "days", '"Tuesday"'),
    "a time that is none": ('opens: "09:00"', 'opens: "9am"', "mk_act, hours", "opens", '"09:00"'),
    "closing before opening": ('closes: "17:00"', 'closes: "08:00"', "mk_act, hours", "closes", "later time"),
    "times beside unknown hours": (
        'kind: "not known"',
        'kind: "not known"\n      opens: "09:00"',
        "galop, hours",
        "opens",
        "Delete this line",
    ),
    "a number to ring in a note": (
        'note: "For people in Milton Keynes."',
        'note: "Or ring 01908 111222."',
        "mk_housing",
        "note",
        "under phones",
    ),
    "a time zone that is none": ('"Europe/London"', '"London"', "the file", "time_zone", '"Europe/London"'),
    "a closed day that is no date": (
        "extra_closed_days: []",
        'extra_closed_days:\n  - {date: "soon", why: "x"}',
        "extra_closed_days",
        "date",
        "2026-11-21",
    ),
}


@pytest.mark.parametrize("old, new, entry, name, write", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses(tmp_path, old, new, entry, name, write):
    path = changed(tmp_path, SERVICES, old, new)
    with pytest.raises(DirectoryRefused) as refused:
        load_directory(path, TODAY)
    found = next(
        problem
        for problem in refused.value.problems
        if (problem.entry, problem.field) == (entry, name) and write in problem.write
    )
    assert (found.file, found.line) == (str(path), changed_line(old, new, name))
    assert str(found) == f"{path}, line {found.line}, {entry}, {name}: {found.wrong} {found.write}"


MISSING = {
    "a source": ('    source: "Milton Keynes Council and the police"\n', "", "police_999", "source"),
    "a date of checking": ('    checked_on: "2026-11-21"\n', "", "police_999", "checked_on"),
    "a number to dial": ('        dialled: "tel:999"\n', "", "police_999", "dialled"),
    "the days of weekly hours": (
        '      days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]\n',
        "",
        "mk_act, hours",
        "days",
    ),
    "an id": ('  - id: "police_999"\n    name', "  - name", "an entry without id", "id"),
    "the time zone": ('time_zone: "Europe/London"\n', "", "the file", "time_zone"),
}


@pytest.mark.parametrize("old, new, entry, name", MISSING.values(), ids=MISSING.keys())
def test_refuses_what_lacks(tmp_path, old, new, entry, name):
    with pytest.raises(DirectoryRefused) as refused:
        load_directory(changed(tmp_path, SERVICES, old, new), TODAY)
    problems = [
        problem for problem in refused.value.problems if (problem.entry, problem.field) == (entry, name)
    ]
    assert [problem.wrong for problem in problems] == ["This field is missing."]
    assert problems[0].write.startswith("Add it.")


@pytest.mark.parametrize("line_id", NUMBERS)
def test_refuses_a_directory_without_a_line_that_the_rules_need(tmp_path, line_id):
    path = changed(tmp_path, SERVICES, f'id: "{line_id}"', 'id: "something_else"')
    with pytest.raises(DirectoryRefused, match=f"{line_id}: This entry is missing"):
        load_directory(path, TODAY)


@pytest.mark.parametrize("line_id", ["police_999", "national_24h"])
def test_refuses_to_close_the_two_lines_of_the_safe_reply(tmp_path, line_id):
    text = SERVICES.read_text(encoding="utf-8")
    start = text.index(f'id: "{line_id}"')
    path = tmp_path / "services.yml"
    path.write_text(
        text[:start] + text[start:].replace('kind: "always"', 'kind: "not known"', 1), encoding="utf-8"
    )
    with pytest.raises(DirectoryRefused, match=f"{line_id}, hours: .*talk to a programmer"):
        load_directory(path, TODAY)


def test_refuses_hours_without_any_number_to_ring(tmp_path):
    path = changed(tmp_path, SERVICES, 'when: "closed"', 'when: "open"')
    with pytest.raises(DirectoryRefused, match="mk_housing, phones: At some hours"):
        load_directory(path, TODAY)


def test_tells_all_problems_at_once_in_the_order_of_the_file(tmp_path):
    path = changed(tmp_path, SERVICES, 'when: "always"', "when: sometimes")
    path = changed(tmp_path, path, "tel:+443443754307", "tel:+443443754306")
    path = changed(tmp_path, path, '"https://www.galop.org.uk"', '"galop"')
    with pytest.raises(DirectoryRefused) as refused:
        load_directory(path, TODAY)
    assert [(problem.entry, problem.field) for problem in refused.value.problems] == [
        ("police_999", "when"),
        ("mk_act", "dialled"),
        ("galop", "web"),
    ]
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", '"only a text"', "services: [1, 2", 'a: "1"\na: "2"\n', "a:\n\t- b\n"]
)
def test_refuses_what_is_not_a_directory_at_all(tmp_path, text):
    path = tmp_path / "services.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DirectoryUnreadable, match="services.yml"):
        load_directory(path, TODAY)


@pytest.mark.parametrize(
    "old, new",
    [
        ("services:\n", "services:\n  - 5\n"),
        ("services:\n", 'services: "none"\nzebra:\n'),
        ("extra_closed_days: []", 'extra_closed_days: "none"'),
        ("extra_closed_days: []", "extra_closed_days: [2027-01-01]"),
        ("    phones:\n", '    phones: "999"\n    zebra:\n'),
        ("    hours:\n", '    hours: "always"\n    zebra:\n'),
        ('    cost: "Free"\n', '    cost: ["Free"]\n'),
        ('    id: "police_999"\n'.strip(), 'id: ["police_999"]'),
        ("held_back:\n", 'held_back: "none"\nzebra:\n'),
        ('      days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]', '      days: "Monday"'),
    ],
)
def test_wrong_shapes_are_refused_and_not_stumbled_over(tmp_path, old, new):
    with pytest.raises(DirectoryRefused):
        load_directory(changed(tmp_path, SERVICES, old, new), TODAY)


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    with pytest.raises(DirectoryUnreadable, match="cannot be opened"):
        load_directory(tmp_path / "nowhere.yml", TODAY)
    (tmp_path / "picture.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DirectoryUnreadable, match="UTF-8"):
        load_directory(tmp_path / "picture.yml", TODAY)


def test_there_is_one_base_error():
    assert issubclass(DirectoryRefused, DirectoryError) and issubclass(DirectoryUnreadable, DirectoryError)


# --- review


@pytest.mark.parametrize(
    "checked_on, today, is_old",
    [
        (date(2025, 11, 22), date(2026, 11, 21), False),
        (date(2025, 11, 22), date(2026, 11, 22), True),
        (date(2024, 2, 29), date(2025, 2, 28), False),
        (date(2024, 2, 29), date(2025, 3, 1), True),
    ],
)
def test_twelve_months(checked_on, today, is_old):
    assert not_checked_for_a_year(checked_on, today) is is_old


def test_the_review_lists_old_entries_and_the_calls_to_make(tmp_path):
    path = changed(tmp_path, SERVICES, 'checked_on: "2026-11-21"', 'checked_on: "2025-11-22"')
    report = review(load_directory(path, TODAY), TODAY)
    old, calls, pages, held_back = report.split("\n\n")
    assert "police_999" in old and "2025-11-22" in old and "police_101" not in old
    assert len(calls.splitlines()) == 1 + len(NUMBERS)
    assert all(shown in calls for numbers in NUMBERS.values() for shown, _ in numbers)
    assert "never ring 999" in calls
    housing = next(line for line in calls.splitlines() if "Housing" in line)
    assert "is the number right?" in housing and "what are the hours" in housing
    assert "https://www.mkact.com" in pages and "Wokingham" in pages
    assert "Rape Crisis" in held_back


def test_the_review_says_when_nothing_is_old():
    assert "Not checked for 12 months:\n- none\n" in review(load_directory(SERVICES, TODAY), TODAY)


# --- replies


@pytest.mark.parametrize(
    "old, new, name",
    [
        ('  farewell: "', '  farewell: "Ring 0808. ', "farewell"),
        ('  farewell: "', '  farewell: "Press 55. ', "farewell"),
        ("  farewell: ", "  farewell: &goodbye ", "farewell"),
        ("  farewell:", "  good-bye:", "farewell"),
        ("  farewell:", "  good-bye:", "good-bye"),
        ("  night_note:", "  night:", "night_note"),
        ("  farewell:", '  farewell: ""\n  x:', "farewell"),
    ],
)
def test_replies_are_refused(tmp_path, old, new, name):
    path = changed(tmp_path, REPLIES, old, new)
    with pytest.raises(DirectoryRefused) as refused:
        load_replies(path)
    assert name in {problem.field for problem in refused.value.problems}
