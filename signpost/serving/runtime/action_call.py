"""Asking the action server: over connections that stay open, with what our actions read and nothing more."""

from __future__ import annotations

from functools import cache
from typing import Any, Dict

import aiohttp
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from signpost.errors import SignpostError

# The channel waits no longer than 3.3 s for everything.
TIMEOUT_S = 3.0
# Shorter than the action server keeps a silent connection, so that we never send into one that it is closing.
IDLE_CONNECTION_LASTS_S = 15.0
# Answers that the channel works on at once fit with room to spare.
MAX_CONNECTIONS = 100
# Parts of a parsed message that no action reads: the words themselves stay in the bot process.
NOT_SENT = frozenset({"text", "intent_ranking", "text_tokens"})
# Whose conversation it is, no action needs to know.
NOBODY = "conversation"


class ActionAnswerError(SignpostError, ValueError):
    """The action server answered something that is no answer of our actions."""


class ActionCall(RemoteAction):
    """Rasa's call of the action server, made light.

    Rasa checks each answer against a JSON schema, which it first checks itself: 33 ms a message.
    """

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> Dict[str, Any]:
        """What is sent: slots and what was understood of the latest message.

        No words, id or earlier events.
        """
        newest = tracker.latest_message
        parsed = {**newest.parse_data, "metadata": newest.metadata} if newest else {}
        state = {
            "sender_id": NOBODY,
            "slots": tracker.current_slot_values(),
            "latest_message": {key: value for key, value in parsed.items() if key not in NOT_SENT},
            "latest_action_name": tracker.latest_action_name,
            "active_loop": {},
            "events": [],
            "paused": False,
            "followup_action": None,
        }
        return {"next_action": self._name, "sender_id": NOBODY, "tracker": state, "version": rasa.__version__}

    def _validate_action_result(self, result: Any) -> bool:
        """Our actions utter and set slots, nothing else.

        Raises:
            ActionAnswerError
        """
        answer = result if isinstance(result, dict) else {}
        events, responses = answer.get("events"), answer.get("responses")
        if not isinstance(events, list) or not isinstance(responses, list):
            raise ActionAnswerError("The action server's answer holds no list of events and of responses.")
        if not all(
            isinstance(event, dict)
            and event.get("event") == "slot"
            and isinstance(event.get("name"), str)
            and "value" in event
            for event in events
        ):
            raise ActionAnswerError("The action server's answer holds an event that sets no slot.")
        if not all(isinstance(response, dict) for response in responses):
            raise ActionAnswerError("The action server's answer holds a response that is no object.")
        return True


class OpenConnections(EndpointConfig):
    """An endpoint whose connections stay open between requests. Used by one event loop."""

    def __init__(self, url: str) -> None:
        super().__init__(url, selective_domain=True)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self, method: str = "post", subpath: str | None = None, json: Any = None, **kwargs: Any
    ) -> Any:
        """The answer as plain data.

        Actions change nothing, so a request lost with its connection is sent again.

        Raises:
            ClientResponseError: the status is 400 or more.
            aiohttp.ClientError: no answer.
        """
        try:
            return await self._ask(json)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            return await self._ask(json)

    async def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, body: Any) -> Any:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=IDLE_CONNECTION_LASTS_S)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        async with self._session.post(self.url, json=body) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason or "", "{}")
            return await response.json()


@cache
def open_connections(url: str) -> OpenConnections:
    """One set of connections to an address, whichever model asks."""
    return OpenConnections(url)
