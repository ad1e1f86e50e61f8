"""Asking for health costs next to nothing, however many ask."""

from __future__ import annotations

import asyncio

import pytest
from sanic import Sanic

from signpost.serving.channels.chat import ChatInput


async def test_of_all_who_ask_at_once_one_makes_the_bot_read_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = 0

    async def look(chat: ChatInput, app: Sanic) -> bool:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.05)
        return True

    monkeypatch.setattr(ChatInput, "_look", look)
    chat = ChatInput()
    assert all(await asyncio.gather(*(chat._is_healthy(None) for _ in range(200))))
    assert looks == 1
