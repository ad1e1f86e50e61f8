"""What always holds in a conversation: over every state in one step, and over random conversations step by
step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from support.heard import PIECES, TAKEN, message

from signpost.dialogue.plain import from_plain, to_plain
from signpost.dialogue.state import (
    CHANGED_LINES,
    LEAD_WHEN_ASKED,
    NEVER_DESPAIR,
    ROUTING_NEEDS,
    SKIPS_THAT_END_QUESTIONS,
    TAKEN_DANGER,
    TAKEN_DESPAIR,
    TAKEN_WHO,
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
from signpost.routing import Abuse, Area, Clock, Despair, Gender, Need, Scope, Situation, Urgency, Who
from signpost.routing import rules as routing_rules
from signpost.routing.lines import line_ids
from signpost.routing.situation import LEADING_NEEDS, WISHES
from signpost.routing.why import NEEDS, TOPICS, reasons

CONVERSATIONS, CONVERSATIONS_SLOW, TURNS = 500, 20_000, 8
CLOCKS = (
    Clock(mk_open=True, near_edge=False, office_hours=True),
    Clock(mk_open=True, near_edge=True, office_hours=True, closes_soon=True),
    Clock(mk_open=False, near_edge=True, office_hours=False, opens_soon=True),
    Clock(mk_open=False, near_edge=False, office_hours=False),
)
ORDER = [Urgency.NONE, Urgency.CHECK, Urgency.IMMEDIATE]
PRESSED_NO = Heard(scope=Scope.SMALLTALK, answer=Answer.NO, danger_over=True)
OTHERS_LINES = {"national_24h", "mens_advice_line", "galop", "karma_nirvana", "forced_marriage_unit"}

messages = st.lists(st.sampled_from(PIECES), max_size=5).map(message)
clocks = st.sampled_from(CLOCKS)


def consistent(told: Told) -> Told:
    """A state as a talk can reach it: 999 is on top exactly where there is a reason."""
    danger = told.situation.urgency is not Urgency.NONE
    alarms = (told.alarms or frozenset({Alarm.ATTACK})) if danger else frozenset()
    situation = replace(told.situation, was_danger=told.situation.was_danger or danger)
    return replace(told, situation=situation, alarms=alarms, certain=told.certain and danger, turn=None)


situations = st.builds(
    Situation,
    scope=st.none() | st.sampled_from(Scope),
    urgency=st.sampled_from(Urgency),
    abuse=st.frozensets(st.sampled_from(Abuse), max_size=2),
    gender=st.sampled_from(Gender),
    lgbt=st.booleans(),
    area=st.sampled_from(Area),
    who=st.sampled_from(Who),
    needs=st.frozensets(st.sampled_from(sorted(ROUTING_NEEDS)), max_size=3),
    despair=st.sampled_from(Despair),
    despair_eased=st.booleans(),
    was_danger=st.booleans(),
    was_harmed=st.booleans(),
    hits=st.booleans(),
    language=st.sampled_from([None, None, "pl"]),
)
states = st.builds(
    Told,
    situation=situations,
    pending=st.none() | st.sampled_from(Question),
    asked=st.frozensets(st.sampled_from(Question)),
    skips=st.integers(0, 3),
    disclosed=st.booleans(),
    wish=st.none() | st.sampled_from(sorted(WISHES)),
    alarms=st.frozensets(st.sampled_from(Alarm)),
    certain=st.booleans(),
    aside=st.none() | situations,
).map(consistent)
over_all_states = settings(max_examples=300, deadline=None)


def says_no(told: Told, heard: Heard) -> bool:
    """Says plainly, by button, answer or correction, that there is no danger."""
    no = (heard.answer is Answer.NO or heard.plain_no) and heard.language is None
    return (
        (heard.answer is Answer.NO and heard.danger_over)
        or (no and told.pending is Question.DANGER)
        or TAKEN_DANGER in heard.taken_back
    )


def check_step(before: Told, heard: Heard, told: Told, clock: Clock) -> None:
    """Every promise about one step of a conversation."""
    check_danger(before, heard, told)
    check_despair_and_people(before, heard, told, clock)
    check_what_is_taken_back(heard, told, clock)
    check_newest_wins(heard, told, clock)


def check_danger(before: Told, heard: Heard, told: Told) -> None:
    was, now = before.situation.urgency, told.situation.urgency
    no = says_no(before, heard)
    retracts = bool(heard.taken_back & {TAKEN_DESPAIR, NEVER_DESPAIR})
    hurt = bool(before.alarms - {Alarm.ATTACK})
    assert (now is Urgency.NONE) == (not told.alarms)
    if no and heard.urgency is not Urgency.IMMEDIATE:
        assert now is Urgency.NONE
    if heard.danger_over:
        assert now is not Urgency.IMMEDIATE
        if heard.urgency is not Urgency.IMMEDIATE and not hurt:
            assert now is Urgency.NONE
    if heard.urgency is Urgency.IMMEDIATE:
        assert now is not Urgency.NONE
        if not (heard.danger_over or no or retracts):
            assert now is Urgency.IMMEDIATE
    if was is Urgency.IMMEDIATE and now is Urgency.NONE:
        assert heard.danger_over or no or retracts
    if was is Urgency.IMMEDIATE and now is Urgency.CHECK:
        assert heard.danger_over or heard.danger_less or no or retracts
    raises = heard.urgency is not Urgency.NONE or heard.danger_in_context or heard.answer is Answer.YES
    if heard.danger_less and not raises:
        assert ORDER.index(now) <= ORDER.index(Urgency.CHECK)
        if was is Urgency.IMMEDIATE and not (heard.danger_over or no or retracts):
            assert now is Urgency.CHECK
    if hurt and was is Urgency.IMMEDIATE and heard.danger_over and not no and not retracts:
        assert now is Urgency.CHECK  # the attacker's absence ends no injury
    if heard.danger_in_context and not (heard.danger_over or no or retracts or heard.asks_again):
        assert now is not Urgency.NONE
        if before.situation.was_danger:
            assert now is Urgency.IMMEDIATE
    if was is not Urgency.NONE or now is not Urgency.NONE or before.situation.was_danger:
        assert told.situation.was_danger


def check_despair_and_people(before: Told, heard: Heard, told: Told, clock: Clock) -> None:
    was, now = before.situation, told.situation
    ids = line_ids(now, clock)
    if was.despair is not Despair.NONE and NEVER_DESPAIR not in heard.taken_back:
        assert now.despair is (Despair.WRITER if was.despair is Despair.WRITER else now.despair)
        assert now.despair is not Despair.NONE
    if now.despair is not Despair.NONE:
        assert "samaritans" in ids
    if was.who is Who.CHILD and TAKEN_WHO not in heard.taken_back:
        assert now.who is Who.CHILD
        assert not ids or ("childline" in ids and "mens_advice_line" not in ids)
    takes_back_harm = TAKEN_WHO in heard.taken_back or heard.taken_back & {kind.value for kind in Abuse}
    assert now.was_harmed or not was.was_harmed or takes_back_harm
    own = now.who is Who.PERPETRATOR and ids and not now.fears_harming_baby
    if own and now.was_harmed:
        assert OTHERS_LINES & set(ids)


def check_what_is_taken_back(heard: Heard, told: Told, clock: Clock) -> None:
    now, taken = told.situation, heard.taken_back
    assert not taken & {need.value for need in now.needs}
    assert not taken & {kind.value for kind in now.abuse}
    assert "area" not in taken or now.area is heard.area
    assert "gender" not in taken or now.gender is heard.gender
    if "lgbt" in taken:
        assert not now.lgbt and (now.gender is not Gender.NONBINARY or heard.gender is Gender.NONBINARY)
    assert TAKEN_WHO not in taken or now.who is heard.who
    why = reasons(now, clock, line_ids(now, clock))
    gone = [sentence for need, sentence in NEEDS if need not in now.needs]
    gone += [sentence for topic, sentence in TOPICS.items() if topic is not now.topic]
    assert not set(gone) & set(why)
    if "housing" in taken and now.topic is None:
        assert "mk_housing" not in line_ids(replace(now, named=None), clock)


def check_newest_wins(heard: Heard, told: Told, clock: Clock) -> None:
    now = told.situation
    assert heard.area in (Area.UNKNOWN, now.area)
    assert heard.gender in (Gender.UNKNOWN, now.gender)
    elsewhere = now.area is Area.ELSEWHERE
    newest = heard.needs & set(LEADING_NEEDS)
    firm = len(newest) == 1 and not newest & LEAD_WHEN_ASKED
    if firm and not heard.topic and not elsewhere and newest <= now.needs:
        (need,) = newest
        stays = now.topic in WISHES and need is Need.HOUSING
        assert stays or routing_rules.leading(now) is need
    if heard.topic in WISHES and now.topic is heard.topic and not elsewhere:
        assert routing_rules.leading(now) is heard.topic


@over_all_states
@given(states, messages, clocks)
def test_every_promise_about_one_step_holds_in_every_state(told: Told, heard: Heard, clock: Clock) -> None:
    check_step(told, heard, hear(told, heard), clock)


@over_all_states
@given(states, messages)
def test_a_plain_no_is_obeyed_in_every_state_with_anything_beside_it(told: Told, heard: Heard) -> None:
    said = replace(heard, answer=Answer.NO, danger_over=True)
    wanted = Urgency.CHECK if heard.urgency is Urgency.IMMEDIATE else Urgency.NONE
    assert hear(told, said).situation.urgency is wanted


@over_all_states
@given(states, messages, clocks)
def test_while_999_is_on_top_there_is_a_question_that_ends_it(told: Told, heard: Heard, clock: Clock) -> None:
    now = hear(told, heard)
    question = next_question(now, heard, clock)
    if now.situation.urgency is not Urgency.NONE:
        assert line_ids(now.situation, clock)[0] == "police_999"
        assert question is Question.DANGER and question_id(question, now).startswith("danger")
        assert hear(ask(now, question), PRESSED_NO).situation.urgency is Urgency.NONE
    else:
        assert question is not Question.DANGER


@over_all_states
@given(states, messages, messages, st.integers(0, 1000))
def test_the_same_turn_changes_nothing(told: Told, heard: Heard, other: Heard, turn: int) -> None:
    now = hear(told, replace(heard, turn=turn))
    assert hear(now, replace(other, turn=turn)) == now


@over_all_states
@given(states, messages, st.sampled_from(TAKEN))
def test_what_is_taken_back_is_in_no_slot(told: Told, heard: Heard, value: str) -> None:
    now = hear(told, replace(heard, taken_back=heard.taken_back | {value}))
    slot = to_plain(now, sparse=True)["situation"]
    assert value not in slot.get("needs", []) and value not in slot.get("abuse", [])
    assert slot.get("lead") != value


@over_all_states
@given(states, clocks)
def test_danger_that_was_answered_alone_can_be_ended_too(told: Told, clock: Clock) -> None:
    now = alarmed(told)
    assert now.situation.urgency is Urgency.IMMEDIATE
    assert hear(now, PRESSED_NO).situation.urgency is Urgency.NONE


class Conversation(RuleBasedStateMachine):
    """A random conversation: every message is taken in, the lines shown and the question asked, as the action
    does."""

    @initialize(clock=clocks)
    def begin(self, clock: Clock) -> None:
        """An empty talk at some hour."""
        self.told, self.clock, self.turn, self.asked = Told(), clock, 0, []

    @rule(heard=messages)
    def say(self, heard: Heard) -> None:
        """One message and its reply."""
        self.turn += 1
        self._take_in(replace(heard, turn=self.turn))

    @rule(answer=st.sampled_from(Answer))
    def answer(self, answer: Answer) -> None:
        """A short answer to whatever was asked."""
        self.turn += 1
        self._take_in(Heard(scope=Scope.SMALLTALK, answer=answer, turn=self.turn))

    @rule()
    def press_no_danger(self) -> None:
        """The button, at any time: 999 leaves the top and stays small if it ever was there."""
        self.turn += 1
        self._take_in(replace(PRESSED_NO, turn=self.turn))
        assert self.told.situation.urgency is Urgency.NONE

    @rule(heard=messages)
    def send_again(self, heard: Heard) -> None:
        """The network sends the newest turn once more."""
        before = self.told
        again = replace(heard, turn=self.turn)
        if self.turn:
            assert hear(before, again) == before
            assert before.pending is None or next_question(before, again, self.clock) is before.pending

    @rule(clock=clocks)
    def time_passes(self, clock: Clock) -> None:
        """The hour changes under the talk."""
        self.clock = clock

    @invariant()
    def a_reply_is_never_a_dead_end(self) -> None:
        """Lines, unless thanks or goodbye; 999 where danger was; no line twice; a reason."""
        if not self.turn:
            return
        situation = self.told.situation
        ids = line_ids(situation, self.clock)
        assert ids or situation.farewell
        assert len(set(ids)) == len(ids)
        assert reasons(situation, self.clock, ids)
        assert "police_999" in ids or not situation.was_danger
        if situation.area is Area.ELSEWHERE:
            assert not {"mk_act", "mk_housing"} & set(ids)

    @invariant()
    def the_slot_holds_the_whole_talk(self) -> None:
        """What goes into the slot comes out again."""
        assert from_plain(Told, to_plain(self.told, sparse=True)) == self.told

    @invariant()
    def place_and_gender_are_each_asked_at_most_once(self) -> None:
        """And not after two skips."""
        facts = [question for question in self.asked if question is not Question.DANGER]
        assert len(facts) == len(set(facts))

    def _take_in(self, heard: Heard) -> None:
        before = self.told
        told = hear(before, heard)
        question = next_question(told, heard, self.clock)
        check_step(before, heard, told, self.clock)
        self._check_question(told, question)
        ids = line_ids(told.situation, self.clock)
        told = show(told, ids)
        assert (CHANGED_LINES in told.changed) is (ids != before.lines)
        self.told = ask(told, question)
        if question:
            self.asked.append(question)

    def _check_question(self, told: Told, question: Question | None) -> None:
        """A question for a fact is asked only where an answer shows other lines at this hour."""
        if question in (None, Question.DANGER):
            return
        assert told.skips < SKIPS_THAT_END_QUESTIONS
        answers: list[dict[str, Any]] = (
            [{"area": Area.MK}, {"area": Area.ELSEWHERE}]
            if question is Question.AREA
            else [{"gender": Gender.WOMAN}, {"gender": Gender.MAN}, {"lgbt": True}]
        )
        now = line_ids(told.situation, self.clock)
        assert any(line_ids(replace(told.situation, **answer), self.clock) != now for answer in answers)


def walk(conversations: int) -> None:
    """Hold so many random conversations; each promise is checked after each turn."""
    run_state_machine_as_test(
        Conversation,
        settings=settings(
            max_examples=conversations,
            stateful_step_count=TURNS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_500_random_conversations_break_no_promise() -> None:
    walk(CONVERSATIONS)


@pytest.mark.slow
def test_20000_random_conversations_break_no_promise() -> None:
    walk(CONVERSATIONS_SLOW)
