"""What nginx answers by itself, with and without TLS, and what it passes on: a stub stands in for the
bots."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from public_bot import read_answer
from redis_server import free_port, needs

from signpost.deployment.cluster import Cluster
from signpost.serving.gateway.headers import EVERYWHERE, TLS_ONLY

pytestmark = pytest.mark.long

ALWAYS = ["police_999", "national_24h"]


@dataclass
class Front:
    """nginx alone, and a stub of a bot that can be there or not."""

    port: int
    tls: bool
    heard: list[dict[str, str]] = field(default_factory=list)
    answers: bool = False
    status: int = 200

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        scheme = "https" if self.tls else "http"
        with httpx.Client(verify=False, timeout=8) as client:
            return client.request(method, f"{scheme}://127.0.0.1:{self.port}{path}", **more)

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are and read one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
            connection = _unchecked().wrap_socket(plain) if self.tls else plain
            connection.sendall(data)
            return read_answer(connection)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "TLS"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    folder, front = tmp_path_factory.mktemp("front"), Front(free_port(), request.param)
    bot = ThreadingHTTPServer(("127.0.0.1", 0), _stub(front))
    threading.Thread(target=bot.serve_forever, daemon=True).start()
    listen = f"127.0.0.1:{front.port}" + (" ssl" if front.tls else "")
    settings = {
        "SIGNPOST_LISTEN": listen,
        "SIGNPOST_BOTS": f"127.0.0.1:{bot.server_port}",
        "SIGNPOST_ACTION_SERVERS": "127.0.0.1:9",
    }
    cluster = Cluster(folder, bots=0, actions=0, port=front.port, settings=settings)
    if front.tls:
        _certificate(folder / "etc")
    with cluster:
        yield front
    bot.shutdown()


def _stub(front: Front) -> type[BaseHTTPRequestHandler]:
    class Stub(BaseHTTPRequestHandler):
        server_version, sys_version = "rasa/3.6.21", "Python"

        def do_GET(self) -> None:
            front.heard.append({name.lower(): value for name, value in self.headers.items()})
            if front.answers:
                self.send_response(front.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    return Stub


def _certificate(etc: Path) -> None:
    openssl, key, certificate = needs("openssl", "openssl"), etc / "key.pem", etc / "certificate.pem"
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-days",
            "2",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    (etc / "tls.conf").write_text(
        f"ssl_certificate {certificate};\nssl_certificate_key {key};\n", encoding="ascii"
    )


def _unchecked(version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def check_headers(headers: httpx.Headers, *, tls: bool) -> None:
    for name, value in EVERYWHERE.items():
        assert name in headers, f"{name} is missing"
        assert headers[name] == value or name in ("Content-Security-Policy", "Permissions-Policy")
        assert len(headers.get_list(name)) == 1, f"{name} comes twice"
    assert (
        "frame-ancestors" in headers["Content-Security-Policy"]
        and "geolocation=()" in headers["Permissions-Policy"]
    )
    assert headers.get_list("Strict-Transport-Security") == ([TLS_ONLY] if tls else [])
    assert headers["Server"] == "nginx"
    assert not {"x-powered-by", "set-cookie", "etag", "via"} & set(headers)


# Method, path, what comes with it, and the status that nginx gives by itself while no bot answers.
BY_ITSELF = [
    ("POST", "/chat/webhook", {"json": {"sender": "a" * 16, "message": "hi"}}, 200),
    ("GET", "/chat", {}, 200),
    ("GET", "/chat/widget.js", {}, 200),
    ("GET", "/chat/style.css", {}, 200),
    ("POST", "/chat/forget", {"json": {"sender": "a" * 16}}, 502),
    ("GET", "/chat/lines", {}, 502),
    ("GET", "/chat/health", {}, 502),
    ("GET", "/", {}, 404),
    ("GET", "/workbench", {}, 404),
    ("GET", "/_safe/reply.json", {}, 404),
    ("GET", "/chat/%2e%2e/model", {}, 404),
    ("TRACE", "/chat/webhook", {}, 405),
    ("POST", "/chat/webhook", {"content": b"x" * 100_000}, 413),
    ("GET", "/chat", {"headers": {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}}, 412),
    (
        "POST",
        "/chat/webhook",
        {"headers": {"If-Match": '"a"'}, "json": {"sender": "a" * 16, "message": "hi"}},
        412,
    ),
    ("GET", "/chat", {"headers": {"X": "a" * 40_000}}, 400),
    ("GET", "/chat/" + "a" * 40_000, {}, 414),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), BY_ITSELF, ids=lambda value: ascii(value)[:30])
def test_what_nginx_answers_by_itself_has_the_headers_and_the_numbers(
    front: Front, method: str, path: str, more: dict, status: int
) -> None:
    front.answers = False
    answer = front.ask(method, path, **more)
    assert answer.status_code == status
    check_headers(answer.headers, tls=front.tls)
    if answer.headers["Content-Type"] == "application/json":
        body = answer.json()
        lines = (
            body["lines"]
            if isinstance(body, dict)
            else next(part["custom"]["lines"] for part in body if "custom" in part)
        )
        assert [line["id"] for line in lines] == ALWAYS
    else:
        assert status == 200 and path in ("/chat", "/chat/widget.js", "/chat/style.css"), (
            "an error page of nginx's own"
        )
    assert not re.search(rb"nginx|rasa|python|\b1\.2\d\.", answer.content, re.IGNORECASE)


def test_where_one_bot_says_500_another_one_is_asked_for_the_reply(tmp_path: Path) -> None:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    broken, whole = Front(free_port(), False, answers=True, status=500), Front(0, False, answers=True)
    bots = [ThreadingHTTPServer(("127.0.0.1", 0), _stub(front)) for front in (broken, whole)]
    for bot in bots:
        threading.Thread(target=bot.serve_forever, daemon=True).start()
    settings = {
        "SIGNPOST_LISTEN": f"127.0.0.1:{broken.port}",
        "SIGNPOST_BOTS": " ".join(f"127.0.0.1:{bot.server_port}" for bot in bots),
        "SIGNPOST_ACTION_SERVERS": "127.0.0.1:9",
    }
    with Cluster(tmp_path, bots=0, actions=0, port=broken.port, settings=settings):
        for number in range(1, 21):  # some of these addresses belong to the broken one
            with httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.3.{number}")) as visitor:
                assert (
                    visitor.post(
                        f"http://127.0.0.1:{broken.port}/chat/webhook",
                        json={"sender": "a" * 16, "message": "hi"},
                    ).status_code
                    == 200
                )
    for bot in bots:
        bot.shutdown()
    assert broken.heard and len(whole.heard) == 20


def test_the_page_that_nginx_keeps_has_the_strict_policy(front: Front) -> None:
    front.answers = False
    policy = front.ask("GET", "/chat").headers["Content-Security-Policy"]
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


@pytest.mark.parametrize(
    "line",
    [
        "GARBAGE",
        "GET / HTTP/9.9",
        "GET /\x01 HTTP/1.1",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_numbers(front: Front, line: str) -> None:
    head, _, body = front.raw(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode()).partition(
        b"\r\n\r\n"
    )
    assert re.match(rb"HTTP/1\.1 (400|501|505) ", head)
    fields = [header.split(": ", 1) for header in head.decode().split("\r\n")[1:]]
    check_headers(httpx.Headers(fields), tls=front.tls)
    assert [entry["id"] for entry in json.loads(body)["lines"]] == ALWAYS


@pytest.mark.parametrize("end", ["\r\n", "%0d%0a", "%0D%0A", "\u560d\u560a"])
def test_no_header_can_be_smuggled_into_an_answer(front: Front, end: str) -> None:
    front.answers = True
    for where in (
        f"/chat/{end}X-Evil: 1",
        f"/chat/lines?a={end}X-Evil: 1",
        f"/{end}X-Evil: 1",
        f"/chat{end}X-Evil: 1",
    ):
        line = f"GET {where.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        answer = front.raw(
            line
        )  # a line that ends before its version is HTTP/0.9, and its answer has no head
        assert answer and b"x-evil" not in answer.lower()
        assert answer.count(b"HTTP/1.1 ") <= 1


def test_a_bot_is_told_how_and_from_where_a_visitor_came_and_nothing_else(front: Front) -> None:
    front.answers = True
    front.heard.clear()
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "gopher",
        "User-Agent": "told",
        "Referer": "told",
        "Cookie": "told=1",
    }
    answer = front.ask("GET", "/chat/lines", headers=forged)
    assert answer.status_code == 200 and answer.headers["Server"] == "nginx", "the bot's banner came through"
    (heard,) = front.heard
    assert heard["x-forwarded-for"] == "127.0.0.1"
    assert heard["x-forwarded-proto"] == ("https" if front.tls else "http")
    assert not {"user-agent", "referer", "cookie"} & set(heard)


def test_old_tls_is_refused_and_the_newest_is_taken(front: Front) -> None:
    if not front.tls:
        pytest.skip("without TLS")
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=5) as plain,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        _unchecked(ssl.TLSVersion.TLSv1_1).wrap_socket(plain)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with socket.create_connection(("127.0.0.1", front.port), timeout=5) as plain:
            assert _unchecked(version).wrap_socket(plain).version() == version.name.replace("_", ".")


def test_who_speaks_plainly_to_the_tls_port_gets_the_numbers(front: Front) -> None:
    if not front.tls:
        pytest.skip("without TLS")
    with socket.create_connection(("127.0.0.1", front.port), timeout=5) as plain:
        plain.sendall(b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: plain.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert [line["id"] for line in json.loads(answer.partition(b"\r\n\r\n")[2])["lines"]] == ALWAYS
