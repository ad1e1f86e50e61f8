"""Starts the bot's server: Rasa's agent behind our channel, with nothing else of Rasa's reachable.

A server that follows the model in use switches to a promoted one while it answers: the new one is loaded
beside the old one, which finishes the messages that it has begun; the conversations stay.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from asyncio import AbstractEventLoop
from functools import partial
from pathlib import Path

import rasa.core.agent
from rasa.core.channels import channel
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.helpers import STATUS_CODES
from sanic.http import Http
from sanic.request import Request
from sanic.response import HTTPResponse

from signpost.errors import SignpostError
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import IN_USE, Model, ModelError, in_use, models_folder, name_of, open_model
from signpost.serving.channels.chat import ChatInput
from signpost.serving.channels.workbench import WorkbenchInput
from signpost.serving.gateway.connections import BoundedProtocol, StrictRequest
from signpost.serving.gateway.headers import missing
from signpost.serving.gateway.requests import MAX_BYTES, BadRequest
from signpost.serving.last_good import keep_model, kept_model
from signpost.serving.logs import configure_logging
from signpost.serving.process_memory import forbid_core_dumps, overwrite_what_is_freed
from signpost.serving.runtime.agents import load_beside, memory_of, take_over
from signpost.serving.runtime.processor import use_light_processor
from signpost.serving.watchdog import end_when_still
from signpost.settings import ServerSettings, read_settings
from signpost.version import version

logger = logging.getLogger("signpost.serving.app")

# A request's headers must be here this long after its first byte, in seconds.
REQUEST_TIMEOUT_S = 10
# Seconds from a request's first byte until its body is here and its reply sent. A reply takes 4 s at most.
RESPONSE_TIMEOUT_S = 15
# /workbench/parse answers up to 200 messages in one go, in seconds.
WORKBENCH_TIMEOUT_S = 120
KEEP_ALIVE_S = 15
# All headers of a request, in bytes. A parent domain may have set 16 KB of cookies, which we neither read nor
# want.
MAX_HEADER_BYTES = 32 * 1024
# Told to stop, it ends what it has begun, in seconds: a reply takes 4 at most.
STOP_S = 4.0
# 200 messages of the longest kind, in bytes.
WORKBENCH_MAX_BYTES = 4 * 1024 * 1024
# A promoted model is noticed after so many seconds.
LOOK_EVERY_S = 1.0


def create_app(model: Path, endpoints: AvailableEndpoints, *, follow: bool = False) -> Sanic:
    """The Sanic application with our channels and nothing of Rasa's own HTTP routes."""
    app = Sanic("signpost", request_class=StrictRequest, configure_logging=False)
    app.config.REQUEST_TIMEOUT = REQUEST_TIMEOUT_S
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_S
    Http.HEADER_CEILING = MAX_HEADER_BYTES  # Sanic's own 16 KB leave no room beside the cookies
    app.config.REQUEST_MAX_HEADER_SIZE = MAX_HEADER_BYTES
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_S
    app.config.ACCESS_LOG = False
    # uvloop reads into one buffer that is never cleared: it would hold the newest request until the next one
    app.config.USE_UVLOOP = False
    chat = ChatInput()
    app.config.RESPONSE_TIMEOUT = WORKBENCH_TIMEOUT_S if chat.settings.workbench else RESPONSE_TIMEOUT_S
    # Sanic refuses more before it is read; the workbench sends whole lists
    app.config.REQUEST_MAX_SIZE = WORKBENCH_MAX_BYTES if chat.settings.workbench else MAX_BYTES
    app.config.PROXIES_COUNT = chat.settings.proxies
    channels = (
        [chat, WorkbenchInput(chat, chat.settings.workbench_folder)] if chat.settings.workbench else [chat]
    )
    channel.register(channels, app, route="/")
    app.ctx.full = _as_bytes(chat.refusal(503, "Too many people are connected at once."))

    @app.exception(BadRequest)
    async def refuse(request: Request, error: BadRequest) -> HTTPResponse:
        return chat.refusal(error.status, str(error))

    @app.exception(SanicException)
    async def refuse_early(request: Request, error: SanicException) -> HTTPResponse:
        answer = chat.refusal(getattr(error, "status_code", 500), "This request cannot be answered.")
        answer.headers.update(getattr(error, "headers", None) or {})  # which methods are allowed
        return answer

    @app.exception(Exception)
    async def refuse_anything(request: Request, error: Exception) -> HTTPResponse:
        logger.error("A request failed: %s", type(error).__name__)
        if (
            request.path == f"{chat.url_prefix()}/webhook"
        ):  # whatever broke around the bot, a message gets a reply
            return chat.safe_reply()
        return chat.refusal(500, "Something went wrong here.")

    @app.on_response
    async def protect(request: Request, response: HTTPResponse) -> None:
        response.headers.update(missing(response.headers, request.scheme))

    app.register_listener(partial(_load, model, endpoints), "before_server_start")
    app.register_listener(lambda app, loop: overwrite_what_is_freed(), "after_server_start")
    app.register_listener(lambda app, loop: end_when_still(loop), "after_server_start")
    if follow:
        app.add_task(_follow)
    return app


def _as_bytes(answer: HTTPResponse) -> bytes:
    """A whole answer for a connection that is closed at once."""
    headers = {
        **answer.headers,
        **missing(answer.headers, "http"),
        "Content-Type": answer.content_type,
        "Content-Length": len(answer.body),
        "Connection": "close",
    }
    head = f"HTTP/1.1 {answer.status} {STATUS_CODES[answer.status].decode()}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items()
    )
    return head.encode() + b"\r\n" + answer.body


async def _load(model: Path, endpoints: AvailableEndpoints, app: Sanic, loop: AbstractEventLoop) -> None:
    """Load model and memory; the last good model where this one cannot be used.

    Raises:
        SignpostError: neither can be used; the server does not start without one.
    """
    kept = read_settings().kept
    try:
        app.ctx.agent = await _agent(_opened(model), endpoints, loop)
        keep_model(model, kept)
    except SignpostError as error:
        last_good = kept_model(kept)
        if last_good is None:
            raise
        logger.error("%s The last good model, %s, is used.", error, name_of(last_good))
        model, app.ctx.agent = last_good, await _agent(_opened(last_good), endpoints, loop)
    app.ctx.memory = memory_of(app.ctx.agent)
    app.ctx.model = model
    logger.info("Signpost MK %s answers with %s.", version(), name_of(model))


def _opened(model: Path) -> Model:
    """Raises ModelError where a model is not what its card describes, or is one of other code."""
    if model == models_folder() / IN_USE:
        raise ModelError(
            "No model that was trained with this code is in use: `make train`, `make compare`, "
            "`make promote`."
        )
    return open_model(model, code=code_hash())


async def _agent(
    model: Model, endpoints: AvailableEndpoints, loop: AbstractEventLoop
) -> rasa.core.agent.Agent:
    """Raises ModelError where the model does not load."""
    agent = await rasa.core.agent.load_agent(model_path=str(model.path), endpoints=endpoints, loop=loop)
    if not agent.is_ready():
        raise ModelError(f"{model.name} cannot be used: run `make train`.")
    return agent


async def _follow(app: Sanic) -> None:
    """Switch to whatever model is put in use. An unusable one is logged once and ignored.

    The old one goes on.
    """
    refused = None
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        wanted = in_use(code_hash())
        if wanted in (None, app.ctx.model, refused):
            continue
        try:
            model = await asyncio.to_thread(open_model, wanted, code=code_hash())
            fresh = await load_beside(model, app.ctx.agent)
        except Exception as error:  # the edge: whatever it is, the model that answers goes on answering
            logger.error(
                "The model %s cannot be used, %s goes on: %s",
                name_of(wanted),
                name_of(app.ctx.model),
                type(error).__name__,
            )
            refused = wanted
            continue
        take_over(fresh, app.ctx.agent)
        app.ctx.agent, app.ctx.model, refused = fresh, wanted, None
        logger.warning("Answering with %s from now on.", name_of(wanted))


def read_endpoints(path: Path, settings: ServerSettings) -> AvailableEndpoints:
    """Rasa's file, with the action server of the settings."""
    endpoints = AvailableEndpoints.read_endpoints(str(path))
    if endpoints.action is not None:
        endpoints.action.url = f"http://{settings.actions_host}:{settings.actions_port}/webhook"
    return endpoints


def serve(model: Path, endpoints_file: Path, *, follow: bool = False) -> None:
    """Run until stopped."""
    forbid_core_dumps()
    settings = read_settings()
    configure_logging(settings.log_level)
    use_light_processor()
    app = create_app(model, read_endpoints(endpoints_file, settings), follow=follow)
    configure_logging(settings.log_level)
    app.run(host=settings.host, port=settings.port, access_log=False, debug=False, protocol=BoundedProtocol)


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a model's file, or in-use")
    parser.add_argument("endpoints", type=Path)
    parser.add_argument("--follow", action="store_true", help="take over the model that is put in use")
    options = parser.parse_args()
    # where nothing is in use for this code the last good model is looked for under a name that no file has
    model = in_use(code_hash()) or models_folder() / IN_USE if options.model == IN_USE else options.model
    serve(model, options.endpoints, follow=options.follow)
