"""Rasa's agent, loaded from a checked model; a second one beside the one that answers."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore

from signpost.learning.registry import Model
from signpost.serving.sessions.memory import ConversationMemory


async def load_beside(model: Model, running: Agent) -> Agent:
    """Another model with an empty memory of its own and the same action server, while ``running`` answers on.

    Raises:
        Exception: whatever Rasa raises on a model that cannot be loaded.
    """
    return await asyncio.get_running_loop().run_in_executor(None, _load, model, running)


def _load(model: Model, running: Agent) -> Agent:
    agent = Agent.load(
        model.path,
        tracker_store=ConversationMemory(None),
        lock_store=running.lock_store,
        action_endpoint=running.action_endpoint,
    )
    # the first message is slow, and shows whether the model understands anything: here nobody waits for it
    asyncio.run(agent.parse_message("hello"))
    return agent


def take_over(fresh: Agent, running: Agent) -> None:
    """Give a freshly loaded agent the conversations of the running one.

    Messages under way finish with the old one, in the same memory.
    """
    fresh.tracker_store = running.tracker_store
    fresh.processor.tracker_store = running.tracker_store
    fresh.tracker_store.domain = fresh.domain


def memory_of(agent: Agent) -> Any:
    """The conversation memory itself: Rasa wraps every tracker store, and the wrapper cannot delete."""
    store: TrackerStore = agent.tracker_store
    return getattr(store, "_tracker_store", store)
