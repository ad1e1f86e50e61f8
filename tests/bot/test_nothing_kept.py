"""Marker phrases go in through every door and every failure; afterwards they are nowhere on the machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from pathlib import Path

import httpx
import pytest
from markers import TOLD, Planted, check_answers, files_since, headers, opened_for_writing, search_files
from public_bot import PublicBot, new_sender, signpost_of, some_address

pytestmark = pytest.mark.bot


@pytest.fixture(scope="module")
def talked(public: PublicBot) -> tuple[PublicBot, Planted]:
    """The bot, after it has been through everything; it still runs."""
    planted = Planted()
    talk(public, planted)
    send_rubbish(public, planted)
    flood(public, planted)
    with_the_action_server("stopped", public, planted)
    with_the_action_server("killed", public, planted)
    with_the_bot_crashing(public, planted)
    talk(public, planted)
    return public, planted


def say(bot: PublicBot, planted: Planted, text: str, sender: str | None = None) -> httpx.Response:
    words = text.format(*[planted() for _ in range(text.count("{}"))])
    body = {
        "sender": sender or planted(),
        "message": words,
        "metadata": {"now": planted(), planted(): planted()},
        planted(): planted(),
    }
    answer = bot.post(body, headers=headers(planted))
    planted.answers.append(answer)
    return answer


def talk(bot: PublicBot, planted: Planted) -> None:
    """Whole conversations, through to forgetting."""
    for _ in range(2):
        sender = planted()
        for text in TOLD:
            assert say(bot, planted, text, sender).status_code == 200
        planted.answers.append(
            bot.post({"sender": sender, "why": planted()}, path="/chat/forget", headers=headers(planted))
        )
    for path in ("/chat", "/chat/lines", "/chat/health", "/chat/{}", "/webhooks/{}", "/{}?{}"):
        marked = path.format(planted(), planted())
        planted.answers.append(
            httpx.get(f"{bot.address}{marked}?a={planted()}#{planted()}", headers=headers(planted))
        )


def send_rubbish(bot: PublicBot, planted: Planted) -> None:
    """Requests that are refused, at every stage of reading them."""
    good = json.dumps({"sender": new_sender(), "message": planted()})
    bodies = [
        planted().encode(),
        b'{"sender": "' + planted().encode() + b'"',
        json.dumps({"sender": planted() + "!", "message": planted()}).encode(),
    ]
    bodies += [
        json.dumps({"sender": planted(), "message": {planted(): planted()}}).encode(),
        b'{"a":' * 3000 + planted().encode(),
        planted().encode() * 3000,
        b"\xff" + planted().encode(),
    ]
    for body in bodies:
        for path in ("/chat/webhook", "/chat/forget", "/chat/lines"):
            answer = bot.post(body, path=path, headers=headers(planted))
            assert answer.status_code < 500 and (answer.status_code >= 400 or path == "/chat/forget")
            planted.answers.append(answer)
    for kind in (planted(), "text/plain; charset=" + planted(), "multipart/form-data; boundary=" + planted()):
        planted.answers.append(bot.post(good.encode(), headers={"Content-Type": kind}))
    for method in ("PUT", "DELETE", "TRACE", planted().upper()):
        planted.answers.append(httpx.request(method, bot.address + "/chat/webhook", headers=headers(planted)))
    for line in (
        "{} / HTTP/1.1",
        "GET /{} HTTP/{}",
        "GET //[{} HTTP/1.1",
        "POST /chat/webhook HTTP/1.1\r\nContent-Length: {}",
        "POST /chat/webhook HTTP/1.1\r\nTransfer-Encoding: {}",
        "{}",
    ):
        bot.raw(
            line.format(planted(), planted()).encode()
            + b"\r\nX-A: "
            + planted().encode()
            + b"\r\n\r\n"
            + planted().encode()
        )
    chunked = (
        b"POST /chat/webhook HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    bot.raw(chunked + planted().encode() + b"\r\n")
    with socket.create_connection(("127.0.0.1", bot.port)) as leaves:  # and goes away in the middle of a word
        leaves.sendall(
            b"POST /chat/webhook HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
            + planted().encode()
        )
    sent = json.dumps({"sender": planted(), "message": planted() + " he hits me"}).encode()
    with socket.create_connection(("127.0.0.1", bot.port)) as leaves:  # and before the answer
        leaves.sendall(
            b"POST /chat/webhook HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(sent)
            + sent
        )


def flood(bot: PublicBot, planted: Planted) -> None:
    visitor = some_address()
    answers = [bot.post({"sender": planted()}, visitor=visitor, headers=headers(planted)) for _ in range(150)]
    assert any(answer.status_code == 429 for answer in answers)
    planted.answers += answers
    time.sleep(1.1)


def with_the_action_server(how: str, bot: PublicBot, planted: Planted) -> None:
    """It hangs, or it is gone; then it is whole again."""
    process = bot.process("signpost.serving.action_server")
    os.kill(process, signal.SIGSTOP if how == "stopped" else signal.SIGKILL)
    for text in TOLD[:3]:
        reply = say(bot, planted, text).json()
        assert "national_24h" in [line["id"] for line in signpost_of(reply)["lines"]]
    if how == "stopped":
        os.kill(process, signal.SIGCONT)
    wait_until_healthy(bot)


def with_the_bot_crashing(bot: PublicBot, planted: Planted) -> None:
    """It is killed, in the way that leaves a core file, while it is answering."""
    process = bot.process("signpost.serving")
    talking = [threading.Thread(target=lambda: _try(bot, planted)) for _ in range(4)]
    for one in talking:
        one.start()
    time.sleep(0.05)
    os.kill(process, signal.SIGABRT)
    for one in talking:
        one.join()
    wait_until_healthy(bot)
    assert bot.process("signpost.serving") != process


def _try(bot: PublicBot, planted: Planted) -> None:
    with contextlib.suppress(httpx.TransportError):
        say(bot, planted, "he hits me {} and i am so afraid " * 20)


def wait_until_healthy(bot: PublicBot) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if httpx.get(bot.address + "/chat/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail("the bot did not become whole again")


def test_no_marker_is_in_any_file(talked: tuple[PublicBot, Planted], root: Path) -> None:
    bot, planted = talked
    control = bot.folder / "tmp" / "control"
    control.write_text("a\n" + planted.markers[0].upper())
    found, seen = search_files(planted, bot.started_at, [bot.folder, root])
    assert set(found) == {control}, "a marker was written"
    assert len(planted.markers) > 500
    print(f"\n{len(planted.markers)} markers planted, {seen} files searched, 0 found")


def test_no_marker_is_in_the_log_which_is_not_empty(talked: tuple[PublicBot, Planted]) -> None:
    bot, planted = talked
    log = bot.log.read_bytes()
    assert log.count(b"(text left out)") > 100 and b" DEBUG " in log, (
        "the log is empty: the test would prove nothing"
    )
    assert b" ERROR rasa.core.actions.action" in log, "nothing failed: the test would prove nothing"
    assert planted.found_in(log) == []
    assert b"198.18." not in log and b"198.19." not in log, "a visitor's address"


def test_no_marker_is_in_the_environment_or_the_command_line(talked: tuple[PublicBot, Planted]) -> None:
    bot, planted = talked
    for module in ("signpost.serving", "signpost.serving.action_server"):
        process = Path("/proc") / str(bot.process(module))
        assert planted.found_in((process / "cmdline").read_bytes()) == []
        try:
            environment = (process / "environ").read_bytes()
        except PermissionError:  # not root: nobody else can read it either
            continue
        assert b"SIGNPOST_LOG_LEVEL=DEBUG" in environment
        assert planted.found_in(environment) == []


def test_no_marker_comes_back_in_a_header_and_none_but_the_id_in_a_body(
    talked: tuple[PublicBot, Planted],
) -> None:
    _, planted = talked
    assert len(planted.answers) > 200
    check_answers(planted)


def test_a_crash_leaves_no_core(talked: tuple[PublicBot, Planted], root: Path) -> None:
    bot, _ = talked
    for module in ("signpost.serving", "signpost.serving.action_server"):
        limits = Path(f"/proc/{bot.process(module)}/limits").read_text()
        assert limits[limits.index("Max core file size") :].split()[4] == "0"
    assert [
        path for path in files_since(bot.started_at, [root, bot.folder]) if path.name.startswith("core")
    ] == []


def test_the_counters_hold_no_marker(talked: tuple[PublicBot, Planted]) -> None:
    bot, planted = talked
    with urllib.request.urlopen(f"http://127.0.0.1:{bot.counters_port}/metrics", timeout=5) as answer:
        text = answer.read()
    assert planted.found_in(text + str(answer.headers).encode()) == []
    assert b"_last_day" not in text, "before the first midnight nothing is told of visitors"


def test_no_file_is_opened_for_writing_while_people_talk(
    talked: tuple[PublicBot, Planted], tmp_path: Path
) -> None:
    """Seen by the kernel: not even a file that is deleted again. Needs strace and permission to trace."""
    bot, planted = talked
    processes = [bot.process(module) for module in ("signpost.serving", "signpost.serving.action_server")]

    def work() -> None:
        talk(bot, planted)
        send_rubbish(bot, planted)

    assert opened_for_writing(processes, work, tmp_path / "trace") == []


def test_forgotten_means_forgotten(talked: tuple[PublicBot, Planted]) -> None:
    """When all is over no conversation of the bot is left that had been forgotten by its visitor."""
    bot, _ = talked
    sender = new_sender()
    told = "You said that you are in Milton Keynes."
    bot.post({"sender": sender, "message": "i live in bletchley and my husband hits me"})
    assert told in signpost_of(bot.post({"sender": sender, "message": "which numbers"}).json())["why"]
    bot.post({"sender": sender}, path="/chat/forget")
    assert told not in signpost_of(bot.post({"sender": sender, "message": "which numbers"}).json())["why"]
