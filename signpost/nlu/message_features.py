"""What the classifiers read from a message: the keys under which the reader and the encoder leave it, and the feature rows."""

from __future__ import annotations

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from signpost.reading import SIGNAL_NAMES

SIGNALS = "signals"
CLEAN_TEXT = "clean_text"
# The vectors of all windows of a message, shape (windows, 768).
WINDOWS = "window_vectors"
# The vectors of the passages of a long message, shape (passages, 768); none for a message that is not long.
PASSAGES = "passage_vectors"


def features(message: Message, key: str = WINDOWS) -> np.ndarray:
    """Shape (windows, 768 + signals): each window's (or passage's) vector beside the whole text's signals."""
    windows = message.get(key)
    signals = np.array([message.get(SIGNALS)[name] for name in SIGNAL_NAMES], np.float32)
    return np.hstack([windows, np.tile(signals, (len(windows), 1))])
