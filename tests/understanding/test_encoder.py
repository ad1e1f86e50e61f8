"""The encoder that answers people gives the vectors of the encoder that is tuned."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import signpost.understanding.encoder
from signpost.learning.training.tunable_encoder import TunableEncoder
from signpost.understanding.encoder import (
    EncoderFileError,
    SentenceEncoder,
    WindowEncoder,
    base_folder,
    length_batches,
)

pytestmark = pytest.mark.long

TEXTS = (
    "hi",
    "he wont let me see my family",
    "my husband hit me last night and the children saw all of it, i dont know what to do",
    "zzxq ??? \U0001f622 ça va",
    "",
    "he checks the miles on my car every night and says that i lie " * 40,  # several windows
)
# Rounding differs between two run-times; the classifiers read the vectors to about three digits.
TOLERANCE = 1e-4


@pytest.mark.parametrize("tuned", [True, False])
def test_both_run_times_give_the_same_vectors(tuned: bool) -> None:
    ours, reference = SentenceEncoder(tuned=tuned).encode(TEXTS), TunableEncoder(tuned=tuned).encode(TEXTS)
    for text, vectors, wanted in zip(TEXTS, ours, reference):
        assert vectors.shape == wanted.shape and vectors.dtype == np.float32, text
        assert np.abs(vectors - wanted).max() < TOLERANCE, text
    assert np.abs(ours[0] - ours[1]).max() > 100 * TOLERANCE, (
        "all vectors are alike: the test would prove nothing"
    )


def test_a_text_has_the_same_vector_alone_and_beside_others() -> None:
    encoder = SentenceEncoder()
    together = encoder.encode(TEXTS)
    for text, vectors in zip(TEXTS, together):
        assert np.abs(encoder.encode([text])[0] - vectors).max() < TOLERANCE


def test_layers_saved_after_tuning_are_those_that_are_loaded(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    encoder = TunableEncoder()
    encoder.save_layers(tmp_path / "layers.safetensors")
    saved, used = (
        load_file(str(tmp_path / "layers.safetensors")),
        load_file(str(signpost.understanding.encoder.TUNED_FOLDER / "layers.safetensors")),
    )
    assert saved.keys() == used.keys()
    assert all(np.array_equal(saved[name], used[name]) for name in used)


def test_tuned_layers_that_are_not_those_of_the_card_are_refused(tmp_path: Path) -> None:
    shutil.copy(signpost.understanding.encoder.TUNED_FOLDER / "card.json", tmp_path)
    (tmp_path / "layers.safetensors").write_bytes(b"other layers")
    with pytest.raises(EncoderFileError, match="hash"):
        SentenceEncoder(layers=tmp_path)


def test_a_base_file_that_is_not_the_known_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(signpost.understanding.encoder.BASE_HASHES, "model.safetensors", "0" * 64)
    with pytest.raises(EncoderFileError, match=r"model\.safetensors"):
        SentenceEncoder()


def test_long_and_short_windows_do_not_share_a_batch() -> None:
    lengths = [10, 250, 12, 240, 11]
    batches = list(length_batches(lengths, 2048))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert [sorted(lengths[row] for row in batch) for batch in batches] == [[10, 11, 12], [240, 250]]


def test_a_long_text_is_cut_into_windows_that_overlap() -> None:
    encoder = WindowEncoder(base_folder())
    windows = encoder.windows("word " * 600)
    assert len(windows) > 1 and all(
        len(window.ids) <= signpost.understanding.encoder.WINDOW_PIECES for window in windows
    )
    assert len(encoder.windows("")) == 1
