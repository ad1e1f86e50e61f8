"""A release: one archive with the code, the lock and the model that was promoted, each file with its hash.

    signpost-0.1.0+ab12cd34ef/          what git knows of the folders that a server needs
        RELEASE                         the release's name
        SHA256SUMS                      of every other file; `sha256sum -c SHA256SUMS` checks them
        models/signpost-<hash>.tar.gz   the model in use for this code, and its card

ReleaseError    nothing can be packed, or taken up, as things are
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from signpost.errors import SignpostError
from signpost.files import ROOT, write_whole
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import (
    CARD_ENDING,
    SUFFIX,
    beside,
    in_use,
    models_folder,
    open_model,
    put_in_use,
)
from signpost.version import NUMBER, RELEASE, version

FOLDERS = ("actions", "deploy", "directory", "docs", "signpost", "widget", "workbench")
SUMS = "SHA256SUMS"
# Files that are run; every other one is only read.
PROGRAMS = ("deploy/upgrade", "deploy/rolling-restart")


class ReleaseError(SignpostError):
    """The message says what is missing."""


def pack(folder: Path) -> Path:
    """Write the archive of this checkout and its model into a folder.

    Raises:
        ReleaseError: git does not know the checkout, its files are not committed, or no model was promoted
            for its code.
        ModelError: the model in use is not the one that its card describes.
    """
    path = in_use(code_hash())
    if path is None:
        raise ReleaseError(
            "No model was promoted for this code: `make train`, `make compare`, `make promote` first."
        )
    model = open_model(path, code=code_hash())
    if changed := _git("status", "--porcelain"):
        raise ReleaseError(
            f"These files are not committed, so nobody could make the release again:\n{changed}"
        )
    names = _git("ls-files").splitlines()
    files = {
        name: (ROOT / name).read_bytes() for name in names if "/" not in name or name.split("/")[0] in FOLDERS
    }
    for path in (model.path, beside(model.path, CARD_ENDING)):
        files[f"models/{path.name}"] = path.read_bytes()
    release = f"{NUMBER}+{_digest(_sums(files))[:10]}"
    files[RELEASE.name] = f"{release}\n".encode()
    files[SUMS] = _sums(files)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"signpost-{release}{SUFFIX}"
    write_whole(archive, _archive(f"signpost-{release}", files))
    return archive


def take_up() -> str:
    """Put the model of this release in use for its code, in the folder that bots share; its name.

    Raises:
        ReleaseError: this folder is no release.
        ModelError: the model is not the one that its card describes, or not one of this code.
    """
    found = sorted((ROOT / "models").glob(f"signpost-*{SUFFIX}"))
    if not RELEASE.exists() or len(found) != 1:
        raise ReleaseError("This is no release: `make release` packs one.")
    model = open_model(found[0], code=code_hash())
    shared = models_folder()
    if shared.resolve() != found[0].parent.resolve():
        shared.mkdir(parents=True, exist_ok=True)
        for path in (model.path, beside(model.path, CARD_ENDING)):
            if not (shared / path.name).exists():
                part = shared / f".{path.name}.part"
                shutil.copyfile(path, part)
                part.replace(shared / path.name)
    put_in_use(open_model(shared / found[0].name, code=code_hash()), note=f"came with release {version()}")
    return model.name


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReleaseError("A release is packed in a checkout that git knows.") from error
    return done.stdout.strip()


def _sums(files: Mapping[str, bytes]) -> bytes:
    """What `sha256sum` writes."""
    return "".join(f"{_digest(body)}  {name}\n" for name, body in sorted(files.items())).encode()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _archive(top: str, files: Mapping[str, bytes]) -> bytes:
    """The same bytes for the same files, wherever and whenever it is packed."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, body in sorted(files.items()):
                member = tarfile.TarInfo(f"{top}/{name}")
                member.size, member.mode = len(body), 0o755 if name in PROGRAMS else 0o644
                tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()
