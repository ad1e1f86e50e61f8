"""Marker phrases go through a whole cluster, at debug logging and while each part fails.

Nothing of them stays.

Redis is watched while it works (MONITOR); its answers and its memory are searched: it never gets a word or an
id.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import redis
from faults import damaged_model, full_redis, halted, limited, prepared
from markers import TOLD, Planted, check_answers, headers, memory_of, opened_for_writing, search_files
from processes import processes_of
from redis_server import needs

from signpost.deployment.cluster import Cluster

pytestmark = pytest.mark.bot

# The action servers' nginx gives up after 0.5 s, nginx on a bot after 1.6 s; a client may wait longer than
# both.
TIMEOUT_S = 8.0
# Besides being killed: hanging, full, without memory, without file handles, back with the last good model.
BROKEN = (
    halted("all action servers"),
    halted("redis"),
    full_redis,
    limited(resource.RLIMIT_AS, ("all bots",)),
    limited(resource.RLIMIT_NOFILE, ("all bots",)),
    damaged_model("half-written", ("a bot",)),
)


@dataclass
class Talked:
    """A cluster that has been through everything and still runs."""

    cluster: Cluster
    started_at: float  # seconds since the epoch
    planted: Planted = field(default_factory=Planted)
    commands: list[bytes] = field(default_factory=list)

    def post(self, content: bytes | dict, path: str = "/chat/webhook", **more: str) -> httpx.Response:
        """Post from an address of one's own, a marker in every header."""
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        answer = self.ask(
            "POST",
            path,
            content=content,
            headers={"Content-Type": "application/json", **headers(self.planted), **more},
        )
        self.planted.answers.append(answer)
        return answer

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        with httpx.Client(
            transport=httpx.HTTPTransport(local_address=some_loopback(), verify=False), timeout=TIMEOUT_S
        ) as visitor:
            return visitor.request(method, self.cluster.address + path, **more)

    def say(self, text: str, sender: str | None = None) -> httpx.Response:
        words = text.format(*[self.planted() for _ in range(text.count("{}"))])
        return self.post(
            {
                "sender": sender or self.planted(),
                "message": words,
                "metadata": {"now": self.planted(), self.planted(): 1},
                self.planted(): 2,
            }
        )

    def raw(self, data: bytes) -> None:
        with socket.create_connection(
            ("127.0.0.1", self.cluster.port), timeout=TIMEOUT_S, source_address=(some_loopback(), 0)
        ) as connection:
            connection.sendall(data)
            connection.settimeout(0.5)
            with contextlib.suppress(OSError):
                connection.recv(65536)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.cluster.redis_url)

    def pid(self, name: str) -> int:
        return self.cluster.services[name].pid


def some_loopback() -> str:
    return f"127.{10 + secrets.randbelow(200)}.{secrets.randbelow(250)}.{1 + secrets.randbelow(250)}"


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talked]:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    folder, started_at = tmp_path_factory.mktemp("marked"), time.time()
    with Cluster(folder, bots=1, settings={**prepared(folder), "SIGNPOST_LOG_LEVEL": "DEBUG"}) as cluster:
        one = Talked(cluster, started_at)
        over = threading.Event()
        threading.Thread(target=watch, args=(one, over), daemon=True).start()
        talk(one)
        send_rubbish(one)
        for broken in BROKEN:
            while_broken(one, broken)
        for name, how in (
            ("signpost-redis", signal.SIGSEGV),
            (cluster.action_servers[0], signal.SIGKILL),
            ("signpost-nginx", signal.SIGKILL),
            (cluster.bots[0], signal.SIGABRT),
        ):
            while_killed(one, name, how)
        talk(one)
        yield one
        over.set()


def watch(one: Talked, over: threading.Event) -> None:
    """Every command that Redis gets, for as long as it lives, and again when it is back."""
    while not over.wait(0.05):
        with contextlib.suppress(redis.RedisError, OSError), one.redis().monitor() as monitor:
            for command in monitor.listen():
                one.commands.append(repr(command).encode())


def talk(one: Talked) -> None:
    """One conversation through to forgetting, and one that is left open."""
    for forgets in (True, False):
        sender = one.planted()
        for text in TOLD:
            assert one.say(text, sender).status_code == 200
        if forgets:
            one.post({"sender": sender, "why": one.planted()}, "/chat/forget")
    for path in ("/chat", "/chat/lines", "/chat/health", "/chat/{}", "/webhooks/{}", "/{}?{}", "/_safe/{}"):
        marked = path.format(one.planted(), one.planted())
        one.planted.answers.append(
            one.ask("GET", f"{marked}?a={one.planted()}", headers=headers(one.planted))
        )


def send_rubbish(one: Talked) -> None:
    """What nginx refuses, what the bot refuses, and who leaves in the middle of a word."""
    planted = one.planted
    bodies = [
        planted().encode(),
        b'{"sender": "' + planted().encode() + b'"',
        json.dumps({"sender": planted() + "!", "message": planted()}).encode(),
    ]
    bodies += [
        json.dumps({"sender": planted(), "message": {planted(): planted()}}).encode(),
        b'{"a":' * 3000 + planted().encode(),
        planted().encode() * 1400,
        planted().encode() * 3000,
    ]
    for body in bodies:
        for path in ("/chat/webhook", "/chat/forget", "/chat/lines", "/chat"):
            assert 400 <= one.post(body, path).status_code < 500 or path == "/chat/forget"
    one.post(
        json.dumps({"sender": planted(), "message": planted()}).encode(),
        **{"Content-Type": "multipart/form-data; boundary=" + planted()},
    )
    for method in ("PUT", "TRACE", planted().upper()):
        planted.answers.append(one.ask(method, "/chat/webhook", headers=headers(planted)))
    ends = b"\r\nX-A: " + planted().encode() + b"\r\n\r\n" + planted().encode()
    for line in (
        "{} / HTTP/1.1",
        "GET /{} HTTP/{}",
        "GET //[{} HTTP/1.1",
        "GET /%zz{} HTTP/1.1",
        "POST /chat/webhook HTTP/1.1\r\nHost: {}",
        "{}",
    ):
        one.raw(line.format(planted(), planted()).encode() + ends)
    for head in (
        b"Content-Length: " + planted().encode(),
        b"Transfer-Encoding: " + planted().encode(),
        b"Host: x\r\nContent-Length: 32000",
        b"Host: x\r\nTransfer-Encoding: chunked",
    ):
        one.raw(b"POST /chat/webhook HTTP/1.1\r\nContent-Type: application/json\r\n" + head + ends)


def while_broken(one: Talked, broken: Callable[[Cluster], contextlib.AbstractContextManager[None]]) -> None:
    """Something fails in a way of faults.py while people talk, and is whole again."""
    with broken(one.cluster):
        say_all(one)
    wait_until_whole(one)


def while_killed(one: Talked, name: str, how: signal.Signals) -> None:
    """It ends while people talk, in a way that could leave a report or a core; then it is started again."""
    talking = [threading.Thread(target=say_all, args=(one,)) for _ in range(2)]
    for thread in talking:
        thread.start()
    time.sleep(0.05)
    os.kill(one.pid(name), how)
    for thread in talking:
        thread.join()
    wait_until_whole(one)


def say_all(one: Talked) -> None:
    sender = one.planted()
    for text in TOLD[:3]:
        with contextlib.suppress(httpx.TransportError):  # nginx itself may be gone
            answer = one.say(text, sender)
            assert answer.status_code == 200


def wait_until_whole(one: Talked) -> None:
    for name in one.cluster.services:
        one.cluster.wait_for(name)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if "fallback" not in one.say("my wife hits me").text:
            return
        time.sleep(0.3)
    pytest.fail("the cluster did not become whole again")


READ_VALUE: dict[bytes, Callable[[redis.Redis, bytes], object]] = {
    b"string": lambda client, key: client.get(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"hash": lambda client, key: client.hgetall(key),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
    b"stream": lambda client, key: client.xrange(key),
}
TELLS = (
    "INFO everything",
    "SLOWLOG GET 128",
    "LATENCY LATEST",
    "LATENCY HISTOGRAM",
    "CLIENT LIST",
    "ACL LOG",
    "CONFIG GET *",
    "PUBSUB CHANNELS *",
    "MEMORY STATS",
    "FUNCTION LIST",
)


def all_that_redis_has(client: redis.Redis) -> bytes:
    """Every key with its value, and the answers to everything that it can be asked about itself."""
    values = [(key, READ_VALUE[client.type(key)](client, key)) for key in client.scan_iter()]
    return repr([values, *(client.execute_command(*question.split()) for question in TELLS)]).encode()


@contextlib.contextmanager
def a_control(client: redis.Redis) -> Iterator[tuple[Planted, list[str]]]:
    """A marker that is there: whoever searches must find it."""
    control = Planted()
    client.set("control", control())
    try:
        yield control, control.markers
    finally:
        client.delete("control")


def test_redis_was_told_no_marker_and_has_none(talked: Talked) -> None:
    client, planted = talked.redis(), talked.planted
    assert len(planted.markers) > 1000
    assert len(list(client.scan_iter("signpost:slots:*"))) >= 1, (
        "Redis holds no conversation: the test would prove nothing"
    )
    assert sum(b"signpost:slots:" in command for command in talked.commands) > 50, (
        "Redis was not used: the test would prove nothing"
    )
    assert planted.found_in(b"\n".join(talked.commands)) == []
    assert planted.found_in(all_that_redis_has(client)) == []
    with a_control(client) as (control, wanted):
        assert control.found_in(all_that_redis_has(client)) == wanted
        deadline = time.monotonic() + 5
        while control.found_in(b"\n".join(talked.commands)) != wanted:
            assert time.monotonic() < deadline, "the watch does not see what Redis is told"
            time.sleep(0.05)
    print(
        f"\n{len(planted.markers)} markers planted; {len(talked.commands)} commands of Redis, "
        f"{len(TELLS)} answers about itself and every key and value searched, 0 found"
    )


def test_not_even_the_memory_of_redis_holds_a_marker(talked: Talked) -> None:
    pid = talked.pid("signpost-redis")
    try:
        assert talked.planted.found_in(memory_of(pid)) == []
    except PermissionError:
        pytest.skip("not root: the memory of another process cannot be read")
    with a_control(talked.redis()) as (control, wanted):
        assert control.found_in(memory_of(pid)) == wanted


def test_no_marker_is_in_any_file(talked: Talked, root: Path) -> None:
    control = talked.cluster.folder / "run" / "control"
    control.write_text("a\n" + talked.planted.markers[0].upper())
    found, seen = search_files(talked.planted, talked.started_at, [talked.cluster.folder, root])
    assert set(found) == {control}, "a marker was written"
    searched = {path.name for path in talked.cluster.folder.rglob("*")}
    assert {
        "nginx.conf",
        "redis.conf",
        "signpost-nginx.log",
        "signpost-redis.log",
        f"{talked.cluster.bots[0]}.log",
    } <= searched
    print(f"\n{len(talked.planted.markers)} markers planted, {seen} files searched, 0 found")


def test_no_marker_is_in_a_log_and_the_logs_are_not_empty(talked: Talked) -> None:
    logs = {name: talked.cluster.log(name).read_bytes() for name in talked.cluster.services}
    bot = logs[talked.cluster.bots[0]]
    assert bot.count(b"(text left out)") > 50 and b" DEBUG " in bot, (
        "the log is empty: the test would prove nothing"
    )
    assert b"Redis cannot be used" in bot and b" ERROR " in bot, (
        "nothing failed: the test would prove nothing"
    )
    for name, log in logs.items():
        assert talked.planted.found_in(log) == [], name
        assert not any(b"127.%d." % second in log for second in range(10, 210)), (
            f"a visitor's address in the log of {name}"
        )


def test_no_marker_is_in_the_environment_or_command_line_of_any_process(talked: Talked) -> None:
    processes = processes_of(talked.cluster.folder)
    commands = " ".join(processes.values())
    for part in (
        "nginx: master",
        "nginx: worker",
        "redis-server",
        "signpost.serving.action_server",
        "signpost.serving ",
    ):
        assert part in commands, f"{part} is not seen: the test would prove nothing"
    for pid in processes:
        for what in ("cmdline", "environ"):
            assert talked.planted.found_in((Path("/proc") / str(pid) / what).read_bytes()) == []


def test_secrets_are_in_no_command_line_log_or_answer_and_in_one_file_that_others_cannot_read(
    talked: Talked,
) -> None:
    cluster = talked.cluster
    password = cluster.redis_url.split(":")[2].partition("@")[0]
    kept = [value.encode() for value in (password, cluster.settings["SIGNPOST_MEMORY_SECRET"])]
    shown = [answer.content + str(answer.headers).encode() for answer in talked.planted.answers]
    shown += [cluster.log(name).read_bytes() for name in cluster.services] + [
        command.encode() for command in processes_of(cluster.folder).values()
    ]
    assert not [secret for secret in kept for text in shown if secret in text]
    holding = {
        path
        for path in cluster.folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in kept)
    }
    assert holding == {cluster.folder / "run" / "redis.conf"}
    assert not stat.S_IMODE(next(iter(holding)).stat().st_mode) & stat.S_IRWXO


def test_no_marker_comes_back_in_a_header_and_none_but_the_id_in_a_body(talked: Talked) -> None:
    assert len(talked.planted.answers) > 100
    assert any('"recipient_id": ""' in answer.text for answer in talked.planted.answers), (
        "nginx never answered by itself: the test would prove less"
    )
    check_answers(talked.planted)


def test_no_process_leaves_a_core(talked: Talked) -> None:
    for pid, command in processes_of(talked.cluster.folder).items():
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert limits[limits.index("Max core file size") :].split()[4] == "0", command


def test_no_file_is_opened_for_writing_while_people_talk(talked: Talked, tmp_path: Path) -> None:
    def work() -> None:
        talk(talked)
        send_rubbish(talked)

    assert opened_for_writing(processes_of(talked.cluster.folder), work, tmp_path / "trace") == []
