"""What the classifiers read from a message: the keys under which the reader and the encoder leave it, and the feature rows."""

from __future__ import annotations

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from signpost.reading import SIGNAL_NAMES

SIGNALS = "signals"
CLEAN_TEXT = "clean_text"
# The vectors of all windows of a message, shape (windows, 768).
WINDOWS = "window_vectors"


def features(message: Message) -> np.ndarray:
    """Shape (windows, 768 + signals): each window's vector beside the whole text's signals."""
    windows = message.get(WINDOWS)
    signals = np.array([message.get(SIGNALS)[name] for name in SIGNAL_NAMES], np.float32)
    return np.hstack([windows, np.tile(signals, (len(windows), 1))])
