"""Rasa's message processor, made light.

Messages are understood in threads and in batches; actions are called over open connections.
"""

from __future__ import annotations

import gc
from typing import Any, Dict, List, Tuple

import rasa.core.agent
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT

from signpost.nlu.message_features import EARLIER, TOLD
from signpost.serving.runtime.action_call import ActionCall, open_connections
from signpost.serving.runtime.batches import Batches

# Messages, and their characters, understood in one batch. More gains little and makes the first wait for the
# last.
MAX_MESSAGES = 8
MAX_CHARACTERS = 2_000
# Batches at once: while one is in the encoder, which releases the interpreter, the words of the other are
# read.
THREADS = 2
# The slot that holds what the conversation has told (domain.yml).
CONVERSATION = "conversation"
# Every rule in data/rules that has it ends with it.
LAST_ACTION = "action_show_lines"


class LightProcessor(MessageProcessor):
    """What a bot of our kind needs of Rasa's processor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # a model's million objects never become garbage: collecting them again and again would delay answers
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        if self.action_endpoint is not None:
            self.action_endpoint = open_connections(self.action_endpoint.url)
        self._batches: Batches[UserMessage, Dict[str, Any]] = Batches(
            self._understand,
            lambda message: len(message.text or ""),
            max_items=MAX_MESSAGES,
            max_size=MAX_CHARACTERS,
            threads=THREADS,
        )

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> Dict[str, Any]:
        """What the trained model makes of a message, read with what the same person said before it and what
        that told.

        Both are for the graph alone: the message that is remembered and handed on has neither.
        """
        given = {
            EARLIER: getattr(message, "before", ()),
            TOLD: tracker.get_slot(CONVERSATION) if tracker else None,
        }
        seen = UserMessage(text=message.text, sender_id=message.sender_id, metadata=given)
        return await self._batches.run(seen)

    def _understand(self, messages: List[UserMessage]) -> List[Dict[str, Any]]:
        """What the trained model makes of several messages; runs in a thread of its own."""
        target = self.model_metadata.nlu_target
        results = self.graph_runner.run(
            inputs={PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: None}, targets=[target]
        )
        nothing = {TEXT: "", INTENT: {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, ENTITIES: []}
        return [{**nothing, **parsed.as_dict(only_output_properties=True)} for parsed in results[target]]

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        """After the last action of every rule no policy is asked: the bot listens."""
        if tracker.latest_action_name == LAST_ACTION and not tracker.followup_action:
            return PolicyPrediction.for_action_name(self.domain, ACTION_LISTEN_NAME, type(self).__name__)
        return super()._predict_next_with_tracker(tracker)

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> Tuple[Action, PolicyPrediction]:
        """The next action; one on the action server is asked in our way."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return ActionCall(action.name(), self.action_endpoint) if isinstance(
            action, RemoteAction
        ) else action, prediction


def use_light_processor() -> None:
    """Make every agent that Rasa loads use it; Rasa has no setting for that."""
    rasa.core.agent.MessageProcessor = LightProcessor  # type: ignore[misc]
