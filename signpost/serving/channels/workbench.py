"""The volunteers' channel, mounted at /workbench and only in workbench mode.

A website open in the same browser must be able neither to read nor to write here: each request has to name
this machine as its host, a script's request has to come from our own page, and files are written only for a
request from this machine.

NotOurPage      403     another site's page, another host's name, or (for files) another machine
"""

from __future__ import annotations

import asyncio
import ipaddress
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json

from signpost.directory.payload import as_payload
from signpost.files import ROOT
from signpost.learning.curation.findings import TESTS, FindingError, read_found, save
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import ListedModel, ModelError, find_model, list_models, open_model
from signpost.learning.scenarios import (
    Conversation,
    ConversationError,
    TurnResult,
    conversation_files,
    not_yet_understood,
    read_conversation,
    talk,
)
from signpost.routing import Abuse, Area, Gender, Need, Scope, Situation, Topic, Urgency, Who, route
from signpost.serving.channels.chat import ChatInput
from signpost.serving.gateway.requests import (
    MAX_CHARACTERS,
    BadRequest,
    Incoming,
    NoText,
    NotThere,
    as_words,
    read_clock,
    read_object,
)
from signpost.serving.runtime.agents import load_beside, memory_of

PAGE = ROOT / "workbench"
ASSETS = {path.name: path for path in PAGE.iterdir() if path.suffix in (".js", ".css", ".json", ".svg")}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Messages in one request.
MAX_TEXTS = 200
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

Hear = Callable[[UserMessage], Awaitable[Any]]


class NotOurPage(BadRequest):
    """The request does not come from our own page on this machine."""

    status = 403


class WorkbenchInput(InputChannel):
    """``/workbench``: a page to try messages, mark answers as wrong, and hold the conversation tests."""

    def __init__(self, chat: ChatInput, folder: Path) -> None:
        self.chat = chat
        self.folder = folder
        self.line_ids = frozenset(chat.directory.services)
        self._second: dict[tuple[Path, int], Agent] = {}

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "workbench"

    def url_prefix(self) -> str:
        """Mounted here instead of under /webhooks."""
        return "/workbench"

    def blueprint(self, on_new_message: Hear) -> Blueprint:
        """All routes below /workbench."""
        routes = Blueprint("workbench")
        self._add_pages(routes)
        self._add_tests(routes, on_new_message)
        self._add_review(routes)

        @routes.middleware("request")
        async def keep_others_out(request: Request) -> None:
            check_origin(request.method, request.headers, self.chat.settings.host)

        @routes.post("/parse")
        async def parse(request: Request) -> HTTPResponse:
            data = _object(request)
            texts = data.get("texts")
            if (
                not isinstance(texts, list)
                or len(texts) > MAX_TEXTS
                or not all(isinstance(text, str) for text in texts)
            ):
                raise NoText(f"`texts` must be a list of at most {MAX_TEXTS} texts.")
            now = read_clock(data.get("now"))
            hear, memory = on_new_message, request.app.ctx.memory
            if data.get("model"):
                agent = await self._agent(str(data["model"]), request.app)
                hear, memory = agent.handle_message, memory_of(agent)
            return json([await self._parse(text, now, hear, memory) for text in texts], headers=HEADERS)

        @routes.post("/route")
        async def lines_for(request: Request) -> HTTPResponse:
            data = _object(request)
            moment = datetime.fromisoformat(
                read_clock(data.get("now")) or datetime.now(timezone.utc).isoformat()
            )
            return json(
                as_payload(route(read_situation(data), self.chat.directory, moment), self.chat.replies),
                headers=HEADERS,
            )

        @routes.get("/models")
        async def models(request: Request) -> HTTPResponse:
            used, found = request.app.ctx.agent.processor.model_filename, list_models()
            code = next(
                (model.card.code_sha256 for model in found if model.path.name == used and model.card),
                None,
            )
            # a model of other code would not load, or would answer as it never did
            same = [model for model in found if model.card and model.card.code_sha256 == code]
            return json(
                [_model_shown(model, model.path.name == used) for model in same],
                headers=HEADERS,
            )

        return routes

    def _add_pages(self, routes: Blueprint) -> None:
        @routes.get("/")
        async def page(request: Request) -> HTTPResponse:
            return await file(PAGE / "index.html", headers=HEADERS)

        @routes.get("/<name:[a-z]+[.][a-z]+>")
        async def asset(request: Request, name: str) -> HTTPResponse:
            if name not in ASSETS:
                raise NotThere("There is no such file.")
            kinds = {
                ".js": "text/javascript",
                ".css": "text/css",
                ".json": "application/json",
                ".svg": "image/svg+xml",
            }
            return await file(ASSETS[name], headers=HEADERS, mime_type=kinds[ASSETS[name].suffix])

    def _add_tests(self, routes: Blueprint, on_new_message: Hear) -> None:
        @routes.get("/tests")
        async def tests(request: Request) -> HTTPResponse:
            known = not_yet_understood(self.folder / TESTS)
            return json(
                [{**asdict(test), "known": test.name in known} for test in self._tests().values()],
                headers=HEADERS,
            )

        @routes.post("/tests/run")
        async def run(request: Request) -> HTTPResponse:
            name = _object(request).get("name")
            path = {path.stem: path for path in self._test_files()}.get(str(name))
            if path is None:
                raise NotThere("There is no such test.")
            return json({"held": await self._hold(_read(path), on_new_message, request.app)}, headers=HEADERS)

        @routes.post("/findings")
        async def findings(request: Request) -> HTTPResponse:
            check_machine(request.ip, self.chat.settings.host)
            try:
                found = read_found(_object(request), self.line_ids, request.app.ctx.agent.domain.intents)
                test, review = save(found, self.folder, date.today())
            except FindingError as error:
                raise NoText(str(error)) from error
            answer = {
                "test": test.relative_to(self.folder).as_posix(),
                "review": review.relative_to(self.folder).as_posix() if review else None,
                "text": test.read_text(encoding="utf-8"),
                "held": await self._hold(_read(test), on_new_message, request.app),
            }
            return json(answer, status=201, headers=HEADERS)

    def _add_review(self, routes: Blueprint) -> None:
        from signpost.serving.channels.reviewing import Reviewing  # brings what only comparing messages needs

        reviewing = Reviewing(self.folder)
        # comparing takes seconds after files have changed: outside the event loop, one job at a time
        clerk = ThreadPoolExecutor(1)

        async def done(work: Callable[..., dict[str, Any]], *arguments: Any) -> HTTPResponse:
            return json(
                await asyncio.get_running_loop().run_in_executor(clerk, work, *arguments), headers=HEADERS
            )

        @routes.get("/review")
        async def waiting(request: Request) -> HTTPResponse:
            return await done(reviewing.waiting, request.app.ctx.agent.domain.intents)

        @routes.post("/review/look")
        async def look(request: Request) -> HTTPResponse:
            return await done(reviewing.look, _object(request), request.app.ctx.agent.domain.intents)

        @routes.post("/review/accept")
        async def accept(request: Request) -> HTTPResponse:
            check_machine(request.ip, self.chat.settings.host)
            return await done(reviewing.accept, _object(request), request.app.ctx.agent.domain.intents)

        @routes.post("/review/drop")
        async def drop(request: Request) -> HTTPResponse:
            check_machine(request.ip, self.chat.settings.host)
            return await done(reviewing.drop, _object(request))

    def _tests(self) -> dict[str, Conversation]:
        """The conversation tests by name; a file that cannot be read is named as what is wrong with it."""
        return {path.stem: _read(path) for path in self._test_files()}

    def _test_files(self) -> list[Path]:
        """The files of the conversation tests.

        Raises:
            NoText: two have the same name.
        """
        try:
            return conversation_files(self.folder / TESTS)
        except ConversationError as error:
            raise NoText(str(error)) from error

    async def _hold(self, conversation: Conversation, hear: Hear, app: Sanic) -> list[dict[str, Any]]:
        """One dialogue with the bot of this process, forgotten afterwards."""
        senders = set()

        async def say(sender: str, text: str, now: str) -> list[dict[str, Any]]:
            senders.add(sender)
            return await self.chat.answer(
                Incoming(sender, as_words(text[:MAX_CHARACTERS]), len(text) > MAX_CHARACTERS, now),
                hear,
                app.ctx.memory,
            )

        held = await talk(conversation, say)
        for sender in senders:
            await app.ctx.memory.delete(sender)
        return [_turn_shown(turn, asdict(expected)) for turn, expected in zip(held, conversation.turns)]

    async def _parse(self, text: str, now: str | None, hear: Hear, memory: Any) -> dict[str, Any]:
        """One text as the first message of a fresh conversation, which is forgotten at once."""
        sender = uuid.uuid4().hex
        incoming = Incoming(sender, as_words(text[:MAX_CHARACTERS]), len(text) > MAX_CHARACTERS, now)
        reply = await self.chat.answer(incoming, hear, memory)
        await memory.delete(sender)
        custom = next(part["custom"] for part in reply if "custom" in part)
        return {"understood": custom.get("understood", {}), "reply": reply}

    async def _agent(self, name: str, app: Sanic) -> Agent:
        """A second model beside the running one; only the last one asked for stays in memory.

        Raises:
            NotThere: no such model, or it cannot be loaded.
        """
        try:
            path = find_model(name)
            key = (path, path.stat().st_mtime_ns)  # a file that was replaced is another model
            if key not in self._second:
                self._second.clear()
                model = await asyncio.to_thread(open_model, path, code=code_hash())
                self._second[key] = await load_beside(model, app.ctx.agent)
        except ModelError as error:
            raise NotThere(str(error)) from error
        except Exception as error:  # Rasa raises what it likes on a model of other code
            raise NotThere("This model cannot be loaded here.") from error
        return self._second[key]


def check_origin(method: str, headers: Mapping[str, str], host: str) -> None:
    """Check that a request names this machine as its host and, if a script sends it, comes from our own page.

    A foreign name in `Host` is how a website gets around the browser's same-origin rule (DNS rebinding).

    Raises:
        NotOurPage
    """
    named = headers.get("host", "")
    origin = headers.get("origin")
    if urlsplit(f"//{named}").hostname not in LOOPBACK_NAMES | {host}:
        raise NotOurPage("The workbench answers on this machine's own address only.")
    if origin is not None and origin not in (f"http://{named}", f"https://{named}"):
        raise NotOurPage("The workbench answers its own page only.")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and method != "GET":
        raise NotOurPage("The workbench answers its own page only.")


def check_machine(ip: str, host: str) -> None:
    """Files are written only for a request from this machine, to a bot that listens on loopback only.

    Raises:
        NotOurPage
    """
    if not ipaddress.ip_address(ip).is_loopback or host not in LOOPBACK_NAMES:
        raise NotOurPage(
            "Files are changed only where the workbench runs on this machine itself (HOST=127.0.0.1)."
        )


def read_situation(data: Mapping[str, Any]) -> Situation:
    """The labels that a volunteer picked, as a situation.

    Raises:
        NoText: a label or value that the labelling guide does not know.
    """
    labels = data.get("labels")
    if not isinstance(labels, dict):
        raise NoText("`labels` must be an object.")
    try:
        return Situation(
            scope=Scope(labels["scope"]),
            urgency=Urgency(labels["urgency"]),
            abuse=frozenset(map(Abuse, labels["abuse"])),
            gender=Gender(labels["gender"]),
            lgbt=bool(labels["lgbt"]),
            area=Area(labels["area"]),
            who=Who(labels["who"]),
            needs=frozenset(map(Need, labels["needs"])),
            topic=Topic(data["topic"]) if data.get("topic") else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoText("A label is missing, or is none of the labelling guide.") from error


def _object(request: Request) -> dict[str, Any]:
    return read_object(request.body, request.headers.get("content-type", ""))


def _read(path: Path) -> Conversation:
    """A conversation test.

    Raises:
        NoText: the file is not what it must be; says why.
    """
    try:
        return read_conversation(path)
    except ConversationError as error:
        raise NoText(str(error)) from error


def _turn_shown(turn: TurnResult, expected: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": turn.number,
        "said": expected["say"] or f"[{expected['press']}]",
        "expected": expected,
        "problems": list(turn.problems),
        "reply": turn.reply,
    }


def _model_shown(model: ListedModel, in_use: bool) -> dict[str, Any]:
    return {
        "name": model.name,
        "in_use": in_use,
        "shown": (
            f"{model.name.removeprefix('signpost-')}, "
            f"trained {model.card.trained_on[:16].replace('T', ' ') if model.card else ''}"
        ),
    }
