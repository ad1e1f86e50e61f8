"""The volunteers' channel, mounted at /workbench and only in workbench mode."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Awaitable, Callable

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, file, json

from signpost.channels.chat import ChatInput
from signpost.channels.requests import MOST_CHARACTERS, Incoming, NoText, as_words, read_clock, read_object

PAGE = Path(__file__).parent.parent.parent / "workbench"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
}
# Messages in one request.
MOST_TEXTS = 200


class WorkbenchInput(InputChannel):
    """``/workbench``: a page to try messages, and `parse`, which answers many at once."""

    def __init__(self, chat: ChatInput) -> None:
        self.chat = chat

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return "workbench"

    def url_prefix(self) -> str:
        """Mounted here instead of under /webhooks."""
        return "/workbench"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """All routes below /workbench."""
        routes = Blueprint("workbench")

        @routes.get("/")
        async def page(request: Request) -> HTTPResponse:
            return await file(PAGE / "index.html", headers=HEADERS)

        @routes.get("/<name:(workbench.js|workbench.css)>")
        async def asset(request: Request, name: str) -> HTTPResponse:
            return await file(PAGE / name, headers=HEADERS)

        @routes.post("/parse")
        async def parse(request: Request) -> HTTPResponse:
            data = read_object(request.body, request.headers.get("content-type", ""))
            texts = data.get("texts")
            if not isinstance(texts, list) or len(texts) > MOST_TEXTS or not all(isinstance(text, str) for text in texts):
                raise NoText(f"`texts` must be a list of at most {MOST_TEXTS} texts.")
            now = read_clock(data.get("now"))
            return json([await self._parse(request, text, now, on_new_message) for text in texts], headers=HEADERS)

        return routes

    async def _parse(self, request: Request, text: str, now: str | None, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> dict[str, Any]:
        """One text as the first message of a fresh conversation, which is forgotten at once."""
        sender = uuid.uuid4().hex
        incoming = Incoming(sender, as_words(text[:MOST_CHARACTERS]), len(text) > MOST_CHARACTERS, now)
        reply = await self.chat.answer(incoming, on_new_message, request.app.ctx.memory)
        await request.app.ctx.memory.delete(sender)
        custom = next(part["custom"] for part in reply if "custom" in part)
        return {"understood": custom.get("understood", {}), "reply": reply}
