"""Headers that every answer carries, whatever it is; an answer's own stand before these."""

from __future__ import annotations

from typing import Mapping

# What a page could ask a browser for and ours never will.
_NO_FEATURES = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)
EVERYWHERE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NO_FEATURES),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Half a year, in seconds: a browser that came over TLS never comes without it again.
# Subdomains are not ours to decide on.
TLS_ONLY = "max-age=15552000"


def missing(present: Mapping[str, str], scheme: str) -> dict[str, str]:
    """Headers still missing. ``present`` finds names in any case.

    ``scheme`` is the visitor's: http or https.
    """
    wanted = {**EVERYWHERE, "Strict-Transport-Security": TLS_ONLY} if scheme == "https" else EVERYWHERE
    return {name: value for name, value in wanted.items() if name not in present}
