"""What the heads see of many messages at once, without a Rasa server: the same steps as the pipeline takes."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from spacy.language import Language

from signpost.understanding.encoder import WindowEncoder
from signpost.understanding.labels import LabelledMessage
from signpost.understanding.pipeline import read_signals
from signpost.understanding.text import clean


def feature_rows(encoder: WindowEncoder, nlp: Language, messages: Sequence[LabelledMessage]) -> np.ndarray:
    """Shape (messages, 768 + signals): the maximum over a message's windows beside its signals."""
    texts = [clean(message.text) for message in messages]
    vectors = np.stack([windows.max(axis=0) for windows in encoder.encode(texts)])
    signals = np.array([list(read_signals(nlp(text), text).values()) for text in texts], np.float32)
    return np.hstack([vectors, signals])
