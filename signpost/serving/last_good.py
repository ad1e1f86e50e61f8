"""The last good copies of what people edit and train.

When an edit breaks the directory, or a model file is damaged, a starting server goes on with the copy and
logs it.

A copy is made whenever a server has read the files and found them good. Without a copy, starting fails
loudly.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from signpost.dialogue.texts import ReplyTexts
from signpost.directory.languages import LANGUAGES_FILE, load_languages
from signpost.directory.problems import DirectoryError
from signpost.directory.questions import QUESTIONS_FILE, Questions, load_questions
from signpost.directory.reader import SERVICES_FILE, load_directory
from signpost.directory.replies import REPLIES_FILE, Replies, load_replies
from signpost.directory.texts import ACKNOWLEDGEMENTS_FILE, ANSWERS_FILE, load_said, reply_texts
from signpost.files import write_whole
from signpost.learning.registry import SUFFIX, beside
from signpost.routing import Directory

logger = logging.getLogger(__name__)

NAMES = (
    SERVICES_FILE.name,
    REPLIES_FILE.name,
    QUESTIONS_FILE.name,
    ANSWERS_FILE.name,
    ACKNOWLEDGEMENTS_FILE.name,
    LANGUAGES_FILE.name,
)
# Names the folder of the good copy; replaced as a whole.
POINTER = "good"


@dataclass(frozen=True)
class Texts:
    """All that stands in directory/."""

    directory: Directory
    replies: Replies
    questions: Questions
    of_reply: ReplyTexts  # all that a reply is put together from


def read_texts(folder: Path, kept: Path, today: date) -> Texts:
    """Read a directory's files, or the last good copy of all of them.

    Args:
        folder: where people edit.
        kept: where the good copy lies.

    Raises:
        DirectoryError: what is wrong with the edited files; there is no good copy.
    """
    try:
        texts = _read(folder, today)
    except DirectoryError as error:
        copy = _good_copy(kept / "directory")
        if copy is None:
            raise
        # our own loaders' messages quote the files that maintainers wrote, never a visitor
        logger.error("directory/ cannot be used, the last good copy of it is: %s", error)
        return _read(
            copy, date.max
        )  # its dates were checked when it was made; the clock may be what is wrong
    _keep(kept / "directory", {name: (folder / name).read_bytes() for name in NAMES})
    return texts


def keep_model(model: Path, kept: Path) -> None:
    """Copy a model that was loaded and works, and its card."""
    with contextlib.suppress(FileNotFoundError):  # removed since it was loaded
        _keep(kept / "model", {path.name: path.read_bytes() for path in (model, beside(model, ".json"))})


def kept_model(kept: Path) -> Path | None:
    """The last model that worked, or None."""
    copy = _good_copy(kept / "model")
    return next(iter(sorted(copy.glob(f"*{SUFFIX}"))), None) if copy else None


def _read(folder: Path, today: date) -> Texts:
    services, replies_file, questions_file, answers, acknowledgements, languages = (
        folder / name for name in NAMES
    )
    directory = load_directory(services, today)
    replies, questions = load_replies(replies_file), load_questions(questions_file)
    said = load_said(answers, acknowledgements, directory)
    of_reply = reply_texts(replies, questions, said, load_languages(languages))
    return Texts(directory, replies, questions, of_reply)


def _good_copy(place: Path) -> Path | None:
    try:
        copy = place / (place / POINTER).read_text(encoding="ascii").strip()
    except OSError:
        return None
    return copy if copy.is_dir() else None


def _keep(place: Path, files: dict[str, bytes]) -> None:
    """Several processes may do so at once; a full or read-only disk costs the copy, not the service."""
    digest = hashlib.sha256(
        b"\0".join(name.encode() + b"\0" + body for name, body in sorted(files.items()))
    ).hexdigest()[:16]
    before = _good_copy(place)
    if before and before.name == digest:
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=place))
        for name, body in files.items():
            (part / name).write_bytes(body)
        try:
            part.rename(place / digest)
        except OSError:  # another process was first
            shutil.rmtree(part)
        write_whole(place / POINTER, digest)
    except OSError as error:
        logger.warning("No copy of the last good %s could be kept: %s", place.name, type(error).__name__)
        return
    if before:
        shutil.rmtree(before, ignore_errors=True)
