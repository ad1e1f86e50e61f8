"""What may come in: reads and checks one request body. Knows nothing of Rasa.

BadRequest                 base; carries the HTTP status
 +-- WrongContentType      415
 +-- NotJson               400
 +-- NoValidSender         400
 +-- NoText                400
 +-- NotThere              404
 +-- TooLong               413
 +-- TooMany               429
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signpost.errors import SignpostError

# Characters of a message that are read; the reply says so when there were more.
MAX_CHARACTERS = 4_000
# Bytes of a message's body.
MAX_BYTES = 32 * 1024
# Earlier messages that are read with one, and the highest number of a turn.
MAX_BEFORE, MAX_TURNS = 4, 100_000
SENDER = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Rasa reads these as commands; from outside they are only words.
COMMAND_PREFIXES = re.compile(r"\A(?:\s|/|EXTERNAL:)+")


class BadRequest(SignpostError):
    """A request that gets a clear answer instead of a reply."""

    status = 400


class WrongContentType(BadRequest):
    """Not application/json."""

    status = 415


class NotJson(BadRequest):
    """The body is not a JSON object."""


class NoValidSender(BadRequest):
    """The conversation id is missing or guessable."""


class NoText(BadRequest):
    """`message` is not a text."""


class NotThere(BadRequest):
    """What was named does not exist."""

    status = 404


class TooLong(BadRequest):
    """More bytes than a message can have."""

    status = 413


class TooMany(BadRequest):
    """A flood."""

    status = 429


@dataclass(frozen=True)
class Incoming:
    """One checked message."""

    sender: str
    text: str
    cut_off: bool
    now: str | None
    before: tuple[
        str, ...
    ] = ()  # the newest earlier messages of the same person, oldest first, which the page remembers
    turn: int | None = None  # counted up by the page: the same number twice is the same message
    plain: bool = False  # the lines are wanted as a text too


def read_object(body: bytes, content_type: str) -> dict[str, Any]:
    """The body of an application/json request as an object.

    Raises:
        WrongContentType, NotJson
    """
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise WrongContentType("Send application/json.")
    return read_json(body)


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON object, whatever the request calls itself.

    Raises:
        NotJson
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson("The body is not JSON.") from error
    if not isinstance(data, dict):
        raise NotJson("The body must be a JSON object.")
    return data


def read_sender(data: dict[str, Any]) -> str:
    """The conversation id.

    Raises:
        NoValidSender
    """
    sender = data.get("sender")
    if not isinstance(sender, str) or not SENDER.fullmatch(sender):
        raise NoValidSender("`sender` must be 16 to 64 of A-Z a-z 0-9 _ -")
    return sender


def read_message(data: dict[str, Any], *, clock_may_be_set: bool) -> Incoming:
    """One message.

    Raises:
        NoValidSender, NoText
    """
    sender, text = read_sender(data), data.get("message")
    if not isinstance(text, str):
        raise NoText("`message` must be a text.")
    metadata = data.get("metadata")
    now = metadata.get("now") if clock_may_be_set and isinstance(metadata, dict) else None
    turn = data.get("turn")
    return Incoming(
        sender,
        as_words(text[:MAX_CHARACTERS]),
        len(text) > MAX_CHARACTERS,
        read_clock(now),
        before=read_before(data.get("before")),
        turn=turn
        if isinstance(turn, int) and not isinstance(turn, bool) and 0 <= turn <= MAX_TURNS
        else None,
        plain=data.get("plain") is True,
    )


def read_before(given: Any) -> tuple[str, ...]:
    """The newest earlier messages, as far as they are texts; held to the limits of a message."""
    if not isinstance(given, list):
        return ()
    texts = [as_words(text[:MAX_CHARACTERS]) for text in given if isinstance(text, str) and text.strip()]
    return tuple(texts[-MAX_BEFORE:])


def as_words(text: str) -> str:
    """Take the command signs off the front, so that nobody can forge an intent or a slot."""
    return COMMAND_PREFIXES.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def read_clock(now: Any) -> str | None:
    """An ISO time with its offset, or None where it is none."""
    if not isinstance(now, str):
        return None
    try:
        moment = datetime.fromisoformat(now.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.isoformat() if moment.tzinfo else None
