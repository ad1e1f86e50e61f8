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
# The vectors of the windows of the message read with the person's earlier ones, shape (windows, 768); absent without them.
JOINED = "joined_vectors"
# What the processor gives along for the graph alone: the earlier messages and the conversation as plain data.
METADATA, EARLIER, TOLD = "metadata", "before", "told"


def features(message: Message) -> np.ndarray:
    """Shape (768 + signals,): the maximum over the windows of the whole text beside its signals."""
    return with_signals(message.get(WINDOWS), message.get(WORDS)).max(axis=0)
