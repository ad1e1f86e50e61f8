"""Graph component: Rasa's logistic regression on dense features, which raises where Rasa's own goes on untrained."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import signpost.nlu.message_features
from signpost.errors import SignpostError
from signpost.nlu.message_features import WINDOWS, features
from signpost.progress import tell


class BrokenIntentsError(SignpostError):
    """The trained intent classifier cannot be read: train again."""


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):
    """Reads the same vector and signals as the situation classifier.

    Rasa's own packs dense vectors into sparse matrices, which makes training many times slower, and answers nothing
    at all when its file is broken.
    """

    def process(self, messages: List[Message]) -> List[Message]:
        """Rank the intents; a message without text (a button) is left alone."""
        readable = [message for message in messages if message.get(WINDOWS) is not None]
        if readable:
            super().process(readable)
        return messages

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples."""
        tell("intents", 0.0)
        resource = super().train(training_data)
        tell("intents", 1.0)
        return resource

    def _create_X(self, messages: List[Message]) -> np.ndarray:
        """Shape (messages, 768 + signals)."""
        return np.stack([features(message) for message in messages])

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """Load the classifier.

        Raises:
            BrokenIntentsError: its file is missing or broken.
        """
        try:
            component = super().load(config, model_storage, resource, execution_context, **kwargs)
        except Exception as error:  # skops raises whatever a broken archive makes of it
            raise BrokenIntentsError("The intent classifier cannot be read: run `make train`.") from error
        if not hasattr(component.clf, "coef_"):
            raise BrokenIntentsError("The intent classifier is untrained: run `make train`.")
        return component

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Makes Rasa train again when the features change; its cache does not see that."""
        return hashlib.sha256(Path(signpost.nlu.message_features.__file__).read_bytes()).hexdigest()
