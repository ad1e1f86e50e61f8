"""What the page sends along and how long it remembers: turn, before, 30 minutes; what it shows of a reply; open states that stay true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from chatting import forgotten, say
from playwright.sync_api import Page, expect
from stub_bot import DIRECTORY, NIGHT, NOW, Bot, one_line

from signpost.serving.page import Settings, SettingsError, build, snippet

LONG_NOTE = "From a mobile, ring 999 and do not hang up. Make any sound that you can."


def reply(text: str = "Hello.", lines: tuple[str, ...] = ("mk_act",), **custom: Any) -> list[dict[str, Any]]:
    told = {"type": "signpost", "urgency": "none", "rule": "x", "why": [], "lines": [one_line(name, NOW) for name in lines], **custom}
    return [{"text": text, "custom": told}]


@pytest.fixture
def chat(page: Page, bot: Bot) -> Page:
    page.goto(bot.url + "/chat")
    page.locator("#box").wait_for()
    return page


def test_each_message_carries_its_number_and_the_newest_four_before_it(chat: Page, bot: Bot) -> None:
    for word in "abcdef":
        say(chat, word)
    assert [message["turn"] for message in bot.messages] == [1, 2, 3, 4, 5, 6]
    assert [message["before"] for message in bot.messages] == [[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"], ["b", "c", "d", "e"]]


def test_a_retry_waits_and_has_the_same_number(chat: Page, bot: Bot) -> None:
    bot.fault = "500"
    chat.locator("#box").fill("hello")
    chat.locator("#send").click()
    chat.wait_for_timeout(500)
    assert len(bot.messages) == 1
    chat.locator(".sorry").wait_for()
    assert [message["turn"] for message in bot.messages] == [1, 1]
    assert [message["before"] for message in bot.messages] == [[], []]


def test_what_was_said_before_never_makes_a_message_too_big(chat: Page, bot: Bot) -> None:
    for _ in range(4):
        say(chat, "助" * 3900)
    say(chat, "hello")
    sizes = [int(headers["Content-Length"]) for method, path, headers in bot.requests if path.endswith("/webhook")]
    assert max(sizes) < 32 * 1024
    assert bot.messages[-1]["before"]


def test_clearing_forgets_what_was_said_before(chat: Page, bot: Bot) -> None:
    say(chat, "one")
    chat.locator("#clear").click()
    say(chat, "two")
    assert (bot.messages[-1]["before"], bot.messages[-1]["turn"]) == ([], 1)


def test_after_thirty_minutes_of_silence_the_chat_is_forgotten_and_says_so(page: Page, bot: Bot) -> None:
    page.clock.install()
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.clock.run_for("29:00")
    expect(page.locator(".turn")).to_have_count(1)
    page.clock.run_for("01:10")
    expect(page.locator("#log, #lines > .line, #past")).not_to_have_count(0)
    expect(page.locator("#now .line")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("This chat was forgotten.")
    assert forgotten(page, bot) == [{"sender": bot.messages[0]["sender"]}]
    say(page, "hello")
    assert bot.messages[-1]["sender"] != bot.messages[0]["sender"]
    assert bot.messages[-1]["before"] == []


def test_a_page_that_slept_through_it_forgets_when_it_wakes(page: Page, bot: Bot) -> None:
    page.clock.install()
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.clock.fast_forward("45:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("main")).to_contain_text("This chat was forgotten.")


# ---- what a reply carries ----


def answered(page: Page, messages: list[dict[str, Any]]) -> None:
    page.route("**/chat/webhook", lambda route: route.fulfill(json=messages))
    say(page, "hello")


def test_every_note_is_shown(chat: Page) -> None:
    notes = [{"id": "fresh_start", "text": "You can ask about Fresh Start."}, {"id": "silent_call", "text": LONG_NOTE},
             {"id": "area_page", "text": "There is a page for your area.", "web": "https://www.example.org/bucks"}]  # fmt: skip
    answered(chat, reply(notes=notes))
    expect(chat.locator("#log")).to_contain_text("You can ask about Fresh Start.")
    expect(chat.get_by_text("Make any sound that you can.")).to_be_hidden()
    chat.get_by_text("From a mobile, ring 999 and do not hang up.").click()
    expect(chat.get_by_text("Make any sound that you can.")).to_be_visible()
    expect(chat.get_by_role("link", name="example.org/bucks")).to_have_attribute("href", "https://www.example.org/bucks")


def test_notes_as_plain_texts_and_an_area_page_are_shown_too(chat: Page) -> None:
    page_of = {"id": "x", "name": "Buckinghamshire", "web": "https://www.example.org/b"}
    answered(chat, reply(notes=["One note."], area_page=page_of))
    expect(chat.locator("#log")).to_contain_text("One note.")
    expect(chat.get_by_role("link", name="Buckinghamshire")).to_have_attribute("href", "https://www.example.org/b")


def test_ways_other_than_ringing_are_buttons(chat: Page) -> None:
    line = {**one_line("national_24h", NOW), "ways": [{"kind": "webchat", "label": "Chat online", "href": "https://www.example.org/chat"},
            {"kind": "bsl", "label": "BSL", "href": "https://www.example.org/bsl"}, {"kind": "web", "label": "Bad", "href": "javascript:1"}]}  # fmt: skip
    answered(chat, [{"text": "a", "custom": {"lines": [line], "urgency": "none"}}])
    for label in ("Chat online", "BSL"):
        expect(chat.locator("#lines .way", has_text=label)).to_be_visible()
    expect(chat.locator("#lines .way")).to_have_count(2)


def test_several_texts_before_the_lines_keep_their_order(chat: Page) -> None:
    answered(chat, [{"text": "One."}, {"text": "Two."}, *reply("Three.")])
    assert chat.locator("#log .turn > p:not(.vh)").all_inner_texts() == ["One.", "Two.", "Three."]


def test_the_danger_question_is_known_by_its_name(chat: Page) -> None:
    messages = [*reply(question="danger"), {"text": "Is there danger?", "buttons": [{"title": "Yes", "payload": "Yes"}]}]
    answered(chat, messages)
    expect(chat.locator(".ask")).to_have_attribute("data-question", "danger")
    tops = [chat.locator(place).bounding_box()["y"] for place in (".ask", "#lines .line")]  # type: ignore[index]
    assert tops == sorted(tops)


def test_the_same_answer_is_not_printed_twice(chat: Page, bot: Bot) -> None:
    say(chat, "one")
    first = chat.locator("#lines .line").first
    first.evaluate("(node) => { node.kept = true }")
    say(chat, "two")
    assert chat.locator("#lines .line").count() == 3
    assert first.evaluate("(node) => node.kept"), "the same card was made anew"
    expect(chat.locator("#log")).to_have_text("The numbers below still fit.")
    assert chat.locator("#scroll").inner_text().count("0344 375 4307") == 1
    bot.now = NIGHT
    say(chat, "three")
    assert chat.locator("#log .vh").last.inner_text() == "New numbers below: 1"  # the changed line is told


def test_an_old_turn_is_one_line_and_opens(chat: Page) -> None:
    say(chat, "one " * 60)
    say(chat, "i am in danger")
    old = chat.locator(".old")
    expect(old).to_have_count(1)
    box = old.bounding_box()
    assert box and box["height"] < 60
    old.locator("summary").click()
    expect(old.locator(".said")).to_be_visible()
    expect(old.get_by_role("link", name="MK ACT 0344 375 4307")).to_be_visible()


# ---- open states ----


def lines_at(now: Any) -> dict[str, Any]:
    return {"lines": [one_line(name, now) for name in DIRECTORY.services]}


def test_a_card_is_renewed_when_the_hour_passes(page: Page, bot: Bot) -> None:
    page.clock.install(time=NOW.replace(hour=16, minute=50))
    page.route("**/chat/lines", lambda route: route.fulfill(json=lines_at(NOW.replace(hour=17, minute=1))))
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    expect(page.locator("#lines .lead .open")).to_have_text("Open until 5pm")
    page.clock.run_for("11:00")
    expect(page.locator("#lines .lead .open")).to_have_text("Closed now. Opens tomorrow 9am")
    assert page.locator("#lines .lead").get_attribute("data-open") == "closed"


def test_a_card_is_renewed_when_the_page_wakes(page: Page, bot: Bot) -> None:
    page.clock.install(time=NOW)
    page.route("**/chat/lines", lambda route: route.fulfill(json=lines_at(NOW + timedelta(hours=4))))
    page.goto(bot.url + "/chat")
    say(page, "Something's wrong at home")
    page.clock.fast_forward("05:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#lines .lead .open")).to_have_text("Closed now. Opens tomorrow 9am")


# ---- under another path, from right to left ----


def test_one_setting_puts_it_under_another_path(page: Page, bot: Bot) -> None:
    assets = build(DIRECTORY, Settings(mount="/help/chat"))
    asked: list[str] = []

    def proxy(route: Any) -> None:
        path = route.request.url.removeprefix("http://council.test")
        asked.append(path)
        if path == "/help/chat/webhook":
            return route.fulfill(json=reply())
        asset = assets.get(path.removeprefix("/help/chat"))
        return route.fulfill(body=asset.body, content_type=asset.content_type) if asset else route.fulfill(status=404)

    page.route("http://council.test/**", proxy)
    page.goto("http://council.test/help/chat")
    page.evaluate("crypto.getRandomValues(new Uint8Array(1))")
    say(page, "hello")
    page.locator("#clear").click()
    page.wait_for_timeout(100)
    assert all(path.startswith("/help/chat") for path in asked if path != "/favicon.ico"), asked
    assert 'src="https://council.test/help/chat/widget.' in snippet(assets, "https://council.test", mount="/help/chat")


@pytest.mark.parametrize("bad", ["", "/", "help", "/a b", '/a"b', "//evil.example", "/a/"])
def test_a_path_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(SettingsError, match="mount"):
        build(DIRECTORY, Settings(mount=bad))


def test_from_right_to_left_numbers_and_sentences_stay_whole(chat: Page) -> None:
    chat.evaluate("document.documentElement.dir = 'rtl'")
    answered(chat, reply("اتصل على 999 الآن."))
    assert chat.locator("#lines .num").first.evaluate("(node) => getComputedStyle(node).unicodeBidi") == "isolate"
    name, number = chat.locator("#lines .lead .name").bounding_box(), chat.locator("#lines .lead .open").bounding_box()
    assert name and number and name["x"] > number["x"]
    chat.locator("#box").fill("مرحبا")
    assert chat.locator("#box").evaluate("(node) => node.matches(':dir(rtl)')")
