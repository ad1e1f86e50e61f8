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
    text = " ".join(chat.locator("body").inner_text().split())
    order = [text.index(part) for part in ("Exit this page", "Call 999", "Help with abuse at home", *CHOICES, "I can't speak", "To leave fast",
                                           "Or press the Shift key 3 times.", "This visit stays in your browser's history.", "a computer, not a person")]  # fmt: skip
    assert order == sorted(order)
    assert chat.locator("#first button").all_inner_texts() == CHOICES
    assert chat.title() == "Local services"  # says nothing to whoever sees the tab


@pytest.mark.parametrize("choice", CHOICES)
def test_a_first_button_sends_its_own_sentence(chat: Page, bot: Bot, choice: str) -> None:
    chat.get_by_role("button", name=choice).click()
    chat.locator(".turn").wait_for()
    assert [message["message"] for message in bot.messages] == [choice]
    assert set(bot.messages[0]) == {"sender", "message", "turn", "before"}
    expect(chat.locator("#mine")).to_contain_text(choice)
    expect(chat.locator("#mine")).to_be_focused()


def test_a_phone_without_shift_is_not_told_of_it(new_context: Callable[..., BrowserContext], bot: Bot) -> None:
    page = new_context(has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    page.goto(bot.url + "/chat")
    expect(page.locator(".keys")).to_be_hidden()


def test_a_card_tells_all_that_it_must(chat: Page) -> None:
    say(chat, "Something's wrong at home")
    lead = chat.locator("#lines .lead")
    for part in ("MK ACT", "0344 375 4307", "Open until 5pm"):
        expect(lead).to_contain_text(part)
    fold = lead.locator(".more")
    assert fold.get_attribute("open") is None
    fold.locator("summary").click()
    for part in ("MK ACT (Milton Keynes domestic abuse support)", "Monday to Friday, 9am to 5pm", "Costs the same as a call to an 01 number",
                 "Why this line? You said that something is wrong at home.", "Not right for me", "Checked on 21 November 2026.", DIRECTORY.services["mk_act"].source):  # fmt: skip
        expect(fold).to_contain_text(part)
        expect(fold.get_by_text(part).first).to_be_visible()
    expect(chat.locator("#lines")).to_contain_text("Calls can show on your phone.")
    assert chat.locator("#lines .line").count() == 3
    chat.locator("#lines .rest > summary").click()
    for other in chat.locator("#lines .line .call").all():
        expect(other).to_be_visible()


def test_a_closed_line_says_when_it_opens_and_looks_closed(chat: Page, bot: Bot) -> None:
    bot.now = NIGHT
    say(chat, "Something's wrong at home")
    chat.locator("#lines .rest > summary").click()
    lines = chat.locator("#lines .open")
    assert lines.all_inner_texts() == ["Closed now. Opens tomorrow 9am", "Open day and night", "May be closed now"]
    look = "(node) => getComputedStyle(node).backgroundColor + getComputedStyle(node).borderStyle"
    closed, open_, _ = (one.evaluate(look) for one in chat.locator("#lines .call").all())
    assert closed != open_


def test_danger_shows_999_alone_on_top_and_how_to_call_without_a_voice(chat: Page) -> None:
    chat.get_by_role("button", name="I'm in danger").click()
    expect(chat.locator(".turn")).to_have_count(1)
    assert [card.get_attribute("data-line") for card in chat.locator("#now .line").all()] == ["police_999", "mk_act", "national_24h"]
    assert [card.is_visible() for card in chat.locator("#now .line").all()] == [True, False, False]
    expect(chat.locator("#lines .rest > summary")).to_have_text("Other numbers (2)")
    chat.locator("#urgent .speak > summary").click()
    help_text = chat.locator("#urgent .speak").inner_text()
    for part in ("When you are asked, press 55.", "This does not tell the police where you are.", "You do not need to press 55.", "only if you signed up before"):
        assert part in help_text


def test_danger_perhaps_shows_999_and_asks_right_after_it(chat: Page, bot: Bot) -> None:
    say(chat, "i think he is outside")
    expect(chat.locator("#urgent .line")).to_have_count(1)
    assert chat.locator(".ask button").all_inner_texts() == ["Yes", "No", "Skip"]
    tops = [chat.locator(place).first.bounding_box()["y"] for place in ("#urgent .call", ".ask", "#lines .line")]  # type: ignore[index]
    assert tops == sorted(tops)
    chat.get_by_role("button", name="Yes", exact=True).click()
    expect(chat.locator(".turn")).to_have_count(2)
    assert bot.messages[-1]["message"] == "Yes, now"
    assert chat.locator(".ask").count() == 0  # one question at a time: an answered one goes


def test_a_question_stands_after_the_first_line(chat: Page) -> None:
    say(chat, "i need somewhere to stay")
    tops = [chat.locator(place).bounding_box()["y"] for place in ("#lines .lead", ".ask", "#lines .line >> nth=1")]  # type: ignore[index]
    assert tops == sorted(tops)


def test_a_question_can_be_skipped_without_a_word_to_the_server(chat: Page, bot: Bot) -> None:
    say(chat, "i need somewhere to stay")
    chat.get_by_role("button", name="Skip").click()
    expect(chat.locator(".ask")).to_have_count(0)
    expect(chat.locator("#status")).to_have_text("Skipped. That is fine.")
    expect(chat.locator("#mine")).to_be_focused()
    assert len(bot.messages) == 1


def test_not_right_for_me_shows_the_next_best_and_never_ends_in_nothing(chat: Page) -> None:
    say(chat, "Something's wrong at home")
    cards = chat.locator("#lines .line:not(.baked)")
    for place in (0, 1, 2):
        cards.nth(place).locator(".more > summary").click()
        cards.nth(place).get_by_role("button", name="Not right for me").click()
        if place < 2:
            expect(cards.nth(place + 1).locator(".call")).to_be_focused()
    expect(chat.locator("#status")).to_have_text("Here are all the other numbers.")
    expect(cards).to_have_count(3)
    expect(chat.locator("#lines .others > summary")).to_be_focused()
    assert chat.locator("#lines .others .line").count() == len(DIRECTORY.services) - 3
    for link in chat.locator("#lines .others .line > .call[href]").all():
        expect(link).to_be_visible()


def test_a_text_line_says_text(new_context: Callable[..., BrowserContext], bot: Bot) -> None:
    page = new_context(has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    page.goto(bot.url + "/chat")
    say(page, "can i text somebody")
    lead = page.locator("#lines .lead")
    expect(lead.locator("a.call .num")).to_have_text("text SHOUT to 85258")
    expect(lead.locator("a.call")).to_have_attribute("href", "sms:85258")
    expect(page.locator("#lines")).to_contain_text("Calls can show on your phone.")


def test_a_reply_without_lines_is_fine(chat: Page) -> None:
    say(chat, "bye")
    expect(chat.locator(".turn")).to_contain_text("Take care of yourself.")
    expect(chat.locator("#now .line")).to_have_count(0)


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
    expect(chat.locator("#mine")).to_be_focused()
    chat.keyboard.type("and on")  # who goes on typing means the writing box
    expect(chat.locator("#box")).to_have_value("and on")


def test_the_enter_that_ends_a_composition_does_not_send(chat: Page, bot: Bot) -> None:
    chat.locator("#box").fill("助")
    chat.locator("#box").evaluate(
        "(box) => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))"
    )
    chat.wait_for_timeout(200)
    assert bot.messages == []


def test_the_danger_at_the_end_of_a_very_long_message_is_sent(chat: Page, bot: Bot) -> None:
    text = "word " * 807 + "he is hurting me, danger"
    assert len(text) > 4000
    chat.locator("#box").fill(text)
    chat.locator("#send").click()
    expect(chat.locator("#urgent .line")).to_have_count(1)
    sent = [message["message"] for message in bot.messages]
    assert "".join(sent).split() == text.split()
    assert all(len(part) <= 4000 for part in sent)
    assert [message["turn"] for message in bot.messages] == [1, 2]


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


def test_each_reply_is_put_into_the_log_once_and_ones_own_words_are_not(chat: Page) -> None:
    assert chat.locator("#log").get_attribute("role") == "log"
    chat.evaluate(
        "window.__added = []; new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) => window.__added.push(node.className)))).observe(document.getElementById('log'), { childList: true, subtree: true })"
    )
    say(chat, "Something's wrong at home")
    say(chat, "i need somewhere to stay")
    assert chat.evaluate("window.__added") == ["turn", "turn"]
    assert chat.locator("#log #mine, #log .old").count() == 0
    assert chat.locator("#log [aria-live], #log [role=status], #log [role=alert]").count() == 0
    assert chat.locator("[role=status][aria-live], [role=log][aria-live]").count() == 0
    assert chat.locator("#mine bdi").get_attribute("dir") == "auto"
    assert chat.locator("#mine bdi").get_attribute("translate") == "no"
    assert chat.locator("[translate=no]").count() == 2  # what the visitor typed, now and before; nothing of ours


def test_focus_does_not_move_when_the_reply_comes(chat: Page) -> None:
    chat.evaluate("window.__moves = []; document.addEventListener('focusin', (e) => window.__moves.push(document.querySelectorAll('.turn').length))")
    chat.get_by_role("button", name="Something's wrong at home").click()
    chat.locator(".turn").wait_for()
    chat.wait_for_timeout(100)
    assert set(chat.evaluate("window.__moves")) == {0}
    expect(chat.locator("#mine")).to_be_focused()
