"""Rules for every text that a visitor can read.

Short sentences, no numbers but those that anybody may ring, nothing that hurts, grades or promises. How easy
a text is to read is for the tests: a server does without that library.
"""

from __future__ import annotations

import re

MAX_WORDS_OF_A_SENTENCE = 24
MAX_SENTENCES = 4
TEXT_NUMBERS = frozenset({"999", "55", "101", "111"})

# Pattern -> what to write instead.
NEVER: dict[str, str] = {
    r"\bthey will\b|\bwill help\b": 'Promise nothing for others: "they can tell you if ...".',
    r"\b(?:you|it|this|that|chat|phone|device|page) (?:is|are|'re|will be) "
    r"(?:safe|private|deleted)\b": "Nobody can promise that.",
    r"\bnobody will know\b|\bno one will know\b": "Nobody can promise that.",
    r"\bat least\b|\bonly a\b|\bnot that bad\b": "Do not grade what happened.",
    r"\bwhy did(?:n't)?\b": "Do not ask people to explain themselves.",
    r"\byou (?:must|should|need to|have to) (?:leave|stay|forgive|go back|confront|report)\b": (
        "Tell nobody to leave, stay, forgive, confront or report."
    ),
    r"\bpress charges\b|\bcouples?' counselling\b|\bcouple counselling\b": "Leave it out.",
    r"\b999[- ]55\b": "55 is pressed only when asked, and only on a mobile.",
    r"!": "Use no exclamation marks.",
    r"\bbrave\b": "Say what they did, in their own terms.",
    r"\b(?:victim|perpetrator|abuser)s?\b": 'Say "the person who is hurting you".',
    r"\bring(?:s|ing)?\b": 'Not everybody can ring: write "call", "ask" or "use".',
    r"\bevery year\b|\bper cent\b|%|£": "No figures and no sums.",
}


def broken_rules(text: str) -> list[tuple[str, str]]:
    """What is wrong with a text, and what to write instead; empty where nothing is."""
    plain = re.sub(r"\{[a-z0-9_.]+\}", "word", text)
    found = [
        (f'"{hit.group(0)}" should not be said.', write)
        for pattern, write in NEVER.items()
        if (hit := re.search(pattern, plain, re.IGNORECASE))
    ]
    for number in re.findall("[0-9]+", plain):
        if number not in TEXT_NUMBERS and not re.search(rf"\b{number}-hour\b", plain):
            found.append((f'The digits "{number}" stand in this text.', "Numbers come from services.yml."))
    sentences = [part for part in re.split(r"(?<=[.?!])[”\"]?\s+", plain) if part]
    if len(sentences) > MAX_SENTENCES:
        found.append((f"It has {len(sentences)} sentences.", f"At most {MAX_SENTENCES}."))
    found += [
        (f"A sentence has {len(sentence.split())} words.", f"At most {MAX_WORDS_OF_A_SENTENCE}.")
        for sentence in sentences
        if len(sentence.split()) > MAX_WORDS_OF_A_SENTENCE
    ]
    return found
