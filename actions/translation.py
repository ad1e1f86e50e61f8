"""Between Rasa's tracker and our own words: slots and entities in, dataclasses out, and back."""

from __future__ import annotations

from typing import Any, Mapping

from signpost.dialogue.plain import from_plain, to_plain
from signpost.dialogue.state import Heard, Told, alarmed
from signpost.dialogue.texts import public_id
from signpost.routing import RESTS_ON, SENTENCES, Scope, Situation

# The slot that holds the whole conversation, and the one that the bot process sets where it answered danger alone.
CONVERSATION = "conversation"
DANGER_SAID = "danger_said"


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
