"""The Sanic input channel that the widget talks to, mounted at /chat.

Nothing that goes wrong behind it reaches the person: every accepted message gets its reply, or the fixed safe
reply with 999 and the 24-hour line, with status 200. An action server that does not answer in time is not
waited for. No message text is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, Awaitable, Callable, Iterator, Protocol

import aiohttp
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from signpost.directory.payload import as_area
from signpost.learning.registry import name_of
from signpost.routing import every_line, fallback
from signpost.serving.channels.output import SignpostOutput, safe_message
from signpost.serving.gateway.admission import Load
from signpost.serving.gateway.metrics import DailyFigures, ProcessFacts, serve_figures
from signpost.serving.gateway.rate_limit import FloodGate
from signpost.serving.gateway.requests import (
    MAX_BYTES,
    BadRequest,
    Incoming,
    TooLong,
    TooMany,
    read_json,
    read_message,
    read_object,
    read_sender,
)
from signpost.serving.last_good import read_texts
from signpost.serving.old_pages import old_pages
from signpost.serving.page import Settings as PageSettings
from signpost.serving.page import build
from signpost.serving.runtime.agents import memory_of
from signpost.settings import ServerSettings, read_settings
from signpost.understanding.text import clean
from signpost.version import version

logger = logging.getLogger(__name__)

# A reply must be there after 4 s; what is left after this belongs to sending the safe reply.
TIMEOUT_S = 3.3
# Once the bot process itself has said 999, the lines are waited for no longer than this.
TIMEOUT_IN_DANGER_S = 1.0
# /chat/health answers from its last look for this long, so that asking often costs nothing.
HEALTH_LASTS_S = 2.0
# /chat/health waits this long for the action server.
HEALTH_TIMEOUT_S = 1.0
# Rasa drops an empty message; it counts as one that was not understood.
NOTHING_SAID = "/nlu_fallback"
# What is remembered of a turn in which the bot process said 999 and the action server did not answer.
IN_DANGER = {"danger_said": True}
NO_STORE = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
# So often may one address ask to be forgotten. What is refused here is forgotten by itself after 30 minutes.
FORGETS_PER_ADDRESS = "20/second;300/minute"


class Memory(Protocol):
    """What the channel needs of the conversation memory."""

    async def keep(self, sender_id: str, slots: dict[str, Any]) -> None:
        """Set slots of a conversation from outside a turn."""

    async def delete(self, sender_id: str) -> None:
        """Forget one conversation now."""


class PersonMessage(UserMessage):
    """A message with the same person's earlier ones, which are read with it and kept no longer than it."""

    before: tuple[str, ...] = ()


class ChatInput(InputChannel):
    """``/chat``: the page, the widget's files, a message and its reply, forgetting, health, the directory."""

    def __init__(self) -> None:
        self.settings: ServerSettings = read_settings()
        texts = read_texts(self.settings.directory, self.settings.kept, date.today())
        self.directory, self.replies, self.questions = texts.directory, texts.replies, texts.questions
        self.meanings = self.questions.meanings()
        self.floods = FloodGate()
        self.forget_floods = FloodGate(FORGETS_PER_ADDRESS, in_all=None)
        self.figures = DailyFigures() if self.settings.counters_port else None
        if self.figures:
            oldest = min(service.checked_on for service in self.directory.services.values())
            serve_figures(self.figures, ProcessFacts(oldest, self._runs), self.settings.counters_port)
        self.load = Load()
        self._app: Sanic | None = None
        self._looked_at, self._was_healthy, self._looking = -HEALTH_LASTS_S, False, asyncio.Lock()

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "chat"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> ChatInput:
        """There are no credentials."""
        return cls()

    def url_prefix(self) -> str:
        """Mounted here instead of under /webhooks."""
        return "/chat"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """All routes below /chat."""
        routes = Blueprint("chat")
        self._add_pages(routes)

        # of the channel, not of our server alone: `rasa run` mounts it in a server of Rasa's own
        @routes.exception(BadRequest)
        async def refuse(request: Request, error: BadRequest) -> HTTPResponse:
            return self.refusal(error.status, str(error))

        @routes.exception(Exception)
        async def refuse_anything(request: Request, error: Exception) -> HTTPResponse:
            if isinstance(error, SanicException):
                answer = self.refusal(getattr(error, "status_code", 500), "This request cannot be answered.")
                answer.headers.update(getattr(error, "headers", None) or {})  # which methods are allowed
                return answer
            logger.error("A request failed: %s", type(error).__name__)
            # whatever broke around the bot, a message gets a reply
            of_message = request.path == f"{self.url_prefix()}/webhook"
            return self.safe_reply() if of_message else self.refusal(500, "Something went wrong here.")

        @routes.listener("after_server_start")
        async def started(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            self._app = app

        @routes.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse:
            if len(request.body) > MAX_BYTES:
                raise TooLong("The message is too long.")
            self._hold_off(self.floods, request)
            incoming = read_message(_object(request), clock_may_be_set=self.settings.workbench)
            with self._refusals_counted(), self.load.taken(len(incoming.text)):
                reply = await self.answer(incoming, on_new_message, _memory_of(request.app))
            if self.figures:
                self.figures.answered(reply)
            return json(reply, headers=NO_STORE)

        @routes.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            self._hold_off(self.forget_floods, request)
            sender = read_sender(read_json(request.body))  # a beacon comes as text/plain
            async with request.app.ctx.agent.lock_store.lock(sender):  # a reply under way would bring it back
                await _memory_of(request.app).delete(sender)
            return json({"forgotten": True}, headers=NO_STORE)

        @routes.route("/health", methods=["GET", "HEAD"])
        async def health(request: Request) -> HTTPResponse:
            healthy = await self._is_healthy(request.app)
            return json(
                {"healthy": healthy, "model": _model_of(request.app), "version": version()},
                status=200 if healthy else 503,
                headers=NO_STORE,
            )

        @routes.route("/lines", methods=["GET", "HEAD"])
        async def lines(request: Request) -> HTTPResponse:
            shown = every_line(self.directory, datetime.now(timezone.utc))
            areas = [as_area(page) for page in self.directory.areas.values()]
            return json({"lines": [asdict(line) for line in shown], "area_pages": areas}, headers=NO_STORE)

        return routes

    async def answer(
        self, incoming: Incoming, on_new_message: Callable[[UserMessage], Awaitable[Any]], memory: Memory
    ) -> list[dict[str, Any]]:
        """The reply to one message; never empty, never an error."""
        output = SignpostOutput()
        metadata = {"now": incoming.now, "turn": incoming.turn, "plain": incoming.plain or None}
        message = PersonMessage(
            text=self.meanings.get(incoming.text, incoming.text) or NOTHING_SAID,
            output_channel=output,
            sender_id=incoming.sender,
            input_channel=self.name(),
            metadata={name: value for name, value in metadata.items() if value is not None},
        )
        message.before = incoming.before
        try:
            await _patiently(on_new_message(message), output.danger_said)
        except Exception as error:  # the edge: whatever it is, the person gets numbers
            logger.error("No reply came from the bot: %s", type(error).__name__)
        reply = output.reply()
        if not reply:
            said = [part for part in output.messages if "custom" not in part]
            reply = [*said[:1], safe_message(incoming.sender, self.directory, self.replies)]
            if output.danger_said.is_set():
                await memory.keep(incoming.sender, IN_DANGER)
        if incoming.cut_off:
            reply.append({"recipient_id": incoming.sender, "text": self.questions.service["cut_off"]})
        return [
            _with_danger_words(part, incoming.text) if self.settings.workbench else _without_understood(part)
            for part in reply
        ]

    def safe_reply(self) -> HTTPResponse:
        """The answer to a message of which nothing else is left: whose it was is not known."""
        return json([safe_message("", self.directory, self.replies)], headers=NO_STORE)

    def refusal(self, status: int, text: str) -> HTTPResponse:
        """The answer to a request that cannot be taken: it still carries the numbers."""
        lines = [asdict(line) for line in fallback(self.directory).lines]
        return json({"error": text, "lines": lines}, status=status, headers=NO_STORE)

    def _runs(self) -> dict[str, str]:
        """Release and model, as /chat/health names them."""
        return {"version": version(), "model": (_model_of(self._app) if self._app else None) or ""}

    def _hold_off(self, gate: FloodGate, request: Request) -> None:
        """Raises TooMany in a flood. In workbench mode volunteers and tests may send as fast as they like."""
        if self.settings.workbench or gate.lets_in(request.remote_addr or request.ip):
            return
        with self._refusals_counted():
            raise TooMany("Too many messages at once. Wait a minute, or ring one of these lines.")

    @contextmanager
    def _refusals_counted(self) -> Iterator[None]:
        """Refuse; rate limiting and overload look alike and both count, if anything is counted."""
        try:
            yield
        except TooMany:
            if self.figures:
                self.figures.refused()
            raise

    def _add_pages(self, routes: Blueprint) -> None:
        settings = {"frame_ancestors": self.settings.frame_ancestors, "mount": self.settings.public_path}
        if self.settings.exit_url:
            settings["exit_url"] = self.settings.exit_url
        assets = build(self.directory, PageSettings(**settings))
        replaced = old_pages(self.settings.kept / "pages", assets, datetime.now(timezone.utc))
        for path, asset in {**replaced, **assets}.items():

            async def serve(request: Request, asset: Any = asset) -> HTTPResponse:
                packed = asset.gzipped and "gzip" in request.headers.get("accept-encoding", "")
                headers = {**asset.headers, "Vary": "Accept-Encoding"}
                headers |= {"Content-Encoding": "gzip"} if packed else {}
                return HTTPResponse(
                    body=asset.gzipped if packed else asset.body,
                    content_type=asset.content_type,
                    headers=headers,
                )

            routes.add_route(
                serve,
                path or "/",
                methods=["GET", "HEAD"],
                name=f"page{path.replace('/', '_').replace('.', '_') or '_index'}",
            )

    async def _is_healthy(self, app: Sanic) -> bool:
        """A real message would be understood and answered."""
        async with self._looking:  # however many ask at once, one looks
            if time.monotonic() >= self._looked_at + HEALTH_LASTS_S:
                self._was_healthy = await self._look(app)
                self._looked_at = time.monotonic()
            return self._was_healthy

    async def _look(self, app: Sanic) -> bool:
        agent = getattr(app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            return False
        url = f"http://{self.settings.actions_host}:{self.settings.actions_port}/health"
        try:
            timeout = aiohttp.ClientTimeout(total=HEALTH_TIMEOUT_S)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
                actions_answer = response.status == 200
            await agent.parse_message("hello")
        except Exception as error:  # the edge: unhealthy, whatever it is
            logger.error("Not healthy: %s", type(error).__name__)
            return False
        return actions_answer


def _memory_of(app: Sanic) -> Any:
    """The conversations; Rasa's own server has them at its agent only."""
    agent = getattr(app.ctx, "agent", None)
    return getattr(app.ctx, "memory", None) or (memory_of(agent) if agent else None)


def _model_of(app: Sanic) -> str | None:
    """The name of the model that answers."""
    model = getattr(app.ctx, "model", None)
    if model is None:
        processor = getattr(getattr(app.ctx, "agent", None), "processor", None)
        model = Path(processor.model_filename) if processor else None
    return name_of(model) if model else None


async def _patiently(work: Awaitable[Any], danger_said: asyncio.Event) -> None:
    """Wait for the work, but no longer than a person should; less once 999 was shown.

    Raises what the work raises.
    """
    task, said = asyncio.ensure_future(work), asyncio.ensure_future(danger_said.wait())
    await asyncio.wait({task, said}, timeout=TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
    if said.done() and not task.done():
        await asyncio.wait({task}, timeout=TIMEOUT_IN_DANGER_S)
    said.cancel()
    if not task.done():
        task.cancel()
        raise asyncio.TimeoutError
    await task


def _object(request: Request) -> dict[str, Any]:
    return read_object(request.body, request.headers.get("content-type", ""))


def _without_understood(message: dict[str, Any]) -> dict[str, Any]:
    if "custom" not in message:
        return message
    return {
        **message,
        "custom": {key: value for key, value in message["custom"].items() if key != "understood"},
    }


def _with_danger_words(message: dict[str, Any], text: str) -> dict[str, Any]:
    """For the workbench: the words that danger patterns matched, beside the patterns' names.

    Only the reader saw the tidied text; the action server sees no text.
    """
    understood = message.get("custom", {}).get("understood")
    if not understood:
        return message
    tidy, reading = clean(text), understood.get("reading") or {}
    found = [
        {"pattern": name, "words": tidy[start:end]} for name, start, end in reading.get("danger_places", ())
    ]
    return {**message, "custom": {**message["custom"], "understood": {**understood, "danger_words": found}}}
