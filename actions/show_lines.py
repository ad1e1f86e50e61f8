"""The one action: take in the newest message, choose the lines, show them, perhaps ask one question."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.translation import slots_from, told_from, understood_from
from signpost.dialogue.hearing import heard_from
from signpost.dialogue.state import ask, hear, next_question, question_id, show
from signpost.directory.payload import as_payload
from signpost.routing import read_clock, route
from signpost.serving.last_good import read_texts
from signpost.settings import read_settings

# So many messages in a row that were not understood bring the choices as buttons.
MISUNDERSTOOD_BEFORE_CHOICES = 2


class ActionShowLines(Action):
    """Translates tracker to dataclasses, lets routing decide, and translates back."""

    def __init__(self) -> None:
        settings = read_settings()
        texts = read_texts(settings.directory, settings.kept, date.today())
        self.directory, self.replies, self.questions = texts.directory, texts.replies, texts.questions

    def name(self) -> str:
        """Name in the domain."""
        return "action_show_lines"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer one message. The channel puts the time into the metadata only in workbench mode."""
        message = tracker.latest_message
        heard = heard_from(message, self.directory.areas)
        before, now = told_from(tracker.slots), self._now(message)
        told = hear(before, heard)
        question = next_question(told, heard, read_clock(self.directory, now))
        referral = route(told.situation, self.directory, now)
        told = show(told, tuple(line.id for line in referral.lines))
        understood = understood_from(message, heard, told, before, referral.rule)
        payload = {**as_payload(referral, self.replies), "understood": understood}
        dispatcher.utter_message(text=self.replies.by_rule[referral.rule], json_message=payload)
        if question:
            self._utter_question(dispatcher, question_id(question, told))
        elif told.misunderstood >= MISUNDERSTOOD_BEFORE_CHOICES:
            self._utter_question(dispatcher, "choices")
        # only what has changed: each slot set costs the bot process a share of a millisecond
        return [
            SlotSet(name, value)
            for name, value in slots_from(ask(told, question)).items()
            if tracker.slots.get(name) != value
        ]

    def _utter_question(self, dispatcher: CollectingDispatcher, name: str) -> None:
        question = self.questions.asked[name]
        dispatcher.utter_message(
            text=question.text,
            buttons=[{"title": button.title, "payload": button.says} for button in question.buttons],
        )

    @staticmethod
    def _now(message: dict[str, Any]) -> datetime:
        given = (message.get("metadata") or {}).get("now")
        return datetime.fromisoformat(given) if given else datetime.now(timezone.utc)
