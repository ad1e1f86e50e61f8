"""Settings from the environment, and from .env for what it does not set; read once at start-up.

The README lists them.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from signpost.errors import SignpostError
from signpost.files import ROOT, read_text

MAX_PORT = 65535
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DOTENV = ROOT / ".env"
# Where nothing else is said, the action server listens so far above the chat.
ACTIONS_OFFSET = 50


# A secret that can be guessed hides nothing.
MIN_SECRET_CHARACTERS = 32


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
    workbench_folder: Path  # below it the workbench keeps tests/conversations/found and review/
    frame_ancestors: tuple[str, ...]
    exit_url: str | None
    public_path: str  # the path below which visitors reach the chat; a proxy hands it on as /chat
    log_level: str
    proxies: int  # how many proxies of our own stand in front: only then a forwarded address is believed
    counters_port: int  # where the figures of the last day are told on loopback; 0: nothing is counted
    directory: Path  # folder of the numbers and texts
    kept: Path  # folder of the last good copies
    follow: bool  # a promoted model is loaded beside the one that answers; else it is taken at the next start


@dataclass(frozen=True)
class RedisSettings:
    """Where several processes share their conversations."""

    url: str
    secret: str  # conversation ids are hashed with it


def read_redis_settings() -> RedisSettings:
    """Read the environment.

    Raises:
        SettingError: the address or the secret is missing or unusable; the message does not contain the
            secret.
    """
    url, secret = os.environ.get("SIGNPOST_REDIS_URL", ""), os.environ.get("SIGNPOST_MEMORY_SECRET", "")
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingError(
            "SIGNPOST_REDIS_URL must be redis://[:password@]host:port/0, rediss://... or unix:///path."
        )
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise SettingError(
            f"SIGNPOST_MEMORY_SECRET must be at least {MIN_SECRET_CHARACTERS} random characters, "
            "the same for every process."
        )
    return RedisSettings(url, secret)


def read_settings() -> ServerSettings:
    """Read the environment.

    Raises:
        SettingError: names the variable, its value and what it should be.
    """
    read_dotenv()
    port = whole_number("PORT", 5005, MAX_PORT - ACTIONS_OFFSET)
    return ServerSettings(
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        actions_host=os.environ.get("ACTIONS_HOST", "127.0.0.1"),
        actions_port=whole_number("ACTIONS_PORT", port + ACTIONS_OFFSET, MAX_PORT),
        workbench=os.environ.get("SIGNPOST_WORKBENCH") == "1",
        workbench_folder=Path(os.environ.get("SIGNPOST_WORKBENCH_FOLDER") or ROOT),
        frame_ancestors=tuple(os.environ.get("SIGNPOST_FRAME_ANCESTORS", "'self'").split()),
        exit_url=os.environ.get("SIGNPOST_EXIT_URL"),
        public_path=os.environ.get("SIGNPOST_PUBLIC_PATH", "/chat"),
        log_level=_log_level(),
        proxies=whole_number("SIGNPOST_PROXIES", 0, 10),
        counters_port=whole_number("SIGNPOST_COUNTERS_PORT", 0, MAX_PORT),
        directory=Path(os.environ.get("SIGNPOST_DIRECTORY", ROOT / "directory")),
        kept=Path(os.environ.get("SIGNPOST_KEPT", ROOT / ".cache" / "kept")),
        follow=os.environ.get("SIGNPOST_FOLLOW", "1") != "0",
    )


def read_dotenv(path: Path = DOTENV) -> None:
    """Take from .env what the environment does not set.

    Raises:
        SettingError: a line of the file is not a setting, or the file cannot be read.
    """
    if path.exists():
        for name, value in read_environment(path).items():
            os.environ.setdefault(name, value)


def read_environment(path: Path) -> dict[str, str]:
    """A file of settings as systemd reads it: NAME=value, quotes around values removed, # starts a comment.

    Raises:
        SettingError: names the line that is not a setting; or the file cannot be read.
    """
    found = {}
    for number, line in enumerate(read_text(path, SettingError).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.strip().partition("=")
        try:
            found[name] = " ".join(shlex.split(value))
        except ValueError:
            equals = ""
        if not equals or not name.isidentifier():
            raise SettingError(f"{path}, line {number} is {line.strip()!r}; it must be NAME=value.")
    return found


def _log_level() -> str:
    level = os.environ.get("SIGNPOST_LOG_LEVEL", "WARNING").upper()
    if level not in LOG_LEVELS:
        raise SettingError(f"SIGNPOST_LOG_LEVEL is {level!r}; it must be one of {', '.join(LOG_LEVELS)}.")
    return level


def whole_number(name: str, default: int, maximum: int) -> int:
    """A whole number from the environment.

    Raises:
        SettingError: it is none, or too large.
    """
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) > maximum:
        raise SettingError(f"{name} is {value!r}; it must be a whole number up to {maximum}.")
    return int(value)
