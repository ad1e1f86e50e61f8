"""The keys under which the graph components leave what they found for those after them."""

from __future__ import annotations

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from signpost.understanding.read import with_signals

# signpost.understanding.words.Words of the message.
WORDS = "words"
# The vectors of all windows of a message, shape (windows, 768), and of its parts, shape (parts, 768).
WINDOWS = "window_vectors"
PARTS = "part_vectors"


def features(message: Message) -> np.ndarray:
    """Shape (768 + signals,): the maximum over the windows of the whole text beside its signals."""
    return with_signals(message.get(WINDOWS), message.get(WORDS)).max(axis=0)
