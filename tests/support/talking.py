"""Visitors who talk to a cluster while it is being broken, and what they get.

Every message ends in one of these:

    right     its own reply within 4 s
    forgot    its own reply, but what the conversation had said before is not in it
    safe      the fixed safe reply with 999 and the 24-hour line within 4 s
    refused   429 with both numbers
    page      nothing could be reached, twice: the widget then shows the numbers that stand in its page
    lost      anything else
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

LIMIT_S = 4.0
SAFE_LINES = {"police_999", "national_24h"}
# What is said in order, and a line that must then be shown; the last needs what the first two said.
TALK = (
    ("my wife hits me and shouts at the kids", "national_24h"),
    ("im a man and i live in wolverton", "mens_advice_line"),
    ("she has a knife and she is breaking the door down right now", "police_999"),
    ("what number can i ring", "mens_advice_line"),
)
NEEDS_MEMORY = len(TALK) - 1


@dataclass(frozen=True)
class Outcome:
    """What came of one message."""

    during: str
    kind: str
    seconds: float
    began: float
    why: str = ""


@dataclass
class Visitors:
    """Some people, each with an address of their own, who talk until told to stop.

    Args:
        address: where nginx listens.
        people: how many at once.
        pause_s: between a reply and the next message of the same person.
        network: second part of their addresses, so that two groups are not taken for one.
    """

    address: str
    people: int = 4
    pause_s: float = 0.6
    network: int = 1
    outcomes: list[Outcome] = field(default_factory=list)
    during: str = "nothing"

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, args=(number,), daemon=True) for number in range(self.people)
        ]
        self.conversations = 0

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=2 * LIMIT_S + 2)

    def counts(self, during: str | None = None) -> Counter[str]:
        """How many messages ended in what, of those that were begun during a fault, or of all."""
        return Counter(outcome.kind for outcome in list(self.outcomes) if during in (None, outcome.during))

    def slowest(self, during: str) -> float:
        """Seconds of the slowest reply."""
        return max(
            (outcome.seconds for outcome in list(self.outcomes) if outcome.during == during), default=0.0
        )

    def wait_until_right(self, in_a_row: int, timeout_s: float) -> float:
        """Seconds until so many new messages in a row were right; timeout_s if they never were."""
        began = time.monotonic()
        while time.monotonic() < began + timeout_s:
            since = [outcome for outcome in list(self.outcomes) if outcome.began >= began]
            if len(since) >= in_a_row and all(outcome.kind == "right" for outcome in since[-in_a_row:]):
                return time.monotonic() - began
            time.sleep(0.05)
        return timeout_s

    def _talk(self, number: int) -> None:
        transport = httpx.HTTPTransport(
            local_address=f"127.{self.network}.{number // 250}.{number % 250 + 1}"
        )
        with httpx.Client(transport=transport, base_url=self.address, timeout=httpx.Timeout(8.0)) as client:
            while not self._over.is_set():
                sender, told_all = secrets.token_hex(16), True
                self.conversations += 1
                for turn, (text, line) in enumerate(TALK):
                    during, began = self.during, time.monotonic()
                    kind, why = _say(client, sender, text, line, may_have_forgotten=turn == NEEDS_MEMORY)
                    if kind == "forgot" and not told_all:
                        kind = "right"  # a message whose reply was the safe one may never have been taken in
                    told_all = told_all and kind == "right"
                    seconds = time.monotonic() - began
                    if seconds > LIMIT_S:
                        kind, why = "lost", f"{kind} after {seconds:.1f} s"
                    self.outcomes.append(Outcome(during, kind, seconds, began, why))
                    if self._over.wait(self.pause_s):
                        return
                client.post("/chat/forget", json={"sender": sender}) if during == "nothing" else None


def _say(
    client: httpx.Client, sender: str, text: str, line: str, *, may_have_forgotten: bool
) -> tuple[str, str]:
    """One message as the widget sends it: where nothing can be reached, once more at once."""
    for last in (False, True):
        try:
            answer = client.post("/chat/webhook", json={"sender": sender, "message": text})
            break
        except httpx.TimeoutException as error:
            return "lost", type(error).__name__
        except httpx.TransportError as error:
            if last:
                return "page", type(error).__name__
    try:
        body = answer.json()
        if answer.status_code == 429:
            return (
                ("refused", "")
                if {entry["id"] for entry in body["lines"]} >= SAFE_LINES
                else ("lost", "429 without numbers")
            )
        (custom,) = [part["custom"] for part in body if "custom" in part]
        lines = [entry["id"] for entry in custom["lines"]]
    except (ValueError, KeyError, TypeError) as error:
        return "lost", f"{answer.status_code} {type(error).__name__}"
    if answer.status_code != 200:
        return "lost", f"status {answer.status_code}"
    if custom["rule"] == "fallback":
        return ("safe", "") if set(lines) >= SAFE_LINES else ("lost", "a safe reply without its numbers")
    if line in lines and (line != "police_999" or lines[0] == line):
        return "right", ""
    return ("forgot", "") if may_have_forgotten else ("lost", f"{lines} without {line}")
