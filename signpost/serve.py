"""Starts the bot's server: Rasa's agent behind our channel, with nothing else of Rasa's reachable."""

from __future__ import annotations

import logging
import os
import sys
from asyncio import AbstractEventLoop
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["RASA_TELEMETRY_ENABLED"] = "false"

import rasa.core.agent  # noqa: E402
from rasa.core.channels import channel  # noqa: E402
from rasa.core.utils import AvailableEndpoints  # noqa: E402
from sanic import Sanic  # noqa: E402
from sanic.exceptions import SanicException  # noqa: E402
from sanic.request import Request  # noqa: E402
from sanic.response import HTTPResponse  # noqa: E402

from signpost.channels.chat import ChatInput  # noqa: E402
from signpost.channels.requests import MOST_BYTES, BadRequest  # noqa: E402
from signpost.channels.workbench import WorkbenchInput  # noqa: E402
from signpost.logs import configure_logging  # noqa: E402
from signpost.settings import read_settings  # noqa: E402

# Slow requests are cut off after this, in seconds.
REQUEST_TIMEOUT_S = 10
# /workbench/parse answers up to 200 messages in one go, in seconds.
RESPONSE_TIMEOUT_S = 120
KEEP_ALIVE_S = 15
# 200 messages of the longest kind, in bytes.
WORKBENCH_MOST_BYTES = 4 * 1024 * 1024


def create_app(model: Path, endpoints: AvailableEndpoints) -> Sanic:
    """The Sanic application with our channels and nothing of Rasa's own HTTP routes."""
    app = Sanic("signpost", configure_logging=False)
    app.config.REQUEST_TIMEOUT = REQUEST_TIMEOUT_S
    app.config.RESPONSE_TIMEOUT = RESPONSE_TIMEOUT_S
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_S
    app.config.ACCESS_LOG = False
    chat = ChatInput()
    # Sanic refuses more before it is read; the workbench sends whole lists
    app.config.REQUEST_MAX_SIZE = WORKBENCH_MOST_BYTES if chat.settings.workbench else MOST_BYTES
    app.config.PROXIES_COUNT = chat.settings.proxies
    channels = [chat, WorkbenchInput(chat, chat.settings.workbench_folder)] if chat.settings.workbench else [chat]
    channel.register(channels, app, route="/")

    @app.exception(BadRequest)
    async def refuse(request: Request, error: BadRequest) -> HTTPResponse:
        return chat.refusal(error.status, str(error))

    @app.exception(SanicException)
    async def refuse_early(request: Request, error: SanicException) -> HTTPResponse:
        return chat.refusal(getattr(error, "status_code", 500), "This request cannot be answered.")

    @app.exception(Exception)
    async def refuse_anything(request: Request, error: Exception) -> HTTPResponse:
        logging.getLogger("signpost.serve").error("A request failed: %s", type(error).__name__)
        return chat.refusal(500, "Something went wrong here.")

    app.register_listener(partial(_load, model, endpoints), "before_server_start")
    return app


async def _load(model: Path, endpoints: AvailableEndpoints, app: Sanic, loop: AbstractEventLoop) -> None:
    """Load model and memory.

    Raises:
        RuntimeError: the model cannot be used; the server does not start without one.
    """
    app.ctx.agent = await rasa.core.agent.load_agent(model_path=str(model), endpoints=endpoints, loop=loop)
    if not app.ctx.agent.is_ready():
        raise RuntimeError(f"{model.name} cannot be used: run `make train`.")
    # Rasa wraps every tracker store and the wrapper cannot delete; the channel needs the store itself to forget.
    app.ctx.memory = app.ctx.agent.tracker_store._tracker_store


def serve(model: Path, endpoints_file: Path) -> None:
    """Run until stopped."""
    settings = read_settings()
    os.environ["ACTIONS_HOST"], os.environ["ACTIONS_PORT"] = settings.actions_host, str(settings.actions_port)
    configure_logging(settings.log_level)
    app = create_app(model, AvailableEndpoints.read_endpoints(str(endpoints_file)))
    configure_logging(settings.log_level)
    app.run(host=settings.host, port=settings.port, access_log=False, debug=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
