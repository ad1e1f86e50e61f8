"""Where the checkout lies, reading files that people edit, and writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from signpost.errors import SignpostError

# The folder of config.yml, domain.yml, data/ and directory/.
ROOT = Path(__file__).resolve().parent.parent


def read_text(path: Path, refusal: type[SignpostError]) -> str:
    """The text of a file.

    Raises:
        refusal: it cannot be opened or is not UTF-8; the message names the file.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise refusal(f"{path}: the file cannot be opened ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise refusal(f"{path}: the file is not plain text. Save it as UTF-8.") from error


def read_yaml(path: Path, refusal: type[SignpostError]) -> Any:
    """What a YAML file holds.

    Raises:
        refusal: it cannot be opened or is not YAML; the message names the file and the line.
    """
    # here, as processes that only answer read no YAML but the directory
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = read_text(path, refusal)
    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise refusal(f"{path}{line}: this cannot be read ({error.problem}).") from error
    except (YAMLError, ValueError) as error:
        raise refusal(f"{path}: this cannot be read ({error}).") from error


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
