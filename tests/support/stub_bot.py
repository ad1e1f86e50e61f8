"""A small bot that speaks shared/interface.md and can fail in every way, and a web server for the pages that
embed it.

No Rasa, no model: what it serves below /chat is signpost.serving.page.build on the real directory.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from signpost.directory.reader import load_directory
from signpost.routing.opening import opening
from signpost.routing.referral import line
from signpost.serving.page import MOUNT, Asset, Settings, build

REPO = Path(__file__).resolve().parents[2]
DIRECTORY = load_directory(REPO / "directory" / "services.yml", date(2026, 11, 22))
NOW = datetime(2026, 11, 25, 14, 10, tzinfo=ZoneInfo("Europe/London"))  # a Wednesday afternoon
NIGHT = datetime(2026, 11, 25, 23, 10, tzinfo=ZoneInfo("Europe/London"))
EXIT_URL = "https://www.bbc.co.uk/weather"
FAULTS = (
    "drop",
    "slow",
    "500",
    "404",
    "wrong_json",
    "empty_list",
    "html",
    "megabyte",
    "no_custom",
    "not_json_type",
    "half",
)


def one_line(name: str, now: datetime) -> dict[str, Any]:
    """One line as the bot would send it."""
    service = DIRECTORY.services[name]
    told = asdict(line(service, opening(service, DIRECTORY, now), office_hours=9 <= now.hour < 17))
    told.setdefault("closes", None)
    if told["open"] == "open":
        told["closes"] = "5pm"
    return {key: value for key, value in told.items() if key not in ("supplementary", "other_phones")}


def reply_to(sender: str, message: str, now: datetime = NOW) -> list[dict[str, Any]]:
    """A fixed reply for each kind of message that the tests need."""
    words = message.lower()
    urgency, rule, ids = "none", "mk-open", ["mk_act", "national_24h", "mens_advice_line"]
    texts: list[dict[str, Any]] = [
        {
            "text": "Nobody should have to face abuse alone. "
            "MK ACT helps people in Milton Keynes and is open now."
        }
    ]
    why = ["You said that something is wrong at home."]
    if "danger" in words:
        urgency, rule, ids = "immediate", "danger", ["police_999", "mk_act", "national_24h"]
        texts = [
            {
                "text": "Call 999 now if you can, for yourself or for someone else. "
                "If you cannot speak, you can still call."
            }
        ]
        why = ["You said that you are in danger."]
    elif "outside" in words:
        urgency, rule, ids = "check", "danger-check", ["police_999", "mk_act", "national_24h"]
        texts = [
            {"text": "If someone may hurt you now, call 999."},
            {
                "text": "Are you in danger right now?",
                "buttons": [
                    {"title": "Yes", "payload": "Yes, now"},
                    {"title": "No", "payload": "No, not now"},
                ],
            },
        ]
    elif "stay" in words:
        ids = ["mk_housing", "mk_act", "national_24h"]
        texts.append(
            {
                "text": "Are you in Milton Keynes?",
                "buttons": [
                    {"title": "Yes", "payload": "Yes, I am in Milton Keynes"},
                    {"title": "No", "payload": "No, I am somewhere else"},
                ],
            }
        )
    elif "text" in words:
        ids = ["shout", "samaritans", "nhs_111"]
    elif "bye" in words:
        ids, why, texts = [], [], [{"text": "Take care of yourself."}]
    elif "<" in words:
        texts = [{"text": message}]
    texts[0]["custom"] = {
        "type": "signpost",
        "urgency": urgency,
        "rule": rule,
        "why": why,
        "lines": [one_line(name, now) for name in ids],
    }
    return [{"recipient_id": sender, **text} for text in texts]


@dataclass
class Bot:
    """What the tests set, and what they read afterwards."""

    assets: dict[str, Asset]
    fault: str = ""
    delay_s: float = 0.0
    now: datetime = NOW
    blocked: set[str] = field(default_factory=set)  # paths below /chat that answer 404
    messages: list[dict[str, Any]] = field(default_factory=list)
    forgotten: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def reset(self) -> None:
        self.fault, self.delay_s, self.now = "", 0.0, NOW
        for kept in (self.blocked, self.messages, self.forgotten, self.requests):
            kept.clear()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is what these tests are about."""


def _bot_handler(bot: Bot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                **(headers or {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            bot.requests.append(("GET", path, dict(self.headers)))
            below = path[len(MOUNT) :] if path.startswith(MOUNT) else None
            asset = None if below in bot.blocked else bot.assets.get(below) if below is not None else None
            if asset is None:
                return self.answer(404, "text/plain", b"")
            headers, body = dict(asset.headers), asset.body
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"], body = "gzip", asset.gzipped
            self.answer(200, asset.content_type, body, headers)
            return None

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            bot.requests.append(("POST", self.path, dict(self.headers)))
            if self.path == MOUNT + "/forget":
                bot.forgotten.append(body)
                return self.answer(200, "application/json", b"{}")
            bot.messages.append(body)
            time.sleep(bot.delay_s)
            self.reply(body)
            return None

        def reply(self, body: dict[str, Any]) -> None:
            good = json.dumps(reply_to(body["sender"], body["message"], bot.now)).encode()
            json_type = "application/json"
            match bot.fault:
                case "drop":
                    self.close_connection = True
                    self.connection.close()
                case "slow":
                    time.sleep(60)
                case "500" | "404":
                    self.answer(int(bot.fault), json_type, good)
                case "wrong_json":
                    self.answer(200, json_type, b'{"text": 3')
                case "empty_list":
                    self.answer(200, json_type, b"[]")
                case "html":
                    self.answer(200, "text/html", b"<!doctype html><h1>502 Bad Gateway</h1>")
                case "megabyte":
                    long = json.loads(good)  # right in every way but its length
                    long[0]["text"] = "a" * 1_000_000
                    self.answer(200, json_type, json.dumps(long).encode())
                case "no_custom":
                    self.answer(200, json_type, b'[{"text": "hello"}]')
                case "not_json_type":
                    self.answer(200, json_type, b'"hello"')
                case "half":
                    self.send_response(200)
                    self.send_header("Content-Type", json_type)
                    self.send_header("Content-Length", str(len(good)))
                    self.end_headers()
                    self.wfile.write(good[: len(good) // 2])
                    self.close_connection = True
                    self.connection.close()
                case _:
                    self.answer(200, json_type, good)

    return Handler


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[int]:
    """A server on loopback in a thread of its own; gives its port."""
    server = _Quiet(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def stub_bot(
    frame_ancestors: tuple[str, ...] = ("http://localhost:*", "http://127.0.0.1:*"),
) -> Iterator[Bot]:
    """The bot, on a port of its own."""
    bot = Bot(assets=build(DIRECTORY, Settings(frame_ancestors=frame_ancestors, exit_url=EXIT_URL)))
    with serving(_bot_handler(bot)) as port:
        bot.url = f"http://127.0.0.1:{port}"
        yield bot


@dataclass
class Host:
    """A website that embeds the chat. `pages` maps a path to (html, headers)."""

    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)  # what a page sent to /tell
    url: str = ""


@contextmanager
def host_site() -> Iterator[Host]:
    """Served as `localhost`, so that the chat on 127.0.0.1 is another site to the browser."""
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            page, headers = host.pages.get(self.path.partition("?")[0], ("", {}))
            body = page.encode()
            self.send_response(200 if page else 404)
            for name, value in {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            host.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

    with serving(Handler) as port:
        host.url = f"http://localhost:{port}"
        yield host
