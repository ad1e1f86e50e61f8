"""Several processes are one service to a visitor."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import statistics
import threading
import time
from pathlib import Path

import httpx
import pytest
import redis
from faults import prepared
from processes import processes_of

from signpost.deployment.cluster import Cluster
from signpost.serving.gateway.headers import EVERYWHERE

pytestmark = pytest.mark.bot


def say(cluster: Cluster, sender: str, text: str, address: str | None = None) -> list[dict]:
    # an address of its own for each conversation: the limits by address are not what is tested here
    transport = httpx.HTTPTransport(
        local_address=f"127.9.{int(sender[:2], 16)}.{int(sender[2:4], 16) % 250 + 1}"
    )
    with httpx.Client(transport=transport, timeout=8) as visitor:
        answer = visitor.post(
            f"{address or cluster.address}/chat/webhook", json={"sender": sender, "message": text}
        )
    assert answer.status_code == 200
    return answer.json()


def shown(reply: list[dict]) -> list[str]:
    (custom,) = [part["custom"] for part in reply if "custom" in part]
    return [line["id"] for line in custom["lines"]]


def test_a_conversation_goes_on_when_its_process_is_killed_between_two_messages(cluster: Cluster) -> None:
    sender, name = secrets.token_hex(16), cluster.bots[0]
    address = f"http://127.0.0.1:{cluster.bot_ports[0]}"
    say(cluster, sender, "my wife hits me", address)
    say(cluster, sender, "im a man and i live in wolverton", address)
    os.kill(cluster.services[name].pid, signal.SIGKILL)
    assert "mens_advice_line" in shown(say(cluster, sender, "what number can i ring"))
    assert "mens_advice_line" not in shown(say(cluster, secrets.token_hex(16), "what number can i ring")), (
        "the line comes without a memory too: the test proves nothing"
    )
    cluster.wait_for(name)


def test_forgetting_reaches_every_process_and_redis(cluster: Cluster) -> None:
    sender = secrets.token_hex(16)
    client = redis.Redis.from_url(cluster.redis_url)
    addresses = [f"http://127.0.0.1:{port}" for port in cluster.bot_ports]
    before = set(client.keys("signpost:slots:*"))
    for address in addresses:
        assert "mens_advice_line" in shown(say(cluster, sender, "im a man and my wife hits me", address))
    assert len(set(client.keys("signpost:slots:*")) - before) == 1
    assert httpx.post(f"{cluster.address}/chat/forget", json={"sender": sender}, timeout=8).json() == {
        "forgotten": True
    }
    time.sleep(0.3)
    assert not set(client.keys("signpost:slots:*")) - before
    os.kill(
        cluster.services["signpost-redis"].pid, signal.SIGSTOP
    )  # now each process goes by its own copy, if it has one
    try:
        for address in addresses:
            stranger = shown(say(cluster, secrets.token_hex(16), "what number can i ring", address))
            assert shown(say(cluster, sender, "what number can i ring", address)) == stranger
    finally:
        os.kill(cluster.services["signpost-redis"].pid, signal.SIGCONT)


def test_only_the_chat_is_reachable(cluster: Cluster) -> None:
    for path in (
        "/",
        "/webhooks/rest/webhook",
        "/model",
        "/status",
        "/version",
        "/conversations/x/tracker",
        "/workbench",
        "/webhook",
        "/_safe/reply.json",
        "/chat/../model",
    ):
        answer = httpx.get(cluster.address + path, timeout=8)
        assert answer.status_code == 404
        assert {"police_999", "national_24h"} <= {line["id"] for line in answer.json()["lines"]}
        assert "rasa" not in answer.text.lower() and answer.headers["server"] == "nginx"


def test_what_nginx_refuses_carries_the_numbers(cluster: Cluster) -> None:
    large = httpx.post(
        f"{cluster.address}/chat/webhook",
        content=b"x" * 100_000,
        headers={"content-type": "application/json"},
        timeout=8,
    )
    assert large.status_code == 413
    flood: list[httpx.Response] = []

    def many() -> None:
        with httpx.Client(timeout=8) as client:
            flood.extend(client.get(f"{cluster.address}/chat/lines") for _ in range(60))

    threads = [threading.Thread(target=many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [answer for answer in flood if answer.status_code == 429]
    assert refused, "nobody was held off"
    for answer in (large, refused[0]):
        assert [line["id"] for line in answer.json()["lines"]] == ["police_999", "national_24h"]


def test_every_answer_of_a_bot_comes_through_nginx_with_each_header_once(cluster: Cluster) -> None:
    sent = {"json": {"sender": secrets.token_hex(16), "message": "my husband hits me"}}
    asked = [
        ("GET", "/chat", {}),
        ("GET", "/chat/widget.js", {}),
        ("GET", "/chat/lines", {}),
        ("GET", "/chat/health", {}),
        ("POST", "/chat/webhook", sent),
        ("POST", "/chat/forget", sent),
    ]
    asked += [
        ("POST", "/chat/webhook", {"content": b"{"}),
        ("PUT", "/chat/webhook", {}),
        ("POST", "/chat", {}),
    ]
    # from an address of its own: the test before this one has used up the share of the usual one
    visitor = httpx.Client(
        transport=httpx.HTTPTransport(local_address="127.9.255.254"), base_url=cluster.address, timeout=8
    )
    for method, path, more in asked:
        answer = visitor.request(method, path, **more)
        for name, value in EVERYWHERE.items():
            assert len(answer.headers.get_list(name)) == 1, f"{name} of {method} {path}"
            assert answer.headers[name] == value or name in ("Content-Security-Policy", "Permissions-Policy")
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Server"] == "nginx" and not {
            "x-powered-by",
            "set-cookie",
            "via",
            "strict-transport-security",
        } & set(answer.headers)
    page = visitor.get("/chat").headers["Content-Security-Policy"]
    assert (
        "require-trusted-types-for 'script'" in page
        and "trusted-types 'none'" in page
        and "default-src 'none'" in page
    )


def test_each_process_listens_on_its_own_port_on_loopback_and_nothing_else(cluster: Cluster) -> None:
    """No counters unless they are switched on, no HTTP of Rasa's own, no debugger."""
    listening: dict[str, tuple[str, int]] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                address, _, port = fields[1].rpartition(":")
                listening[fields[9]] = (address, int(port, 16))
    inner = int(cluster.settings["ACTIONS_PORT"])
    ours = {
        cluster.port,
        inner,
        *cluster.bot_ports,
        *cluster.action_ports,
        int(cluster.redis_url.rpartition(":")[2].partition("/")[0]),
    }
    found = set()
    for pid in processes_of(cluster.folder):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(listening.get(os.readlink(handle).removeprefix("socket:[").removesuffix("]")))
    assert found - {None} == {("0100007F", port) for port in ours}


def test_a_bystander_does_not_notice_messages_of_a_megabyte(tmp_path: Path, cluster: Cluster) -> None:
    """A cluster of its own: in the other one a bot runs under a movable clock, which slows it down.

    95 of 100 replies within 0.2 s; on a machine too busy for that, within three times the time alone.
    """
    with Cluster(tmp_path, settings=prepared(tmp_path)) as quick:
        alone, beside, refused = _beside_megabytes(quick)
    print(
        f"p95 alone {alone * 1000:.0f} ms, beside {len(refused)} messages of 1 MB {beside * 1000:.0f} ms "
        "(n = 40 each)"
    )
    assert refused.count(b"HTTP/1.1 413") > 40 and set(refused) <= {b"HTTP/1.1 413", b""}
    assert beside < max(0.2, 3 * alone)


def _beside_megabytes(cluster: Cluster) -> tuple[float, float, list[bytes]]:
    """p95 of a reply without and with three senders of 1 MB, in seconds, and what those got."""
    over, refused = threading.Event(), []

    def send(number: int) -> None:
        head = (
            b"POST /chat/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000\r\nConnection: close\r\n\r\n"
        )
        while not over.is_set():
            with (
                contextlib.suppress(OSError),
                socket.create_connection(
                    ("127.0.0.1", cluster.port), source_address=(f"127.5.0.{number}", 0), timeout=5
                ) as connection,
            ):
                with contextlib.suppress(OSError):
                    connection.sendall(head + b"x" * 1_000_000)
                refused.append(connection.recv(12))

    def p95(how_many: int = 40) -> float:
        taken = []
        for _ in range(how_many):
            started = time.monotonic()
            say(cluster, secrets.token_hex(16), "my husband hits me")
            taken.append(time.monotonic() - started)
        return statistics.quantiles(taken, n=20)[-1]

    p95(5)
    alone = p95()
    senders = [threading.Thread(target=send, args=(number,)) for number in (1, 2, 3)]
    for sender in senders:
        sender.start()
    try:
        beside = p95()
    finally:
        over.set()
        for sender in senders:
            sender.join()
    return alone, beside, refused


def test_who_sends_slowly_holds_nobody_up(cluster: Cluster) -> None:
    slow = []
    for number in range(50):  # slow-loris: headers that never end
        connection = socket.create_connection(
            ("127.0.0.1", cluster.port), source_address=("127.2.0.1", 0), timeout=5
        )
        connection.sendall(f"POST /chat/webhook HTTP/1.1\r\nHost: x\r\nX-{number}: ".encode())
        slow.append(connection)
    taken = []
    for _ in range(10):
        started = time.monotonic()
        say(cluster, secrets.token_hex(16), "my husband hits me")
        taken.append(time.monotonic() - started)
    for connection in slow:
        connection.close()
    assert sorted(taken)[5] < 1.0
