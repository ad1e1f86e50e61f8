"""Between Rasa's tracker and our own words: slots and entities in, dataclasses out, and back."""

from __future__ import annotations

from typing import Any, Collection, Mapping

from signpost.dialogue.state import Answer, Heard, Question, Told
from signpost.routing import (
    RESTS_ON,
    SENTENCES,
    Abuse,
    Area,
    Gender,
    Need,
    Scope,
    Situation,
    Topic,
    Urgency,
    Who,
)

# Intents that name a finer wish than the labels of the guide.
TOPICS = {
    "ask_refuge": Topic.REFUGE,
    "ask_stay_home": Topic.STAY_HOME,
    "ask_courses": Topic.COURSES,
    "ask_silent_call": Topic.CALL_999,
    "ask_hours": Topic.OPEN_NOW,
    "explain_abuse": Topic.IS_IT_ABUSE,
}
ANSWERS = {"affirm": Answer.YES, "deny": Answer.NO, "skip_question": Answer.SKIP}
FAREWELLS = frozenset({"thank", "goodbye"})
# Thanks and goodbyes are the only messages without lines, so a doubtful one is not taken for one.
SURE_OF_A_FAREWELL = 0.8
# A bare fact or a short answer carries no subject of its own: it is understood, and changes what the talk is about in nothing.
UNDERSTOOD_AS_SMALLTALK = frozenset(
    {
        "affirm",
        "deny",
        "inform",
        "skip_question",
        "greet",
        "thank",
        "goodbye",
        "insult",
        "ask_robot",
        "repeat_numbers",
    }
)


def heard_from(message: Mapping[str, Any], area_pages: Collection[str]) -> Heard:
    """What the newest message says, from its intent and entities. Of the places named, those with a page count."""
    intent = (message.get("intent") or {}).get("name")
    values: dict[str, set[str]] = {}
    for entity in message.get("entities") or []:
        values.setdefault(entity["entity"], set()).add(entity["value"])

    def one(name: str, default: str) -> str:
        return next(iter(values.get(name, ())), default)

    sure = float((message.get("intent") or {}).get("confidence") or 0.0) >= SURE_OF_A_FAREWELL
    scope = one("scope", Scope.SMALLTALK.value if intent in UNDERSTOOD_AS_SMALLTALK else "")
    return Heard(
        scope=Scope(scope) if scope else None,
        urgency=Urgency(one("urgency", "none")),
        danger_over="danger_over" in values,
        danger_in_context="danger_in_context" in values,
        abuse=frozenset(map(Abuse, values.get("abuse", ()))),
        gender=Gender(one("gender", "unknown")),
        lgbt="lgbt" in values,
        area=Area(one("area", "unknown")),
        who=Who(one("who", "none")),
        needs=frozenset(map(Need, values.get("need", ()))),
        topic=TOPICS.get(intent)
        or (
            Topic(one("wish", ""))
            if "wish" in values and Need.HOUSING.value in values.get("need", ())
            else None
        ),
        place=min(
            (place for name in values.get("place", ()) if (place := name.replace(" ", "_")) in area_pages),
            default=None,
        ),
        farewell=intent in FAREWELLS and sure and scope == Scope.SMALLTALK.value and "need" not in values,
        answer=ANSWERS.get(intent),
        asks_again=intent == "repeat_numbers",
    )


def told_from(slots: Mapping[str, Any]) -> Told:
    """What the conversation has told before, from the slots."""
    situation = Situation(
        scope=Scope(slots["scope"]) if slots.get("scope") else None,
        urgency=Urgency(slots.get("urgency") or "none"),
        abuse=frozenset(map(Abuse, slots.get("abuse") or ())),
        gender=Gender(slots.get("gender") or "unknown"),
        lgbt=bool(slots.get("lgbt")),
        area=Area(slots.get("area") or "unknown"),
        who=Who(slots.get("who") or "none"),
        needs=frozenset(map(Need, slots.get("needs") or ())),
        place=slots.get("area_page"),
    )
    pending = slots.get("pending_question")
    return Told(
        situation=situation,
        asked=frozenset(map(Question, slots.get("asked_questions") or ())),
        pending=Question(pending) if pending else None,
        skips=int(slots.get("skipped_questions") or 0),
        misunderstood=int(slots.get("misunderstood_messages") or 0),
        disclosed=bool(slots.get("disclosed")),
        wish=Topic(slots["wish"]) if slots.get("wish") else None,
    )


def slots_from(told: Told) -> dict[str, Any]:
    """The slots that hold what was told; the inverse of ``told_from``."""
    situation = told.situation
    return {
        "scope": situation.scope.value if situation.scope else None,
        "urgency": situation.urgency.value,
        "abuse": sorted(situation.abuse) or None,
        "gender": situation.gender.value,
        "lgbt": situation.lgbt,
        "area": situation.area.value,
        "area_page": situation.place,
        "who": situation.who.value,
        "needs": sorted(situation.needs) or None,
        "wish": told.wish.value if told.wish else None,
        "asked_questions": sorted(told.asked) or None,
        "pending_question": told.pending.value if told.pending else None,
        "skipped_questions": told.skips,
        "misunderstood_messages": told.misunderstood,
        "disclosed": told.disclosed,
    }


def understood_from(
    message: Mapping[str, Any], heard: Heard, situation: Situation, rule: str
) -> dict[str, Any]:
    """What the workbench shows: the newest intent, the labels of this message and of the whole conversation, what the rule rests on."""
    intent, reading = message.get("intent") or {}, message.get("situation")
    return {
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 3),
        "situation": _labels(situation),
        "topic": situation.topic.value if situation.topic else None,
        "message": {
            **_labels(heard),
            "danger_over": heard.danger_over,
            "danger_in_context": heard.danger_in_context,
        }
        if reading
        else None,
        "reading": reading,
        "rests_on": RESTS_ON[rule],
        "sentences": [sentence._asdict() for sentence in SENTENCES.get(rule, ())],
    }


def _labels(told: Heard | Situation) -> dict[str, Any]:
    return {
        "scope": (told.scope or Scope.OUT_OF_SCOPE).value,
        "urgency": told.urgency.value,
        "abuse": sorted(told.abuse),
        "gender": told.gender.value,
        "lgbt": told.lgbt,
        "area": told.area.value,
        "who": told.who.value,
        "needs": sorted(told.needs),
    }
