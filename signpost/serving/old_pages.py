"""Files of the chat page that an upgrade has replaced, answered for a while longer: a page that was opened
before asks for them.

Every file with a hash in its name is copied when a server starts. Where a later release no longer has it, it
is answered from its copy: a page's own files for a day, the tag of other websites for a month, because its
hash stands in their pages.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from signpost.files import write_whole
from signpost.serving.page import Asset

logger = logging.getLogger(__name__)

VERSIONED = re.compile(r"/(?:app|style|widget)\.[0-9a-f]{10}\.(?:js|css)")
PAGE_FILES_LAST = timedelta(days=1)
WIDGET_LASTS = timedelta(days=30)
LIST = "pages.json"


@dataclass(frozen=True)
class _Copy:
    """One file as it was served; ``replaced_at`` is None while the release has it."""

    file: str
    content_type: str
    headers: dict[str, str]
    replaced_at: datetime | None


def old_pages(folder: Path, current: Mapping[str, Asset], now: datetime) -> dict[str, Asset]:
    """Copy the versioned files of this release; paths below /chat -> files of earlier ones that are still
    answered.

    A folder that cannot be written or read costs the old files, not the service.

    Args:
        folder: where the copies lie; shared by all servers of a machine.
        now: with a time zone.
    """
    versioned = {path: asset for path, asset in current.items() if VERSIONED.fullmatch(path)}
    try:
        known = _read_list(folder)
        kept = {path: _copy(folder, asset) for path, asset in versioned.items()}
        found: dict[str, Asset] = {}
        for path, copy in known.items():
            replaced_at = copy.replaced_at or now
            lasts = WIDGET_LASTS if path.startswith("/widget.") else PAGE_FILES_LAST
            if path in kept or now - replaced_at > lasts:
                continue
            body = (folder / copy.file).read_bytes()
            if _name(body) != copy.file:
                continue
            kept[path] = _Copy(copy.file, copy.content_type, copy.headers, replaced_at)
            found[path] = Asset(body, copy.content_type, copy.headers, gzip.compress(body, 9, mtime=0))
        _write_list(folder, kept)
    except OSError as error:
        logger.warning("Files of earlier releases are not answered: %s", type(error).__name__)
        return {}
    return found


def _copy(folder: Path, asset: Asset) -> _Copy:
    folder.mkdir(parents=True, exist_ok=True)
    name = _name(asset.body)
    if not (folder / name).exists():
        write_whole(folder / name, asset.body)
    return _Copy(name, asset.content_type, asset.headers, None)


def _name(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _read_list(folder: Path) -> dict[str, _Copy]:
    """What was served before; a list that cannot be read is begun anew."""
    try:
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return {path: _as_copy(entry) for path, entry in listed.items() if VERSIONED.fullmatch(path)}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        logger.warning("The list of files of earlier releases cannot be read, and is begun anew.")
        return {}


def _as_copy(entry: Mapping[str, Any]) -> _Copy:
    at = entry["replaced_at"]
    file, headers = str(entry["file"]), {str(name): str(value) for name, value in entry["headers"].items()}
    if not re.fullmatch(r"[0-9a-f]{32}", file):
        raise ValueError(file)
    return _Copy(file, str(entry["content_type"]), headers, datetime.fromisoformat(at) if at else None)


def _write_list(folder: Path, kept: Mapping[str, _Copy]) -> None:
    listed = {
        path: {
            "file": copy.file,
            "content_type": copy.content_type,
            "headers": copy.headers,
            "replaced_at": copy.replaced_at.isoformat() if copy.replaced_at else None,
        }
        for path, copy in sorted(kept.items())
    }
    write_whole(folder / LIST, json.dumps(listed, indent=1) + "\n")
    wanted = {LIST, *(copy.file for copy in kept.values())}
    for path in folder.iterdir():
        if path.name not in wanted and not path.name.startswith("."):
            with contextlib.suppress(FileNotFoundError):  # another server was first
                path.unlink()
