"""What a conversation keeps, takes back and asks."""

from __future__ import annotations

import pytest

from signpost.dialogue.state import Answer, Heard, Question, Told, ask, hear, next_question
from signpost.routing import Abuse, Area, Gender, Need, Scope, Topic, Urgency, Who

DISCLOSURE = Heard(scope=Scope.DISCLOSURE, who=Who.SELF, abuse=frozenset({Abuse.PHYSICAL}))
SMALLTALK = Heard(scope=Scope.SMALLTALK)
NOW = Heard(scope=Scope.DISCLOSURE, urgency=Urgency.IMMEDIATE)


def talk(*messages: Heard) -> Told:
    told = Told()
    for message in messages:
        told = hear(told, message)
    return told


def test_facts_told_piece_by_piece_are_kept() -> None:
    told = talk(
        DISCLOSURE,
        Heard(scope=Scope.SMALLTALK, area=Area.MK),
        Heard(scope=Scope.SMALLTALK, gender=Gender.MAN),
        SMALLTALK,
    )
    assert (told.situation.area, told.situation.gender, told.situation.scope) == (
        Area.MK,
        Gender.MAN,
        Scope.DISCLOSURE,
    )
    assert told.situation.abuse == {Abuse.PHYSICAL}


def test_the_latest_place_wins() -> None:
    assert talk(Heard(area=Area.ELSEWHERE), Heard(area=Area.MK)).situation.area is Area.MK


def test_danger_interrupts_and_stays_until_it_is_over() -> None:
    assert talk(DISCLOSURE, NOW).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, SMALLTALK, SMALLTALK).situation.urgency is Urgency.IMMEDIATE
    assert talk(NOW, Heard(scope=Scope.DISCLOSURE, danger_over=True)).situation.urgency is Urgency.NONE


def test_danger_that_starts_again_is_danger() -> None:
    assert talk(NOW, Heard(danger_over=True), NOW).situation.urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    ("before", "urgency"),
    [((DISCLOSURE,), Urgency.IMMEDIATE), ((), Urgency.CHECK), ((SMALLTALK,), Urgency.CHECK)],
)
def test_words_that_are_danger_only_after_a_disclosure(before: tuple[Heard, ...], urgency: Urgency) -> None:
    assert talk(*before, Heard(scope=Scope.DISCLOSURE, danger_in_context=True)).situation.urgency is urgency


@pytest.mark.parametrize(
    ("answer", "urgency"),
    [(Answer.YES, Urgency.IMMEDIATE), (Answer.NO, Urgency.NONE), (Answer.SKIP, Urgency.CHECK)],
)
def test_the_danger_question_is_answered(answer: Answer, urgency: Urgency) -> None:
    told = ask(talk(Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK)), Question.DANGER)
    assert hear(told, Heard(scope=Scope.SMALLTALK, answer=answer)).situation.urgency is urgency


def test_a_yes_without_a_question_is_no_danger() -> None:
    assert talk(DISCLOSURE, Heard(scope=Scope.SMALLTALK, answer=Answer.YES)).situation.urgency is Urgency.NONE


def test_self_harm_stays_until_it_is_taken_back() -> None:
    despair = Heard(scope=Scope.SELF_HARM)
    assert talk(despair, DISCLOSURE).situation.scope is Scope.SELF_HARM
    assert talk(despair, Heard(scope=Scope.DISCLOSURE, danger_over=True)).situation.scope is Scope.DISCLOSURE


def test_a_child_stays_a_child() -> None:
    assert talk(Heard(who=Who.CHILD), Heard(who=Who.SELF)).situation.who is Who.CHILD


def test_a_wish_lasts_while_facts_follow_and_gives_way_to_another_need() -> None:
    wish = Heard(scope=Scope.ASK_HELP, topic=Topic.REFUGE, needs=frozenset({Need.HOUSING}))
    assert talk(wish, Heard(scope=Scope.SMALLTALK, area=Area.MK)).situation.topic is Topic.REFUGE
    assert talk(wish, Heard(scope=Scope.ASK_HELP, needs=frozenset({Need.LEGAL}))).situation.topic is None


def test_a_question_about_999_is_of_the_moment() -> None:
    assert talk(Heard(scope=Scope.INFO, topic=Topic.CALL_999), SMALLTALK).situation.topic is None


def test_needs_add_up_and_the_newest_leading_need_leads() -> None:
    housing, legal, children = (
        Heard(needs=frozenset({need})) for need in (Need.HOUSING, Need.LEGAL, Need.CHILDREN)
    )
    assert talk(housing, SMALLTALK, Heard(needs=frozenset({Need.NUMBERS}))).situation.needs == {
        Need.HOUSING,
        Need.NUMBERS,
    }
    assert talk(housing, children).situation.needs == {Need.HOUSING, Need.CHILDREN}
    assert talk(housing, children, legal).situation.needs == {Need.LEGAL, Need.CHILDREN}


def test_a_wish_outlives_a_question_in_between() -> None:
    wish = Heard(scope=Scope.ASK_HELP, topic=Topic.REFUGE, needs=frozenset({Need.HOUSING}))
    question = Heard(scope=Scope.INFO, topic=Topic.OPEN_NOW)
    assert talk(wish, question).situation.topic is Topic.OPEN_NOW
    assert talk(wish, question, SMALLTALK).situation.topic is Topic.REFUGE


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
    told = ask(talk(Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK)), Question.DANGER)
    later = ask(hear(told, said), next_question(hear(told, said), said))
    assert later.situation.urgency is Urgency.CHECK
    assert hear(later, Heard(scope=Scope.SMALLTALK, answer=Answer.YES)).situation.urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize("taken_back", [{"danger_over": True}, {"answer": Answer.NO}])
def test_a_new_sign_of_danger_is_not_taken_back_by_the_same_message(taken_back: dict) -> None:
    told = ask(talk(Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK)), Question.DANGER)
    assert (
        hear(told, Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK, **taken_back)).situation.urgency
        is Urgency.CHECK
    )


def test_a_no_does_not_take_the_samaritans_away() -> None:
    told = ask(talk(Heard(scope=Scope.SELF_HARM, urgency=Urgency.CHECK)), Question.DANGER)
    assert hear(told, Heard(scope=Scope.SMALLTALK, answer=Answer.NO)).situation.scope is Scope.SELF_HARM


def test_questions_come_one_at_a_time_never_twice() -> None:
    told, asked = Told(), []
    for message in (DISCLOSURE, SMALLTALK, SMALLTALK, SMALLTALK):
        told = hear(told, message)
        question = next_question(told, message)
        asked.append(question)
        told = ask(told, question)
    assert asked == [Question.AREA, Question.GENDER, None, None]


def test_a_fact_that_is_known_is_not_asked() -> None:
    message = Heard(scope=Scope.DISCLOSURE, area=Area.MK, gender=Gender.WOMAN)
    assert next_question(hear(Told(), message), message) is None


def test_two_skips_end_all_questions() -> None:
    skip = Heard(scope=Scope.SMALLTALK, answer=Answer.SKIP)
    told = talk(DISCLOSURE, skip, skip)
    assert next_question(told, skip) is None


@pytest.mark.parametrize(
    "message",
    [
        NOW,
        Heard(scope=Scope.DISCLOSURE, danger_over=True),
        Heard(scope=Scope.SMALLTALK, farewell=True),
        Heard(scope=Scope.ASK_HELP, asks_again=True),
        Heard(scope=Scope.DISCLOSURE, who=Who.CHILD),
    ],
    ids=["danger", "over", "farewell", "repeat", "child"],
)
def test_when_nothing_is_asked(message: Heard) -> None:
    assert next_question(hear(Told(), message), message) is None


def test_unclear_danger_is_asked_every_time_it_comes_up() -> None:
    unclear = Heard(scope=Scope.DISCLOSURE, urgency=Urgency.CHECK)
    told = ask(hear(Told(), unclear), Question.DANGER)
    assert next_question(hear(told, unclear), unclear) is Question.DANGER


def test_misunderstandings_are_counted_in_a_row() -> None:
    assert talk(Heard(), Heard(scope=Scope.OUT_OF_SCOPE)).misunderstood == 2
    assert talk(Heard(), Heard(), DISCLOSURE).misunderstood == 0
