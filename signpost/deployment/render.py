"""Fills in the templates in deploy/ for nginx and Redis, and writes what nginx shows when no bot answers.

    python -m signpost.cli.render /run/signpost /etc/signpost

The settings come from the environment (deploy/signpost.env), the numbers from the directory only. Names of
bots and action servers are looked up here: nginx itself would do so only once, and would not start where one
is not found. The file ``rendered`` is written last, and only where something has changed, so nginx can be
reloaded when it does.

RenderError     a setting is missing or would break the file that it goes into
"""

from __future__ import annotations

import getpass
import hashlib
import ipaddress
import json
import re
import socket
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

from signpost.directory.payload import as_payload
from signpost.errors import SignpostError
from signpost.files import ROOT, read_text, write_whole
from signpost.routing import fallback
from signpost.serving.gateway.headers import EVERYWHERE, TLS_ONLY, missing
from signpost.serving.last_good import Texts, read_texts
from signpost.serving.old_pages import VERSIONED, old_pages
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
# One address that nginx listens on, with what else nginx can be told about it.
LISTEN = re.compile(
    r"(?:[0-9.]{1,15}:|\[[0-9A-Fa-f:.]{2,45}\]:)?\d{1,5}(?: (?:ssl|http2|ipv6only=on|default_server))*"
)
# Changes when anything that nginx reads has changed.
RENDERED = "rendered"
# What nginx refuses by itself; the status stays.
REFUSED = (
    f"error_page 429 {SAFE}/too_many.json; error_page 413 {SAFE}/too_long.json; "
    f"error_page 400 403 404 405 408 411 412 414 415 416 421 431 494 495 496 497 501 505 {SAFE}/refused.json;"
)
# Where bots are asked, and only there: what nginx answers by itself must never be refused in its turn.
LIMITS = "limit_req zone=messages burst=60 nodelay; limit_conn connections 60;"
REDIS_URL_WANTED = (
    "SIGNPOST_REDIS_URL must be redis://:password@host:port/0, "
    "the address of the Redis that deploy/redis.conf starts."
)
ERRORS = {
    "too_many": "Too many messages at once. Wait a minute, or ring one of these lines.",
    "too_long": "The message is too long.",
    "refused": "This request cannot be answered.",
    "unavailable": "This cannot be answered now. Try again in a minute, or ring one of these lines.",
}


class RenderError(SignpostError, ValueError):
    """A setting cannot be used; the message names it."""


def render(run: Path, etc: Path, environment: Mapping[str, str]) -> bool:
    """Write nginx.conf, pages.conf and safe/ below ``run``, and redis.conf where a Redis is set; whether
    anything has changed.

    Raises:
        RenderError, SettingError, DirectoryError, QuestionsError, PageError
    """
    settings = read_settings()
    values = {
        **environment,
        "RUN": str(run),
        "ETC": str(etc),
        "STATE": str(settings.kept),
        "USER": getpass.getuser(),
        "SAFE": SAFE,
        "REFUSED": REFUSED,
        "HEADERS": " ".join(_headers(EVERYWHERE)),
        "TLS_ONLY": TLS_ONLY,
        "LIMITS": LIMITS,
        "LISTEN": _listen("SIGNPOST_LISTEN", environment),
        "REAL_IP": _real_ip(environment),
        "BOTS": _upstream("SIGNPOST_BOTS", environment),
    }
    optional = {"REAL_IP", "REDIRECT", "ACTIONS"}
    values["REDIRECT"] = values["ACTIONS"] = ""
    if environment.get("SIGNPOST_REDIRECT"):
        redirect = {**values, "LISTEN": _listen("SIGNPOST_REDIRECT", environment)}
        values["REDIRECT"] = fill(_template("nginx-redirect.conf"), redirect)
    if environment.get("SIGNPOST_ACTION_SERVERS"):
        actions = {**values, "ACTION_SERVERS": _upstream("SIGNPOST_ACTION_SERVERS", environment)}
        values["ACTIONS"] = fill(_template("nginx-actions.conf"), actions)
    texts = read_texts(settings.directory, settings.kept, date.today())
    page = {
        "frame_ancestors": settings.frame_ancestors,
        "mount": settings.public_path,
        **({"exit_url": settings.exit_url} if settings.exit_url else {}),
    }
    assets = build(texts.directory, PageSettings(**page))
    replaced = old_pages(settings.kept / "pages", assets, datetime.now(timezone.utc))
    pages = {**assets, **replaced}
    files: dict[str, str | bytes] = {
        "nginx.conf": fill(_template("nginx.conf"), values, optional),
        **_redis_conf(environment, values),
        "pages.conf": "".join(
            _page(number, path, asset, run, from_bots=path not in replaced)
            for number, (path, asset) in enumerate(pages.items())
        ),
        **{f"safe/{name}": text for name, text in safe_texts(texts).items()},
        **{f"safe/page{number}": asset.body for number, asset in enumerate(pages.values())},
    }
    try:
        for folder in ("safe", "body", "proxy"):
            (run / folder).mkdir(parents=True, exist_ok=True)
        return _write_changed(run, files)
    except OSError as error:
        raise RenderError(f"{run} cannot be written ({error.strerror}).") from error


def _write_changed(run: Path, files: Mapping[str, str | bytes]) -> bool:
    """Write all files where any differs; the last one tells that all are there."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(name.encode() + b"\0" + (text if isinstance(text, bytes) else text.encode()) + b"\0")
    told = run / RENDERED
    if told.exists() and told.read_text(encoding="ascii") == digest.hexdigest():
        return False
    for name, text in files.items():
        write_whole(run / name, text, mode=0o640)
    write_whole(told, digest.hexdigest(), mode=0o640)
    return True


def _template(name: str) -> str:
    return read_text(DEPLOY / name, RenderError)


def _redis_conf(environment: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """redis.conf, or nothing where one process keeps its conversations itself."""
    if not environment.get("SIGNPOST_REDIS_URL"):
        return {}
    redis = _redis(read_redis_settings().url)
    own = {"REDIS_HOST": redis.host, "REDIS_PORT": str(redis.port), "REDIS_PASSWORD": redis.password}
    return {"redis.conf": fill(_template("redis.conf"), {**values, **own})}


@dataclass(frozen=True)
class _Redis:
    host: str
    port: int
    password: str


def _redis(url: str) -> _Redis:
    """Raises RenderError where the address is not that of a Redis that deploy/redis.conf can start."""
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError as error:
        raise RenderError(REDIS_URL_WANTED) from error
    if parts.scheme != "redis" or not parts.hostname:
        raise RenderError(REDIS_URL_WANTED)
    return _Redis(parts.hostname, port, unquote(parts.password or '""'))


def safe_texts(texts: Texts) -> dict[str, str]:
    """File name -> JSON of nginx's own answers.

    The reply names no recipient: nginx does not read messages.
    """
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


def fill(text: str, values: Mapping[str, str], optional: Collection[str] = ()) -> str:
    """Put values into ``{{PLACES}}``; ``optional`` ones may be empty.

    Raises:
        RenderError: a place has no value, or its value holds what would end a line or a directive.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if not values.get(name) and name not in optional:
            raise RenderError(f"{name} is missing. deploy/signpost.env says what it is.")
        if name.startswith("SIGNPOST_") and re.search(r"[;{}\r\n]", values[name]):
            raise RenderError(f"{name} holds a sign that would break the file it goes into.")
        return values[name]

    return PLACE.sub(value, text)


def _listen(name: str, environment: Mapping[str, str]) -> str:
    """One directive for each address, separated by commas."""
    addresses = [part.strip() for part in environment.get(name, "").split(",")]
    if not all(LISTEN.fullmatch(address) for address in addresses):
        raise RenderError(
            f'{name} must be what nginx listens on, separated by commas, such as "443 ssl, [::]:443 ssl"; '
            f"it is {environment.get(name, '')!r}."
        )
    return "\n        ".join(f"listen {address};" for address in addresses)


def _real_ip(environment: Mapping[str, str]) -> str:
    """Whose word is taken for the visitor's address: load balancers of one's own in front of nginx.

    None: nobody's.
    """
    balancers = environment.get("SIGNPOST_BALANCERS", "").split()
    try:
        networks = [ipaddress.ip_network(balancer) for balancer in balancers]
    except ValueError as error:
        raise RenderError(
            f"SIGNPOST_BALANCERS must be addresses or networks, separated by spaces: {error}."
        ) from error
    if not networks:
        return ""
    return " ".join(
        [
            *(f"set_real_ip_from {network};" for network in networks),
            "real_ip_header X-Forwarded-For;",
            "real_ip_recursive on;",
        ]
    )


def _upstream(name: str, environment: Mapping[str, str]) -> str:
    """One line for each address of each server.

    A name that is not known just now is left out while others are.
    """
    servers = environment.get(name, "").split()
    matches = [
        re.fullmatch(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})", server)
        for server in servers
    ]
    if not servers or not all(matches):
        raise RenderError(f"{name} must be host:port, host:port ..., separated by spaces.")
    found = [address for match in matches if match for address in _addresses(match[1], int(match[2]))]
    if not found:
        raise RenderError(f"None of the names in {name} is known: {' '.join(servers)}.")
    return "\n".join(UPSTREAM.format(server=server) for server in dict.fromkeys(found))


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    hosts = [str(address[0]) for *_, address in found]
    return sorted(f"[{each}]:{port}" if ":" in each else f"{each}:{port}" for each in hosts)


def _page(number: int, path: str, asset: Asset, run: Path, *, from_bots: bool) -> str:
    """The page or one of its files: from a bot, or its copy. Files of an earlier release come from their
    copies only.

    While an upgrade goes on, some bots do not know the files of the other release yet, or any more.
    """
    headers = "".join(
        f"    {line}\n" for line in _headers({**asset.headers, **missing(asset.headers, "http")})
    )
    copied, refused = "500 502 503 504", REFUSED
    if VERSIONED.fullmatch(path):
        copied, refused = f"404 {copied}", f"proxy_intercept_errors on; {REFUSED.replace(' 404 ', ' ')}"
    answer = (
        f"proxy_pass http://bots;\n    {LIMITS}\n    {refused}\n"
        f"    error_page {copied} =200 {SAFE}/page{number};"
        if from_bots
        else f"rewrite ^ {SAFE}/page{number} last;"
    )
    return (
        f"location = {MOUNT}{path} {{\n    {answer}\n}}\n"
        f"location = {SAFE}/page{number} {{\n    internal;\n    alias {run}/safe/page{number};\n"
        "    types { }\n"
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
