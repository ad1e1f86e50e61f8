"""What a message says, from what Rasa understood of it: an intent, entities and metadata in, ``Heard`` out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from signpost.dialogue.plain import from_plain
from signpost.dialogue.state import CANNOT_PHONE, Answer, Heard
from signpost.routing import Need, Scope, Topic

# Intents that name a finer wish than the labels of the guide.
TOPICS = {
    "ask_refuge": Topic.REFUGE,
    "ask_stay_home": Topic.STAY_HOME,
    "ask_courses": Topic.COURSES,
    "ask_silent_call": Topic.CALL_999,
    "ask_hours": Topic.OPEN_NOW,
    "explain_abuse": Topic.IS_IT_ABUSE,
}
# What is asked (topics of directory/answers.yml) and changes the lines.
ASKED_TOPICS = {
    "silent_999": Topic.CALL_999,
    "bed_tonight": Topic.BED_TONIGHT,
    "line_closed_or_unanswered": Topic.OPEN_NOW,
}
ASKED_ONLY_IN_QUESTIONS = {"not_bad_enough": Topic.IS_IT_ABUSE}
ASKED_NEEDS = {"bed_tonight": Need.HOUSING, "child_contact": Need.LEGAL}
# A quarrel over contact is a matter for the court, not a child who needs help.
CONTACT, CHILDREN_TOPICS = "child_contact", frozenset({"children_support", "professional_child_concern"})
NO_VOICE = frozenset({"text_or_webchat", "deaf_access", "no_phone"})
ANSWERS = {"affirm": Answer.YES, "deny": Answer.NO, "skip_question": Answer.SKIP}
FLAGS = (
    "lgbt",
    "danger_over",
    "over_in_context",
    "danger_less",
    "danger_in_context",
    "plain_no",
    "past",
    "aged_16_17",
    "about_child",
    "perhaps_child",
    "perhaps_despair",
    "grown_up",
)
FEARS_HARMING_BABY = "fear_of_harming_baby"
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
    """What the newest message says, from its intent, entities and turn. Of the places named, those with a page count.

    Raises:
        PlainError: an entity has a value that its label does not know.
    """
    intent = (message.get("intent") or {}).get("name")
    values: dict[str, list[str]] = {}
    for entity in message.get("entities") or []:
        values.setdefault(entity["entity"], []).append(entity["value"])

    def one(name: str) -> str | None:
        return next(iter(values.get(name, ())), None)

    sure = float((message.get("intent") or {}).get("confidence") or 0.0) >= SURE_OF_A_FAREWELL
    scope = one("scope") or (Scope.SMALLTALK.value if intent in UNDERSTOOD_AS_SMALLTALK else None)
    asks = values.get("asks", [])
    needs = _needs(values.get("need", []), asks)
    answer = one("answer") or (ANSWERS[intent].value if intent in ANSWERS else None)
    said = {
        name: one(name)
        for name in ("urgency", "gender", "area", "who", "despair", "language", "named")
        if name in values
    }
    said |= {name: True for name in FLAGS if name in values}
    topic = _topic(intent, one("wish"), asks, scope, needs)
    found: Heard = from_plain(
        Heard,
        {
            **said,
            "scope": scope,
            "abuse": values.get("abuse", []),
            "needs": needs,
            "topic": topic.value if topic else None,
            "place": min(
                (
                    place
                    for name in values.get("place", ())
                    if (place := name.replace(" ", "_")) in area_pages
                ),
                default=None,
            ),
            "asks": asks,
            "taken_back": values.get("taken_back", []),
            "told": values.get("told", []) + ([CANNOT_PHONE] if NO_VOICE & set(asks) else []),
            "fears_harming_baby": FEARS_HARMING_BABY in asks,
            "farewell": intent in FAREWELLS
            and sure
            and scope == Scope.SMALLTALK.value
            and "need" not in values,
            "answer": answer,
            "asks_again": intent == "repeat_numbers",
            "turn": (message.get("metadata") or {}).get("turn"),
        },
    )
    return found


def _needs(needs: list[str], asks: list[str]) -> list[str]:
    found = [*needs, *(ASKED_NEEDS[ask].value for ask in asks if ask in ASKED_NEEDS)]
    if CONTACT in asks and not CHILDREN_TOPICS & set(asks):
        found = [need for need in found if need != Need.CHILDREN.value]
    return found


def _topic(
    intent: str | None, wish: str | None, asks: list[str], scope: str | None, needs: list[str]
) -> Topic | None:
    if intent in TOPICS:
        return TOPICS[intent]
    if wish is not None and Need.HOUSING.value in needs:
        return Topic(wish)
    known = dict(ASKED_TOPICS)
    if scope in (Scope.INFO.value, Scope.ASK_HELP.value):
        known |= ASKED_ONLY_IN_QUESTIONS
    return next((known[ask] for ask in asks if ask in known), None)
