"""Settings from the environment, read once at start-up; the README lists them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from signpost.errors import SignpostError
from signpost.files import ROOT

MOST_PORT = 65535
# Where nothing else is said, the action server listens so far above the chat.
ACTIONS_OFFSET = 50


# A secret that can be guessed hides nothing.
LEAST_SECRET_CHARACTERS = 32


class SettingError(SignpostError, ValueError):
    """A setting in the environment has a value that cannot be used."""


@dataclass(frozen=True)
class ServerSettings:
    """How one server runs."""

    host: str
    port: int
    actions_host: str
    actions_port: int
    workbench: bool
    workbench_folder: Path  # below it the workbench keeps tests/conversations and data/review
    frame_ancestors: tuple[str, ...]
    exit_url: str | None
    public_path: str  # the path below which visitors reach the chat; a proxy hands it on as /chat
    log_level: str
    proxies: int  # how many proxies of our own stand in front: only then a forwarded address is believed
    counters_port: int  # where the figures of the last day are told on loopback; 0: nothing is counted
    directory: Path  # folder of the numbers and texts
    kept: Path  # folder of the last good copies


@dataclass(frozen=True)
class RedisSettings:
    """Where several processes share their conversations."""

    url: str
    secret: str  # conversation ids are hashed with it


def read_redis_settings() -> RedisSettings:
    """Read the environment.

    Raises:
        SettingError: the address or the secret is missing or cannot be used. The message does not hold the secret.
    """
    url, secret = os.environ.get("SIGNPOST_REDIS_URL", ""), os.environ.get("SIGNPOST_MEMORY_SECRET", "")
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingError(
            "SIGNPOST_REDIS_URL must be redis://[:password@]host:port/0, rediss://... or unix:///path."
        )
    if len(secret) < LEAST_SECRET_CHARACTERS:
        raise SettingError(
            f"SIGNPOST_MEMORY_SECRET must be at least {LEAST_SECRET_CHARACTERS} random characters, the same for every process."
        )
    return RedisSettings(url, secret)


def read_settings() -> ServerSettings:
    """Read the environment.

    Raises:
        SettingError: names the variable, its value and what it should be.
    """
    port = whole_number("PORT", 5005, MOST_PORT - ACTIONS_OFFSET)
    return ServerSettings(
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        actions_host=os.environ.get("ACTIONS_HOST", "127.0.0.1"),
        actions_port=whole_number("ACTIONS_PORT", port + ACTIONS_OFFSET, MOST_PORT),
        workbench=os.environ.get("SIGNPOST_WORKBENCH") == "1",
        workbench_folder=Path(os.environ.get("SIGNPOST_WORKBENCH_FOLDER") or ROOT),
        frame_ancestors=tuple(os.environ.get("SIGNPOST_FRAME_ANCESTORS", "'self'").split()),
        exit_url=os.environ.get("SIGNPOST_EXIT_URL"),
        public_path=os.environ.get("SIGNPOST_PUBLIC_PATH", "/chat"),
        log_level=os.environ.get("SIGNPOST_LOG_LEVEL", "WARNING").upper(),
        proxies=whole_number("SIGNPOST_PROXIES", 0, 10),
        counters_port=whole_number("SIGNPOST_COUNTERS_PORT", 0, MOST_PORT),
        directory=Path(os.environ.get("SIGNPOST_DIRECTORY", ROOT / "directory")),
        kept=Path(os.environ.get("SIGNPOST_KEPT", ROOT / ".cache" / "kept")),
    )


def whole_number(name: str, default: int, most: int) -> int:
    """A whole number from the environment.

    Raises:
        SettingError: it is none, or too large.
    """
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) > most:
        raise SettingError(f"{name} is {value!r}; it must be a whole number up to {most}.")
    return int(value)
