"""A minute after the last message no word of it is left in the memory of the bot or of the action server."""

from __future__ import annotations

import json
import os
import signal
import socket
import time

import pytest
from markers import TOLD, Planted, memory_of
from public_bot import PublicBot, new_sender

pytestmark = pytest.mark.bot

SILENCE_S = 60.0
PROCESSES = ("signpost.serving", "signpost.serving.action_server")


@pytest.fixture(scope="module")
def silent(public: PublicBot) -> tuple[PublicBot, Planted]:
    """The bot, a minute after the last word of three visitors: one stays, one asks to be forgotten, and the
    action server hangs for one."""
    planted = Planted()
    for ends in ("stays", "forgets", "hangs"):
        sender, before = new_sender(), []
        action_server = public.process(PROCESSES[1])
        if ends == "hangs":
            os.kill(action_server, signal.SIGSTOP)
        for turn, text in enumerate(TOLD, 1):
            words = text.format(*[planted() for _ in range(text.count("{}"))])
            body = {"sender": sender, "message": words, "before": before[-4:], "turn": turn}
            assert public.post(body).status_code == 200
            before.append(words)
            if ends == "hangs" and turn == 2:
                break
        if ends == "hangs":
            os.kill(action_server, signal.SIGCONT)
        if ends == "forgets":
            public.post({"sender": sender}, path="/chat/forget")
    time.sleep(SILENCE_S)
    return public, planted


def held(bot: PublicBot, planted: Planted, module: str) -> list[str]:
    try:
        return planted.found_in(memory_of(bot.process(module)))
    except PermissionError:
        pytest.skip("not root: the memory of another process cannot be read")


@pytest.mark.parametrize("module", PROCESSES)
def test_no_word_is_left_after_a_minute(silent: tuple[PublicBot, Planted], module: str) -> None:
    bot, planted = silent
    assert len(planted.markers) > 15
    assert held(bot, planted, module) == []


def test_the_search_finds_a_word_that_is_being_read(public: PublicBot) -> None:
    """A message whose end has not come yet."""
    control = Planted()
    body = json.dumps({"sender": new_sender(), "message": "he hits me " + control()}).encode()
    head = b"POST /chat/webhook HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", public.port)) as connection:
        connection.sendall(head % (len(body) + 1) + body)
        time.sleep(0.5)
        assert held(public, control, PROCESSES[0]) == control.markers
