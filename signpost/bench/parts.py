"""Where the time of one message goes: every part of the bot's process timed on its own. Prints JSON.

    python -m signpost.bench.parts MODEL

Run as a program of its own, so that it loads what the bot loads. It starts an action server on loopback.
"""

from __future__ import annotations

import os
import sys

from signpost.serving.runtime.inference_only import leave_out_training

if __name__ == "__main__":
    leave_out_training()

import asyncio  # noqa: E402
import json  # noqa: E402
import secrets  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import rasa.core.agent  # noqa: E402
from rasa.core.utils import AvailableEndpoints  # noqa: E402
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier  # noqa: E402

from signpost.bench.messages import MIX, SHORT  # noqa: E402
from signpost.files import ROOT  # noqa: E402
from signpost.nlu.intent_classifier import IntentClassifier  # noqa: E402
from signpost.nlu.sentence_encoder import SentenceEncoderFeaturizer  # noqa: E402
from signpost.nlu.situation_classifier import SituationClassifier  # noqa: E402
from signpost.nlu.spacy_reader import SpacyReader  # noqa: E402
from signpost.processes import free_port  # noqa: E402
from signpost.serving.app import read_endpoints  # noqa: E402
from signpost.serving.channels.chat import ChatInput  # noqa: E402
from signpost.serving.gateway.requests import Incoming  # noqa: E402
from signpost.serving.logs import configure_logging  # noqa: E402
from signpost.serving.runtime.action_call import OpenConnections  # noqa: E402
from signpost.serving.runtime.processor import LightProcessor, use_light_processor  # noqa: E402
from signpost.settings import read_settings  # noqa: E402
from signpost.understanding.encoder import SentenceEncoder  # noqa: E402

WARM_UP = 30
MESSAGES = 200
ACTIONS_TIMEOUT_S = 60.0


class Clocks:
    """Adds up how long wrapped functions take. A function that waits counts its waiting."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def wrap(self, owner: type, name: str, part: str) -> None:
        """Time a method from now on."""
        method: Callable[..., Any] = getattr(owner, name)
        if asyncio.iscoroutinefunction(method):

            async def timed(*args: Any, **kwargs: Any) -> Any:
                started = time.perf_counter()
                try:
                    return await method(*args, **kwargs)
                finally:
                    self.seconds[part] += time.perf_counter() - started
        else:

            def timed(*args: Any, **kwargs: Any) -> Any:
                started = time.perf_counter()
                try:
                    return method(*args, **kwargs)
                finally:
                    self.seconds[part] += time.perf_counter() - started

        setattr(owner, name, timed)


async def measure(model: Path, endpoints: AvailableEndpoints) -> dict[str, Any]:
    """Milliseconds a message by part, medians of passes of the encoder alone."""
    clocks = Clocks()
    for component, part in (
        (SpacyReader, "spaCy reader"),
        (SentenceEncoderFeaturizer, "encoder"),
        (IntentClassifier, "intent classifier"),
        (FallbackClassifier, "intent classifier"),
        (SituationClassifier, "situation classifier"),
    ):
        clocks.wrap(component, "process", part)
    # loading binds the components' methods
    agent = await rasa.core.agent.load_agent(
        model_path=str(model), endpoints=endpoints, loop=asyncio.get_running_loop()
    )
    memory = agent.tracker_store._tracker_store
    clocks.wrap(LightProcessor, "parse_message", "understanding")
    clocks.wrap(LightProcessor, "_predict_next_with_tracker", "policies")
    clocks.wrap(OpenConnections, "request", "action server")
    clocks.wrap(type(memory), "retrieve", "memory")
    clocks.wrap(type(memory), "save", "memory")
    chat = ChatInput()

    async def say(text: str) -> None:
        reply = await chat.answer(
            Incoming(secrets.token_hex(16), text, False, None), agent.handle_message, memory
        )
        if not any(part.get("custom", {}).get("rule", "fallback") != "fallback" for part in reply):
            raise RuntimeError("The bot gave the safe reply: there is nothing to measure.")

    for number in range(WARM_UP):
        await say(MIX[number % len(MIX)])
    clocks.seconds.clear()
    each = []
    for number in range(MESSAGES):
        started = time.perf_counter()
        await say(MIX[number % len(MIX)])
        each.append(time.perf_counter() - started)
    parts = {part: 1000 * seconds / MESSAGES for part, seconds in clocks.seconds.items()}
    inner = ("spaCy reader", "encoder", "intent classifier", "situation classifier")
    parts["hand-over to the thread, Rasa's graph"] = parts.pop("understanding") - sum(
        parts[name] for name in inner
    )
    whole = 1000 * sum(each) / MESSAGES
    parts["trackers and the rest of Rasa"] = whole - sum(parts.values())
    await endpoints_closed(agent)
    return {
        "parts_ms": parts,
        "whole_ms": whole,
        "p50_ms": float(np.median(each)) * 1000,
        "encoder_alone_ms": encoder_alone(),
    }


async def endpoints_closed(agent: rasa.core.agent.Agent) -> None:
    """Close the connections to the action server."""
    await agent.processor.action_endpoint.close()


def encoder_alone() -> dict[str, float]:
    """Median milliseconds of one pass, tokenising included, for the shortest, a short and a long message."""
    encoder, found = SentenceEncoder(), {}
    for text in (SHORT[1], SHORT[0], MIX[-1]):
        each = []
        for _ in range(50):
            started = time.perf_counter()
            encoder.encode([text])
            each.append(time.perf_counter() - started)
        found[str(len(encoder.windows(text)[0].ids))] = float(np.median(each)) * 1000
    return found


def main() -> None:
    """Start an action server, measure, print."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    port = free_port()
    os.environ |= {"PORT": str(port), "ACTIONS_HOST": "127.0.0.1", "ACTIONS_PORT": str(port + 50)}
    configure_logging("ERROR")
    use_light_processor()
    actions = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "signpost.serving.action_server"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port + 50)
        found = asyncio.run(
            measure(Path(sys.argv[1]), read_endpoints(ROOT / "endpoints.yml", read_settings()))
        )
    finally:
        actions.terminate()
        actions.wait()
    print(json.dumps(found))


def _wait_for(port: int) -> None:
    import httpx

    deadline = time.monotonic() + ACTIONS_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
