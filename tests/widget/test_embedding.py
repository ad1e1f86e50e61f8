"""One tag in a stranger's page: what it asks of the host, what it keeps away from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chatting import PHONE, chat_in, host_page, open_chat, say
from playwright.sync_api import BrowserContext, Page, expect
from stub_bot import Bot, Host, stub_bot

WATCH_LAUNCHER = """
  new MutationObserver((_, seen) => {
    const button = document.querySelector('signpost-mk')?.shadowRoot?.querySelector('.launch')
    if (button && button.checkVisibility()) { window.__usable ??= performance.now(); seen.disconnect() }
  }).observe(document, { childList: true, subtree: true })
"""
WATCH_SHIFTS = """
  window.__shift = 0
  new PerformanceObserver((list) => { for (const e of list.getEntries()) window.__shift += e.value })
    .observe({ type: 'layout-shift', buffered: true })
"""


def test_one_request_before_opening_and_none_to_others(page: Page, host: Host, bot: Bot) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    tag = [f"/chat{name}" for name in bot.assets if name.startswith("/widget.") and name != "/widget.js"]
    assert len(tag) == 1 and [(method, path) for method, path, _ in bot.requests] == [("GET", tag[0])]
    page.locator("signpost-mk .launch").click()
    frame = chat_in(page)
    say(frame, "Something's wrong at home")
    assert [url for url in asked if not url.startswith((host.url, bot.url))] == []
    assert len([path for method, path, _ in bot.requests if method == "GET"]) == 4


def test_no_request_carries_a_cookie_or_a_referrer(page: Page, host: Host, bot: Bot) -> None:
    say(open_chat(page, host), "Something's wrong at home")
    for _, path, headers in bot.requests:
        assert not {"Cookie", "Referer", "cookie", "referer"} & set(headers), path


def test_the_launcher_says_what_it_is_and_that_it_is_a_computer(page: Page, host: Host) -> None:
    page.goto(host.url)
    expect(page.get_by_role("button", name="Help with abuse at home Chat: a computer, not a person")).to_be_visible()


def test_the_frame_is_sandboxed_and_comes_from_our_origin_only_when_opened(page: Page, host: Host, bot: Bot) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    assert page.locator("iframe").count() == 0
    page.locator("signpost-mk .launch").click()
    chat_in(page)
    frame = page.locator("signpost-mk iframe")
    assert frame.get_attribute("src") == bot.url + "/chat"
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    allowed = set((frame.get_attribute("sandbox") or "").split())
    assert "allow-scripts" in allowed
    assert not {"allow-popups", "allow-modals", "allow-forms", "allow-downloads", "allow-top-navigation"} & allowed


def test_the_host_page_cannot_read_the_chat(page: Page, host: Host) -> None:
    frame = open_chat(page, host)
    say(frame, "a very private sentence")
    assert page.evaluate("document.querySelector('signpost-mk').shadowRoot.querySelector('iframe').contentDocument") is None
    seen = page.evaluate("document.documentElement.outerHTML + document.querySelector('signpost-mk').shadowRoot.innerHTML")
    assert "private" not in seen


def test_the_plain_link_opens_the_same_panel_and_gets_the_focus_back(page: Page, host: Host) -> None:
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    page.locator("#signpost-mk").click()
    frame = chat_in(page)
    expect(frame.locator("h1")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#signpost-mk")).to_be_focused()
    assert page.url == host.url + "/"


@pytest.mark.parametrize("policy", ["default-src 'none'; script-src {bot}; frame-src {bot}", "default-src 'none'; script-src {bot}; frame-src {bot}; require-trusted-types-for 'script'; trusted-types 'none'"])
def test_it_works_under_a_host_policy_of_nothing_but_our_origin(page: Page, host: Host, bot: Bot, policy: str) -> None:
    host.pages["/"] = (host_page(bot), {"Content-Security-Policy": policy.format(bot=bot.url)})
    page.add_init_script("window.__broken = []; addEventListener('securitypolicyviolation', (e) => window.__broken.push(e.violatedDirective + ' ' + e.blockedURI))")
    frame = open_chat(page, host)
    assert page.evaluate("getComputedStyle(document.querySelector('signpost-mk').shadowRoot.querySelector('.dock')).position") == "fixed"
    say(frame, "Something's wrong at home")
    assert page.evaluate("window.__broken") == []


def test_our_own_policy_blocks_nothing_of_ours(page: Page, bot: Bot) -> None:
    page.add_init_script("window.__broken = []; addEventListener('securitypolicyviolation', (e) => window.__broken.push(e.violatedDirective))")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(bot.url + "/chat")
    say(page, "i need somewhere to stay")
    assert page.evaluate("window.__broken") == []
    assert told == []


def test_a_wrong_integrity_hash_leaves_the_link(page: Page, host: Host, bot: Bot) -> None:
    tag = '<a id="signpost-mk" href="{0}/chat">Help</a><script async src="{0}/chat/widget.js" integrity="sha384-{1}" crossorigin="anonymous"></script>'
    host.pages["/"] = (host_page(bot, tag=tag.format(bot.url, "A" * 64)), {})
    page.goto(host.url)
    page.wait_for_timeout(300)
    assert page.locator("signpost-mk").count() == 0
    page.locator("#signpost-mk").click()
    expect(page.locator("h1")).to_have_text("Help with abuse at home")


def test_a_blocked_script_leaves_the_link(page: Page, host: Host, bot: Bot) -> None:
    page.route("**/chat/widget*", lambda route: route.abort())
    page.goto(host.url)
    page.locator("#signpost-mk").click()
    expect(page.locator("h1")).to_have_text("Help with abuse at home")


def test_a_frame_that_the_server_refuses_ends_in_the_numbers(new_context: Callable[..., BrowserContext], host: Host) -> None:
    with stub_bot(frame_ancestors=("https://www.example.gov.uk",)) as strict:
        host.pages["/"] = (host_page(strict), {})
        page = new_context().new_page()
        page.goto(host.url)
        page.locator("signpost-mk .launch").click()
        panel = page.locator("signpost-mk .panel")
        expect(panel.get_by_role("link", name="Call 999")).to_be_visible()
        expect(panel).to_contain_text("0808 2000 247")
        expect(panel.locator("h2")).to_be_focused()
        assert panel.locator("a.plain").first.get_attribute("href") == "tel:+448082000247"
        assert panel.locator("a.plain").last.get_attribute("href") == strict.url + "/chat"
        expect(panel.locator(".exit")).to_be_visible()


def test_a_frame_that_the_host_policy_blocks_ends_in_the_numbers(page: Page, host: Host, bot: Bot) -> None:
    host.pages["/"] = (host_page(bot), {"Content-Security-Policy": f"default-src 'none'; script-src {bot.url}"})
    page.goto(host.url)
    page.locator("signpost-mk .launch").click()
    expect(page.locator("signpost-mk .panel")).to_contain_text("0808 2000 247", timeout=9500)


def test_a_chat_that_is_gone_ends_in_the_numbers_and_comes_back_at_the_next_try(page: Page, host: Host, bot: Bot) -> None:
    page.goto(host.url)
    bot.blocked.add("")
    page.locator("signpost-mk .launch").click()
    panel = page.locator("signpost-mk .panel")
    expect(panel).to_contain_text("0808 2000 247")
    panel.get_by_role("button", name="Close").click()
    bot.blocked.clear()
    page.locator("signpost-mk .launch").click()
    chat_in(page)
    expect(panel).not_to_contain_text("The chat did not open")


def test_two_tags_make_one_widget(page: Page, host: Host, bot: Bot) -> None:
    host.pages["/"] = (host_page(bot, body=f'<script async src="{bot.url}/chat/widget.js"></script>'), {})
    page.goto(host.url)
    page.wait_for_timeout(400)
    assert page.locator("signpost-mk").count() == 1


def test_the_settings_of_the_tag_are_kept(page: Page, host: Host, bot: Bot) -> None:
    tag = f'<a id="help" href="{bot.url}/chat">Help</a><script async src="{bot.url}/chat/widget.js" data-side="left" data-link="help" data-exit="https://example.org/x"></script>'
    host.pages["/"] = (host_page(bot, tag=tag), {})
    page.goto(host.url)
    page.locator("signpost-mk .launch").wait_for()
    box = page.locator("signpost-mk .dock").bounding_box()
    assert box and box["x"] == 16
    assert page.locator("signpost-mk .dock .exit").get_attribute("href") == "https://example.org/x"
    page.locator("#help").click()
    chat_in(page)


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "http://example.org", "//example.org", "https:///x"])
def test_an_exit_that_is_not_https_is_not_taken(page: Page, host: Host, bot: Bot, bad: str) -> None:
    host.pages["/"] = (host_page(bot, tag=f'<script async src="{bot.url}/chat/widget.js" data-exit="{bad}"></script>'), {})
    page.goto(host.url)
    expect(page.locator("signpost-mk .dock .exit")).to_have_attribute("href", "https://www.bbc.co.uk/weather")


def test_messages_of_others_are_not_obeyed(page: Page, host: Host) -> None:
    frame = open_chat(page, host)
    page.evaluate("window.postMessage('signpost:exit', '*'); window.postMessage('signpost:close', '*')")
    page.evaluate(  # a frame of the host's own
        "const f = document.body.appendChild(document.createElement('iframe')); f.srcdoc = \"<script>parent.postMessage('signpost:exit','*')</script>\""
    )
    page.wait_for_timeout(400)
    assert page.url == host.url + "/"
    expect(frame.locator("h1")).to_be_visible()


def test_our_frame_is_not_obeyed_once_it_shows_another_origin(page: Page, host: Host) -> None:
    host.pages["/evil"] = ("<script>parent.postMessage('signpost:exit', '*')</script>evil", {})
    open_chat(page, host)
    page.evaluate(f"document.querySelector('signpost-mk').shadowRoot.querySelector('iframe').src = '{host.url}/evil'")
    page.frame_locator("signpost-mk iframe").get_by_text("evil").wait_for()
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"


def test_another_frame_of_our_origin_is_not_obeyed(page: Page, host: Host, bot: Bot) -> None:
    open_chat(page, host)
    page.evaluate(f"const f = document.body.appendChild(document.createElement('iframe')); f.name = 'other'; f.src = '{bot.url}/chat'")
    page.frame_locator("iframe[name=other]").locator("h1").wait_for()
    other = page.locator("iframe[name=other]").element_handle().content_frame()
    assert other
    other.evaluate("parent.postMessage('signpost:exit', '*')")
    page.wait_for_timeout(200)
    assert page.url == host.url + "/"


def test_the_chat_does_not_obey_its_neighbours(page: Page, host: Host, bot: Bot) -> None:
    host.pages["/neighbour"] = ("<script>setTimeout(() => parent.frames[0].postMessage('signpost:hello', '*'), 500)</script>", {})
    host.pages["/"] = (f'<!doctype html><iframe src="{bot.url}/chat"></iframe><iframe src="/neighbour"></iframe>', {})
    page.goto(host.url)
    frame = page.frame_locator("iframe >> nth=0")
    frame.locator("#first button").first.wait_for()
    page.wait_for_timeout(900)
    assert frame.locator("html.framed").count() == 0
    expect(frame.locator(".exit")).to_be_visible()


def test_the_chat_obeys_its_parent_alone_and_one_word(page: Page, host: Host, bot: Bot) -> None:
    page.goto(bot.url + "/chat")
    page.evaluate("window.postMessage('signpost:hello', '*')")
    page.wait_for_timeout(200)
    assert page.locator("html.framed").count() == 0
    frame = open_chat(page, host)
    page.evaluate(
        "for (const word of ['signpost:clear', {type: 'signpost:exit'}, 'constructor', null]) "
        "document.querySelector('signpost-mk').shadowRoot.querySelector('iframe').contentWindow.postMessage(word, '*')"
    )
    page.wait_for_timeout(200)
    expect(frame.locator("h1")).to_be_visible()
    assert page.url == host.url + "/"


def test_the_launcher_can_be_used_within_200_ms_at_a_quarter_of_the_speed(new_context: Callable[..., BrowserContext], host: Host) -> None:
    """The best of five visits: other work on the machine can only add to the time that the script takes."""
    took: list[float] = []
    while len(took) < 5 and not any(0 < one <= 200 for one in took):
        page = new_context().new_page()
        page.add_init_script(WATCH_LAUNCHER)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(host.url)
        page.locator("signpost-mk .launch").wait_for()
        took.append(page.evaluate("window.__usable - performance.getEntriesByType('resource').find((e) => e.name.includes('/chat/widget')).responseEnd"))
        page.close()
    assert 0 < min(took) <= 200, took


def test_nothing_of_the_host_moves(page: Page, host: Host) -> None:
    page.add_init_script(WATCH_SHIFTS)
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.evaluate("window.__shift") == 0


def test_a_phone_gets_a_full_screen_and_a_call_button(new_context: Callable[..., BrowserContext], host: Host) -> None:
    page = new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    frame = open_chat(page, host)
    box = page.locator("signpost-mk .panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 780}
    say(frame, "Something's wrong at home")
    expect(frame.locator("#lines .lead a.call")).to_have_attribute("href", "tel:+443443754307")


def test_a_call_from_the_frame_reaches_the_phone_and_leaves_the_page(new_context: Callable[..., BrowserContext], host: Host) -> None:
    page = new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True, user_agent=PHONE).new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    for call in (frame.locator("#lines .lead .call"), page.locator("signpost-mk .panel .call")):
        # a browser of a desktop may ask what to open it with, and takes no press until that is answered
        call.click()
        page.wait_for_timeout(300)
    assert not [text for text in told if "sandbox" in text.lower() or "block" in text.lower()]
    assert page.url == host.url + "/"


def test_a_web_address_opens_in_the_same_tab(page: Page, host: Host) -> None:
    page.context.route("https://www.mkact.com/**", lambda route: route.fulfill(body="<h1>MK ACT</h1>", content_type="text/html"))
    frame = open_chat(page, host)
    say(frame, "Something's wrong at home")
    frame.locator("#lines .lead .more summary").click()
    frame.locator("#lines .lead a", has_text="mkact.com").click()
    page.wait_for_url("https://www.mkact.com/")
    assert len(page.context.pages) == 1
