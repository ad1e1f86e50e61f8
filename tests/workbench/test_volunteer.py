"""A new volunteer: opens the page, tries a phrase, sees why, marks it wrong, and a failing test is in the
suite."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import open_wrong, press, say, set_clock
from playwright.sync_api import Page, expect

from signpost.learning.corpus.topic_files import read_examples, read_training_messages
from signpost.learning.scenarios import read_conversation

pytestmark = pytest.mark.bot

LIMIT_S = 120
# As fast as a calm person: a key every so often, and a pause to read before each press.
KEY_MS = 60
READING_MS = 2000

Saved = Callable[[], list[Path]]


def test_from_opening_the_page_to_a_saved_failing_test_in_under_two_minutes(
    page: Page, bot_url: str, saved: Saved
) -> None:
    started = time.monotonic()
    page.goto(bot_url + "/workbench")
    page.wait_for_timeout(READING_MS)
    page.get_by_label("Your message").press_sequentially(
        "he hid my inhaler and now he is laughing at me", delay=KEY_MS
    )
    page.keyboard.press("Enter")
    page.get_by_role("button", name="That’s wrong").wait_for()
    page.wait_for_timeout(READING_MS)
    page.get_by_role("button", name="That’s wrong").click()
    page.wait_for_timeout(READING_MS)
    picked = page.locator(
        "#wrong-danger input:not(:checked)"
    ).first  # whatever the bot thinks, this volunteer thinks otherwise
    wanted = picked.get_attribute("value")
    picked.check()
    page.wait_for_timeout(READING_MS)
    page.get_by_role("button", name="Save as a test").click()
    page.get_by_text("Saved. Thank you.").wait_for()
    took = time.monotonic() - started
    (test,) = saved()
    conversation = read_conversation(test)
    assert conversation.turns[-1].urgency == (wanted,)
    expect(page.locator("#saved")).to_contain_text("It fails now, as it should")
    expect(page.locator("#saved .held.failed")).to_have_count(1)
    assert took < LIMIT_S, f"{took:.0f} s"


def test_the_saved_test_shows_as_failed_among_the_conversation_tests(page: Page, saved: Saved) -> None:
    say(page, "hello there")
    wrong = open_wrong(page)
    wrong.get_by_text("The other lines").click()
    wrong.get_by_label("Karma Nirvana").select_option("first")
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    wrong.get_by_role("button", name="Back to the chat").click()
    (test,) = saved()
    page.get_by_role("link", name="Conversation tests").click()
    page.get_by_label("with the words").last.fill(test.stem)
    page.get_by_role("button", name="Run those shown").click()
    entry = page.locator("#tests-list .test")
    expect(entry).to_have_class("test failed")
    expect(entry.locator("summary")).to_contain_text("turn 1 of 1")
    expect(entry.locator(".unmet")).to_contain_text("karma nirvana comes first")
    expect(entry.locator(".sides ol li").first).to_contain_text("Always open")


def test_every_earlier_turn_can_be_opened_again(page: Page) -> None:
    set_clock(page)
    say(page, "my wife hits me")
    press(page, "In Milton Keynes")
    say(page, "is this private")
    inside = page.locator("#inside")
    expect(inside.locator(".quote")).to_have_text("is this private")
    page.locator(".me").first.click()
    expect(inside.locator(".quote")).to_have_text("my wife hits me")
    expect(inside).to_contain_text("describe situation")
    page.locator(".me").nth(1).click()
    expect(inside).to_contain_text("it was a button")


def test_the_pane_tells_which_words_raised_danger_and_where_the_sentence_stands(page: Page) -> None:
    say(page, "he wont let me out of the house and hes kicking the door")
    inside = page.locator("#inside")
    expect(inside.locator("mark").first).to_contain_text("let me out")
    expect(inside.locator(".danger")).to_contain_text("pattern “hiding or held”")
    expect(inside.locator(".sentences")).to_contain_text("document A, paragraph 14")
    for line in inside.locator(".lines > li").all():
        assert (
            "pen" in line.inner_text()
            or "losed" in line.inner_text()
            or "Hours not known" in line.inner_text()
        )
        assert "onfirmed" in line.inner_text()


def test_the_clock_changes_what_is_open(page: Page) -> None:
    leads = {}
    for choice in ("sunday", "christmas", "friday"):
        page.get_by_label("The bot’s clock").select_option(choice)
        say(page, "he shouts at me every day, im in bletchley")
        leads[choice] = page.locator("#inside .lines > li").first.inner_text().split("\n")[0]
        page.get_by_role("button", name="Start again").click()
    assert "National" in leads["sunday"]
    assert "National" in leads["christmas"]
    assert "MK ACT" in leads["friday"]


def test_a_dialogue_with_a_button_is_kept_whole(page: Page, saved: Saved) -> None:
    set_clock(page)
    say(page, "my wife hits me")
    press(page, "In Milton Keynes")
    say(page, "what about my kids")
    say(page, "not part of it")
    page.locator(".me").nth(2).click()
    wrong = open_wrong(page)
    expect(wrong.locator("#wrong-said-by li")).to_have_text(
        ["my wife hits me", "In Milton Keynes", "what about my kids"]
    )
    wrong.get_by_text("The other lines").click()
    wrong.get_by_label("NSPCC helpline").select_option("must")
    wrong.get_by_label("What this test shows").fill("Children: NSPCC / told?")
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    (test,) = saved()
    assert test.name == "children-nspcc-told.yml"
    conversation = read_conversation(test)
    assert [(turn.say, turn.press) for turn in conversation.turns] == [
        ("my wife hits me", None),
        (None, "In Milton Keynes"),
        ("what about my kids", None),
    ]
    assert conversation.now == "2026-11-25T14:10:00+00:00"
    assert conversation.turns[-1].must == ("nspcc",)


def test_corrected_labels_bring_the_rules_own_lines_and_training_messages(page: Page, saved: Saved) -> None:
    set_clock(page)
    say(page, "the bins were not emptied on tuesday")
    wrong = open_wrong(page)
    wrong.get_by_text("Other things that were understood wrongly").click()
    for held in wrong.locator("#wrong-labels input[type=checkbox]:checked").all():
        held.uncheck()
    for label, value in (
        ("scope", "disclosure"),
        ("who", "self"),
        ("gender", "man"),
        ("area", "elsewhere"),
        ("abuse", "physical"),
    ):
        wrong.locator(f"#pick-{label}-{value}").check()
    expect(wrong.locator("#rules-say")).to_contain_text("rule “elsewhere”")
    expect(wrong.get_by_label("Men's Advice Line")).to_have_value("first")
    wrong.get_by_text("Add messages for training").click()
    expect(wrong.locator("#training-labels")).to_contain_text("physical")
    words = wrong.get_by_label("The same thing in other words")
    words.fill("the bins were not emptied on tuesday")
    wrong.get_by_role("button", name="Save as a test").click()
    expect(wrong.get_by_role("alert")).to_contain_text("Say it in other words")
    assert saved() == []
    words.fill("she threw the bin at me, im a bloke in luton\nmy girlfriend kicks me, im a man in bedford")
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    review, test = saved()
    assert (test.parent.name, review.parent.name) == ("found", "review")
    turn = read_conversation(test).turns[-1]
    assert turn.lead == "mens_advice_line"
    assert turn.understood["area"] == "elsewhere"
    examples = read_examples(review)
    assert len(examples) == 2
    assert {example.intent for example in examples} == {"describe_situation"}
    for example in examples:
        assert example.metadata == {
            "scope": "disclosure",
            "who": "self",
            "abuse": ["physical"],
            "gender": "man",
            "area": "elsewhere",
        }
    known = {message.text for message in read_training_messages()}
    assert not known & {example.text for example in examples}


def test_nothing_is_saved_where_nothing_differs(page: Page, saved: Saved) -> None:
    say(page, "hello")
    wrong = open_wrong(page)
    wrong.get_by_role("button", name="Save as a test").click()
    expect(wrong.get_by_role("alert")).to_contain_text("Nothing differs yet")
    assert saved() == []


def test_what_is_typed_stays_text(page: Page, saved: Saved) -> None:
    text = '<img src=x onerror="document.title=1"> "quoted": {a: b} # \'x\' \\n 日本 😀'
    say(page, text)
    wrong = open_wrong(page)
    expect(wrong.locator("#wrong-said-by li")).to_have_text([text])
    wrong.locator("#wrong-danger input:not(:checked)").first.check()
    wrong.get_by_role("button", name="Save as a test").click()
    wrong.get_by_text("Saved. Thank you.").wait_for()
    assert page.locator("#log img, #wrong img").count() == 0
    assert read_conversation(saved()[0]).turns[0].say == text


def test_the_whole_way_goes_by_keyboard(page: Page, saved: Saved) -> None:
    page.get_by_label("Your message").focus()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="That’s wrong").wait_for()
    page.get_by_role("button", name="That’s wrong").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#wrong-heading")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.locator("#wrong-title").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#saved-title")).to_be_focused()
    assert len(saved()) == 1
    page.keyboard.press("Escape")
    expect(page.locator("#wrong")).to_be_hidden()
    expect(page.get_by_role("button", name="That’s wrong")).to_be_focused()
