"""What a volunteer and a maintainer do on the workbench's page, in a line each."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

# A Wednesday afternoon.
MOMENT = "2026-11-25T14:10"


def watch(page: Page, address: str) -> list[str]:
    """A list that fills when the page raises an error or asks another host for anything."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text)
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address + "/", "blob:", "data:"))
            else errors.append(f"asked for {request.url}")
        ),
    )
    return errors


def set_clock(page: Page, moment: str = MOMENT) -> None:
    page.get_by_label("The bot’s clock").select_option("other")
    page.get_by_label("Date and time in London").fill(moment)


def say(page: Page, text: str) -> Locator:
    """Type a message; the turn that it makes."""
    before = page.locator(".me").count()
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".me")).to_have_count(before + 1)
    return page.locator("#log .turn").nth(before)


def press(page: Page, name: str) -> None:
    before = page.locator(".me").count()
    page.locator("#log .choices").last.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".me")).to_have_count(before + 1)


def open_wrong(page: Page) -> Locator:
    page.locator("#inside").get_by_role("button", name="That’s wrong").click()
    expect(page.locator("#wrong-heading")).to_be_visible()
    return page.locator("#wrong")


def read_list(page: Page, messages: str) -> None:
    page.get_by_role("link", name="Try many").click()
    page.get_by_label("Messages, one a line").fill(messages)
    page.get_by_role("button", name="Read them").click()
    expect(page.locator("#many-said")).to_have_text(
        f"{page.locator('#count').inner_text().split()[0]} read.", timeout=60_000
    )


def review(page: Page) -> Locator:
    """Open the review; its cards, once they are there."""
    page.get_by_role("link", name="Review").click()
    expect(page.locator("#review-said")).to_contain_text("decide on", timeout=30_000)
    return page.locator(".waiting")
