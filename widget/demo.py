"""A sample host page, on another port than the chat, so that the embedding is a real one.

    python -m widget.demo [--chat http://127.0.0.1:5005] [--port 5006]

The chat must allow this page: the server's frame ancestors hold http://localhost:5006 (see docs/embedding.md).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.error import URLError
from urllib.request import urlopen

from signpost.directory.reader import load_directory
from signpost.serving.page import MOUNT, SERVICES, Asset, Settings, build, snippet, version

PAGE = Path(__file__).with_name("demo.html")
ASK_TIMEOUT_S = 2


def running_snippet(chat: str) -> str:
    """The snippet for the tag that the chat serves now; without a chat, for the one it would serve: the link stays."""
    assets = build(load_directory(SERVICES, date.today()), Settings())
    try:
        with urlopen(f"{chat}{MOUNT}/widget.js", timeout=ASK_TIMEOUT_S) as answer:  # noqa: S310 (a loopback address)
            served = answer.read()
    except URLError:
        return snippet(assets, chat)
    return snippet({f"/widget.{version(served)}.js": Asset(body=served, content_type="")}, chat)


def serve(chat: str, port: int) -> None:
    """Serve the page until somebody presses Ctrl and C."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """No visit is written down, in the demo neither."""

        def do_GET(self) -> None:
            body = (
                Template(PAGE.read_text(encoding="utf-8")).substitute(snippet=running_snippet(chat)).encode()
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; style-src 'unsafe-inline'; script-src {chat}; frame-src {chat}",
            )
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        sys.stdout.write(
            f"A sample page of a council: http://localhost:{port}\nThe chat it embeds:          {chat}{MOUNT}\n"
        )
        sys.stdout.flush()
        server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options and serve."""
    options = argparse.ArgumentParser(prog="python -m widget.demo", description=__doc__.split("\n")[0])
    options.add_argument(
        "--chat", default="http://127.0.0.1:5005", help="where the chat is served, without a path"
    )
    options.add_argument("--port", type=int, default=5006)
    chosen = options.parse_args(arguments)
    try:
        serve(chosen.chat.rstrip("/"), chosen.port)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
