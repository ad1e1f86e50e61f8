"""The maintainers' figures: whole days only, rounded, and not one word or visitor in them."""

from __future__ import annotations

import math
import re
import socket
import urllib.request
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from signpost.processes import free_port
from signpost.serving.gateway.metrics import (
    MEMORY_STEP_BYTES,
    NOISE_MESSAGES,
    ROUNDED_TO,
    DailyFigures,
    ProcessFacts,
    serve_figures,
)
from signpost.serving.gateway.requests import TooMany

MONDAY = date(2026, 11, 23)


class Days:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> date:
        return self.now


def reply(rule: str = "mk-open", urgency: str = "none") -> list[dict]:
    return [
        {"recipient_id": "zebrafinch", "text": "zebrafinch", "custom": {"rule": rule, "urgency": urgency}}
    ]


def told(figures: DailyFigures) -> dict[str, float]:
    return {family.name: family.samples[0].value for family in figures.collect()}


def a_day(ordinary: int, danger: int = 0, misunderstood: int = 0, refused: int = 0) -> DailyFigures:
    days = Days()
    figures = DailyFigures(days)
    for count, said in (
        (ordinary, reply()),
        (danger, reply("danger", "immediate")),
        (misunderstood, reply("not-understood")),
    ):
        for _ in range(count):
            figures.answered(said)
    for _ in range(refused):
        figures.refused()
    assert told(figures) == {}, "a day is told before it is over"
    days.now += timedelta(days=1)
    return figures


def test_a_whole_day_is_told_rounded() -> None:
    figures = told(a_day(6000, danger=3000, misunderstood=1000, refused=500))
    assert figures["signpost_messages_last_day"] % ROUNDED_TO == 0
    assert figures["signpost_messages_last_day"] == pytest.approx(10_000, abs=20 * NOISE_MESSAGES)
    assert figures["signpost_danger_share_last_day"] == pytest.approx(0.3, abs=0.051)
    assert figures["signpost_misunderstood_share_last_day"] == pytest.approx(0.1, abs=0.051)
    assert figures["signpost_refused_last_day"] == pytest.approx(500, abs=20 * NOISE_MESSAGES)
    assert figures["signpost_safe_share_last_day"] == 0.0


def test_a_figure_is_drawn_once_not_at_each_look() -> None:
    figures = a_day(1000)
    assert len({tuple(told(figures).items()) for _ in range(50)}) == 1


def test_of_few_messages_no_share_is_told() -> None:
    assert {name for name in told(a_day(5, danger=1)) if "share" in name} == set()


def test_days_without_a_visitor_are_told_as_they_were() -> None:
    days = Days()
    figures = DailyFigures(days)
    for _ in range(5000):
        figures.answered(reply())
    days.now += timedelta(days=3)
    assert told(figures)["signpost_messages_last_day"] < 1000


def test_one_visitor_cannot_be_told() -> None:
    """With 20 messages more or less, each figure is at most e times as likely (5 standard deviations
    allowed)."""
    draws = 3000
    without, with_one = (
        [told(a_day(count))["signpost_messages_last_day"] for _ in range(draws)] for count in (15, 35)
    )
    ours, theirs = Counter(without), Counter(with_one)
    for figure in set(ours) | set(theirs):
        fewer, more = sorted((ours[figure], theirs[figure]))
        assert more <= math.e * fewer + 5 * math.sqrt(more + math.e**2 * fewer)
    assert set(ours) & set(theirs) >= {0.0, 50.0, 100.0}


def test_the_text_holds_numbers_only() -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(a_day(900, danger=300))
    text = generate_latest(registry).decode()
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert samples and all(
        re.fullmatch(r"signpost_[a-z]+(_share)?_last_day [0-9.]+", line) for line in samples
    )
    assert "zebrafinch" not in text


def facts() -> ProcessFacts:
    return ProcessFacts(MONDAY, lambda: {"version": "0.1.0", "model": "signpost-1"})


def test_what_runs_is_told_and_nothing_that_moves_with_one_visitor() -> None:
    told_before = {family.name: family.samples[0] for family in facts().collect()}
    assert set(told_before) == {
        "signpost_started_timestamp_seconds",
        "signpost_memory_bytes",
        "signpost_numbers_checked_timestamp_seconds",
        "signpost_info",
    }
    assert told_before["signpost_info"].labels == {"version": "0.1.0", "model": "signpost-1"}
    assert (
        told_before["signpost_memory_bytes"].value % MEMORY_STEP_BYTES
        == 0
        < told_before["signpost_memory_bytes"].value
    )
    checked = told_before["signpost_numbers_checked_timestamp_seconds"].value
    assert datetime.fromtimestamp(checked, timezone.utc) == datetime(2026, 11, 23, tzinfo=timezone.utc)


def test_it_is_served_on_loopback_as_prometheus_text() -> None:
    port = free_port()
    serve_figures(a_day(900), facts(), port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert b"signpost_messages_last_day" in answer.read()
    with (
        socket.socket() as elsewhere
    ):  # all of 127/8 is this machine, and the port is open on one address only
        assert elsewhere.connect_ex(("127.0.0.2", port)) != 0


def test_a_port_that_is_taken_is_told_and_keeps_no_bot_from_answering(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve_figures(a_day(900), facts(), taken.getsockname()[1])
    assert "needs a port of its own" in caplog.text


def test_nothing_is_counted_unless_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from signpost.serving.channels.chat import ChatInput

    served: list[int] = []
    monkeypatch.setattr(
        "signpost.serving.channels.chat.serve_figures", lambda figures, facts, port: served.append(port)
    )
    monkeypatch.delenv("SIGNPOST_COUNTERS_PORT", raising=False)
    assert ChatInput().figures is None and served == []
    monkeypatch.setenv("SIGNPOST_COUNTERS_PORT", "9464")
    assert ChatInput().figures is not None and served == [9464]


@pytest.mark.parametrize(
    "limit", ["too much work under way", "a flood from one address", "a flood of forgetting"]
)
async def test_whatever_limit_refuses_a_request_counts_it_once(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    from signpost.serving.channels.chat import ChatInput

    async def silent(message: UserMessage) -> None:
        """Rasa says nothing, so the reply is the safe one."""

    monkeypatch.setattr("signpost.serving.channels.chat.serve_figures", lambda figures, facts, port: None)
    monkeypatch.setenv("SIGNPOST_COUNTERS_PORT", "9464")
    chat, app = ChatInput(), Sanic("counted", configure_logging=False, register=False)
    app.ctx.memory = None
    app.blueprint(chat.blueprint(silent), url_prefix="/chat")
    app.router.finalize()
    body, headers = (
        b'{"sender": "zebrafinch-zebrafinch", "message": "hi"}',
        {"content-type": "application/json"},
    )
    request = SimpleNamespace(app=app, body=body, headers=headers, remote_addr="", ip="192.0.2.1")
    say = app.router.get("/chat/webhook", "POST", None)[1]
    assert (await say(request)).status == 200
    if limit == "too much work under way":
        monkeypatch.setattr("signpost.serving.gateway.admission.MAX_WORK", 0.5)
    else:
        monkeypatch.setattr(
            "signpost.serving.gateway.rate_limit.FloodGate.lets_in", lambda gate, address: False
        )
    refuses = app.router.get("/chat/forget", "POST", None)[1] if limit == "a flood of forgetting" else say
    with pytest.raises(TooMany):
        await refuses(request)
    assert chat.figures._counts == Counter(messages=1, safe=1, refused=1)
