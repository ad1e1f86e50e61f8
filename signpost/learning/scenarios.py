"""Whole dialogues as tests: what somebody says, the time, the lines that must and must not come.

A dialogue is a YAML file that a volunteer can write (tests/conversations/README.md), or a line of the
labelling guide's JSONL. Both are held against a running bot in workbench mode, over HTTP.

ConversationError      a file does not have the form of a dialogue
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import httpx
from ruamel.yaml import YAML

from signpost.errors import SignpostError
from signpost.files import read_text, read_yaml
from signpost.processes import BotError
from signpost.understanding.labels import ANY_OF, ONE_OF

LONDON = ZoneInfo("Europe/London")
TURN_KEYS = frozenset(
    {"say", "press", "must", "must_not", "lead", "urgency", "rule", "says", "asks", "about", "understood"}
)
# What `understood` may name: a label with its value, or what a list of labels must and must not hold.
UNDERSTOOD_KEYS = frozenset(
    {
        "scope",
        "who",
        "gender",
        "area",
        "lgbt",
        *(f"{label}_{mode}" for label in ("abuse", "needs") for mode in ("includes", "excludes")),
    }
)
NO_QUESTION = "nothing"
# Titles of other characters are put in quotes.
BARE = re.compile(r"[A-Za-z][\w ,.;()'’-]*")
# Names of the dialogues that the model does not get right yet; they stand in this file beside the dialogues.
NOT_YET_FILE = "not-yet-understood.txt"
# Dialogues held at the same time: one is understood while others wait for the action server.
AT_ONCE = 4
TIMEOUT_S = 30.0
# (conversation id, text, ISO time) -> the reply, as /chat/webhook gives it.
Say = Callable[[str, str, str], Awaitable[list[dict[str, Any]]]]


class ConversationError(SignpostError, ValueError):
    """A dialogue's file is not what it must be; names file, turn and field."""


@dataclass(frozen=True)
class Turn:
    """One message and what is expected of the reply; None and empty expect nothing."""

    say: str | None
    press: str | None
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    lead: str | None = None
    urgency: tuple[str, ...] = ()
    rule: str | None = None
    says: str | None = None
    asks: str | None = None
    understood: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Conversation:
    """A dialogue at one moment (ISO time with offset)."""

    name: str
    title: str
    now: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class TurnResult:
    """One turn: what was said, the reply (empty if a button was missing), and the expectations not met."""

    number: int
    said: str
    reply: list[dict[str, Any]]
    problems: tuple[str, ...]


def conversation_files(folder: Path) -> list[Path]:
    """The dialogues of a folder and those below it, by folder and name.

    Raises:
        ConversationError: two have the same name.
    """
    paths = sorted(folder.rglob("*.yml"))
    named: dict[str, Path] = {}
    for path in paths:
        if (other := named.setdefault(path.stem, path)) != path:
            places = " and ".join(each.relative_to(folder).as_posix() for each in (other, path))
            raise ConversationError(f"{places} have the same name: give one of them another.")
    return paths


def not_yet_understood(folder: Path) -> frozenset[str]:
    """Names of the dialogues that are known not to come out right yet."""
    path = folder / NOT_YET_FILE
    return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()


def read_conversation(path: Path) -> Conversation:
    """Read one YAML file; its time is London's.

    Raises:
        ConversationError
    """
    try:
        data = read_yaml(path, ConversationError)
        now = datetime.strptime(str(data["now"]), "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
        turns = tuple(
            read_turn(entry, f"{path.name}, turn {number}")
            for number, entry in enumerate(data["turns"], start=1)
        )
        return Conversation(path.stem, data["title"], now.isoformat(), turns)
    except ConversationError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConversationError(
            f'{path.name}: {error}. It needs `title`, `now` like "2026-11-25 14:10" and `turns`.'
        ) from error


def read_dialogues(path: Path) -> list[Conversation]:
    """Read the guide's JSONL form.

    Raises:
        ConversationError
    """
    lines = read_text(path, ConversationError).splitlines()
    return [
        _read_row(line, f"{path.name}, line {number}") for number, line in enumerate(lines, 1) if line.strip()
    ]


def _read_row(line: str, place: str) -> Conversation:
    try:
        row = json.loads(line)
        turns = tuple(read_turn(turn, row["id"]) for turn in row["turns"])
        return Conversation(row["id"], row["title"], row["now"], turns)
    except ConversationError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ConversationError(f"{place}: {error}. It needs `id`, `title`, `now` and `turns`.") from error


def read_turn(entry: Mapping[str, Any], place: str) -> Turn:
    """One message of a dialogue, as it stands in a file; ``place`` is named where it is not right.

    Raises:
        ConversationError
    """
    unknown = set(entry) - TURN_KEYS
    if unknown or ("say" in entry) == ("press" in entry):
        raise ConversationError(
            f"{place}: write either `say` or `press`, and only {', '.join(sorted(TURN_KEYS))}; "
            f"found {', '.join(sorted(unknown)) or 'both or neither'}"
        )
    urgency, wanted = entry.get("urgency") or (), entry.get("understood") or {}
    if not isinstance(wanted, dict) or not set(wanted) <= UNDERSTOOD_KEYS:
        raise ConversationError(f"{place}: `understood` may name {', '.join(sorted(UNDERSTOOD_KEYS))}")
    for name, value in wanted.items():
        _check_label(name, value, place)
    return Turn(
        say=entry.get("say"),
        press=entry.get("press"),
        must=tuple(entry.get("must") or ()),
        must_not=tuple(entry.get("must_not") or ()),
        lead=entry.get("lead"),
        urgency=(urgency,) if isinstance(urgency, str) else tuple(urgency),
        rule=entry.get("rule"),
        says=str(entry["says"]) if entry.get("says") is not None else None,
        asks=entry.get("asks"),
        understood=dict(wanted),
    )


def as_yaml(conversation: Conversation) -> str:
    """The file's text, in the form that tests/conversations/README.md explains."""
    rows = [
        "title: "
        + (
            json.dumps(conversation.title, ensure_ascii=False)
            if _needs_quotes(conversation.title)
            else conversation.title
        )
    ]
    rows += [f'now: "{datetime.fromisoformat(conversation.now).astimezone(LONDON):%Y-%m-%d %H:%M}"', "turns:"]
    for turn in conversation.turns:
        said = ("say", turn.say) if turn.say is not None else ("press", turn.press)
        rows.append(f"- {said[0]}: {json.dumps(said[1], ensure_ascii=False)}")
        urgency: Any = turn.urgency[0] if len(turn.urgency) == 1 else turn.urgency
        for key, value in (
            ("lead", turn.lead),
            ("must", turn.must),
            ("must_not", turn.must_not),
            ("urgency", urgency),
            ("rule", turn.rule),
        ):
            if value:
                rows.append(
                    f"  {key}: [{', '.join(value)}]" if isinstance(value, tuple) else f"  {key}: {value}"
                )
        if turn.says:
            rows.append(f"  says: {json.dumps(turn.says, ensure_ascii=False)}")
        if turn.asks:
            rows.append(f"  asks: {turn.asks}")
        if turn.understood:
            rows.append(
                "  understood: {"
                + ", ".join(f"{name}: {_flow(value)}" for name, value in turn.understood.items())
                + "}"
            )
    return "\n".join(rows) + "\n"


def _flow(value: Any) -> str:
    return (
        f"[{', '.join(value)}]"
        if isinstance(value, (list, tuple))
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _needs_quotes(text: str) -> bool:
    """Whether YAML would read a bare text otherwise."""
    return not BARE.fullmatch(text) or YAML(typ="safe").load(f"title: {text}\n") != {"title": text}


async def talk(conversation: Conversation, say: Say) -> list[TurnResult]:
    """Talk it through by ``say`` under a fresh conversation id; one entry for each turn."""
    sender, reply, held = uuid.uuid4().hex, [], []
    for number, turn in enumerate(conversation.turns, start=1):
        said = turn.say if turn.say is not None else _payload_of(turn.press, reply)
        if said is None:
            held.append(
                TurnResult(
                    number, str(turn.press), [], (f"there is no button {turn.press!r} in the reply before",)
                )
            )
            continue
        reply = await say(sender, said, conversation.now)
        held.append(TurnResult(number, said, reply, tuple(unmet(turn, reply))))
    return held


async def talk_over_http(conversation: Conversation, client: httpx.AsyncClient) -> list[TurnResult]:
    """Talk it through with the bot behind ``client``, and have it forgotten."""
    senders = set()

    async def say(sender: str, text: str, now: str) -> list[dict[str, Any]]:
        senders.add(sender)
        answer = await client.post(
            "/chat/webhook", json={"sender": sender, "message": text, "metadata": {"now": now}}
        )
        return list(answer.json())

    held = await talk(conversation, say)
    for sender in senders:
        await client.post("/chat/forget", json={"sender": sender})
    return held


async def _talk_all(
    conversations: Sequence[Conversation], address: str, at_once: int
) -> list[list[TurnResult]]:
    gate = asyncio.Semaphore(at_once)

    async def one(conversation: Conversation, client: httpx.AsyncClient) -> list[TurnResult]:
        async with gate:
            return await talk_over_http(conversation, client)

    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_S) as client:
        return list(await asyncio.gather(*(one(conversation, client) for conversation in conversations)))


def run_all(
    conversations: Sequence[Conversation], address: str, *, at_once: int = AT_ONCE
) -> dict[str, list[str]]:
    """Run many dialogues with a running bot, several at once; by name a line for each unmet expectation.

    Raises:
        BotError: the bot does not answer as one in workbench mode.
    """
    try:
        talks = asyncio.run(_talk_all(conversations, address, at_once))
    except (httpx.HTTPError, ValueError) as error:
        raise BotError(f"The bot at {address} did not answer: {type(error).__name__}.") from error
    return {conversation.name: in_words(held) for conversation, held in zip(conversations, talks)}


def in_words(held: Sequence[TurnResult]) -> list[str]:
    """A line for each expectation that was not met."""
    return [
        f'turn {turn.number} ("{turn.said[:60]}"): {problem}' for turn in held for problem in turn.problems
    ]


def unmet(turn: Turn, reply: list[dict[str, Any]]) -> list[str]:
    """What one turn expects and the reply does not give, in words."""
    custom = next(part["custom"] for part in reply if "custom" in part)
    ids = [line["id"] for line in custom["lines"]]
    shown = f"shown: {', '.join(ids) or 'no lines'} by rule {custom['rule']}"
    texts = " ".join(part.get("text", "") for part in reply) + " " + json.dumps(custom, ensure_ascii=False)
    asked = " ".join(part["text"] for part in reply if part.get("buttons"))
    checks = [
        (turn.lead is None or ids[:1] == [turn.lead], f"{turn.lead} should lead; {shown}"),
        (
            set(turn.must) <= set(ids),
            f"{', '.join(sorted(set(turn.must) - set(ids)))} should be shown; {shown}",
        ),
        (
            not set(turn.must_not) & set(ids),
            f"{', '.join(sorted(set(turn.must_not) & set(ids)))} should not be shown; {shown}",
        ),
        (
            not turn.urgency or custom["urgency"] in turn.urgency,
            f"urgency should be {' or '.join(turn.urgency)}, is {custom['urgency']}",
        ),
        (turn.rule is None or custom["rule"] == turn.rule, f"rule should be {turn.rule}; {shown}"),
        (turn.says is None or turn.says.lower() in texts.lower(), f"{turn.says!r} should be said"),
        (turn.asks is None or _asks(turn.asks, asked), f"should ask {turn.asks}; asks {asked or 'nothing'}"),
    ]
    labels = custom.get("understood", {}).get("situation", {}) if turn.understood else {}
    return [problem for met, problem in checks if not met] + [
        problem for name, wanted in turn.understood.items() if (problem := _misread(name, wanted, labels))
    ]


def _misread(name: str, wanted: Any, labels: Mapping[str, Any]) -> str:
    """What is understood otherwise than wanted, in words; empty where it is not."""
    label, _, mode = name.rpartition("_")
    if mode == "includes" and set(wanted) - set(labels.get(label, ())):
        return (
            f"{label} should have {', '.join(sorted(set(wanted) - set(labels.get(label, ()))))}; "
            f"is {', '.join(labels.get(label, ())) or 'none'}"
        )
    if mode == "excludes" and set(wanted) & set(labels.get(label, ())):
        return f"{label} should not have {', '.join(sorted(set(wanted) & set(labels[label])))}"
    if mode not in ("includes", "excludes") and labels.get(name) != wanted:
        return f"{name} should be {wanted}, is {labels.get(name)}"
    return ""


def _check_label(name: str, value: Any, place: str) -> None:
    label = name.rpartition("_")[0] if name.endswith(("_includes", "_excludes")) else name
    allowed = (True, False) if name == "lgbt" else {**ONE_OF, **ANY_OF}[label]
    values = value if label != name and isinstance(value, list) else [value]
    if (
        not values
        or any(each not in allowed for each in values)
        or (label != name and not isinstance(value, list))
    ):
        raise ConversationError(
            f"{place}: {name} is {value!r}, allowed are {', '.join(map(str, allowed))}"
            f"{' in a list' if label != name else ''}"
        )


def _asks(wanted: str, asked: str) -> bool:
    signs = {
        "danger": ("danger", "ambulance"),
        "area": ("in Milton Keynes?",),
        "gender": ("Some lines are for women",),
        "choices": ("pick",),
    }
    return not asked if wanted == NO_QUESTION else any(sign in asked for sign in signs[wanted])


def _payload_of(title: str | None, reply: list[dict[str, Any]]) -> str | None:
    buttons = [button for part in reply for button in part.get("buttons", [])]
    return next((button["payload"] for button in buttons if button["title"] == title), None)
