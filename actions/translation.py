"""Between Rasa's tracker and our own words: slots and entities in, dataclasses out, and back."""

from __future__ import annotations

from typing import Any, Collection, Mapping

from signpost.dialogue.plain import from_plain, to_plain
from signpost.dialogue.state import CANNOT_PHONE, Answer, Heard, Told, alarmed
from signpost.dialogue.texts import public_id
from signpost.routing import RESTS_ON, SENTENCES, Need, Scope, Situation, Topic

# The slot that holds the whole conversation, and the one that the bot process sets where it answered danger alone.
CONVERSATION = "conversation"
DANGER_SAID = "danger_said"
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
    "danger_less",
    "danger_in_context",
    "plain_no",
    "past",
    "aged_16_17",
    "about_child",
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


def told_from(slots: Mapping[str, Any]) -> Told:
    """What the conversation has told before, from the slots.

    Raises:
        PlainError: the slot holds something that is no conversation.
    """
    told: Told = from_plain(Told, slots.get(CONVERSATION) or {})
    return alarmed(told) if slots.get(DANGER_SAID) else told


def slots_from(told: Told) -> dict[str, Any]:
    """The slots that hold what was told; the inverse of ``told_from``."""
    return {CONVERSATION: to_plain(told, sparse=True), DANGER_SAID: None}


def understood_from(
    message: Mapping[str, Any], heard: Heard, told: Told, before: Told, rule: str
) -> dict[str, Any]:
    """What the workbench shows: the newest intent, the labels of this message, the conversation before and after it, what
    changed and was taken back, which texts were said, and what the rule rests on."""
    intent, reading = message.get("intent") or {}, message.get("situation")
    situation = told.situation
    return {
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 3),
        "situation": _labels(situation),
        "before": _labels(before.situation),
        "changed": sorted(told.changed),
        "taken_back": sorted(told.taken_back),
        "alarms": to_plain(told.alarms),
        "topic": situation.topic.value if situation.topic else None,
        "asks": list(heard.asks),
        "said": list(dict.fromkeys(public_id(said) for said in told.said)),
        "message": {
            **_labels(heard),
            "danger_over": heard.danger_over,
            "danger_less": heard.danger_less,
            "danger_in_context": heard.danger_in_context,
        }
        if reading
        else None,
        "reading": reading,
        "rests_on": RESTS_ON[rule],
        "sentences": [sentence._asdict() for sentence in SENTENCES.get(rule, ())],
    }


# The labels of the labelling guide, as one message and a whole conversation share them.
LABELS = ("scope", "urgency", "abuse", "gender", "lgbt", "area", "who", "needs", "despair")


def _labels(told: Heard | Situation) -> dict[str, Any]:
    labels = {name: to_plain(getattr(told, name)) for name in LABELS}
    return {**labels, "scope": labels["scope"] or Scope.OUT_OF_SCOPE.value}
