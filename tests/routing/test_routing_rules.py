"""A table for each rule: what has been told, the hour, and the lines that come, in their order."""

from datetime import datetime, timezone

import pytest

from signpost.routing import (
    RESTS_ON,
    SENTENCES,
    Abuse,
    Area,
    Despair,
    Gender,
    Need,
    Scope,
    Situation,
    Topic,
    Urgency,
    Who,
    route,
)
from signpost.routing.rules import RULES

MOMENTS = {
    "open": datetime(2026, 11, 25, 14, 10, tzinfo=timezone.utc),  # Wednesday
    "edge": datetime(2026, 11, 25, 16, 50, tzinfo=timezone.utc),  # open, but not for long
    "closed": datetime(2026, 11, 25, 22, 0, tzinfo=timezone.utc),
    "holiday": datetime(2026, 12, 28, 12, 0, tzinfo=timezone.utc),  # Monday, a substitute day
}


def told(scope: Scope | None = Scope.DISCLOSURE, **facts: object) -> Situation:
    """A situation with plain words: sets may be written as lists."""
    for name in ("abuse", "needs"):
        if name in facts:
            facts[name] = frozenset(facts[name])  # type: ignore[call-overload]
    return Situation(scope=scope, **facts)  # type: ignore[arg-type]


WOMAN_MK = {"gender": Gender.WOMAN, "area": Area.MK}
MAN_MK = {"gender": Gender.MAN, "area": Area.MK}
AWAY = {"area": Area.ELSEWHERE}

# situation, moment, rule, lines
DOORS = [
    (told(area=Area.MK), "open", "mk-open", "mk_act national_24h"),
    (told(), "open", "mk-open", "mk_act national_24h"),
    (told(), "closed", "mk-closed", "national_24h mk_act"),
    (told(), "holiday", "mk-closed", "national_24h mk_act"),
    (told(**WOMAN_MK), "open", "mk-open", "mk_act national_24h"),
    (told(**WOMAN_MK), "closed", "mk-closed", "national_24h mk_act"),
    (told(**MAN_MK), "open", "mk-open", "mk_act mens_advice_line"),
    (told(**MAN_MK), "edge", "mk-open", "mk_act national_24h mens_advice_line"),
    (told(**MAN_MK), "closed", "mk-closed", "national_24h mk_act mens_advice_line"),
    (told(gender=Gender.MAN), "open", "mk-open", "mk_act national_24h mens_advice_line"),
    (told(**MAN_MK, lgbt=True), "open", "mk-open", "mk_act galop mens_advice_line"),
    (told(**WOMAN_MK, lgbt=True), "open", "mk-open", "mk_act national_24h galop"),
    (told(area=Area.MK, lgbt=True), "open", "mk-open", "mk_act national_24h galop"),
    (told(area=Area.MK, gender=Gender.NONBINARY), "open", "mk-open", "mk_act galop"),
    (told(area=Area.MK, gender=Gender.NONBINARY), "closed", "mk-closed", "national_24h mk_act galop"),
    (told(Scope.SMALLTALK), "open", "mk-open", "mk_act national_24h"),
    (told(Scope.INFO), "closed", "mk-closed", "national_24h mk_act"),
    (told(**MAN_MK, topic=Topic.OPEN_NOW), "open", "mk-open", "mk_act national_24h mens_advice_line"),
    (told(needs=[Need.NUMBERS, Need.PRIVACY, Need.LEAVE_SAFELY]), "open", "mk-open", "mk_act national_24h"),
]

ELSEWHERE = [
    (told(**AWAY), "open", "elsewhere", "national_24h"),
    (told(**AWAY), "closed", "elsewhere", "national_24h"),
    (told(**AWAY, gender=Gender.WOMAN), "open", "elsewhere", "national_24h"),
    (told(**AWAY, gender=Gender.MAN), "open", "elsewhere", "mens_advice_line national_24h"),
    (told(**AWAY, gender=Gender.MAN), "closed", "elsewhere", "national_24h mens_advice_line"),
    (told(**AWAY, gender=Gender.MAN), "holiday", "elsewhere", "national_24h mens_advice_line"),
    (told(**AWAY, lgbt=True), "open", "elsewhere", "galop national_24h"),
    (told(**AWAY, lgbt=True), "closed", "elsewhere", "national_24h galop"),
    (told(**AWAY, lgbt=True, gender=Gender.MAN), "open", "elsewhere", "galop mens_advice_line national_24h"),
    (told(**AWAY, needs=[Need.HOUSING]), "closed", "elsewhere", "national_24h"),
    (told(**AWAY, topic=Topic.REFUGE), "open", "elsewhere", "national_24h"),
    (told(**AWAY, topic=Topic.OTHER_STAY), "open", "elsewhere", "national_24h"),
    (told(**AWAY, topic=Topic.STAY_HOME), "open", "elsewhere", "national_24h"),
    (told(**AWAY, needs=[Need.LEGAL]), "open", "elsewhere", "national_24h"),
    (told(**AWAY, needs=[Need.CHILDREN]), "open", "elsewhere", "national_24h nspcc childline"),
    (told(**AWAY, needs=[Need.POLICE_REPORT]), "open", "police", "police_101 national_24h"),
    (told(**AWAY, topic=Topic.IS_IT_ABUSE), "open", "is-it-abuse", "national_24h"),
    (told(**AWAY, who=Who.OTHER), "open", "elsewhere", "national_24h"),
]

DANGER = [
    (told(urgency=Urgency.IMMEDIATE), "open", "danger", "police_999 mk_act national_24h"),
    (told(urgency=Urgency.IMMEDIATE), "closed", "danger", "police_999 national_24h mk_act"),
    (told(urgency=Urgency.IMMEDIATE, **AWAY), "open", "danger", "police_999 national_24h"),
    (told(urgency=Urgency.CHECK), "open", "danger-check", "police_999 mk_act national_24h"),
    (told(None, urgency=Urgency.CHECK), "open", "danger-check", "police_999 national_24h"),
    (
        told(Scope.SMALLTALK, urgency=Urgency.CHECK, farewell=True),
        "open",
        "danger-check",
        "police_999 mk_act national_24h",
    ),
    (
        told(urgency=Urgency.IMMEDIATE, needs=[Need.POLICE_REPORT]),
        "open",
        "danger",
        "police_999 mk_act national_24h police_101",
    ),
    (
        told(urgency=Urgency.CHECK, needs=[Need.POLICE_REPORT]),
        "open",
        "danger-check",
        "police_999 police_101 mk_act national_24h",
    ),
    (
        told(urgency=Urgency.IMMEDIATE, needs=[Need.HOUSING]),
        "closed",
        "danger",
        "police_999 mk_housing national_24h mk_act",
    ),
]

CRISIS = [
    (told(Scope.SELF_HARM), "open", "self-harm", "samaritans shout nhs_111 mk_act national_24h"),
    (told(Scope.SELF_HARM), "closed", "self-harm", "samaritans shout nhs_111 national_24h mk_act"),
    (
        told(Scope.SELF_HARM, urgency=Urgency.IMMEDIATE),
        "open",
        "danger",
        "police_999 samaritans shout nhs_111 mk_act national_24h",
    ),
    (
        told(Scope.SELF_HARM, farewell=True),
        "open",
        "self-harm",
        "samaritans shout nhs_111 mk_act national_24h",
    ),
    (
        told(Scope.SELF_HARM, who=Who.CHILD),
        "open",
        "self-harm",
        "childline samaritans police_999 shout nhs_111 mk_act national_24h",
    ),
    (
        told(Scope.SELF_HARM, who=Who.PERPETRATOR),
        "open",
        "self-harm",
        "samaritans shout nhs_111 mk_act respect",
    ),
    (told(who=Who.CHILD), "open", "child", "childline police_999 mk_act national_24h"),
    (told(who=Who.CHILD), "closed", "child", "childline police_999 national_24h mk_act"),
    (told(who=Who.CHILD, **AWAY), "open", "child", "childline police_999 national_24h"),
    (told(who=Who.CHILD, needs=[Need.CHILDREN]), "open", "child", "childline police_999 mk_act national_24h"),
    (
        told(who=Who.CHILD, urgency=Urgency.CHECK),
        "open",
        "danger-check",
        "police_999 childline mk_act national_24h",
    ),
    (
        told(who=Who.CHILD, needs=[Need.POLICE_REPORT]),
        "open",
        "child",
        "childline police_999 police_101 mk_act national_24h",
    ),
]

OWN = [
    (told(who=Who.PERPETRATOR), "open", "own-behaviour", "mk_act respect"),
    (told(who=Who.PERPETRATOR), "closed", "own-behaviour", "samaritans mk_act respect"),
    (told(who=Who.PERPETRATOR, **MAN_MK, lgbt=True), "closed", "own-behaviour", "samaritans mk_act respect"),
    (told(who=Who.PERPETRATOR, **AWAY), "open", "own-behaviour", "respect"),
    (
        told(who=Who.PERPETRATOR, urgency=Urgency.IMMEDIATE),
        "closed",
        "danger",
        "police_999 samaritans mk_act respect",
    ),
    (
        told(who=Who.PERPETRATOR, needs=[Need.POLICE_REPORT]),
        "open",
        "own-behaviour",
        "mk_act respect police_101",
    ),
    (told(who=Who.PERPETRATOR, needs=[Need.HOUSING]), "open", "own-behaviour", "mk_act respect mk_housing"),
    (told(who=Who.PERPETRATOR, needs=[Need.HOUSING], **AWAY), "open", "own-behaviour", "respect"),
    (told(who=Who.PERPETRATOR, abuse=[Abuse.HONOUR_BASED]), "open", "own-behaviour", "mk_act respect"),
    (told(Scope.INFO, needs=[Need.PERPETRATOR_HELP]), "open", "own-behaviour", "mk_act respect"),
    (told(needs=[Need.PERPETRATOR_HELP], who=Who.SELF), "open", "mk-open", "mk_act national_24h respect"),
    (
        told(needs=[Need.PERPETRATOR_HELP], who=Who.OTHER),
        "open",
        "third-party",
        "mk_act national_24h respect",
    ),
]

NEEDS = [
    (told(needs=[Need.POLICE_REPORT]), "open", "police", "police_101 mk_act national_24h"),
    (told(needs=[Need.POLICE_REPORT]), "closed", "police", "police_101 national_24h mk_act"),
    (told(needs=[Need.HOUSING]), "open", "housing-open", "mk_housing mk_act national_24h"),
    (told(needs=[Need.HOUSING]), "closed", "housing-closed", "mk_housing national_24h mk_act"),
    (told(needs=[Need.HOUSING], **MAN_MK), "open", "housing-open", "mk_housing mk_act mens_advice_line"),
    (
        told(needs=[Need.HOUSING, Need.POLICE_REPORT]),
        "open",
        "housing-open",
        "mk_housing mk_act national_24h police_101",
    ),
    (told(topic=Topic.REFUGE), "open", "refuge", "mk_act national_24h mk_housing"),
    (told(topic=Topic.REFUGE, **WOMAN_MK), "closed", "refuge", "national_24h mk_act mk_housing"),
    (told(topic=Topic.REFUGE, needs=[Need.HOUSING]), "open", "refuge", "mk_act national_24h mk_housing"),
    (told(topic=Topic.REFUGE, **MAN_MK), "open", "other-stay", "mk_act mk_housing mens_advice_line"),
    (told(topic=Topic.OTHER_STAY), "open", "other-stay", "mk_act mk_housing national_24h"),
    (told(topic=Topic.OTHER_STAY, **WOMAN_MK), "open", "other-stay", "mk_act mk_housing national_24h"),
    (
        told(topic=Topic.OTHER_STAY, **MAN_MK),
        "closed",
        "other-stay",
        "national_24h mk_housing mk_act mens_advice_line",
    ),
    (told(topic=Topic.STAY_HOME), "open", "stay-home", "mk_act national_24h mk_housing"),
    (
        told(topic=Topic.STAY_HOME, needs=[Need.HOUSING]),
        "closed",
        "stay-home",
        "national_24h mk_act mk_housing",
    ),
    (told(needs=[Need.LEGAL]), "open", "court", "mk_act national_24h"),
    (told(needs=[Need.LEGAL]), "closed", "court", "national_24h mk_act"),
    (told(needs=[Need.CHILDREN]), "open", "children", "mk_act national_24h nspcc childline"),
    (told(needs=[Need.COUNSELLING]), "open", "talk", "mk_act national_24h"),
    (told(needs=[Need.COUNSELLING]), "closed", "talk", "national_24h mk_act"),
    (told(topic=Topic.COURSES), "open", "courses", "mk_act national_24h"),
    (told(topic=Topic.IS_IT_ABUSE), "open", "is-it-abuse", "mk_act national_24h"),
    (told(abuse=[Abuse.HONOUR_BASED]), "open", "mk-open", "mk_act national_24h karma_nirvana"),
    (
        told(abuse=[Abuse.FORCED_MARRIAGE]),
        "open",
        "mk-open",
        "mk_act national_24h karma_nirvana forced_marriage_unit",
    ),
    (
        told(abuse=[Abuse.FORCED_MARRIAGE, Abuse.HONOUR_BASED], **AWAY),
        "open",
        "elsewhere",
        "national_24h karma_nirvana forced_marriage_unit",
    ),
    (told(abuse=[Abuse.FGM]), "open", "mk-open", "mk_act national_24h"),
    (told(who=Who.OTHER, **MAN_MK), "open", "third-party", "mk_act mens_advice_line"),
    (told(who=Who.PROFESSIONAL, **WOMAN_MK), "closed", "third-party", "national_24h mk_act"),
]

EDGES_OF_TALK = [
    (told(None), "open", "not-understood", "police_999 national_24h"),
    (told(Scope.OUT_OF_SCOPE), "closed", "not-understood", "police_999 national_24h"),
    (told(None, **AWAY), "open", "not-understood", "police_999 national_24h"),
    (told(None, needs=[Need.HOUSING]), "open", "not-understood", "police_999 national_24h"),
    (told(None, who=Who.CHILD), "open", "not-understood", "childline police_999 national_24h"),
    (told(None, who=Who.PERPETRATOR), "open", "not-understood", "police_999 mk_act respect"),
    (told(topic=Topic.CALL_999), "open", "about-999", "police_999 mk_act national_24h"),
    (told(None, topic=Topic.CALL_999), "open", "about-999", "police_999 mk_act national_24h"),
    (
        told(topic=Topic.CALL_999, who=Who.CHILD),
        "open",
        "about-999",
        "police_999 childline mk_act national_24h",
    ),
    (
        told(Scope.SELF_HARM, topic=Topic.CALL_999),
        "open",
        "self-harm",
        "police_999 samaritans shout nhs_111 mk_act national_24h",
    ),
    (told(Scope.SMALLTALK, farewell=True), "open", "farewell", ""),
    (told(farewell=True, who=Who.CHILD), "open", "farewell", ""),
    (told(None, farewell=True), "open", "farewell", ""),
]

BOTH_DOORS = {"who": Who.PERPETRATOR, "was_harmed": True}
# Own behaviour: where the writer was ever harmed, Respect only if they say that they hit.
OWN_AND_HARMED = [
    (told(**BOTH_DOORS, hits=True), "open", "own-behaviour", "mk_act national_24h respect"),
    (told(**BOTH_DOORS), "open", "own-behaviour", "mk_act national_24h"),
    (told(**BOTH_DOORS, **MAN_MK, hits=True), "open", "own-behaviour", "mk_act mens_advice_line respect"),
    (
        told(**BOTH_DOORS, **MAN_MK, hits=True),
        "closed",
        "own-behaviour",
        "samaritans mk_act national_24h mens_advice_line respect",
    ),
    (told(**BOTH_DOORS, **AWAY, hits=True), "open", "own-behaviour", "respect national_24h"),
    (told(**BOTH_DOORS, **AWAY), "open", "own-behaviour", "national_24h"),
    (told(who=Who.PERPETRATOR, **AWAY), "closed", "own-behaviour", "respect samaritans"),
    (told(**BOTH_DOORS, lgbt=True, hits=True), "open", "own-behaviour", "mk_act galop respect"),
]

DESPAIR = [
    (told(despair=Despair.WRITER), "open", "self-harm", "samaritans shout nhs_111 mk_act national_24h"),
    (
        told(Scope.SMALLTALK, despair=Despair.WRITER, farewell=True),
        "closed",
        "self-harm",
        "samaritans shout nhs_111 national_24h mk_act",
    ),
    (told(despair=Despair.WRITER, despair_eased=True), "open", "mk-open", "mk_act samaritans national_24h"),
    (
        told(Scope.SELF_HARM, despair=Despair.WRITER, despair_eased=True, **AWAY),
        "open",
        "elsewhere",
        "national_24h samaritans",
    ),
    (
        told(despair=Despair.SOMEBODY_ELSE, who=Who.OTHER),
        "open",
        "other-despair",
        "samaritans mk_act national_24h",
    ),
    (
        told(despair=Despair.SOMEBODY_ELSE, abuse=[Abuse.EMOTIONAL]),
        "open",
        "mk-open",
        "mk_act samaritans national_24h",
    ),
    (
        told(None, despair=Despair.SOMEBODY_ELSE, urgency=Urgency.IMMEDIATE),
        "open",
        "danger",
        "police_999 samaritans mk_act national_24h",
    ),
    (
        told(who=Who.CHILD, despair=Despair.SOMEBODY_ELSE),
        "open",
        "other-despair",
        "childline samaritans police_999 mk_act national_24h",
    ),
    (
        told(who=Who.PERPETRATOR, despair=Despair.SOMEBODY_ELSE),
        "open",
        "own-behaviour",
        "mk_act samaritans respect",
    ),
]

# Danger is over: 999 stays small, to the end of the talk.
AFTER_DANGER = [
    (told(was_danger=True), "open", "mk-open", "mk_act national_24h police_999"),
    (told(was_danger=True, who=Who.CHILD), "open", "child", "childline police_999 mk_act national_24h"),
    (
        told(Scope.SMALLTALK, was_danger=True, farewell=True),
        "closed",
        "farewell",
        "national_24h mk_act police_999",
    ),
    (
        told(was_danger=True, needs=[Need.HOUSING]),
        "open",
        "housing-open",
        "mk_housing mk_act national_24h police_999",
    ),
    (told(was_danger=True, who=Who.PERPETRATOR), "open", "own-behaviour", "mk_act respect police_999"),
]

YOUNG = [
    (
        told(aged_16_17=True, gender=Gender.MAN, area=Area.MK),
        "open",
        "mk-open",
        "mk_act mens_advice_line childline",
    ),
    (told(who=Who.CHILD, gender=Gender.MAN), "open", "child", "childline police_999 mk_act national_24h"),
    (
        told(who=Who.CHILD, gender=Gender.MAN, **AWAY),
        "open",
        "child",
        "childline police_999 national_24h",
    ),
    (
        told(who=Who.CHILD, named="mens_advice_line"),
        "open",
        "child",
        "childline police_999 mk_act national_24h",
    ),
    (
        told(who=Who.OTHER, about_child=True, gender=Gender.MAN, area=Area.MK),
        "closed",
        "children",
        "national_24h mk_act nspcc childline",
    ),
    (
        told(who=Who.SELF, needs=[Need.CHILDREN], **MAN_MK),
        "open",
        "children",
        "mk_act mens_advice_line nspcc childline",
    ),
    (told(needs=[Need.CHILDREN], who=Who.CHILD), "open", "child", "childline police_999 mk_act national_24h"),
]

BABY = [
    (told(fears_harming_baby=True, who=Who.PERPETRATOR), "open", "harming-baby", "nhs_111 mk_act"),
    (told(None, fears_harming_baby=True, **AWAY), "open", "harming-baby", "nhs_111"),
    (
        told(fears_harming_baby=True, who=Who.SELF, was_harmed=True),
        "closed",
        "harming-baby",
        "nhs_111 national_24h mk_act",
    ),
    (
        told(fears_harming_baby=True, urgency=Urgency.IMMEDIATE, who=Who.PERPETRATOR, hits=True),
        "open",
        "danger",
        "police_999 nhs_111 mk_act respect",
    ),
]

# The newest wish leads, the older ones stay behind it.
WISHES_IN_TURN = [
    (
        told(needs=[Need.HOUSING, Need.LEGAL], lead=Need.LEGAL),
        "open",
        "court",
        "mk_act national_24h mk_housing",
    ),
    (
        told(needs=[Need.HOUSING, Need.POLICE_REPORT], lead=Need.POLICE_REPORT),
        "open",
        "police",
        "police_101 mk_act national_24h mk_housing",
    ),
    (
        told(needs=[Need.LEGAL, Need.POLICE_REPORT], lead=Need.LEGAL),
        "open",
        "court",
        "mk_act national_24h police_101",
    ),
    (
        told(needs=[Need.HOUSING, Need.COUNSELLING], topic=Topic.REFUGE, lead=Need.COUNSELLING),
        "open",
        "talk",
        "mk_act national_24h mk_housing",
    ),
    (told(needs=[Need.LEGAL], lead=Need.HOUSING), "open", "court", "mk_act national_24h"),
    (told(topic=Topic.BED_TONIGHT), "closed", "housing-closed", "mk_housing national_24h mk_act"),
    (
        told(topic=Topic.REFUGE, needs=[Need.HOUSING], lead=Need.HOUSING),
        "open",
        "refuge",
        "mk_act national_24h mk_housing",
    ),
    (
        told(needs=[Need.LEGAL, Need.POLICE_REPORT], lead=Need.LEGAL, **AWAY),
        "open",
        "elsewhere",
        "national_24h police_101",
    ),
]

NAMED = [
    (told(named="mens_advice_line"), "open", "named-line", "mens_advice_line mk_act national_24h"),
    (told(None, named="national_24h"), "open", "named-line", "national_24h mk_act"),
    (told(named="mk_act", **AWAY), "open", "elsewhere", "national_24h"),
    (told(named="galop", who=Who.PERPETRATOR), "open", "own-behaviour", "mk_act respect"),
    (
        told(named="galop", urgency=Urgency.CHECK),
        "open",
        "danger-check",
        "police_999 galop mk_act national_24h",
    ),
    (told(named="police_999"), "open", "about-999", "police_999 mk_act national_24h"),
    (
        told(named="shout", despair=Despair.WRITER),
        "open",
        "named-line",
        "shout samaritans nhs_111 mk_act national_24h",
    ),
    (told(beside=("nhs_111", "mk_housing"), **AWAY), "open", "elsewhere", "national_24h nhs_111"),
]

LANGUAGE = [
    (told(None, language="pl"), "open", "another-language", "police_999 national_24h"),
    (told(language="ur", area=Area.MK), "open", "another-language", "police_999 national_24h mk_act"),
    (
        told(language="other", needs=[Need.HOUSING]),
        "closed",
        "another-language",
        "police_999 national_24h mk_housing mk_act",
    ),
]

HOURS = [
    (told(**MAN_MK, needs=[Need.LEGAL]), "edge", "court", "mk_act national_24h mens_advice_line"),
    (
        told(**MAN_MK, topic=Topic.OTHER_STAY),
        "edge",
        "other-stay",
        "mk_act mk_housing national_24h mens_advice_line",
    ),
    (told(abuse=[Abuse.HONOUR_BASED]), "closed", "mk-closed", "national_24h mk_act karma_nirvana"),
]

OPEN_POINTS = [
    *OWN_AND_HARMED,
    *DESPAIR,
    *AFTER_DANGER,
    *YOUNG,
    *BABY,
    *WISHES_IN_TURN,
    *NAMED,
    *LANGUAGE,
    *HOURS,
]
CASES = [*DOORS, *ELSEWHERE, *DANGER, *CRISIS, *OWN, *NEEDS, *EDGES_OF_TALK, *OPEN_POINTS]


@pytest.mark.parametrize("situation, moment, rule, lines", CASES)
def test_the_right_lines_in_the_right_order(directory, situation, moment, rule, lines):
    referral = route(situation, directory, MOMENTS[moment])
    assert [line.id for line in referral.lines] == lines.split()
    assert referral.rule == rule


def test_the_table_holds_a_case_for_every_rule():
    assert {rule for _, _, rule, _ in CASES} == {rule.id for rule in RULES}


def test_every_rule_says_on_which_document_it_rests():
    for document, rests_on in RESTS_ON.values():
        assert document in ("A", "B", "A, B", "OPEN") and rests_on
    assert {"woman", "man", "lgbt", "fallback"} <= set(RESTS_ON)


def test_the_rules_stand_in_the_order_of_test():
    order = [rule.id for rule in RULES]
    expected = [
        "danger",
        "self-harm",
        "child",
        "own-behaviour",
        "elsewhere",
        "housing-open",
        "third-party",
        "mk-closed",
    ]
    assert sorted(expected, key=order.index) == expected
    assert len(set(order)) == len(order)


def test_a_rule_that_rests_on_a_document_names_the_sentence_and_its_place() -> None:
    for rule in RULES:
        documents = {sentence.document for sentence in SENTENCES.get(rule.id, ())}
        assert documents == (set() if rule.document == "OPEN" else set(rule.document.split(", "))), rule.id
        assert all(sentence.paragraph >= 1 and sentence.words for sentence in SENTENCES.get(rule.id, ()))
