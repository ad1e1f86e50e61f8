"""The sentence encoder in TensorFlow, for tuning only.

Its vectors equal those of ``signpost.understanding.encoder`` up to rounding.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file, save_file

from signpost.understanding.encoder import TUNED_FOLDER, WindowEncoder, base_folder, tuned_card

os.environ.setdefault("USE_TORCH", "0")  # transformers: TensorFlow is the only framework here
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # never ask a hub for anything


class TunableEncoder(WindowEncoder):
    """The encoder with weights that can be changed."""

    def __init__(self, *, tuned: bool = True) -> None:
        """Load the weights.

        Raises:
            EncoderFileError: a file is missing or differs from its known hash.
        """
        from transformers import TFBertModel, logging

        logging.set_verbosity_error()
        folder = base_folder()
        super().__init__(folder)
        self.model = TFBertModel.from_pretrained(str(folder))
        if tuned and (card := tuned_card()):
            self.load_layers(TUNED_FOLDER / card["file"])
        self._embed = tf.function(self.pool, input_signature=[tf.TensorSpec([None, None], tf.int32)] * 2)

    def embed(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Vectors (windows, 768), float32, from ids and mask of shape (windows, pieces), int32."""
        return self._embed(ids, mask).numpy()

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
        return {
            name.split("layer_._", 1)[1]: weight
            for weight in self.model.trainable_weights
            if "layer_._" in (name := weight.name)
        }

    def save_layers(self, path: Path) -> None:
        """Write the six layers in half precision as safetensors."""
        save_file(
            {name: weight.numpy().astype(np.float16) for name, weight in self.tunable().items()}, str(path)
        )

    def load_layers(self, path: Path) -> None:
        """Replace the six layers by those of a file."""
        tensors = load_file(str(path))
        for name, weight in self.tunable().items():
            weight.assign(tensors[name].astype(np.float32))
