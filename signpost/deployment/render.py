"""Fills in what deploy/ gives nginx and Redis, and writes the safe reply and the page for when no bot answers.

    python -m signpost.cli.render /run/signpost /etc/signpost

The settings come from the environment (deploy/signpost.env), the numbers from the directory only.

RenderError     a setting is missing or would break the file that it goes into
"""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from signpost.directory.payload import as_payload
from signpost.errors import SignpostError
from signpost.files import ROOT, write_whole
from signpost.routing import fallback
from signpost.serving.gateway.headers import EVERYWHERE, TLS_ONLY, missing
from signpost.serving.last_good import Texts, read_texts
from signpost.serving.page import MOUNT, Asset, build
from signpost.serving.page import Settings as PageSettings
from signpost.settings import read_redis_settings, read_settings

DEPLOY = ROOT / "deploy"
PLACE = re.compile(r"\{\{([A-Z_]+)\}\}")
# Below this nginx keeps what nobody may ask for directly.
SAFE = "/_safe"
# A server that failed twice is left alone for so long; then one message tries it again.
LEFT_ALONE_S = 3
UPSTREAM = f"        server {{server}} max_fails=2 fail_timeout={LEFT_ALONE_S}s;"
# What nginx refuses by itself; the status stays.
REFUSED = (
    f"error_page 429 {SAFE}/too_many.json; error_page 413 {SAFE}/too_long.json; "
    f"error_page 400 403 404 405 408 411 412 414 415 416 421 431 494 495 496 497 501 505 {SAFE}/refused.json;"
)
# Where bots are asked, and only there: what nginx answers by itself must never be refused in its turn.
LIMITS = "limit_req zone=messages burst=60 nodelay; limit_conn connections 60;"
ERRORS = {
    "too_many": "Too many messages at once. Wait a minute, or ring one of these lines.",
    "too_long": "The message is too long.",
    "refused": "This request cannot be answered.",
    "unavailable": "This cannot be answered now. Try again in a minute, or ring one of these lines.",
}


class RenderError(SignpostError, ValueError):
    """A setting cannot be used; the message names it."""


def render(run: Path, etc: Path, environment: Mapping[str, str]) -> None:
    """Write nginx.conf, redis.conf, pages.conf and safe/ below ``run``.

    Raises:
        RenderError, SettingError, DirectoryError, QuestionsError
    """
    settings, redis = read_settings(), urlsplit(read_redis_settings().url)
    if redis.scheme != "redis" or not redis.hostname:
        raise RenderError(
            "SIGNPOST_REDIS_URL must be redis://:password@host:port/0 for the Redis that deploy/redis.conf starts."
        )
    values = {
        **environment,
        "RUN": str(run),
        "ETC": str(etc),
        "USER": getpass.getuser(),
        "SAFE": SAFE,
        "REFUSED": REFUSED,
        "HEADERS": " ".join(_headers(EVERYWHERE)),
        "TLS_ONLY": TLS_ONLY,
        "LIMITS": LIMITS,
        "BOTS": _upstream("SIGNPOST_BOTS", environment),
        "ACTION_SERVERS": _upstream("SIGNPOST_ACTION_SERVERS", environment),
        "REDIS_HOST": redis.hostname,
        "REDIS_PORT": str(redis.port or 6379),
        "REDIS_PASSWORD": unquote(redis.password or '""'),
    }
    texts = read_texts(settings.directory, settings.kept, date.today())
    page = {
        "frame_ancestors": settings.frame_ancestors,
        "mount": settings.public_path,
        **({"exit_url": settings.exit_url} if settings.exit_url else {}),
    }
    assets = build(texts.directory, PageSettings(**page))
    files = {
        "nginx.conf": fill((DEPLOY / "nginx.conf").read_text(encoding="utf-8"), values),
        "redis.conf": fill((DEPLOY / "redis.conf").read_text(encoding="utf-8"), values),
        "pages.conf": "".join(
            _page(number, path, asset, run) for number, (path, asset) in enumerate(assets.items())
        ),
        **{f"safe/{name}": text for name, text in safe_texts(texts).items()},
    }
    for folder in ("safe", "body", "proxy"):
        (run / folder).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(run / name, text, mode=0o640)
    for number, asset in enumerate(assets.values()):
        write_whole(run / "safe" / f"page{number}", asset.body, mode=0o640)


def safe_texts(texts: Texts) -> dict[str, str]:
    """File name -> JSON of what nginx answers by itself. The reply names no recipient: nginx does not read messages."""
    safe = fallback(texts.directory)
    lines = [asdict(line) for line in safe.lines]
    reply = [
        {
            "recipient_id": "",
            "text": texts.replies.by_rule["fallback"],
            "custom": as_payload(safe, texts.replies),
        }
    ]
    return {
        "reply.json": json.dumps(reply),
        **{f"{name}.json": json.dumps({"error": error, "lines": lines}) for name, error in ERRORS.items()},
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into ``{{PLACES}}``.

    Raises:
        RenderError: a place has no value, or its value holds what would end a line or a directive.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if not values.get(name):
            raise RenderError(f"{name} is missing. deploy/signpost.env says what it is.")
        if name.startswith("SIGNPOST_") and re.search(r"[;{}\r\n]", values[name]):
            raise RenderError(f"{name} holds a sign that would break the file it goes into.")
        return values[name]

    return PLACE.sub(value, text)


def _upstream(name: str, environment: Mapping[str, str]) -> str:
    servers = environment.get(name, "").split()
    if not servers or not all(
        re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,253}:\d{1,5}", server) for server in servers
    ):
        raise RenderError(f"{name} must be host:port, host:port ..., separated by spaces.")
    return "\n".join(UPSTREAM.format(server=server) for server in servers)


def _page(number: int, path: str, asset: Asset, run: Path) -> str:
    """The page or one of its files: from a bot, or its copy."""
    headers = "".join(
        f"    {line}\n" for line in _headers({**asset.headers, **missing(asset.headers, "http")})
    )
    return (
        f"location = {MOUNT}{path} {{\n    proxy_pass http://bots;\n    {LIMITS}\n    {REFUSED}\n    error_page 500 502 503 504 =200 {SAFE}/page{number};\n}}\n"
        f"location = {SAFE}/page{number} {{\n    internal;\n    alias {run}/safe/page{number};\n    types {{ }}\n"
        f"    default_type {_quoted(asset.content_type)};\n{headers}}}\n"
    )


def _headers(headers: Mapping[str, str]) -> list[str]:
    """Directives for a place that answers by itself: nothing is inherited there."""
    return [f"add_header {name} {_quoted(value)} always;" for name, value in headers.items()] + [
        "add_header Strict-Transport-Security $stay_on_tls always;"
    ]


def _quoted(value: str) -> str:
    if re.search(r"[\"\\$\r\n]", value):
        raise RenderError(f"nginx cannot take the header value {value!r}.")
    return f'"{value}"'
