"""Sizes of the widget's files, and the tag for a website with its integrity hash."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from signpost.cli.command import command
from signpost.directory.reader import load_directory
from signpost.serving.page import (
    ALL_LIMIT_BYTES,
    LOADER_LIMIT_BYTES,
    MOUNT,
    SERVICES,
    Settings,
    build,
    integrity,
    sizes,
    snippet,
)


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Print sizes, the integrity hash and the snippet; 1 when a limit is passed."""
    options = argparse.ArgumentParser(prog="python -m signpost.cli.widget", description=main.__doc__)
    options.add_argument("--origin", default="https://chat.example.org", help="where this server is reached")
    options.add_argument("--exit-url", default=Settings.exit_url)
    options.add_argument(
        "--frame-ancestor", action="append", help="an origin that may embed the chat; may be given again"
    )
    options.add_argument("--path", default=MOUNT, help="the path below which visitors reach the chat")
    options.add_argument("--directory", type=Path, default=SERVICES)
    chosen = options.parse_args(arguments)
    settings = Settings(
        frame_ancestors=tuple(chosen.frame_ancestor or ("'self'",)),
        exit_url=chosen.exit_url,
        mount=chosen.path,
    )
    assets = build(load_directory(chosen.directory, date.today()), settings)
    measured = sizes(assets)
    out = sys.stdout.write
    for path, size in measured.items():
        out(f"{MOUNT + path.rstrip('/'):<16} {size:>6} bytes gzipped\n")
    total = sum(measured.values())
    out(
        f"{'all of it':<16} {total:>6} bytes gzipped "
        f"(limit {ALL_LIMIT_BYTES}; widget.js {LOADER_LIMIT_BYTES})\n\n"
    )
    out(
        f"integrity: {integrity(assets['/widget.js'].body)}\n\n"
        f"{snippet(assets, chosen.origin, mount=chosen.path)}"
    )
    return int(measured["/widget.js"] > LOADER_LIMIT_BYTES or total > ALL_LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
