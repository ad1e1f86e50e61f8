"""No regular expression of our scripts can be made to run for long: every one is found in the source and fed long hostile text in the browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from signpost.files import ROOT

LITERAL = re.compile(r"(?<=[(=,:&|?!\s])/(?![/*\s])((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\n\\\[])+)/([gimsuy]*)(?=[.,;)\s])")
PIECES = ["/", " ", "a", "1", "+", ".", ":", "tel:", "sms:+1", "https://", "https://www.", "\r\n", "words: ", "Mobi", "2026-11-22T", "-", "😀", "\\"]
LENGTH = 50_000
LIMIT_MS = 1000
FEED = """([source, flags, pieces, length]) => {
  const slow = []
  for (const first of pieces) for (const second of pieces) {
    const text = (first + second).repeat(length / (first + second).length) + '\\x01'
    const started = performance.now()
    new RegExp(source, flags).test(text); text.replace(new RegExp(source, flags), '')
    const took = performance.now() - started
    if (took > %d) slow.push([first + second, took])
  }
  return slow
}""" % LIMIT_MS


def test_no_pattern_of_our_scripts_runs_for_long(page: Page) -> None:
    scripts = [path for folder in ("widget", "workbench") for path in sorted((ROOT / folder).glob("*.js"))]
    found = sorted({match.groups() for path in scripts for match in LITERAL.finditer(path.read_text(encoding="utf-8"))})
    assert len(found) >= 14
    for path in scripts:
        source = path.read_text(encoding="utf-8")
        assert "RegExp(" not in source, f"{path.name}: a pattern that is put together cannot be found here"
        used = re.findall(r"\.(?:match|matchAll|replace|replaceAll|split|search)\(/(?!/)|[^\s/]/[gimsuy]*\.(?:test|exec)\(", source)
        assert len(used) <= len(LITERAL.findall(source)), f"{path.name}: a pattern is not found"
    for source, flags in found:
        assert page.evaluate(FEED, [source, flags, PIECES, LENGTH]) == [], source
    assert page.evaluate(FEED, ["(a+)+$", "", ["a"], 30]), "a bad pattern would not be noticed"
