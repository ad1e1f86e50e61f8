"""Where the checkout lies, and writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# The folder of config.yml, domain.yml, data/ and directory/.
ROOT = Path(__file__).resolve().parent.parent


def write_whole(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Replace a file atomically: readers see the old content or the new, and a crash leaves the old.

    Args:
        mode: the file's permissions; those of a new file by default.

    Raises:
        OSError: the folder is missing, full or not ours to write.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        part.chmod(_ordinary_mode() if mode is None else mode)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _ordinary_mode() -> int:
    """What the process's umask gives a new file; mkstemp's own files can be read by nobody else."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
