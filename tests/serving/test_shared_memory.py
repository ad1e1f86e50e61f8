"""Conversations that processes share: in a real Redis, without a word or an id, through all its failures."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from redis_server import RedisServer, redis_server

from signpost.files import ROOT
from signpost.serving.sessions.locks import ConversationLocks, SharedLocks
from signpost.serving.sessions.memory import SharedMemory
from signpost.serving.sessions.redis_link import PAUSE_S, TIMEOUT_S, RedisLink
from signpost.settings import SettingError, read_redis_settings

pytestmark = pytest.mark.long

DOMAIN = Domain.from_yaml(
    'version: "3.1"\nintents: [greet]\nslots:\n'
    "  area: {type: text, influence_conversation: false, mappings: [{type: custom}]}\n"
)
SECRET = "x" * 32
MARKER = "zebrafinch"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def sender() -> str:
    return MARKER + secrets.token_hex(12)


def memory(redis: RedisServer, **options: object) -> SharedMemory:
    """The memory of one process: it has nothing but Redis in common with another."""
    return SharedMemory(DOMAIN, link=RedisLink(redis.url, SECRET), **options)


def talked(sender: str, area: str = "mk") -> DialogueStateTracker:
    tracker = DialogueStateTracker(sender, DOMAIN.slots)
    tracker.update(UserUttered(MARKER, {"name": "greet"}))
    tracker.update(SlotSet("area", area))
    return tracker


async def area(memory: SharedMemory, sender: str) -> str | None:
    tracker = await memory.retrieve(sender)
    return tracker and tracker.get_slot("area")


async def until(condition, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def test_what_one_process_learns_another_knows(redis: RedisServer, sender: str) -> None:
    await memory(redis).save(talked(sender))
    assert await area(memory(redis), sender) == "mk"


async def test_redis_sees_neither_word_nor_id_and_everything_there_expires(
    redis: RedisServer, sender: str
) -> None:
    await memory(redis).save(talked(sender))
    async with SharedLocks(link=RedisLink(redis.url, SECRET)).lock(sender):
        server = RedisLink(redis.url, SECRET).connect()
        keys = await server.keys("*")
        values = [await server.get(key) for key in keys]
        assert len(keys) >= 2
        assert not any(MARKER in text or sender in text for text in [*keys, *values])
        assert all([await server.pttl(key) > 0 for key in keys])
        assert await server.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}


async def test_silence_forgets_in_redis_and_in_the_process(redis: RedisServer, sender: str) -> None:
    short = memory(redis, forget_after_s=0.2)
    await short.save(talked(sender))
    assert await area(short, sender) == "mk"
    await asyncio.sleep(0.3)
    assert await area(short, sender) is None and await area(memory(redis), sender) is None
    assert list(await short.keys()) == []


async def test_forgetting_in_one_process_forgets_in_all(redis: RedisServer, sender: str) -> None:
    one, two = memory(redis), memory(redis)
    await one.save(talked(sender))
    await two.save(talked(sender))
    await asyncio.sleep(0.2)  # both listen by now
    await one.delete(sender)
    assert await area(one, sender) is None

    async def gone() -> bool:
        return not list(await two.keys()) and await area(two, sender) is None

    assert await until(gone)


async def test_without_redis_the_process_goes_by_what_it_knows_and_nobody_waits(sender: str) -> None:
    with redis_server() as redis:
        one, locks = memory(redis), SharedLocks(link=RedisLink(redis.url, SECRET))
        await one.save(talked(sender, "mk"))
        for fail, heal in ((redis.kill, redis.start), (redis.halt, redis.go_on)):
            fail()
            for place in ("elsewhere", "mk", "near"):
                started = time.monotonic()
                async with locks.lock(sender):
                    assert await area(one, sender) is not None
                    await one.save(talked(sender, place))
                    assert await area(one, sender) == place
                assert time.monotonic() - started < 3 * TIMEOUT_S
            heal()
            await asyncio.sleep(PAUSE_S + 0.1)
            # what Redis missed counts more than the older slots that it has; the next turn tells it
            assert await area(one, sender) == "near"
            await one.save(talked(sender, "near"))
            assert await area(memory(redis), sender) == "near"


async def test_a_restarted_redis_has_lost_everything_and_the_process_has_not(sender: str) -> None:
    with redis_server() as redis:
        one = memory(redis)
        await one.save(talked(sender))
        redis.kill()
        redis.start()
        await asyncio.sleep(0.1)

        async def known() -> bool:
            return await area(one, sender) == "mk"

        assert await until(known)


async def test_what_is_forgotten_while_redis_hangs_is_forgotten_there_when_it_is_back(sender: str) -> None:
    with redis_server() as redis:
        one, two = memory(redis), memory(redis)
        await one.save(talked(sender))
        assert await area(two, sender) == "mk"
        redis.halt()
        await one.delete(sender)
        assert await area(one, sender) is None
        redis.go_on()

        async def gone() -> bool:
            return await area(two, sender) is None

        assert await until(gone)
        assert await area(one, sender) is None


async def test_a_full_redis_costs_nothing(sender: str) -> None:
    with redis_server("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as redis:
        link = RedisLink(redis.url, SECRET)
        server = link.connect()
        with pytest.raises(Exception, match="maxmemory"):
            for number in range(100):
                await server.set(f"fill{number}", "x" * 100_000)
        one = memory(redis)
        await one.save(talked(sender))
        assert await area(one, sender) == "mk"


async def test_rubbish_in_redis_is_as_nothing(redis: RedisServer, sender: str) -> None:
    one = memory(redis)
    server = RedisLink(redis.url, SECRET).connect()
    await server.set(one._key(sender), "{")
    assert await one.retrieve(sender) is None


@pytest.mark.parametrize("shared", [False, True])
async def test_one_turn_at_a_time_and_no_waiting_after_it(
    redis: RedisServer, sender: str, shared: bool
) -> None:
    """Two processes where shared, else two turns of one."""
    first = SharedLocks(link=RedisLink(redis.url, SECRET)) if shared else ConversationLocks()
    second = SharedLocks(link=RedisLink(redis.url, SECRET)) if shared else first
    order: list[str] = []

    async def turn(locks: ConversationLocks, name: str) -> None:
        async with locks.lock(sender):
            order.append(f"{name} begins")
            await asyncio.sleep(0.2)
            order.append(f"{name} ends")

    started = time.monotonic()
    await asyncio.gather(turn(first, "one"), turn(second, "two"))
    assert order[0].split()[0] == order[1].split()[0] and len(order) == 4
    assert time.monotonic() - started < 0.6


async def test_a_lock_that_a_dead_process_holds_keeps_nobody_from_a_reply(
    redis: RedisServer, sender: str
) -> None:
    link = RedisLink(redis.url, SECRET)
    await link.connect().set(link.key("lock", sender), "dead", px=60_000)
    started = time.monotonic()
    async with SharedLocks(link=link).lock(sender):
        assert time.monotonic() - started < 1.5


async def test_locks_leave_nothing_behind() -> None:
    locks = ConversationLocks()
    for number in range(1000):
        async with locks.lock(f"{number:032d}"):
            pass
    assert len(locks._locks) == 0


def test_a_missing_or_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_REDIS_URL", "redis://127.0.0.1:6379/0")
    for secret in ("", "short"):
        monkeypatch.setenv("SIGNPOST_MEMORY_SECRET", secret)
        with pytest.raises(SettingError, match="SIGNPOST_MEMORY_SECRET"):
            read_redis_settings()
    monkeypatch.setenv("SIGNPOST_MEMORY_SECRET", SECRET)
    monkeypatch.setenv("SIGNPOST_REDIS_URL", "http://127.0.0.1")
    with pytest.raises(SettingError, match="SIGNPOST_REDIS_URL"):
        read_redis_settings()


def test_the_deployed_endpoints_name_what_there_is() -> None:
    text = (ROOT / "deploy" / "endpoints.yml").read_text(encoding="utf-8")
    assert (
        "signpost.serving.sessions.memory.SharedMemory" in text
        and "signpost.serving.sessions.locks.SharedLocks" in text
    )
