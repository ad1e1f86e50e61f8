"""What the classifiers read from a message: the keys under which the reader and the encoder leave it, and the feature rows."""

from __future__ import annotations

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from signpost.understanding.pipeline import SIGNAL_NAMES

SIGNALS = "signals"
CLEAN_TEXT = "clean_text"
# The vectors of all windows of a message, shape (windows, 768).
WINDOWS = "window_vectors"
# Gives the vectors of a long message's passages, shape (passages, 768), when called; None for a message that is not long.
PASSAGES = "passage_vectors"


def features(message: Message, vectors: np.ndarray | None = None) -> np.ndarray:
    """Shape (vectors, 768 + signals): the vector of each window, or those given, beside the whole text's signals."""
    vectors = message.get(WINDOWS) if vectors is None else vectors
    signals = np.array([message.get(SIGNALS)[name] for name in SIGNAL_NAMES], np.float32)
    return np.hstack([vectors, np.tile(signals, (len(vectors), 1))])
