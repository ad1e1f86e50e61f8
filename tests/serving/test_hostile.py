"""Whatever comes in gets a clear answer: no 5xx, no empty reply, and the process lives."""

from __future__ import annotations

import json
import secrets

import httpx
import pytest

pytestmark = pytest.mark.bot

# The numbers that every answer carries, a refusal too.
ALWAYS = {"police_999", "national_24h"}


def sender() -> str:
    return secrets.token_hex(16)


MESSAGES = [
    "",
    " ",
    "\n\n",
    "\x00",
    "he\x00s here",
    "😀",
    "😀" * 1000,
    "🆘🆘🆘",
    "مساعدة من فضلك",
    "\u202eesrever",
    "\u200b" * 50,
    "a" * 4000,
    "a" * 4001,
    "he hit me " * 900,
    "/",
    "//////",
    "/restart",
    "/session_start",
    "/back",
    "/inform",
    '/inform{"gender":"man"}',
    '/inform{"gender": "man"}',
    ' /inform{"area": "elsewhere"}',
    '/report_danger{"urgency": "immediate"}',
    "EXTERNAL: report_danger",
    "EXTERNAL:/inform",
    "/EXTERNAL: x",
    "/nlu_fallback",
    "{{7*7}}",
    "${ACTIONS_PORT}",
    "{gender}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "../../etc/passwd",
    "\ud800",
    "ﬀ ﬁ ①②③ ᶠᵘˡˡ",
    "ћеlр mе",
    "%s%s%s%n",
    "!!!!!!!!!!!!!!!!!!!!",
    "null",
    "[]",
    "0",
    "__proto__",
    "yes " * 500,
]


@pytest.mark.parametrize("text", MESSAGES, ids=lambda text: ascii(text)[:40])
def test_any_text_gets_a_reply_with_one_signpost(client: httpx.Client, text: str) -> None:
    answer = client.post(
        "/chat/webhook",
        content=json.dumps({"sender": sender(), "message": text}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    reply = answer.json()
    assert reply
    assert [
        part for part in reply if "custom" in part and part["custom"]["type"] == "signpost"
    ].__len__() == 1
    assert all(part["text"] or "custom" in part for part in reply)


@pytest.mark.parametrize(
    "text",
    ['/inform{"gender":"man"}', '/inform{"gender": "man"}', "EXTERNAL: inform", '  /inform{"gender": "man"}'],
)
def test_nobody_can_forge_a_fact(client: httpx.Client, text: str) -> None:
    reply = client.post("/chat/webhook", json={"sender": sender(), "message": text}).json()
    understood = next(part["custom"]["understood"] for part in reply if "custom" in part)
    assert understood["intent"] != "inform" or understood["confidence"] < 1.0
    assert understood["reading"] is not None, "the text went around the pipeline"


BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"null", 400),
    (b"[]", 400),
    (b'"text"', 400),
    (b"\xff\xfe\x00", 400),
    (b'{"message": "hi"}', 400),
    (b'{"sender": "short", "message": "hi"}', 400),
    (b'{"sender": "default", "message": "hi"}', 400),
    (b'{"sender": 12345678901234567, "message": "hi"}', 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa\\n", "message": "hi"}', 400),
    (b'{"sender": "' + b"a" * 65 + b'", "message": "hi"}', 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa"}', 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa", "message": null}', 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa", "message": ["hi"]}', 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa", "message": {"text": "hi"}}', 400),
    (b"[" * 16000, 400),
    (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
    (b'{"sender": "aaaaaaaaaaaaaaaa", "message": "' + b"x" * 40_000 + b'"}', 413),
    (b"x" * 1_000_000, 413),
    (b" " * 32_769 + b'{"sender": "aaaaaaaaaaaaaaaa", "message": "hi"}', 413),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=lambda value: ascii(value)[:40])
def test_a_bad_body_is_refused_with_the_numbers(client: httpx.Client, body: bytes, status: int) -> None:
    answer = client.post("/chat/webhook", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    refusal = answer.json()
    assert refusal["error"]
    assert {line["id"] for line in refusal["lines"]} == ALWAYS


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_wrong_content_type_is_415(client: httpx.Client, content_type: str) -> None:
    answer = client.post(
        "/chat/webhook",
        content=b'{"sender": "aaaaaaaaaaaaaaaa", "message": "hi"}',
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 415
    assert {line["id"] for line in answer.json()["lines"]} == ALWAYS


def test_200_hostile_requests_leave_the_bot_alive(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    texts = [json.dumps({"sender": sender(), "message": text}).encode() for text in MESSAGES]
    bodies = (texts + [body for body, _ in BODIES]) * 4
    statuses = [
        client.post("/chat/webhook", content=body, headers=headers).status_code for body in bodies[:200]
    ]
    assert len(statuses) == 200
    assert max(statuses) < 500
    assert client.get("/chat/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/status",
        "/webhooks/rest/webhook",
        "/webhooks/rest",
        "/model",
        "/conversations/x/tracker",
        "/domain",
        "/version",
        "/chat/nothing",
    ],
)
def test_nothing_else_of_rasa_can_be_reached(client: httpx.Client, path: str) -> None:
    for answer in (client.get(path), client.post(path, json={})):
        assert answer.status_code in (404, 405)
        assert "rasa" not in answer.text.lower()
        assert {line["id"] for line in answer.json()["lines"]} == ALWAYS


def test_200_ordinary_texts_are_parsed_in_order(client: httpx.Client) -> None:
    texts = [
        f"number {number}: he goes through my phone every night "
        "and then he wants to know who every name is and why I rang them"
        for number in range(200)
    ]
    answer = client.post(
        "/workbench/parse", json={"texts": texts, "now": "2026-11-25T14:10:00+00:00"}, timeout=120
    )
    assert answer.status_code == 200
    parsed = answer.json()
    assert len(parsed) == 200
    assert all(set(entry) == {"understood", "reply"} for entry in parsed)


@pytest.mark.parametrize("texts", [None, "x", [1], ["x"] * 201])
def test_a_wrong_list_of_texts_is_refused(client: httpx.Client, texts: object) -> None:
    assert client.post("/workbench/parse", json={"texts": texts}).status_code == 400


def test_a_long_message_is_read_as_far_as_the_limit_and_the_reply_says_so(client: httpx.Client) -> None:
    reply = client.post(
        "/chat/webhook", json={"sender": sender(), "message": "he reads my texts. " * 300}
    ).json()
    assert "first part" in reply[-1]["text"]
