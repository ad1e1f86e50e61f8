"""Replies put together over random conversations: what always holds of them, and that every text is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from support.heard import PIECES, message

from signpost.dialogue.reply import MAX_WORDS, MAX_WORDS_IN_DANGER, Reply, compose, lines_beside, remember
from signpost.dialogue.state import Heard, Told, ask, hear, next_question, question_id, show
from signpost.dialogue.texts import count_words
from signpost.routing import Abuse, Area, Scope, Urgency, Who, read_clock, route
from signpost.serving.last_good import Texts, read_texts
from signpost.settings import read_settings

pytestmark = pytest.mark.long

CONVERSATIONS, TURNS = 3000, 6
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    return read_texts(read_settings().directory, tmp_path_factory.mktemp("kept"), date(2026, 11, 25))


def step(told: Told, heard: Heard, now: datetime, texts: Texts) -> tuple[Told, Reply]:
    """One turn, as the action takes it."""
    before = told
    told = hear(before, heard)
    beside = lines_beside(told, heard, texts.of_reply)
    told = replace(told, situation=replace(told.situation, beside=beside))
    asked = next_question(told, heard, read_clock(texts.directory, now))
    question = question_id(asked, told) if asked else "choices" if told.misunderstood >= 2 else None
    referral = route(told.situation, texts.directory, now)
    told = show(told, tuple(line.id for line in referral.lines))
    reply = compose(before, told, heard, referral, question, texts.of_reply)
    return ask(remember(told, reply), asked), reply


def heard_at_random(chance: random.Random, texts: Texts) -> Heard:
    """A message of a few pieces, often with something asked and something told."""
    heard = message(chance.choices(PIECES, k=chance.randint(0, 4)))
    topics, facts = list(texts.of_reply.answers), list(texts.of_reply.acks)
    if chance.random() < 0.5:
        heard = replace(heard, asks=tuple(chance.sample(topics, chance.randint(1, 2))))
    if chance.random() < 0.5:
        told = heard.told | set(chance.sample(facts, chance.randint(1, 2)))
        heard = replace(heard, told=told, past=chance.random() < 0.3)
    if chance.random() < 0.1:
        heard = replace(heard, language=chance.choice(LANGUAGES))
    return heard


LANGUAGES = ("pl", "ro", "ur", "pa", "bn", "gu", "ar", "pt", "es", "fr", "uk", "so", "other")


def walks(texts: Texts) -> Iterator[tuple[Told, Heard, Told, Reply]]:
    """Every turn of random conversations; a third stays with what it asks and who writes, as people do."""
    chance = random.Random(7)
    for number in range(CONVERSATIONS):
        told, now = Told(), MONDAY + timedelta(minutes=chance.randrange(7 * 24 * 60))
        heard = heard_at_random(chance, texts)
        for _ in range(TURNS):
            before = told
            told, reply = step(before, heard, now, texts)
            yield before, heard, told, reply
            again = heard_at_random(chance, texts)
            heard = replace(again, asks=heard.asks, told=heard.told) if number % 3 == 0 else again


def test_what_always_holds(texts: Texts) -> None:
    by_id, last = texts.of_reply.by_id(), Reply(())
    for before, heard, told, reply in walks(texts):
        assert reply.parts
        if before.said:
            repeated = {part.text for part in last.parts} & {part.text for part in reply.parts}
            assert not repeated, (before, heard, repeated)
        last = reply
        limit = MAX_WORDS_IN_DANGER if told.situation.urgency is Urgency.IMMEDIATE else MAX_WORDS
        words = sum(count_words(part.text) for part in reply.parts)
        assert words <= limit or len(reply.parts) == 1, reply
        assert set(reply.ids) <= set(by_id)
        if told.situation.urgency is Urgency.IMMEDIATE and "abuser_arrives" not in heard.asks:
            assert reply.parts[0].id.startswith("safety."), reply
        if told.situation.who is Who.CHILD:
            for part in (*reply.parts, *reply.after):
                assert not part.id.startswith("ack.") or texts.of_reply.acks[part.id.split(".")[1]].fits_child


# What is shown should no routing rule hold; tests/routing sees to it that one always does.
NO_RULE_HOLDS = "guide.fallback"
PEOPLE = (
    Heard(scope=Scope.DISCLOSURE, who=Who.SELF),
    Heard(scope=Scope.DISCLOSURE, who=Who.CHILD),
    Heard(scope=Scope.DISCLOSURE, who=Who.OTHER),
    Heard(scope=Scope.DISCLOSURE, who=Who.SELF, area=Area.ELSEWHERE),
    Heard(scope=Scope.DISCLOSURE, who=Who.PERPETRATOR, urgency=Urgency.IMMEDIATE),
)


def persistent(texts: Texts) -> Iterator[Reply]:
    """People of each kind who ask each thing three times, and tell each thing first or second."""
    reply_texts, now = texts.of_reply, MONDAY + timedelta(hours=12)
    wants = [Heard(scope=Scope.INFO, asks=(topic,)) for topic in reply_texts.answers]
    wants += [Heard(scope=Scope.SMALLTALK, asks=(topic,)) for topic in reply_texts.answers]
    wants += [Heard(scope=Scope.DISCLOSURE, told=frozenset({name})) for name in reply_texts.acks]
    wants += [Heard(scope=Scope.SMALLTALK, farewell=True), Heard(scope=Scope.SMALLTALK)]
    hit = Heard(abuse=frozenset({Abuse.PHYSICAL}), told=frozenset({"children_in_house"}))
    wants += [replace(hit, scope=Scope.DISCLOSURE, past=past) for past in (False, True)]
    for heard in wants:
        for person in PEOPLE:
            for opening in ((), (person,), (person, person)):
                told = Told()
                for said in (*opening, replace(heard, who=person.who), heard, heard):
                    told, reply = step(told, said, now, texts)
                    yield reply


def test_every_text_can_be_said(texts: Texts) -> None:
    said = {text_id for *_, reply in walks(texts) for text_id in reply.ids}
    said |= {text_id for reply in persistent(texts) for text_id in reply.ids}
    assert set(texts.of_reply.by_id()) - said == {NO_RULE_HOLDS}


@pytest.mark.parametrize("code", LANGUAGES[:-1])
def test_another_language_is_met_in_that_language(code: str, texts: Texts) -> None:
    now = MONDAY + timedelta(hours=12)
    told, first = step(Told(), Heard(scope=None, language=code), now, texts)
    assert first.parts[0].id == f"safety.language.{code}" and "999" in first.parts[0].text
    told, second = step(told, Heard(scope=Scope.DISCLOSURE, language=code), now, texts)
    assert second.parts[0].text != first.parts[0].text
