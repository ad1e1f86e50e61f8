"""The workbench's routes: for our own page on this machine only, and files only where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from signpost.learning.corpus.topic_files import Example, canonical_metadata, read_examples
from signpost.learning.curation.findings import FOUND, REVIEW
from signpost.learning.curation.review import save_finding
from signpost.serving.channels.workbench import NotOurPage, check_machine, check_origin, read_situation
from signpost.serving.gateway.requests import NoText

OURS = {"host": "127.0.0.1:5005", "origin": "http://127.0.0.1:5005"}
FINDING: dict[str, Any] = {
    "title": "Sent by a test",
    "now": "2026-11-25T14:10:00+00:00",
    "turns": [{"say": "hello", "must": ["samaritans"]}],
    "training": None,
}


@pytest.mark.parametrize("name", ["127.0.0.1:5005", "localhost:8000", "[::1]:5005", "127.0.0.1"])
def test_our_own_page_is_let_in(name: str) -> None:
    check_origin(
        "POST", {"host": name, "origin": f"http://{name}", "sec-fetch-site": "same-origin"}, "127.0.0.1"
    )
    check_origin("GET", {"host": name}, "127.0.0.1")


OTHERS = {
    "another site": {**OURS, "origin": "https://evil.example"},
    "another port": {**OURS, "origin": "http://127.0.0.1:9999"},
    "a sandboxed frame": {**OURS, "origin": "null"},
    "a name that points here": {"host": "evil.example:5005", "origin": "http://evil.example:5005"},
    "a name that begins as ours": {
        "host": "127.0.0.1.evil.example",
        "origin": "http://127.0.0.1.evil.example",
    },
    "a user before the name": {"host": "127.0.0.1@evil.example"},
    "no host": {},
    "a form of another site": {"host": "127.0.0.1:5005", "sec-fetch-site": "cross-site"},
    "another site of this machine": {"host": "127.0.0.1:5005", "sec-fetch-site": "same-site"},
}


@pytest.mark.parametrize("headers", OTHERS.values(), ids=OTHERS)
def test_others_are_kept_out(headers: dict[str, str]) -> None:
    with pytest.raises(NotOurPage):
        check_origin("POST", headers, "127.0.0.1")


@pytest.mark.parametrize(
    ("ip", "host"), [("192.0.2.7", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("::ffff:192.0.2.7", "127.0.0.1")]
)
def test_files_are_written_for_this_machine_only(ip: str, host: str) -> None:
    check_machine("127.0.0.1", "127.0.0.1")
    with pytest.raises(NotOurPage):
        check_machine(ip, host)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"labels": []},
        {"labels": {"scope": "x"}},
        {"labels": {"scope": "info", "urgency": "none", "abuse": 5}},
    ],
)
def test_labels_that_are_none_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(NoText):
        read_situation(data)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.bot
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "path", ["findings", "tests/run", "parse", "route", "review/look", "review/accept", "review/drop"]
)
def test_a_website_open_in_the_same_browser_gets_nothing(
    client: httpx.Client, workbench_folder: Path, path: str, headers: dict[str, str]
) -> None:
    before = files(workbench_folder)
    answer = client.post(f"/workbench/{path}", json=FINDING, headers=headers)
    assert answer.status_code == 403
    assert files(workbench_folder) == before


@pytest.mark.bot
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_of_another_site_cannot_write(
    client: httpx.Client, workbench_folder: Path, content_type: str
) -> None:
    """A browser sends these without asking first (no preflight)."""
    before = files(workbench_folder)
    answer = client.post(
        "/workbench/findings",
        content=httpx.Request("POST", "http://x", json=FINDING).content,
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 415
    assert files(workbench_folder) == before


@pytest.mark.bot
def test_no_other_site_may_read_an_answer(client: httpx.Client) -> None:
    for answer in (
        client.get("/workbench"),
        client.get("/workbench/tests"),
        client.options(
            "/workbench/findings",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        ),
    ):
        assert "access-control-allow-origin" not in answer.headers
    assert "frame-ancestors 'none'" in client.get("/workbench").headers["content-security-policy"]


@pytest.mark.bot
def test_a_finding_is_saved_and_held_at_once(client: httpx.Client, workbench_folder: Path) -> None:
    before = files(workbench_folder)
    labels = {"scope": "self_harm", "who": "self"}
    training = {
        "texts": ["there is no point in me going on"],
        "intent": "express_self_harm",
        "labels": labels,
    }
    answer = client.post("/workbench/findings", json={**FINDING, "training": training})
    assert answer.status_code == 201
    saved = answer.json()
    test, review = workbench_folder / saved["test"], workbench_folder / saved["review"]
    assert files(workbench_folder) - before == {test, review}
    assert (test.parent, review.parent) == (workbench_folder / FOUND, workbench_folder / REVIEW)
    assert saved["held"][0]["problems"]
    again = client.post("/workbench/tests/run", json={"name": test.stem}).json()
    assert again["held"][0]["problems"] == saved["held"][0]["problems"]
    assert test.stem in {entry["name"] for entry in client.get("/workbench/tests").json()}
    for path in (test, review):
        path.unlink()


@pytest.mark.bot
@pytest.mark.parametrize(
    "name",
    [
        "../../pyproject",
        "/etc/passwd",
        "",
        None,
        5,
        ["x"],
        "child-by-day.yml",
        "../conversations/child-by-day",
        "children/child-by-day",
    ],
)
def test_only_a_test_of_the_folder_can_be_run(client: httpx.Client, name: object) -> None:
    assert client.post("/workbench/tests/run", json={"name": name}).status_code == 404


@pytest.mark.bot
@pytest.mark.parametrize(
    "path", ["index.html", "nothing.js", "../pyproject.toml", "%2e%2e/pyproject.toml", "..%2fpyproject.toml"]
)
def test_only_the_pages_own_files_are_served(client: httpx.Client, path: str) -> None:
    assert client.get(f"/workbench/{path}").status_code == 404


@pytest.mark.bot
@pytest.mark.parametrize(
    "change", [{"title": ""}, {"turns": []}, {"turns": [{"say": "x", "must": ["../x"]}]}, {"now": 5}]
)
def test_a_finding_that_is_none_is_refused_in_words(
    client: httpx.Client, workbench_folder: Path, change: dict[str, Any]
) -> None:
    before = files(workbench_folder)
    answer = client.post("/workbench/findings", json={**FINDING, **change})
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 15
    assert files(workbench_folder) == before


@pytest.mark.bot
def test_the_rules_lines_for_picked_labels(client: httpx.Client) -> None:
    labels = {
        "scope": "disclosure",
        "urgency": "none",
        "abuse": ["physical"],
        "gender": "man",
        "lgbt": False,
        "area": "elsewhere",
        "who": "self",
        "needs": [],
    }
    referral = client.post(
        "/workbench/route", json={"labels": labels, "topic": None, "now": "2026-11-25T14:10:00+00:00"}
    ).json()
    assert referral["rule"] == "elsewhere"
    assert referral["lines"][0]["id"] == "mens_advice_line"


@pytest.mark.bot
def test_a_reply_tells_which_words_raised_danger_and_the_sentence_behind_the_rule(
    client: httpx.Client,
) -> None:
    (answer,) = client.post(
        "/workbench/parse",
        json={
            "texts": ["He won’t let   me out of here, he’s kicking the door"],
            "now": "2026-11-25T14:10:00+00:00",
        },
    ).json()
    words = {hit["words"] for hit in answer["understood"]["danger_words"]}
    assert any("won't let me out" in each for each in words)
    assert answer["understood"]["message"]["urgency"] == "immediate"
    assert {key: answer["understood"]["sentences"][0][key] for key in ("document", "paragraph")} == {
        "document": "A",
        "paragraph": 14,
    }


@pytest.fixture
def waiting(workbench_folder: Path) -> Iterator[dict[str, Any]]:
    """A message waiting for review, as the page sends it; topic files and review are restored afterwards."""
    before = {path: path.read_bytes() for path in (workbench_folder / "data" / "nlu").rglob("*.yml")}
    example = Example(
        "he weighs out my rice on the letter scales",
        "describe_situation",
        canonical_metadata({"scope": "disclosure", "who": "self", "abuse": ["controlling"]}),
    )
    path = save_finding([example], title="Rice", today=date(2026, 11, 25), folder=workbench_folder / REVIEW)
    yield {
        "file": path.name,
        "message": {"text": example.text, "intent": example.intent, "labels": dict(example.metadata)},
    }
    path.unlink(missing_ok=True)
    for topic, content in before.items():
        if topic.read_bytes() != content:
            topic.write_bytes(content)


@pytest.mark.bot
def test_a_message_is_reviewed_over_http(
    client: httpx.Client, workbench_folder: Path, waiting: dict[str, Any]
) -> None:
    listed = client.get("/workbench/review", timeout=30).json()
    (message,) = [
        message
        for finding in listed["findings"]
        if finding["file"] == waiting["file"]
        for message in finding["messages"]
    ]
    assert message["message"] == waiting["message"] and message["problems"] == []
    assert message["topic"] in listed["topics"]
    assert len(listed["topics"]) == len(list((workbench_folder / "data" / "nlu").rglob("*.yml")))
    known = read_examples(workbench_folder / "data" / "nlu" / f"{message['topic']}.yml")[0]
    looked = client.post(
        "/workbench/review/look", json={"message": {**waiting["message"], "text": known.text}}
    ).json()
    assert looked["near"][0]["text"] == known.text and looked["near"][0]["likeness"] > 0.99
    assert "This message is there already." in looked["problems"]
    before = files(workbench_folder)
    for wrong in (
        {"topic": "../../domain"},
        {"topic": "nothing"},
        {"corrected": {"text": "x"}},
        {"corrected": None},
    ):
        answer = client.post(
            "/workbench/review/accept",
            json={**waiting, "corrected": waiting["message"], "topic": message["topic"], **wrong},
        )
        assert answer.status_code == 400 and len(answer.json()["error"]) > 15, wrong
    for wrong in ({"file": "../nlu/places/places_named.yml"}, {"file": None}, {"message": {}}):
        assert client.post("/workbench/review/drop", json={**waiting, **wrong}).status_code == 404
    assert files(workbench_folder) == before
    accepted = client.post(
        "/workbench/review/accept",
        json={**waiting, "corrected": waiting["message"], "topic": message["topic"]},
    )
    assert accepted.json() == {"accepted": f"data/nlu/{message['topic']}.yml"}
    assert waiting["message"]["text"] in {
        example.text for example in read_examples(workbench_folder / accepted.json()["accepted"])
    }
    assert not (workbench_folder / REVIEW / waiting["file"]).exists()
    assert client.post("/workbench/review/drop", json=waiting).status_code == 404


@pytest.mark.bot
def test_an_unknown_model_is_refused(client: httpx.Client) -> None:
    answer = client.post("/workbench/parse", json={"texts": ["hello"], "model": "../../x"})
    assert answer.status_code == 404
    assert "model" in answer.json()["error"]
