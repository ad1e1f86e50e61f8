"""What a conversation keeps, takes back and asks. Messages are given as they were understood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signpost.dialogue.state import (
    NEVER_DESPAIR,
    TAKEN_DESPAIR,
    Alarm,
    Answer,
    Heard,
    Question,
    Told,
    alarmed,
    ask,
    hear,
    next_question,
    question_id,
    show,
)
from signpost.routing import Abuse, Area, Clock, Despair, Gender, Need, Scope, Topic, Urgency, Who
from signpost.routing.lines import line_ids
from signpost.routing.why import reasons

DAY = Clock(mk_open=True, near_edge=False, office_hours=True)
NIGHT = Clock(mk_open=False, near_edge=False, office_hours=False)

DISCLOSURE = Heard(scope=Scope.DISCLOSURE, who=Who.SELF, abuse=frozenset({Abuse.PHYSICAL}))
OWN = Heard(scope=Scope.DISCLOSURE, who=Who.PERPETRATOR, abuse=frozenset({Abuse.PHYSICAL}))
SMALLTALK = Heard(scope=Scope.SMALLTALK)
NOW = Heard(scope=Scope.DISCLOSURE, urgency=Urgency.IMMEDIATE)
PERHAPS = Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK)
SIGN = Heard(scope=Scope.DISCLOSURE, danger_in_context=True)
OVER = Heard(scope=Scope.DISCLOSURE, danger_over=True)
NO = Heard(scope=Scope.SMALLTALK, answer=Answer.NO)
PRESSED_NO = Heard(scope=Scope.SMALLTALK, answer=Answer.NO, danger_over=True)
DESPAIR = Heard(scope=Scope.SELF_HARM, despair=Despair.WRITER)
OVERDOSE = replace(DESPAIR, urgency=Urgency.IMMEDIATE)
INJURED = replace(NOW, told=frozenset({"injury"}))


def wants(*needs: Need, **facts: object) -> Heard:
    return Heard(scope=Scope.ASK_HELP, needs=frozenset(needs), **facts)  # type: ignore[arg-type]


def takes_back(*values: str, **facts: object) -> Heard:
    return Heard(**{"scope": Scope.SMALLTALK, "taken_back": frozenset(values), **facts})  # type: ignore[arg-type]


def talk(*messages: Heard, clock: Clock = DAY) -> Told:
    """Each message is taken in, and the question that follows is asked."""
    told = Told()
    for message in messages:
        told = hear(told, message)
        told = ask(told, next_question(told, message, clock))
    return told


def lines(told: Told, clock: Clock = DAY) -> tuple[str, ...]:
    return line_ids(told.situation, clock)


def why(told: Told, clock: Clock = DAY) -> tuple[str, ...]:
    return reasons(told.situation, clock, lines(told, clock))


# --- facts ---


def test_facts_told_piece_by_piece_are_kept() -> None:
    told = talk(
        DISCLOSURE,
        Heard(scope=Scope.SMALLTALK, area=Area.MK),
        Heard(scope=Scope.SMALLTALK, gender=Gender.MAN),
        SMALLTALK,
    )
    situation = told.situation
    assert (situation.area, situation.gender, situation.scope) == (Area.MK, Gender.MAN, Scope.DISCLOSURE)
    assert situation.abuse == {Abuse.PHYSICAL}


def test_the_latest_place_wins() -> None:
    assert talk(Heard(area=Area.ELSEWHERE), Heard(area=Area.MK)).situation.area is Area.MK


def test_what_a_turn_changes_is_told_by_name() -> None:
    told = talk(DISCLOSURE, Heard(scope=Scope.SMALLTALK, area=Area.MK))
    assert told.changed == {"area"}
    assert talk(DISCLOSURE).changed == {"who", "abuse"}
    assert show(told, ("mk_act",)).changed == {"area", "lines"}
    assert show(show(told, ("mk_act",)), ("mk_act",)).lines == ("mk_act",)
    again = hear(show(told, ("mk_act",)), SMALLTALK)
    assert show(again, ("mk_act",)).changed == frozenset()


def test_the_same_turn_heard_twice_changes_nothing() -> None:
    first = replace(NOW, turn=3)
    told = talk(replace(DISCLOSURE, turn=2), first)
    again = replace(OVER, turn=3)
    assert hear(told, again) == told
    assert next_question(told, again, DAY) is told.pending is Question.DANGER
    assert hear(told, replace(OVER, turn=4)).situation.urgency is Urgency.NONE


def test_messages_without_a_number_are_never_repeats() -> None:
    assert talk(Heard(), Heard()).misunderstood == 2


def test_misunderstandings_are_counted_in_a_row() -> None:
    assert talk(Heard(), Heard(scope=Scope.OUT_OF_SCOPE)).misunderstood == 2
    assert talk(Heard(), Heard(), DISCLOSURE).misunderstood == 0


def test_cannot_phone_is_kept() -> None:
    assert talk(Heard(told=frozenset({"cannot_phone"})), SMALLTALK).situation.cannot_phone


def test_another_language_lasts_until_a_whole_message_in_english() -> None:
    polish = Heard(scope=None, language="pl")
    assert talk(polish).misunderstood == 0
    assert talk(polish, Heard(scope=Scope.SMALLTALK, area=Area.MK)).situation.language == "pl"
    assert talk(polish, DISCLOSURE).situation.language is None


# --- danger up and down ---


def test_danger_interrupts_and_stays_until_it_is_over() -> None:
    assert talk(DISCLOSURE, NOW).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, SMALLTALK, SMALLTALK, DISCLOSURE).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, OVER).situation.urgency is Urgency.NONE


def test_danger_that_starts_again_is_danger() -> None:
    assert talk(NOW, OVER, NOW).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, OVER, SIGN).situation.urgency is Urgency.IMMEDIATE


def test_999_stays_small_after_danger() -> None:
    told = talk(NOW, OVER, wants(Need.HOUSING))
    assert lines(told)[0] == "mk_housing" and lines(told)[-1] == "police_999"
    assert "There was a sign of danger before, so 999 stays here." in why(told)


@pytest.mark.parametrize("danger", [NOW, PERHAPS, INJURED, OVERDOSE, SIGN], ids=str)
@pytest.mark.parametrize(
    "plainly",
    [NO, PRESSED_NO, takes_back("danger"), replace(wants(Need.HOUSING), plain_no=True)],
    ids=["a no", "the button", "a film", "a no with a wish"],
)
def test_a_plain_no_is_obeyed(danger: Heard, plainly: Heard) -> None:
    told = talk(danger, plainly)
    assert told.situation.urgency is Urgency.NONE and not told.alarms


@pytest.mark.parametrize("danger", [NOW, PERHAPS, SIGN])
@pytest.mark.parametrize("also", [wants(Need.HOUSING), PERHAPS, SIGN, Heard(), SMALLTALK])
def test_a_plain_statement_is_obeyed_whatever_else_the_message_says(danger: Heard, also: Heard) -> None:
    told = talk(danger, replace(also, danger_over=True))
    assert told.situation.urgency is Urgency.NONE
    assert also.needs <= told.situation.needs


def test_the_button_works_when_no_question_is_pending() -> None:
    told = replace(talk(NOW), pending=None)
    assert hear(told, PRESSED_NO).situation.urgency is Urgency.NONE


def test_danger_for_sure_and_over_in_one_message_is_asked_about() -> None:
    told = talk(NOW, replace(NOW, danger_over=True))
    assert told.situation.urgency is Urgency.CHECK and told.pending is Question.DANGER


def test_a_no_in_another_language_or_without_the_question_ends_nothing() -> None:
    assert talk(NOW, replace(NO, language="pl")).situation.urgency is Urgency.IMMEDIATE
    assert hear(replace(talk(NOW), pending=None), NO).situation.urgency is Urgency.IMMEDIATE


def test_what_weakens_a_danger_steps_it_down_to_check_and_no_further() -> None:
    less = Heard(scope=Scope.DISCLOSURE, danger_less=True)
    assert talk(NOW, less).situation.urgency is Urgency.CHECK
    assert talk(NOW, less, less, DISCLOSURE, wants(Need.LEGAL)).situation.urgency is Urgency.CHECK
    assert talk(DISCLOSURE, less).situation.urgency is Urgency.NONE
    assert talk(NOW, replace(NOW, danger_less=True)).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, less, OVER).situation.urgency is Urgency.NONE


@pytest.mark.parametrize("hurt", [INJURED, OVERDOSE])
def test_who_is_hurt_is_still_hurt_when_the_attacker_has_gone(hurt: Heard) -> None:
    told = talk(hurt, OVER)
    assert told.situation.urgency is Urgency.CHECK
    assert question_id(Question.DANGER, told) == "danger.hurt"
    assert talk(hurt, OVER, wants(Need.HOUSING)).situation.urgency is Urgency.CHECK
    assert talk(hurt, OVER, NO).situation.urgency is Urgency.NONE
    assert talk(hurt, OVER, OVER).situation.urgency is Urgency.NONE


@pytest.mark.parametrize(
    ("danger", "asked"), [(NOW, "danger.still"), (PERHAPS, "danger"), (OVERDOSE, "danger.hurt")]
)
def test_while_999_is_on_top_there_is_a_question_that_ends_it(danger: Heard, asked: str) -> None:
    told = talk(danger)
    assert told.pending is Question.DANGER and question_id(Question.DANGER, told) == asked


@pytest.mark.parametrize(
    ("answer", "urgency"),
    [(Answer.YES, Urgency.IMMEDIATE), (Answer.NO, Urgency.NONE), (Answer.SKIP, Urgency.CHECK)],
)
def test_the_danger_question_is_answered(answer: Answer, urgency: Urgency) -> None:
    assert talk(PERHAPS, Heard(scope=Scope.SMALLTALK, answer=answer)).situation.urgency is urgency


def test_a_yes_without_a_question_is_no_danger() -> None:
    assert talk(SMALLTALK, replace(NO, answer=Answer.YES)).situation.urgency is Urgency.NONE


@pytest.mark.parametrize(
    ("messages", "urgency"),
    [
        ((SIGN,), Urgency.CHECK),
        ((DISCLOSURE, SIGN), Urgency.CHECK),
        ((SIGN, DISCLOSURE), Urgency.CHECK),
        ((SIGN, SIGN), Urgency.IMMEDIATE),
        ((DISCLOSURE, SIGN, SIGN), Urgency.IMMEDIATE),
        ((DISCLOSURE, replace(SIGN, asks_again=True)), Urgency.NONE),
    ],
)
def test_small_signs_add_up(messages: tuple[Heard, ...], urgency: Urgency) -> None:
    assert talk(*messages).situation.urgency is urgency


@pytest.mark.parametrize(
    "said",
    [
        SMALLTALK,
        Heard(scope=None),
        Heard(scope=Scope.SMALLTALK, area=Area.MK),
        Heard(scope=Scope.SMALLTALK, farewell=True),
    ],
)
def test_possible_danger_stays_until_it_is_answered(said: Heard) -> None:
    later = talk(PERHAPS, said)
    assert later.situation.urgency is Urgency.CHECK
    assert hear(later, replace(NO, answer=Answer.YES)).situation.urgency is Urgency.IMMEDIATE


def test_somebody_who_goes_on_with_the_story_after_perhaps_is_believed() -> None:
    assert talk(DISCLOSURE, PERHAPS, wants(Need.HOUSING)).situation.urgency is Urgency.NONE


def test_danger_that_the_bot_process_answered_alone_is_remembered() -> None:
    told = alarmed(talk(DISCLOSURE, Heard(scope=Scope.SMALLTALK, area=Area.MK)))
    assert told.situation.urgency is Urgency.IMMEDIATE and told.situation.area is Area.MK
    assert hear(told, SMALLTALK).situation.urgency is Urgency.IMMEDIATE
    assert hear(told, OVER).situation.urgency is Urgency.NONE


# --- despair ---


@pytest.mark.parametrize("said", [OVER, NO, PRESSED_NO, takes_back("danger"), DISCLOSURE, SMALLTALK])
@pytest.mark.parametrize("despair", [DESPAIR, OVERDOSE, replace(DISCLOSURE, despair=Despair.WRITER)])
def test_nothing_that_is_said_about_danger_takes_the_samaritans_away(despair: Heard, said: Heard) -> None:
    told = talk(despair, said)
    assert told.situation.despair is Despair.WRITER
    assert [line for line in lines(told) if line != "police_999"][0] == "samaritans"


def test_despair_is_read_beside_anything() -> None:
    told = talk(NOW, replace(OVER, despair=Despair.WRITER))
    assert told.situation.urgency is Urgency.NONE and lines(told)[0] == "samaritans"


def test_despair_without_haste_is_no_alarm() -> None:
    assert talk(DESPAIR).situation.urgency is Urgency.NONE


def test_despair_taken_back_ends_its_alarm_and_keeps_samaritans_among_the_lines() -> None:
    told = talk(OVERDOSE, takes_back(TAKEN_DESPAIR))
    assert told.situation.urgency is Urgency.NONE
    assert lines(told)[0] == "mk_act" and "samaritans" in lines(told)
    assert talk(OVERDOSE, takes_back(TAKEN_DESPAIR), DESPAIR).situation.despair_eased is False


def test_despair_taken_back_does_not_end_an_attack() -> None:
    both = replace(NOW, despair=Despair.WRITER, abuse=frozenset({Abuse.PHYSICAL}))
    assert talk(both).alarms == {Alarm.ATTACK, Alarm.DESPAIR}
    assert talk(both, takes_back(TAKEN_DESPAIR)).situation.urgency is Urgency.IMMEDIATE


def test_what_never_was_despair_takes_samaritans_away() -> None:
    told = talk(OVERDOSE, takes_back(NEVER_DESPAIR))
    assert told.situation.despair is Despair.NONE and told.situation.urgency is Urgency.NONE
    assert "samaritans" not in lines(told) and not any("live" in reason for reason in why(told))


def test_somebody_elses_despair_has_samaritans_too_and_never_covers_the_writers() -> None:
    theirs = Heard(scope=Scope.DISCLOSURE, despair=Despair.SOMEBODY_ELSE)
    assert lines(talk(theirs))[0] == "samaritans"
    assert talk(theirs, DESPAIR).situation.despair is Despair.WRITER
    assert talk(DESPAIR, theirs).situation.despair is Despair.WRITER


# --- who ---


@pytest.mark.parametrize("who", [Who.SELF, Who.OTHER, Who.PERPETRATOR, Who.PROFESSIONAL, Who.NONE])
def test_a_child_stays_a_child(who: Who) -> None:
    told = talk(Heard(scope=Scope.DISCLOSURE, who=Who.CHILD), replace(DISCLOSURE, who=who))
    assert told.situation.who is Who.CHILD and lines(told)[0] == "childline"


def test_a_teacher_who_was_taken_for_the_child_is_believed() -> None:
    told = talk(Heard(scope=Scope.DISCLOSURE, who=Who.CHILD), takes_back("who", who=Who.PROFESSIONAL))
    assert told.situation.who is Who.PROFESSIONAL and "childline" not in lines(told)


def test_who_was_ever_harmed_keeps_a_line_for_it() -> None:
    told = talk(DISCLOSURE, replace(OWN, abuse=frozenset()))
    assert lines(told) == ("mk_act", "national_24h")  # Respect only where they say that they hit
    assert lines(talk(DISCLOSURE, OWN)) == ("mk_act", "national_24h", "respect")


def test_who_hits_and_is_hit_has_both_doors_in_whichever_order_it_is_told() -> None:
    told = talk(OWN, DISCLOSURE)
    assert lines(told) == ("mk_act", "national_24h", "respect")
    assert lines(told, NIGHT) == ("samaritans", "mk_act", "national_24h", "respect")


def test_who_only_feared_it_and_is_hit_is_a_victim() -> None:
    told = talk(Heard(scope=Scope.DISCLOSURE, who=Who.PERPETRATOR), DISCLOSURE)
    assert told.situation.who is Who.SELF and "respect" not in lines(told)


def test_somebody_who_asks_for_a_bed_still_wrote_of_their_own_behaviour() -> None:
    assert talk(OWN, wants(Need.HOUSING, who=Who.SELF)).situation.who is Who.PERPETRATOR


def test_a_friend_who_asks_what_to_do_is_still_a_friend() -> None:
    friend = replace(DISCLOSURE, who=Who.OTHER)
    assert talk(friend, wants(Need.COUNSELLING, who=Who.SELF)).situation.who is Who.OTHER
    assert talk(friend, Heard(scope=Scope.SMALLTALK, who=Who.SELF)).situation.who is Who.SELF


def test_another_persons_story_and_back() -> None:
    mine = replace(DISCLOSURE, gender=Gender.WOMAN, area=Area.MK)
    brothers = replace(DISCLOSURE, who=Who.OTHER, gender=Gender.MAN, area=Area.ELSEWHERE)
    there = talk(mine, brothers)
    assert lines(there) == ("mens_advice_line", "national_24h")
    back = hear(there, wants(Need.LEGAL, who=Who.SELF))
    assert lines(back) == ("mk_act", "national_24h")
    assert (back.situation.gender, back.situation.area) == (Gender.WOMAN, Area.MK)
    again = hear(back, Heard(scope=Scope.ASK_HELP, who=Who.OTHER))
    assert again.situation.gender is Gender.MAN and again.situation.needs == frozenset()


def test_the_danger_of_a_talk_outlasts_a_change_of_story() -> None:
    assert talk(replace(NOW, who=Who.SELF), replace(DISCLOSURE, who=Who.OTHER)).situation.urgency is (
        Urgency.IMMEDIATE
    )


def test_not_me_my_mum_corrects_the_story_and_does_not_begin_another() -> None:
    told = talk(DISCLOSURE, Heard(scope=Scope.DISCLOSURE, who=Who.OTHER, gender=Gender.WOMAN))
    assert told.situation.who is Who.OTHER and told.situation.abuse == {Abuse.PHYSICAL}
    assert told.aside is None


def test_it_was_never_about_the_writer() -> None:
    told = talk(DISCLOSURE, takes_back("who", who=Who.OTHER, scope=Scope.DISCLOSURE, abuse=DISCLOSURE.abuse))
    assert not told.situation.was_harmed and told.aside is None


# --- wishes, and what is taken back ---


def test_a_wish_lasts_while_facts_follow_and_gives_way_to_a_newer_need() -> None:
    refuge = wants(Need.HOUSING, topic=Topic.REFUGE)
    assert talk(refuge, Heard(scope=Scope.SMALLTALK, area=Area.MK)).situation.topic is Topic.REFUGE
    told = talk(refuge, wants(Need.POLICE_REPORT))
    assert lines(told) == ("police_101", "mk_act", "national_24h", "mk_housing")


def test_the_newest_need_leads_and_the_older_ones_stay() -> None:
    told = talk(wants(Need.HOUSING), SMALLTALK, wants(Need.LEGAL))
    assert told.situation.needs == {Need.HOUSING, Need.LEGAL}
    assert lines(told) == ("mk_act", "national_24h", "mk_housing")
    assert lines(hear(told, wants(Need.HOUSING)))[0] == "mk_housing"


def test_telling_of_the_children_does_not_stop_a_talk_being_about_a_bed() -> None:
    kids = Heard(scope=Scope.DISCLOSURE, needs=frozenset({Need.CHILDREN}))
    assert lines(talk(wants(Need.HOUSING), kids))[0] == "mk_housing"
    assert lines(talk(wants(Need.HOUSING), wants(Need.CHILDREN)))[0] == "mk_act"


def test_a_need_for_a_number_is_of_the_moment() -> None:
    assert talk(wants(Need.NUMBERS), SMALLTALK).situation.needs == frozenset()


def test_a_question_about_999_is_of_the_moment() -> None:
    assert talk(Heard(scope=Scope.INFO, topic=Topic.CALL_999), SMALLTALK).situation.topic is None


def test_a_wish_outlives_a_question_in_between() -> None:
    wish = wants(Need.HOUSING, topic=Topic.REFUGE)
    question = Heard(scope=Scope.INFO, topic=Topic.OPEN_NOW)
    assert talk(wish, question).situation.topic is Topic.OPEN_NOW
    assert talk(wish, question, SMALLTALK).situation.topic is Topic.REFUGE


def test_a_line_asked_for_by_name_leads_until_something_else_is_told() -> None:
    named = Heard(scope=Scope.ASK_HELP, named="mens_advice_line")
    assert lines(talk(DISCLOSURE, named, SMALLTALK))[0] == "mens_advice_line"
    assert lines(talk(DISCLOSURE, named, wants(Need.LEGAL)))[0] == "mk_act"


@pytest.mark.parametrize("need", [need for need in Need if need not in (Need.NUMBERS, Need.PRIVACY)])
def test_a_need_taken_back_leaves_lines_reasons_and_slots(need: Need) -> None:
    told = talk(wants(need), takes_back(need.value))
    assert need not in told.situation.needs and told.situation.lead is not need
    plain = talk(wants(), takes_back())
    assert (lines(told), why(told)) == (lines(plain), why(plain))


@pytest.mark.parametrize("kind", list(Abuse))
def test_a_kind_of_abuse_taken_back_leaves_lines_and_reasons(kind: Abuse) -> None:
    told = talk(replace(DISCLOSURE, abuse=frozenset({kind})), takes_back(kind.value))
    assert not told.situation.abuse and not told.situation.was_harmed
    plain = talk(Heard(scope=Scope.DISCLOSURE, who=Who.SELF), takes_back())
    assert (lines(told), why(told)) == (lines(plain), why(plain))


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        ("area", {"area": Area.ELSEWHERE, "place": "oxfordshire"}),
        ("gender", {"gender": Gender.MAN}),
        ("lgbt", {"lgbt": True}),
        ("lgbt", {"gender": Gender.NONBINARY}),
    ],
)
def test_a_fact_taken_back_is_gone_and_a_new_one_in_the_same_message_holds(value: str, facts: dict) -> None:
    known = Heard(scope=Scope.DISCLOSURE, who=Who.SELF, **facts)
    told = talk(known, takes_back(value))
    assert (lines(told), why(told)) == (
        lines(talk(replace(known, **{name: getattr(Heard(), name) for name in facts}))),
        why(told),
    )
    assert told.taken_back == {value} and hear(told, SMALLTALK).taken_back == frozenset()
    corrected = hear(talk(known), takes_back("area", area=Area.MK))
    assert corrected.situation.area is Area.MK and corrected.situation.place is None


@pytest.mark.parametrize("wish", [Topic.REFUGE, Topic.OTHER_STAY, Topic.STAY_HOME, Topic.BED_TONIGHT])
def test_a_wish_goes_with_its_need(wish: Topic) -> None:
    told = talk(wants(Need.HOUSING, topic=wish), takes_back("housing"))
    assert told.wish is None and told.situation.topic is None and "mk_housing" not in lines(told)


# --- questions ---


def test_questions_come_one_at_a_time_never_twice() -> None:
    told, asked = Told(), []
    for message in (DISCLOSURE, SMALLTALK, SMALLTALK, SMALLTALK):
        told = hear(told, message)
        question = next_question(told, message, DAY)
        asked.append(question)
        told = ask(told, question)
    assert asked == [Question.AREA, Question.GENDER, None, None]


def test_a_fact_that_is_known_is_not_asked() -> None:
    message = replace(DISCLOSURE, area=Area.MK, gender=Gender.WOMAN)
    assert next_question(hear(Told(), message), message, DAY) is None


def test_a_question_whose_answer_changes_no_line_is_not_asked() -> None:
    own = replace(OWN, area=Area.MK)
    assert next_question(hear(Told(), own), own, DAY) is None  # no line by gender, unless they were harmed
    harmed = talk(DISCLOSURE, own)
    assert Question.GENDER in harmed.asked


@pytest.mark.parametrize(
    ("who", "asked"),
    [
        (Who.SELF, "area.self"),
        (Who.PERPETRATOR, "area.self"),
        (Who.OTHER, "area.other"),
        (Who.PROFESSIONAL, "area.other"),
        (Who.NONE, "area.other"),
    ],
)
def test_a_question_is_worded_for_who_writes(who: Who, asked: str) -> None:
    assert question_id(Question.AREA, talk(replace(DISCLOSURE, who=who))) == asked


@pytest.mark.parametrize(
    ("heard", "area"),
    [
        (Heard(scope=Scope.SMALLTALK, answer=Answer.YES), Area.MK),
        (NO, Area.ELSEWHERE),
        (Heard(scope=Scope.SMALLTALK, plain_no=True), Area.ELSEWHERE),
        (replace(NO, area=Area.MK), Area.MK),
        (replace(NO, language="pl"), Area.UNKNOWN),
        (replace(wants(Need.HOUSING), plain_no=True), Area.UNKNOWN),
        (Heard(scope=Scope.SMALLTALK, answer=Answer.BOTH), Area.UNKNOWN),
        (Heard(scope=Scope.SMALLTALK, answer=Answer.SKIP), Area.UNKNOWN),
    ],
)
def test_the_question_for_the_place_is_answered_in_short(heard: Heard, area: Area) -> None:
    told = talk(DISCLOSURE)
    assert told.pending is Question.AREA
    assert hear(told, heard).situation.area is area


def test_a_yes_to_nothing_is_no_place() -> None:
    assert hear(replace(talk(DISCLOSURE), pending=None), replace(NO, answer=Answer.YES)).situation.area is (
        Area.UNKNOWN
    )


def test_both_shows_the_lines_for_both() -> None:
    told = talk(replace(DISCLOSURE, area=Area.MK), Heard(scope=Scope.SMALLTALK, answer=Answer.BOTH))
    assert lines(told) == ("mk_act", "national_24h", "mens_advice_line")
    assert "mens_advice_line" not in lines(hear(told, Heard(scope=Scope.SMALLTALK, gender=Gender.WOMAN)))


def test_two_skips_end_all_questions() -> None:
    skip = Heard(scope=Scope.SMALLTALK, answer=Answer.SKIP)
    told = talk(replace(DISCLOSURE, scope=Scope.SMALLTALK), skip, skip)
    assert next_question(hear(told, DISCLOSURE), DISCLOSURE, DAY) is None


@pytest.mark.parametrize(
    "message",
    [
        OVER,
        Heard(scope=Scope.SMALLTALK, farewell=True),
        Heard(scope=Scope.ASK_HELP, asks_again=True),
        Heard(scope=Scope.DISCLOSURE, who=Who.CHILD),
        DESPAIR,
        replace(DISCLOSURE, despair=Despair.WRITER),
    ],
    ids=["over", "farewell", "repeat", "child", "despair", "despair in a story"],
)
def test_when_nothing_is_asked(message: Heard) -> None:
    assert next_question(hear(Told(), message), message, DAY) is None
