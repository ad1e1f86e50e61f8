"""The bot's question to the action server: no words, one open connection, strict about the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from rasa.core.actions.action import Action
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from signpost.serving.runtime.action_call import ActionAnswerError, ActionCall, OpenConnections

DOMAIN = Domain.from_dict(
    {"slots": {"area": {"type": "text", "mappings": [{"type": "custom"}]}}, "actions": ["action_show_lines"]}
)
GOOD = {
    "events": [{"event": "slot", "name": "area", "value": "mk", "timestamp": None}],
    "responses": [{"text": "hello"}],
}


class Server:
    """A tiny HTTP server that counts connections and may drop each after some answers."""

    def __init__(self, answers_a_connection: int = 1000) -> None:
        self.connections, self.requests, self.answers_a_connection = 0, 0, answers_a_connection

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for _ in range(self.answers_a_connection):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            self.requests += 1
            body = json.dumps(GOOD).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )
            await writer.drain()
        # the connection dies without a word, as when the server is started anew
        writer.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Server], Awaitable[OpenConnections]]]:
    opened: list[Any] = []

    async def start(server: Server) -> OpenConnections:
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
        endpoint = OpenConnections(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/webhook")
        opened.append((listening, endpoint))
        return endpoint

    yield start
    for listening, endpoint in opened:
        await endpoint.close()
        listening.close()


def tracker() -> DialogueStateTracker:
    kept = DialogueStateTracker.from_events("person-with-an-id", [], DOMAIN.slots)
    kept.update(SlotSet("area", "mk"))
    parsed = {
        "text": "zebrafinch",
        "intent": {"name": "greet", "confidence": 1.0},
        "intent_ranking": [{"name": "greet"}],
        "entities": [{"entity": "scope", "value": "info"}],
        "situation": {"raised_by": []},
    }
    kept.update(
        UserUttered(
            "zebrafinch",
            parsed["intent"],
            parsed["entities"],
            parsed,
            metadata={"now": "2026-11-25T14:10:00+00:00"},
        ),
        DOMAIN,
    )
    return kept


def test_neither_words_nor_ids_are_sent_and_all_that_our_actions_read_is() -> None:
    sent = ActionCall("action_show_lines", None)._action_call_format(tracker(), DOMAIN)
    assert "zebrafinch" not in json.dumps(sent) and "person-with-an-id" not in json.dumps(sent)
    newest = sent["tracker"]["latest_message"]
    assert {"intent", "entities", "situation", "metadata"} <= newest.keys()
    assert sent["tracker"]["slots"]["area"] == "mk"


async def test_rasas_own_sdk_reads_what_is_sent() -> None:
    from rasa_sdk import Tracker

    read = Tracker.from_dict(
        ActionCall("action_show_lines", None)._action_call_format(tracker(), DOMAIN)["tracker"]
    )
    assert (
        read.get_slot("area") == "mk"
        and read.latest_message["intent"]["name"] == "greet"
        and read.events == []
    )


async def test_a_connection_is_used_again(serve: Callable[[Server], Awaitable[OpenConnections]]) -> None:
    server = Server()
    endpoint = await serve(server)
    for _ in range(5):
        assert await endpoint.request(json={}) == GOOD
    assert (server.connections, server.requests) == (1, 5)


async def test_a_connection_that_has_died_costs_no_answer(
    serve: Callable[[Server], Awaitable[OpenConnections]],
) -> None:
    server = Server(answers_a_connection=1)
    endpoint = await serve(server)
    for _ in range(3):
        assert await endpoint.request(json={}) == GOOD
    assert server.requests == 3


@pytest.mark.parametrize(
    "answer",
    [
        None,
        5,
        [],
        {},
        {"events": 5, "responses": []},
        {"events": [], "responses": [5]},
        {"events": [{"event": "restart"}], "responses": []},
        {"events": [{"event": "slot", "name": 5, "value": 1}], "responses": []},
        {"events": [None], "responses": []},
    ],
)
def test_what_is_no_answer_of_our_actions_is_refused(answer: Any) -> None:
    with pytest.raises(ActionAnswerError):
        ActionCall("action_show_lines", None)._validate_action_result(answer)


def test_an_answer_of_our_actions_is_taken() -> None:
    assert ActionCall("action_show_lines", None)._validate_action_result(GOOD)


def test_rasa_still_has_what_we_replace() -> None:
    from rasa.core.actions.action import RemoteAction

    assert issubclass(RemoteAction, Action)
    assert all(name in vars(RemoteAction) for name in ("_action_call_format", "_validate_action_result"))
