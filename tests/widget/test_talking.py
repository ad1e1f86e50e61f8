"""The first screen, the cards, one question at a time, and what is read aloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chatting import PHONE, say
from playwright.sync_api import BrowserContext, Page, expect
from stub_bot import DIRECTORY, NIGHT, Bot

CHOICES = ["I'm in danger", "Something's wrong at home", "I'm worried about somebody", "I need somewhere to stay", "I'm worried about what I do", "Just the numbers"]  # fmt: skip


@pytest.fixture
def chat(page: Page, bot: Bot) -> Page:
    page.goto(bot.url + "/chat")
    page.locator("#box").wait_for()
    return page


def test_the_first_screen_needs_no_typing(chat: Page) -> None:
    text = chat.locator("main").inner_text()
    order = [text.index(part) for part in ("In danger now?", "Call 999.", "I can't speak", "To leave fast", "Or press the Shift key 3 times.",
                                           "This visit stays in your browser's history.", *CHOICES, "Or write it")]  # fmt: skip
    assert order == sorted(order)
    assert chat.locator("#first button").all_inner_texts() == CHOICES
    assert "a computer, not a person" in text


@pytest.mark.parametrize("choice", CHOICES)
def test_a_first_button_sends_its_own_sentence(chat: Page, bot: Bot, choice: str) -> None:
    chat.get_by_role("button", name=choice).click()
    chat.locator(".turn").wait_for()
    assert [message["message"] for message in bot.messages] == [choice]
    assert set(bot.messages[0]) == {"sender", "message"}
    expect(chat.locator(".me")).to_contain_text(choice)
    expect(chat.locator("#log")).to_be_focused()


def test_a_phone_without_shift_is_not_told_of_it(new_context: Callable[..., BrowserContext], bot: Bot) -> None:
    page = new_context(has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    page.goto(bot.url + "/chat")
    expect(page.locator(".keys")).to_be_hidden()


def test_a_card_tells_all_that_it_must(chat: Page) -> None:
    say(chat, "Something's wrong at home")
    lead = chat.locator(".turn .line").first
    assert lead.get_attribute("open") is not None
    for part in ("MK ACT", "0344 375 4307", "Open now", "Monday to Friday, 9am to 5pm", "Costs the same as a call to an 01 number", "Calls can show in your phone's call list.",
                 "Why this line? You said that something is wrong at home.", "Not right for me"):  # fmt: skip
        expect(lead).to_contain_text(part)
    fold = lead.locator(".about")
    assert fold.get_attribute("open") is None
    fold.locator("summary").click()
    expect(fold).to_contain_text("Checked on 21 November 2026.")
    expect(fold).to_contain_text(DIRECTORY.services["mk_act"].source)
    expect(lead.locator("a.call")).to_be_hidden()  # a desktop cannot ring
    for other in chat.locator(".turn .line").all()[1:]:
        expect(other.locator(".num")).to_be_visible()


def test_a_closed_line_says_when_it_opens(chat: Page, bot: Bot) -> None:
    bot.now = NIGHT
    say(chat, "Something's wrong at home")
    lines = chat.locator(".turn .line > summary .open")
    assert lines.all_inner_texts() == ["Closed now. Opens tomorrow 9am", "Open day and night", "It may be closed now"]


def test_danger_shows_999_alone_on_top_and_how_to_call_without_a_voice(chat: Page) -> None:
    chat.get_by_role("button", name="I'm in danger").click()
    cards = chat.locator(".turn .line")
    cards.first.wait_for()
    assert [card.get_attribute("data-line") for card in cards.all()] == ["police_999", "mk_act", "national_24h"]
    assert [card.get_attribute("open") is not None for card in cards.all()] == [True, False, False]
    cards.first.locator(".speak > summary").click()
    help_text = cards.first.locator(".speak").inner_text()
    for part in ("When you are asked, press 55.", "This does not tell the police where you are.", "You do not need to press 55.", "only if you signed up before"):
        assert part in help_text


def test_danger_perhaps_shows_999_and_asks(chat: Page, bot: Bot) -> None:
    say(chat, "i think he is outside")
    cards = chat.locator(".turn .line")
    assert [card.get_attribute("open") is not None for card in cards.all()] == [True, True, False]
    assert chat.locator(".ask button").all_inner_texts() == ["Yes", "No", "Skip"]
    chat.get_by_role("button", name="Yes", exact=True).click()
    chat.locator(".turn").nth(1).wait_for()
    assert bot.messages[-1]["message"] == "Yes, now"
    assert chat.locator(".ask").count() == 0  # one question at a time: an answered one goes


def test_a_question_can_be_skipped_without_a_word_to_the_server(chat: Page, bot: Bot) -> None:
    say(chat, "i need somewhere to stay")
    chat.get_by_role("button", name="Skip").click()
    expect(chat.locator(".ask")).to_have_count(0)
    expect(chat.locator("#status")).to_have_text("Skipped. That is fine.")
    expect(chat.locator("#log")).to_be_focused()
    assert len(bot.messages) == 1


def test_not_right_for_me_shows_the_next_best_and_loses_none(chat: Page) -> None:
    say(chat, "Something's wrong at home")
    cards = chat.locator(".turn .line")
    for place in (0, 1):
        cards.nth(place).get_by_role("button", name="Not right for me").click()
        assert cards.nth(place).get_attribute("open") is None
        assert cards.nth(place + 1).get_attribute("open") is not None
        expect(cards.nth(place + 1).locator("> summary")).to_be_focused()
    cards.nth(2).get_by_role("button", name="Not right for me").click()
    expect(chat.locator("#status")).to_have_text("That was the last one. You can go back to any of them.")
    expect(cards).to_have_count(3)


def test_a_text_line_says_text(new_context: Callable[..., BrowserContext], bot: Bot) -> None:
    page = new_context(has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    page.goto(bot.url + "/chat")
    say(page, "can i text somebody")
    lead = page.locator(".turn .line").first
    expect(lead.locator("a.call")).to_have_text("Text 85258")
    expect(lead.locator("a.call")).to_have_attribute("href", "sms:85258")
    expect(lead).to_contain_text("Texts can show on your phone.")


def test_a_reply_without_lines_is_fine(chat: Page) -> None:
    say(chat, "bye")
    expect(chat.locator(".turn")).to_contain_text("Take care of yourself.")
    expect(chat.locator(".turn .line")).to_have_count(0)


def test_words_of_others_stay_words(chat: Page) -> None:
    chat.on("dialog", lambda dialog: pytest.fail("a script ran"))
    nasty = "<img src=x onerror=alert(1)><b>bold</b>"
    say(chat, nasty)
    assert chat.locator("#log img, #log b").count() == 0
    expect(chat.locator(".turn")).to_contain_text(nasty)


def test_enter_sends_and_shift_enter_makes_a_line(chat: Page, bot: Bot) -> None:
    chat.locator("#box").press_sequentially("one")
    chat.keyboard.press("Shift+Enter")
    chat.locator("#box").press_sequentially("two")
    chat.keyboard.press("Enter")
    chat.locator(".turn").wait_for()
    assert bot.messages[0]["message"] == "one\ntwo"
    expect(chat.locator("#box")).to_have_value("")
    expect(chat.locator("#box")).to_be_focused()


def test_an_empty_message_is_not_sent(chat: Page, bot: Bot) -> None:
    chat.locator("#box").fill("   ")
    chat.locator("#send").click()
    expect(chat.locator("#status")).to_have_text("Write something first, or press a button.")
    assert bot.messages == []


def test_a_slow_answer_is_told_after_two_seconds_and_nothing_is_before(chat: Page, bot: Bot) -> None:
    bot.delay_s = 2.8
    chat.locator("#box").fill("hello")
    chat.locator("#send").click()
    chat.wait_for_timeout(1500)
    expect(chat.locator("#status")).to_be_empty()
    expect(chat.locator("#status")).to_have_text("Still looking. One moment, please.", timeout=1200)
    chat.locator("#send").click()
    chat.locator(".turn").wait_for()
    expect(chat.locator("#status")).to_be_empty()
    assert len(bot.messages) == 1


def test_each_reply_is_put_into_the_log_once(chat: Page) -> None:
    assert chat.locator("#log").get_attribute("role") == "log"
    chat.evaluate(
        "window.__added = []; new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) => window.__added.push(node.className)))).observe(document.getElementById('log'), { childList: true })"
    )
    say(chat, "Something's wrong at home")
    say(chat, "i need somewhere to stay")
    chat.locator(".turn .line").first.get_by_role("button", name="Not right for me").click()
    assert chat.evaluate("window.__added") == ["me", "turn", "me", "turn"]
    assert chat.locator("#log [aria-live], #log [role=status], #log [role=alert]").count() == 0
    assert chat.locator("[role=status][aria-live], [role=log][aria-live]").count() == 0


def test_focus_does_not_move_when_the_reply_comes(chat: Page) -> None:
    chat.evaluate("window.__moves = []; document.addEventListener('focusin', (e) => window.__moves.push(document.querySelectorAll('.turn').length))")
    chat.get_by_role("button", name="Something's wrong at home").click()
    chat.locator(".turn").wait_for()
    chat.wait_for_timeout(100)
    assert set(chat.evaluate("window.__moves")) == {0}
    expect(chat.locator("#log")).to_be_focused()
