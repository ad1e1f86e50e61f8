"""Vectors of training messages, kept under .cache/ so that a retraining encodes only what is new.

Only training messages come here, never what somebody types to a running bot.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Callable, Sequence

import numpy as np

import signpost.understanding.bert_graph
import signpost.understanding.encoder
from signpost.files import ROOT
from signpost.understanding.encoder import SentenceEncoder, tuned_card

CACHE = ROOT / ".cache"
# Files kept: the encoder in use and one more, about 30 MB each.
MOST_FILES = 2
# Texts between two tellings of progress.
CHUNK = 256


def vectors_key(layers: Path) -> str:
    """Hash of all that a text's vector rests on: the encoder's code and the tuned layers of a folder."""
    card = tuned_card(layers) or {}
    code = b"".join(
        Path(module.__file__).read_bytes()
        for module in (signpost.understanding.encoder, signpost.understanding.bert_graph)
    )
    return hashlib.sha256(code + str(card.get("sha256")).encode()).hexdigest()


def remembered_vectors(
    encoder: SentenceEncoder,
    key: str,
    texts: Sequence[str],
    tell: Callable[[float], None] = lambda share: None,
) -> list[np.ndarray]:
    """What ``encoder.encode`` gives for the texts, shapes (windows, 768), with the known ones from the cache.

    ``key`` is the encoder's ``vectors_key``. ``tell`` hears the share that is done.
    """
    path = CACHE / f"vectors-{key[:16]}.npz"
    known = _read(path)
    ids = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    new = sorted(
        {text_id: text for text_id, text in zip(ids, texts) if text_id not in known}.items(),
        key=lambda entry: len(entry[1]),
    )
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        known.update(zip((text_id for text_id, _ in chunk), encoder.encode([text for _, text in chunk])))
        tell((start + len(chunk)) / len(new))
    if new:
        _write(path, known)
    tell(1.0)
    return [known[text_id] for text_id in ids]


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            ends = np.cumsum(kept["windows"])
            return dict(zip(kept["ids"].tolist(), np.split(kept["vectors"], ends[:-1])))
    except (OSError, ValueError, KeyError):  # none yet, or a broken one: encode anew
        return {}


def _write(path: Path, known: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f"{path.stem}.part.npz")
    windows = [len(vectors) for vectors in known.values()]
    np.savez(
        part,
        ids=np.array(list(known)),
        windows=np.array(windows, np.int32),
        vectors=np.concatenate(list(known.values())),
    )
    part.replace(path)
    for old in sorted(path.parent.glob("vectors-*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)[
        MOST_FILES:
    ]:
        old.unlink()
