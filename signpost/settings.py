"""Settings from the environment, read once at start-up; the README lists them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parent.parent / "models"


class SettingError(ValueError):
    """A setting in the environment has a value that cannot be used."""


@dataclass(frozen=True)
class ServerSettings:
    """How one server runs."""

    host: str
    port: int
    actions_host: str
    actions_port: int
    workbench: bool
    frame_ancestors: tuple[str, ...]
    exit_url: str | None
    log_level: str


def read_settings() -> ServerSettings:
    """Read the environment.

    Raises:
        SettingError: names the variable, its value and what it should be.
    """
    port = _port("PORT", 5005)
    return ServerSettings(
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        actions_host=os.environ.get("ACTIONS_HOST", "127.0.0.1"),
        actions_port=_port("ACTIONS_PORT", port + 50),
        workbench=os.environ.get("SIGNPOST_WORKBENCH") == "1",
        frame_ancestors=tuple(os.environ.get("SIGNPOST_FRAME_ANCESTORS", "'self'").split()),
        exit_url=os.environ.get("SIGNPOST_EXIT_URL"),
        log_level=os.environ.get("SIGNPOST_LOG_LEVEL", "WARNING").upper(),
    )


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingError(f"{name} is {value!r}; it must be a port from 1 to 65535.")
    return int(value)
