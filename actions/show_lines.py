"""The one action: take in the newest message, choose the lines, show them, perhaps ask one question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.translation import slots_from, told_from, understood_from
from signpost.dialogue.hearing import heard_from
from signpost.dialogue.reply import Reply, compose, compose_again, lines_beside, remember
from signpost.dialogue.state import Told, ask, hear, is_repeat, next_question, question_id, show
from signpost.directory.payload import as_payload
from signpost.routing import Line, read_clock, route
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
        self.texts = texts.of_reply

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
        beside = lines_beside(told, heard, self.texts)
        told = replace(told, situation=replace(told.situation, beside=beside))
        asked = next_question(told, heard, read_clock(self.directory, now))
        question = question_id(asked, told) if asked else self._choices(told)
        referral = route(told.situation, self.directory, now)
        if is_repeat(before, heard):
            reply = compose_again(told, referral, self.texts)
        else:
            told = show(told, tuple(line.id for line in referral.lines))
            reply = compose(before, told, heard, referral, question, self.texts)
            told = remember(told, reply)
        payload = as_payload(referral, self.replies, asked.value if asked else None)
        payload["understood"] = understood_from(message, heard, told, before, referral.rule)
        self._utter(dispatcher, reply, payload, question)
        if (message.get("metadata") or {}).get("plain"):
            dispatcher.utter_message(text=in_words(referral.lines))
        # only what has changed: each slot set costs the bot process a share of a millisecond
        return [
            SlotSet(name, value)
            for name, value in slots_from(ask(told, asked)).items()
            if tracker.slots.get(name) != value
        ]

    def _utter(
        self, dispatcher: CollectingDispatcher, reply: Reply, payload: dict[str, Any], question: str | None
    ) -> None:
        """One message for what stands before the cards, with the cards; one for what stands behind; the question.

        Parts are joined by one line break: at two, Rasa's own channels would split the message.
        """
        dispatcher.utter_message(text="\n".join(part.text for part in reply.parts), json_message=payload)
        if reply.after:
            dispatcher.utter_message(text="\n".join(part.text for part in reply.after))
        if reply.question and question:
            dispatcher.utter_message(
                text=reply.question.text,
                buttons=[
                    {"title": button.title, "payload": button.says}
                    for button in self.questions.asked[question].buttons
                ],
            )

    @staticmethod
    def _choices(told: Told) -> str | None:
        return "choices" if told.misunderstood >= MISUNDERSTOOD_BEFORE_CHOICES else None

    @staticmethod
    def _now(message: dict[str, Any]) -> datetime:
        given = (message.get("metadata") or {}).get("now")
        return datetime.fromisoformat(given) if given else datetime.now(timezone.utc)


def in_words(lines: Iterable[Line]) -> str:
    """The lines as text, one a row, for clients that show only text and buttons."""
    rows = []
    for line in lines:
        rest = "; ".join(part for part in (line.hours, line.cost, *(way.label for way in line.ways)) if part)
        rows.append(f"{line.name}: {line.phone}. {rest}")
    return "\n".join(rows)
