"""The floor under the encoder: an independent reader of letters and words, which only ever raises attention.

One linear model a question on hashed letter and word counts. It shares neither vectors nor code with the encoder, so that
what one of them misses by its nature the other may still see.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from signpost.understanding.labels import LabelledMessage

# Columns of the hashed counts: collisions are rare at the number of words that people use here.
LETTER_COLUMNS, WORD_COLUMNS = 1 << 16, 1 << 16
QUESTIONS = ("danger", "despair", "despair_other", "subject")


class Floor:
    """Answers the QUESTIONS with a probability each; ``weights`` (columns, questions), ``bias`` (questions,)."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights, self.bias = weights, bias

    @classmethod
    def fit(cls, folded: Sequence[str], messages: Sequence[LabelledMessage]) -> Floor:
        """Fit on folded texts and the labels of their messages; what a message leaves open is not learned from."""
        counts = _counts(folded)
        weights, bias = [], []
        for question in QUESTIONS:
            rows = [row for row, message in enumerate(messages) if _label(question) not in message.unknown]
            wanted = np.array([_holds(question, messages[row]) for row in rows], bool)
            if wanted.all() or not wanted.any():
                weights.append(np.zeros(counts.shape[1]))
                bias.append(-10.0)
                continue
            model = LogisticRegression(C=4.0, solver="liblinear", class_weight=None, max_iter=200)
            model.fit(counts[rows], wanted)
            weights.append(model.coef_[0])
            bias.append(float(model.intercept_[0]))
        return cls(np.array(weights, np.float32).T, np.array(bias, np.float32))

    def chances(self, folded: Sequence[str]) -> np.ndarray:
        """Probabilities by QUESTIONS, shape (texts, questions)."""
        return np.asarray(1.0 / (1.0 + np.exp(-(_counts(folded) @ self.weights + self.bias))))

    def save(self, path: Path) -> None:
        """Write as npz, no pickle."""
        np.savez(path, weights=self.weights.astype(np.float16), bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> Floor:
        """Read what ``save`` wrote.

        Raises:
            OSError, ValueError, KeyError: the file is missing or broken.
        """
        with np.load(path, allow_pickle=False) as stored:
            return cls(stored["weights"].astype(np.float32), stored["bias"])


def _label(question: str) -> str:
    return "scope" if question == "subject" else question


def _holds(question: str, message: LabelledMessage) -> bool:
    if question == "subject":
        return message.one_of["scope"] != "out_of_scope"
    return message.yes_no[question]


_LETTERS = HashingVectorizer(
    analyzer="char_wb", ngram_range=(2, 5), n_features=LETTER_COLUMNS, alternate_sign=False, lowercase=False
)
_WORDS = HashingVectorizer(
    ngram_range=(1, 3),
    n_features=WORD_COLUMNS,
    alternate_sign=False,
    lowercase=False,
    token_pattern=r"[\w']+",
)


def _counts(folded: Sequence[str]) -> csr_matrix:
    return hstack([_LETTERS.transform(folded), _WORDS.transform(folded)], format="csr", dtype=np.float32)
