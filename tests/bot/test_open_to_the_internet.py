"""What strangers can do to a public bot over the network: nothing."""

from __future__ import annotations

import json
import re
import secrets
import socket
import statistics
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from public_bot import PublicBot, new_sender, read_answer, signpost_of, some_address

pytestmark = pytest.mark.bot

ALWAYS = {"police_999", "national_24h"}
MESSAGE = b'{"sender": "aaaaaaaaaaaaaaaa", "message": "my wife hits me"}'


def asked(headers: str, body: bytes = b"", line: str = "POST /chat/webhook HTTP/1.1") -> bytes:
    return f"{line}\r\nHost: x\r\nX-Forwarded-For: {some_address()}\r\n{headers}\r\n\r\n".encode() + body


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found.group(1))


def numbers(answer: bytes) -> set[str]:
    return {line["id"] for line in json.loads(answer.partition(b"\r\n\r\n")[2])["lines"]}


def test_every_answer_carries_the_headers(public: PublicBot) -> None:
    answers = [
        httpx.get(public.address + path)
        for path in (
            "/chat",
            "/chat/widget.js",
            "/chat/lines",
            "/chat/health",
            "/",
            "/chat/nothing",
            "/webhooks/rest",
        )
    ]
    answers += [
        public.post({"sender": new_sender(), "message": "hi"}),
        public.post(b"{"),
        public.post(b"x" * 40_000),
        public.post({"sender": new_sender()}, path="/chat/forget"),
    ]
    answers += [
        httpx.request(method, public.address + "/chat/webhook")
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
    ]
    for answer in answers:
        headers = answer.headers
        assert headers["cache-control"] == "no-store", answer.url
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors" in headers["content-security-policy"]
        assert "geolocation=()" in headers["permissions-policy"]
        assert not {"set-cookie", "server", "x-powered-by", "strict-transport-security"} & set(headers)
        assert "access-control-allow-origin" not in headers or answer.url.path.startswith("/chat/widget")


def test_the_page_runs_only_our_script_and_only_with_trusted_types(public: PublicBot) -> None:
    policy = httpx.get(public.address + "/chat").headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy and "*" not in policy


def test_a_browser_that_came_over_tls_is_told_to_stay(public: PublicBot) -> None:
    over_tls = {"X-Forwarded-For": some_address(), "X-Forwarded-Proto": "https"}
    assert (
        "max-age"
        in httpx.get(public.address + "/chat", headers=over_tls).headers["strict-transport-security"]
    )
    assert (
        "max-age"
        in httpx.get(public.address + "/nothing", headers=over_tls).headers["strict-transport-security"]
    )


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: abc",
        "Content-Length: -5",
        "Content-Length: +60",
        "Content-Length: 6_0",
        "Content-Length: 60\r\nContent-Length: 60",
        "Content-Length: 60\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Content-Length: 60\r\n X-Folded: a",
        "Content-Length: 60\r\nX\x0bY: a",
        "Content-Length: 60\r\nX: a\x00b",
        "no colon here",
        "Expect: 200-maybe\r\nContent-Length: 60",
    ],
)
def test_framing_that_could_be_read_in_two_ways_is_refused_with_the_numbers(
    public: PublicBot, framing: str
) -> None:
    answer = public.raw(asked(f"Content-Type: application/json\r\n{framing}", MESSAGE))
    assert 400 <= status(answer) < 500
    assert numbers(answer) == ALWAYS


@pytest.mark.parametrize(
    "line",
    [
        "GET",
        "GET /",
        "GET / HTTP/9",
        "GET  / HTTP/1.1",
        "\x16\x03\x01 / HTTP/1.1",
        "GET //[ HTTP/1.1",
        "GET http://[::1 HTTP/1.1",
        "PRI * HTTP/2.0",
    ],
)
def test_a_broken_request_line_is_refused(public: PublicBot, line: str) -> None:
    answer = public.raw(asked("A: b", line=line))
    assert 400 <= status(answer) < 500
    assert numbers(answer) == ALWAYS


def test_endless_headers_are_refused(public: PublicBot) -> None:
    assert status(public.raw(asked("A: " + "b" * 20_000))) == 413
    assert status(public.raw(asked("\r\n".join(f"A{number}: b" for number in range(5_000))))) == 413


@pytest.mark.parametrize(
    "text",
    [
        "\r\nSet-Cookie: evil=1",
        "%0d%0aSet-Cookie:%20evil=1",
        "\n\nHTTP/1.1 200 OK",
        "\u560d\u560aSet-Cookie: evil",
    ],
)
def test_nothing_that_comes_in_gets_into_a_header(public: PublicBot, text: str) -> None:
    for path in (f"/chat/{text}", f"/chat/lines?a={text}", f"/{text}"):
        raw = public.raw(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {some_address()}\r\n\r\n".encode()
        )
        assert b"evil" not in raw.lower() and raw.count(b"HTTP/1.1 ") == 1
    answers = [
        public.post({"sender": new_sender(), "message": text}),
        public.post({"sender": text, "message": text}),
        public.post(
            {"sender": new_sender(), "message": "hi"},
            headers={"X-Request-ID": "evil", "Origin": "https://evil.example", "Host": "evil.example"},
        ),
    ]
    for answer in answers:
        assert "evil" not in str(answer.headers).lower()


TRICKS = [
    {"__proto__": {"sender": "a" * 16, "message": "x"}},
    {
        "sender": "a" * 16,
        "message": "hello",
        "__proto__": {"admin": True},
        "constructor": {"prototype": {"x": 1}},
    },
    {"sender": "a" * 16, "message": "!!python/object/apply:os.system ['touch /tmp/x']"},
    {"sender": "a" * 16, "message": "&a [*a, *a]\n<<: *a\n? !!binary x"},
    {"sender": "a" * 16, "message": "slots:\n  urgency: immediate\nintent: report_danger"},
    {
        "sender": "a" * 16,
        "message": "hello",
        "metadata": {"now": "2020-01-01T00:00:00+00:00", "is_followup": True, "intent": "report_danger"},
    },
    {"sender": "a" * 16, "message": "hello", "input_channel": "cmdline", "stream": True, "token": "x"},
    {"sender": "a" * 16, "text": "/restart", "message": "hello"},
    {"sender": "a" * 16, "message": "hello", "sender_id": "b" * 16, "conversation_id": "b" * 16},
]


@pytest.mark.parametrize("body", TRICKS, ids=lambda body: json.dumps(body)[:50])
def test_tricks_with_keys_and_yaml_change_nothing(public: PublicBot, body: dict) -> None:
    answer = public.post({**body, "sender": new_sender()} if "sender" in body else body)
    if "sender" not in body:
        assert answer.status_code == 400
        return
    assert answer.status_code == 200
    shown = signpost_of(answer.json())
    assert shown["urgency"] != "immediate" and "understood" not in shown
    assert {part["recipient_id"] for part in answer.json()} == {answer.json()[0]["recipient_id"]}


def test_a_duplicate_key_does_not_get_around_the_check(public: PublicBot) -> None:
    assert (
        public.post(b'{"sender": "aaaaaaaaaaaaaaaa", "sender": "short", "message": "hi"}').status_code == 400
    )


def test_50000_emoji_are_refused_and_as_many_as_fit_are_answered(public: PublicBot) -> None:
    refused = public.post(
        json.dumps({"sender": new_sender(), "message": "😀" * 50_000}, ensure_ascii=False).encode()
    )
    assert refused.status_code == 413
    assert {line["id"] for line in refused.json()["lines"]} == ALWAYS
    for emoji in ("😀", "👩‍👩‍👧‍👦", "🇬🇧", "e\u0301\u0323"):
        body = {"sender": new_sender(), "message": (emoji * 8000).encode()[:32_000].decode(errors="ignore")}
        started = time.monotonic()
        answer = public.post(json.dumps(body, ensure_ascii=False).encode())
        assert answer.status_code == 200 and signpost_of(answer.json())["lines"]
        assert time.monotonic() - started < 4.0


def test_another_conversation_is_neither_seen_nor_changed_from_outside(public: PublicBot) -> None:
    """Ids are 128 random bits made by the widget; one that differs by a character is another conversation."""
    sender = secrets.token_hex(16)
    public.post({"sender": sender, "message": "i live in bletchley and my husband hits me"})
    told = "You said that you are in Milton Keynes."
    assert told in signpost_of(public.post({"sender": sender, "message": "which numbers"}).json())["why"]
    for guess in (
        sender[:-1] + ("0" if sender[-1] != "0" else "1"),
        sender.upper() + "A",
        sender[:-1],
        sender + "0",
        sender[::-1] + "_",
    ):
        assert (
            told not in signpost_of(public.post({"sender": guess, "message": "which numbers"}).json())["why"]
        )
        assert public.post({"sender": guess}, path="/chat/forget").json() == {"forgotten": True}
    assert told in signpost_of(public.post({"sender": sender, "message": "which numbers"}).json())["why"]
    public.post({"sender": sender}, path="/chat/forget")
    assert told not in signpost_of(public.post({"sender": sender, "message": "which numbers"}).json())["why"]


def test_a_flood_from_one_address_is_refused_with_the_numbers_and_nobody_else_is(public: PublicBot) -> None:
    visitor = some_address()
    answers = [public.post({"sender": new_sender(), "message": "hi"}, visitor=visitor) for _ in range(8)]
    with httpx.Client() as client, ThreadPoolExecutor(8) as pool:
        answers += list(pool.map(lambda _: public.post(b"{", visitor=visitor, client=client), range(200)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 80
    assert all({line["id"] for line in answer.json()["lines"]} == ALWAYS for answer in refused)
    time.sleep(1.1)  # the limit in all is by the second
    assert public.post({"sender": new_sender(), "message": "hi"}).status_code == 200


def test_a_forged_forwarded_address_does_not_help(public: PublicBot) -> None:
    """Visitors may write X-Forwarded-For; the proxy appends the true address, and only that counts."""
    true = some_address()
    with httpx.Client() as client, ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(
                lambda _: public.post(b"{", visitor=f"{some_address()}, {true}", client=client).status_code,
                range(160),
            )
        )
    assert statuses.count(429) >= 20


def test_asking_to_be_forgotten_is_held_off_by_itself(public: PublicBot) -> None:
    visitor = some_address()
    with httpx.Client() as client, ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(
                lambda _: (
                    public.post(
                        {"sender": new_sender()}, path="/chat/forget", visitor=visitor, client=client
                    ).status_code
                ),
                range(400),
            )
        )
    assert statuses.count(429) >= 60
    time.sleep(1.1)
    assert public.post({"sender": new_sender(), "message": "hi"}, visitor=visitor).status_code == 200


def test_slow_senders_are_cut_off_and_a_bystander_does_not_notice(public: PublicBot) -> None:
    """90 connections drip one byte a second: in headers, in a body, and in a body refused before it
    arrived."""
    half = b"POST /chat/webhook HTTP/1.1\r\nHost: x\r\nX-A: "
    in_body = (
        b"POST /chat/webhook HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    )
    unwanted = b"POST /chat/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", public.port), timeout=5) for _ in range(90)]
    for number, connection in enumerate(slow):
        connection.sendall((half, in_body, unwanted)[number % 3])
        connection.settimeout(0.001)
    open_still, started, waits = set(slow), time.monotonic(), []
    ended: list[float] = []
    while open_still and time.monotonic() - started < 40:
        for connection in list(open_still):
            try:
                connection.sendall(b"a")
                if not connection.recv(65536):
                    raise ConnectionError
            except TimeoutError:
                continue
            except OSError:
                open_still.discard(connection)
                ended.append(time.monotonic() - started)
        asked_at = time.monotonic()
        assert httpx.get(public.address + "/chat/lines", timeout=5).status_code == 200
        waits.append(time.monotonic() - asked_at)
        time.sleep(0.8)
    for connection in slow:
        connection.close()
    assert not open_still, f"{len(open_still)} of 90 were still held after 40 s"
    assert max(ended) < 30
    assert statistics.quantiles(waits, n=20)[-1] < 1.0


def test_too_many_connections_get_the_numbers_and_the_next_visitor_gets_in(public: PublicBot) -> None:
    idle = []
    try:
        answer = b""
        for _ in range(600):
            connection = socket.create_connection(("127.0.0.1", public.port), timeout=5)
            idle.append(connection)
        answer = read_answer(idle[-1])
        assert status(answer) == 503
        assert numbers(answer) == ALWAYS
    finally:
        for connection in idle:
            connection.close()
    time.sleep(0.5)
    assert public.post({"sender": new_sender(), "message": "hi"}).status_code == 200


def test_a_reader_who_never_reads_is_cut_off(public: PublicBot) -> None:
    """Asks for the page 2,000 times on one connection and takes nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", public.port))
    connection.settimeout(3)
    started = time.monotonic()
    with pytest.raises(OSError):
        while time.monotonic() - started < 40:
            try:
                connection.sendall(b"GET /chat/lines HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            except TimeoutError:
                time.sleep(0.5)
    connection.close()
    assert time.monotonic() - started < 40
    assert httpx.get(public.address + "/chat/lines", timeout=5).status_code == 200


def test_a_megabyte_is_refused_before_it_is_read_and_a_bystander_still_gets_an_answer(
    public: PublicBot,
) -> None:
    """95 of 100 replies within 0.2 s; on a machine too busy for that, within three times the time alone."""
    stop, refused = threading.Event(), []

    def send() -> None:
        while not stop.is_set():
            refused.append(public.post(b'{"sender": "' + b"x" * 1_000_000 + b'"}').status_code)

    def p95() -> float:
        waits = []
        for _ in range(40):
            started = time.monotonic()
            assert public.post({"sender": new_sender(), "message": "my wife hits me"}).status_code == 200
            waits.append(time.monotonic() - started)
        return statistics.quantiles(waits, n=20)[-1]

    alone = p95()
    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    try:
        beside = p95()
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    print(
        f"p95 alone {alone * 1000:.0f} ms, beside {len(refused)} messages of 1 MB {beside * 1000:.0f} ms "
        "(n = 40 each)"
    )
    assert set(refused) == {413} and len(refused) > 40
    assert beside < max(0.2, 3 * alone)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/version",
        "/status",
        "/model",
        "/model/parse",
        "/model/train",
        "/domain",
        "/conversations/default/tracker",
        "/conversations/default/messages",
        "/webhooks/rest/webhook",
        "/webhooks/rest",
        "/webhooks/callback/webhook",
        "/socket.io/",
        "/workbench",
        "/workbench/parse",
        "/chat/../model",
        "/chat/%2e%2e/model",
        "//model",
        "/metrics",
        "/actions",
        "/webhook",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_of_rasa_and_no_workbench_can_be_reached(public: PublicBot, path: str, method: str) -> None:
    answer = public.raw(
        (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
            "Content-Type: application/json\r\n\r\n{}"
        ).encode()
    )
    assert status(answer) in (404, 405)
    assert not re.search(rb"rasa|sanic|3\.6\.|21\.12|python", answer, re.IGNORECASE)


def test_everything_listens_on_loopback_only(public: PublicBot) -> None:
    listening: dict[int, set[str]] = {}
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == "0A":
                listening.setdefault(int(local.rpartition(":")[2], 16), set()).add(local.rpartition(":")[0])
    for port in (public.port, public.port + 50, public.counters_port):
        assert listening[port] == {"0100007F"}


def test_no_secret_stands_in_a_file_of_the_project(root: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    settings = [
        name
        for name in files
        if name.endswith((".yml", ".yaml", ".env", ".conf", ".service", ".ini", ".toml", ".json"))
        and not name.startswith(("data/", "directory/", "tests/"))
    ]
    secret = re.compile(
        r"(?i)\b(?:password|passwd|token|secret|api_?key)\b[\"']?\s*[:=]\s*[\"']?(?!\$\{|\{|null|none)[^\s\"',{}]{4,}"
    )
    assert len(settings) > 5
    assert [
        (name, found.group())
        for name in settings
        for found in secret.finditer((root / name).read_text(encoding="utf-8"))
    ] == []
    assert secret.search("password: hunter22") and secret.search('"api_key": "abcd1234"')
