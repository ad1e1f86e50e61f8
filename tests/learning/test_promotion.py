"""A running bot switches to a promoted model: under 20 messages a second nothing fails or is forgotten."""

from __future__ import annotations

import asyncio
import io
import secrets
import shutil
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from signpost.files import ROOT
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import (
    beside,
    file_sha256,
    models_folder,
    name_of,
    open_model,
    put_in_use,
    read_card,
    roll_back,
    write_card,
)
from signpost.learning.training.train import train
from signpost.processes import running_bot

pytestmark = pytest.mark.bot

RATE_PER_S = 20
BEFORE_S, AFTER_S = 3.0, 4.0
TAKEN_OVER_WITHIN_S = 90.0
CONVERSATIONS = 60
# A word of a fixed answer, and what stands in its place in the second model.
WORD, OTHER_WORD = b"computer program", b"counting machine"
STORY, LATER = "i'm a man in bedford and my wife hits me", "which number can i ring"


@pytest.fixture
def two_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The tree's model, in use, and a copy of it that gives one answer in other words."""
    own = train().path
    first, second = tmp_path / "signpost-first.tar.gz", tmp_path / "signpost-second.tar.gz"
    shutil.copyfile(own, first)
    with tarfile.open(own) as old, tarfile.open(second, "w:gz", compresslevel=1) as new:
        for member in old.getmembers():
            content = old.extractfile(member).read().replace(WORD, OTHER_WORD) if member.isfile() else b""
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    for model in (first, second):
        write_card(model, replace(read_card(own), sha256=file_sha256(model), put_in_use=()))
    monkeypatch.setenv("SIGNPOST_MODELS", str(tmp_path))
    put_in_use(open_model(first), note="test")
    return first, second


def model_of(address: str) -> str:
    return str(httpx.get(f"{address}/chat/health", timeout=10).json()["model"])


def says(address: str, text: str) -> str:
    reply = httpx.post(
        f"{address}/chat/webhook", json={"sender": secrets.token_hex(16), "message": text}, timeout=10
    ).json()
    return " ".join(part.get("text", "") for part in reply)


async def talk_while(address: str, change: asyncio.Event, done: asyncio.Event) -> tuple[int, list[str]]:
    """Send RATE_PER_S messages a second until ``done``; how many, and what went wrong with any of them."""
    senders = [secrets.token_hex(16) for _ in range(CONVERSATIONS)]
    wrong: list[str] = []
    pending: set[asyncio.Task] = set()
    number = 0
    async with httpx.AsyncClient(base_url=address, timeout=10) as client:

        async def send(number: int) -> None:
            told = number < CONVERSATIONS
            answer = await client.post(
                "/chat/webhook",
                json={"sender": senders[number % CONVERSATIONS], "message": STORY if told else LATER},
            )
            custom = (
                next((part["custom"] for part in answer.json() if "custom" in part), None)
                if answer.status_code == 200
                else None
            )
            if custom is None or custom["rule"] == "fallback":
                wrong.append(f"message {number} failed: {answer.status_code}")
                return
            ids = [line["id"] for line in custom["lines"]]
            if "mens_advice_line" not in ids or "mk_act" in ids:
                wrong.append(f"message {number}: what was told is lost, shown {ids}")

        started = time.monotonic()
        while not done.is_set():
            # a conversation's second message never overtakes its first
            task = asyncio.create_task(send(number))
            pending.add(task)
            task.add_done_callback(pending.discard)
            number += 1
            if number == CONVERSATIONS:
                await asyncio.gather(*pending)
                started += time.monotonic() - (started + number / RATE_PER_S)
                change.set()
            await asyncio.sleep(max(0.0, started + number / RATE_PER_S - time.monotonic()))
        await asyncio.gather(*pending)
    return number, wrong


async def promote_while_talking(address: str, second: Path) -> tuple[int, list[str]]:
    told, done = asyncio.Event(), asyncio.Event()
    talking = asyncio.create_task(talk_while(address, told, done))
    await told.wait()
    await asyncio.sleep(BEFORE_S)
    put_in_use(open_model(second), note="test")
    deadline = time.monotonic() + TAKEN_OVER_WITHIN_S
    while await asyncio.to_thread(model_of, address) != name_of(second):
        assert time.monotonic() < deadline, "the promoted model was not taken over"
        await asyncio.sleep(0.3)
    await asyncio.sleep(AFTER_S)
    done.set()
    return await talking


def test_promotion_under_load_and_back(two_models: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = two_models
    with running_bot(tmp_path / "bot.log", in_use=True) as address:
        assert model_of(address) == name_of(first)
        assert WORD.decode() in says(address, "are you a robot")
        sent, wrong = asyncio.run(promote_while_talking(address, second))
        assert sent >= 2 * CONVERSATIONS
        assert not wrong, f"{len(wrong)} of {sent}: {wrong[:5]}"
        assert OTHER_WORD.decode() in says(address, "are you a robot")

        # one that cannot be used is refused by the bot, which goes on
        third = tmp_path / "signpost-third.tar.gz"
        third.write_bytes(b"no model")
        write_card(third, replace(read_card(second), sha256=file_sha256(third)))
        put_in_use(open_model(third), note="test")
        deadline = time.monotonic() + 60
        while "signpost-third cannot be used" not in (tmp_path / "bot.log").read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.3)
        assert model_of(address) == name_of(second)
        assert OTHER_WORD.decode() in says(address, "are you a robot")

        assert roll_back(code=code_hash(), note="test").path == second
        assert roll_back(code=code_hash(), note="test").path == first
        deadline = time.monotonic() + TAKEN_OVER_WITHIN_S
        while model_of(address) != name_of(first):
            assert time.monotonic() < deadline, "the bot did not go back"
            time.sleep(0.3)
        assert WORD.decode() in says(address, "are you a robot")


def test_the_tests_never_touch_the_models_in_use() -> None:
    assert models_folder() == ROOT / "models"
    assert not beside(models_folder() / "signpost-second.tar.gz", ".json").exists()
