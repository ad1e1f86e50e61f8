"""The chat page and the widget's files, ready to serve below /chat: pure but for reading widget/.

    python -m signpost.cli.widget                                   # sizes, integrity hash, snippet
    python -m signpost.cli.widget --origin https://chat.example.org --frame-ancestor https://www.example.gov.uk

The words come from widget/strings.json, the numbers from the directory only, with the day on which each was checked.

    PageError
    ├── WordsError      a file of the widget asks for something that strings.json and the directory lack
    └── SettingsError   a setting that would end up in a header or a link is not what it must be
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import rcssmin
import rjsmin
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.routing.opening import MONTHS
from signpost.routing.services import MK_ACT, NATIONAL_24H, POLICE_999, Always, Directory, Service

WIDGET = ROOT / "widget"
SERVICES = ROOT / "directory" / "services.yml"
MOUNT = "/chat"
LOADER_LIMIT_BYTES = 4 * 1024  # gzipped
ALL_LIMIT_BYTES = 17 * 1024  # gzipped
FIRST_LINES = (POLICE_999, NATIONAL_24H, MK_ACT)  # shown at once when the chat cannot answer
NOTE_WORDS = 14  # a longer note of a line stands in its fold; widget/app.js has the same

# One source of frame-ancestors: 'self' or an origin, with at most one leading wildcard label.
_ANCESTOR = re.compile(r"'self'|'none'|https?://(?:\*\.)?[A-Za-z0-9.-]+(?::(?:\d{1,5}|\*))?")
_EXIT = re.compile(r"https://[A-Za-z0-9][^\s\"'<>]*")
_MOUNT = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
# What a page could ask a browser for and this one never will.
_NO_FEATURES = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid", "idle-detection",
        "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
    )
)  # fmt: skip


class PageError(SignpostError):
    """The page cannot be built."""


class WordsError(PageError):
    """strings.json and the files of the widget do not fit together."""


class SettingsError(PageError):
    """A setting is refused."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one server wants its chat."""

    frame_ancestors: tuple[str, ...] = ("'self'",)  # who may embed the chat: origins, as in a CSP
    exit_url: str = "https://www.bbc.co.uk/weather"  # where "Exit this page" leads; https only
    mount: str = (
        MOUNT  # the path below which visitors reach the chat, where a proxy puts it elsewhere than /chat
    )
    built_on: date | None = None  # shown as the day of the numbers; None: the newest checked_on


@dataclass(frozen=True)
class Asset:
    """One answer below /chat."""

    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    gzipped: bytes = b""  # the same body for clients that accept gzip; no secret stands in it


def build(directory: Directory, settings: Settings = Settings()) -> dict[str, Asset]:
    """Paths below /chat -> what to answer there. "" is the page, "/widget.js" the tag; versioned names carry a hash."""
    _check(settings)
    words = _words(directory)
    loader = _loader(words, directory, settings)
    app = _minified(_read("shift.js") + _read("app.js"))
    style = rcssmin.cssmin(_read("style.css")).encode()
    app_name = f"/app.{version(app)}.js"
    style_name = f"/style.{version(style)}.css"
    page = _page(directory, settings, words, app=app_name, style=style_name)
    script = "text/javascript; charset=utf-8"
    # The tag is fetched by other sites: with an integrity hash a browser asks for CORS on it. It holds nothing private.
    for_hosts = {**_SAFE, "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    own = {**_SAFE, "Cross-Origin-Resource-Policy": "same-origin"}
    return {
        "": _asset(page, "text/html; charset=utf-8", _page_headers(settings)),
        "/widget.js": _asset(loader, script, for_hosts),
        f"/widget.{version(loader)}.js": _asset(loader, script, for_hosts),
        "/app.js": _asset(app, script, own),
        app_name: _asset(app, script, own),
        "/style.css": _asset(style, "text/css; charset=utf-8", own),
        style_name: _asset(style, "text/css; charset=utf-8", own),
    }


def integrity(body: bytes) -> str:
    """The value of a script tag's integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def snippet(assets: Mapping[str, Asset], origin: str, *, mount: str = MOUNT) -> str:
    """What a website pastes into its page."""
    name = next(path for path in assets if re.fullmatch(r"/widget\.[0-9a-f]+\.js", path))
    words = json.loads(_read("strings.json"))["loader"]
    return (
        f'<a id="signpost-mk" href="{origin}{mount}" referrerpolicy="no-referrer">{html.escape(words["launch"])}</a>\n'
        f'<script async src="{origin}{mount}{name}"\n'
        f'  integrity="{integrity(assets[name].body)}" crossorigin="anonymous" referrerpolicy="no-referrer"></script>\n'
    )


def sizes(assets: Mapping[str, Asset]) -> dict[str, int]:
    """Gzipped bytes of each file that a visitor loads, once each."""
    return {path or "/": len(assets[path].gzipped) for path in ("/widget.js", "", "/app.js", "/style.css")}


def _check(settings: Settings) -> None:
    if not _EXIT.fullmatch(settings.exit_url):
        raise SettingsError(f"exit_url is {settings.exit_url!r}; write an address that starts with https://")
    if not _MOUNT.fullmatch(settings.mount):
        raise SettingsError(f"mount is {settings.mount!r}; write a path such as /chat or /help/chat")
    if not settings.frame_ancestors:
        raise SettingsError("frame_ancestors is empty; write 'self', or the origins that may embed the chat")
    for source in settings.frame_ancestors:
        if not _ANCESTOR.fullmatch(source):
            raise SettingsError(
                f"frame_ancestors has {source!r}; write 'self' (with the quotes) or an origin such as https://www.example.gov.uk"
            )


def _page_headers(settings: Settings) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(settings.frame_ancestors),
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {
        **_SAFE,
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": _NO_FEATURES,
    }


def _words(directory: Directory) -> dict[str, Any]:
    """strings.json with the directory's numbers in it."""
    emergency, national = directory.services[POLICE_999], directory.services[NATIONAL_24H]
    numbers = {
        "{999}": emergency.phones[0].display,
        "{24h_name}": national.name,
        "{24h}": national.phones[0].display,
    }
    text = _read("strings.json")
    for place, number in numbers.items():
        text = text.replace(place, json.dumps(number)[1:-1])
    return json.loads(text)


def _loader(words: Mapping[str, Any], directory: Directory, settings: Settings) -> bytes:
    """shift.js and loader.js in a function of their own, so that no name of theirs reaches the host's page."""
    told = {
        **words["loader"],
        "lang": words["lang"],
        "dir": words["dir"],
        "url": settings.exit_url,
        "tel": directory.services[POLICE_999].phones[0].href,
        "ring_tel": directory.services[NATIONAL_24H].phones[0].href,
    }
    data = f"const WORDS = {_json(told)}\nconst STYLE = {_json(rcssmin.cssmin(_read('loader.css')))}\n"
    return _minified("(() => {\n'use strict'\n" + data + _read("shift.js") + _read("loader.js") + "})()\n")


def _page(
    directory: Directory, settings: Settings, words: Mapping[str, Any], *, app: str, style: str
) -> bytes:
    order = [*FIRST_LINES, *(name for name in directory.services if name not in FIRST_LINES)]
    built_on = settings.built_on or max(service.checked_on for service in directory.services.values())
    shown = {**words["chat"], **words["card"]}
    told = {
        **{
            key: value
            for key, value in shown.items()
            if key not in ("source", "hint", "clear", "log", "write")
        },
        "keys": {key: words["loader"][key] for key in ("two", "one", "out", "late")},
        "first": FIRST_LINES,
        "locale": words["lang"] + "-GB" if words["lang"] == "en" else words["lang"],
    }
    values = {
        **words,
        "mount": settings.mount,
        "app": app,
        "style": style,
        "exit_url": settings.exit_url,
        "emergency": directory.services[POLICE_999].phones[0],
        "built_on": _day(built_on),
        "lines": [_line(directory.services[name], words["card"]) for name in order],
        # "<" would let a word end the element that holds them.
        "words": Markup(_json(told).replace("<", "\\u003c")),
    }
    return _filled("page.html", values).encode()


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One line as it stands in the page, without a clock: so it says its hours, not whether it is open."""

    id: str
    name: str
    full: str  # the name with what stands in brackets behind it; empty where that is all of it
    open: str
    shown: str
    verb: str
    phone: str
    href: str
    cost: str
    note: str
    long: str
    standing: str
    checked: str
    source: str
    web: str
    web_shown: str


def _line(service: Service, words: Mapping[str, str]) -> _Line:
    phone = service.phones[0] if service.phones else None
    href = phone.href if phone else ""
    always = isinstance(service.hours, Always)
    others = (f"{other.label}: {other.display}." for other in service.phones[1:])
    note = " ".join(filter(None, (service.note, *others)))
    is_long = len(note.split()) > NOTE_WORDS
    short = re.sub(r" \([^()]*\)$", "", service.name)
    return _Line(
        id=service.id,
        name=short,
        full="" if short == service.name else service.name,
        open="always" if always else "unknown",
        shown=words["always"] if isinstance(service.hours, Always) else service.hours.shown,
        # what is to be texted says so itself
        verb="" if href.startswith("sms:") else words["call"],
        phone=phone.display if phone else "",
        href=href,
        cost=service.cost,
        note="" if is_long else note,
        long=note if is_long else "",
        standing=words[service.standing],
        checked=words["checked"].replace("{date}", _day(service.checked_on)),
        source=service.source,
        web=service.web,
        web_shown=re.sub(r"^https://(www\.)?|/$", "", service.web),
    )


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _minified(script: str) -> bytes:
    return (rjsmin.jsmin(script) + "\n").encode()


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _filled(name: str, values: Mapping[str, Any]) -> str:
    templates = Environment(
        loader=FileSystemLoader(WIDGET), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    try:
        return templates.get_template(name).render(values)
    except TemplateError as error:
        raise WordsError(f"widget/{name} asks for what strings.json lacks: {error}") from error


def _read(name: str) -> str:
    return (WIDGET / name).read_text(encoding="utf-8")


def version(body: bytes) -> str:
    """The part of a file name that changes with the file."""
    return hashlib.sha256(body).hexdigest()[:10]


def _asset(body: bytes, content_type: str, headers: dict[str, str]) -> Asset:
    return Asset(
        body=body, content_type=content_type, headers=dict(headers), gzipped=gzip.compress(body, 9, mtime=0)
    )
