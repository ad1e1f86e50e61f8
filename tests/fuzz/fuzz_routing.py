"""Coverage-guided fuzzing of the decisions: whole conversations of any facts at any hour. See run.py."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["signpost", "actions"]):
    from actions.translation import slots_from, told_from, understood_from
    from signpost.dialogue.hearing import (
        ANSWERS,
        ASKED_NEEDS,
        ASKED_TOPICS,
        FAREWELLS,
        TOPICS,
        UNDERSTOOD_AS_SMALLTALK,
        heard_from,
    )
    from signpost.dialogue.reply import compose, lines_beside, remember
    from signpost.dialogue.state import Answer, Heard, Told, ask, hear, next_question, question_id, show
    from signpost.directory.languages import load_languages
    from signpost.directory.payload import as_payload, is_payload
    from signpost.directory.questions import load_questions
    from signpost.directory.reader import load_directory
    from signpost.directory.replies import load_replies
    from signpost.directory.texts import load_said, reply_texts
    from signpost.routing import (
        RESTS_ON,
        Abuse,
        Area,
        Despair,
        Gender,
        Need,
        Scope,
        Urgency,
        Who,
        read_clock,
        route,
    )
    from signpost.routing.services import ROUTED_IDS

FOLDER = ROOT / "directory"
DIRECTORY = load_directory(FOLDER / "services.yml", date(2026, 11, 22))
REPLIES = load_replies(FOLDER / "replies.yml")
TEXTS = reply_texts(
    REPLIES,
    load_questions(FOLDER / "questions.yml"),
    load_said(FOLDER / "answers.yml", FOLDER / "acknowledgements.yml", DIRECTORY),
    load_languages(FOLDER / "languages.yml"),
)
NUMBERS = {phone.display for service in DIRECTORY.services.values() for phone in service.phones} | {""}
INTENTS = sorted(
    {
        *TOPICS,
        *ANSWERS,
        *FAREWELLS,
        *UNDERSTOOD_AS_SMALLTALK,
        "describe_situation",
        "ask_housing",
        "report_danger",
        "out_of_scope",
        "nlu_fallback",
        "never_heard_of",
    }
)
ONE_OF = {
    "scope": Scope,
    "urgency": Urgency,
    "gender": Gender,
    "area": Area,
    "who": Who,
    "despair": Despair,
    "answer": Answer,
}
ANY_OF = {"abuse": Abuse, "need": Need}
FLAGS = (
    "lgbt",
    "danger_over",
    "danger_less",
    "danger_in_context",
    "plain_no",
    "aged_16_17",
    "about_child",
    "never_heard_of",
)
ANY_WORDS = {
    "asks": [*ASKED_TOPICS, *ASKED_NEEDS, "fear_of_harming_baby", "deaf_access", "never_heard_of"],
    "taken_back": [
        *(label.value for label in (*Need, *Abuse)),
        "area",
        "gender",
        "lgbt",
        "who",
        "danger",
        "despair",
        "never_despair",
    ],
    "told": ["injury", "strangulation", "cannot_phone"],
    "language": ["pl", "other"],
    "named": [*ROUTED_IDS],
}
PLACES = [*DIRECTORY.areas, "milton keynes", "atlantis", ""]
WISHES = ("refuge", "other_stay", "stay_home")


def message(given: atheris.FuzzedDataProvider) -> dict[str, Any]:
    """One message as the pipeline could have understood it, however oddly."""
    entities = [
        {"entity": name, "value": given.PickValueInList(list(kind)).value}
        for name, kind in ONE_OF.items()
        if given.ConsumeBool()
    ]
    entities += [
        {"entity": name, "value": value.value}
        for name, kind in ANY_OF.items()
        for value in kind
        if given.ConsumeIntInRange(0, 3) == 0
    ]
    entities += [{"entity": name, "value": "yes"} for name in FLAGS if given.ConsumeIntInRange(0, 3) == 0]
    entities += [
        {"entity": name, "value": given.PickValueInList(words)}
        for name, words in ANY_WORDS.items()
        if given.ConsumeIntInRange(0, 3) == 0
    ]
    entities += [
        {"entity": "place", "value": given.PickValueInList(PLACES)}
        for _ in range(given.ConsumeIntInRange(0, 2))
    ]
    entities += (
        [{"entity": "wish", "value": given.PickValueInList(list(WISHES))}]
        if given.ConsumeIntInRange(0, 3) == 0
        else []
    )
    intent = (
        {"name": given.PickValueInList(INTENTS), "confidence": given.ConsumeProbability()}
        if given.ConsumeIntInRange(0, 9)
        else None
    )
    return {"intent": intent, "entities": entities, "text": given.ConsumeUnicode(20)}


def check(said: dict[str, Any], heard: Heard, before: Told, told: Told, now: datetime) -> Told:
    """Route and compose as the action does; the conversation with what was shown and said."""
    told = replace(told, situation=replace(told.situation, beside=lines_beside(told, heard, TEXTS)))
    asked = next_question(told, heard, read_clock(DIRECTORY, now))
    referral = route(told.situation, DIRECTORY, now)
    ids = [line.id for line in referral.lines]
    assert referral.rule in RESTS_ON and referral.why
    if told.situation.urgency is not Urgency.NONE:
        assert ids[0] == "police_999" and referral.urgency is told.situation.urgency
    assert ids or referral.rule == "farewell"
    assert len(set(ids)) == len(ids)
    assert all(line.phone in NUMBERS for line in referral.lines)
    assert all(set(re.findall(r"\d+", sentence)) <= {"999"} for sentence in referral.why)
    told = show(told, tuple(ids))
    reply = compose(before, told, heard, referral, question_id(asked, told) if asked else None, TEXTS)
    texts = [part.text for part in (*reply.parts, *reply.after)]
    assert any(texts) and not any("{" in text for text in texts)
    if told.situation.urgency is not Urgency.NONE:
        assert "999" in texts[0]
    told = remember(told, reply)
    payload = {
        **as_payload(referral, REPLIES),
        "understood": understood_from(said, heard, told, before, referral.rule),
    }
    assert is_payload(json.loads(json.dumps(payload)))
    return ask(told, asked)


def one_input(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    told = Told()
    for _ in range(given.ConsumeIntInRange(1, 6)):
        said = message(given)
        heard = heard_from(said, DIRECTORY.areas)
        before = told_from(slots_from(told))
        told = hear(before, heard)
        now = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(
            minutes=given.ConsumeIntInRange(0, 60 * 24 * 800)
        )
        told = check(said, heard, before, told, now)
        assert told_from(json.loads(json.dumps(slots_from(told)))) == told_from(slots_from(told))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
