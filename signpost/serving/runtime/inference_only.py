"""Keeps out of a process that only answers what only training or other channels need: TensorFlow above all.

Rasa imports modules for training wherever it loads a model, and those import TensorFlow; spaCy imports it if
it is installed. None of our components needs it. A model with a component that does (DIET, TED) fails to
load, loudly. Rasa also imports its channels to other networks and one company's database, used or not;
requirements-serve.lock has none of them.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from signpost.errors import SignpostError

# Not to be imported: whoever can do without goes on without, whoever cannot raises ImportError.
ABSENT = ("tensorflow", "pytest")
# Modules that use them or are not needed, and the names imported from these modules: by
# rasa.utils.train_utils, by the training schema that every model carries, and by the rule policy, which tests
# itself after training.
REPLACED = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
    "rasa.core.test": (),
    # channels to other networks, each with a package of up to 50 MB
    "rasa.core.channels.facebook": ("FacebookInput",),
    "rasa.core.channels.hangouts": ("HangoutsInput",),
    "rasa.core.channels.slack": ("SlackInput",),
    "rasa.core.channels.telegram": ("TelegramInput",),
    "rasa.core.channels.twilio": ("TwilioInput",),
    "rasa.core.channels.twilio_voice": ("TwilioVoiceInput",),
    "rasa.core.channels.webexteams": ("WebexTeamsInput",),
    # what rasa.core.tracker_store takes for DynamoDB
    "boto3": (),
    "boto3.dynamodb": (),
    "boto3.dynamodb.conditions": ("Key",),
    "botocore": (),
    "botocore.exceptions": ("BotoCoreError",),
}
# A message's matrices are small: threads cost more than they gain. onnxruntime has threads of its own.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class OnlyAnsweringError(SignpostError):
    """Something asked for training in a process that only answers."""


def leave_out_training() -> None:
    """Replace these modules by stand-ins; must run before Rasa and numpy are imported.

    Loaded modules stay.
    """
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")
    for name in ABSENT:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    for name, classes in REPLACED.items():
        stand_in = ModuleType(name, "Stands in for a module of Rasa that only training uses.")
        for class_name in classes:
            # what is caught must be an error; the rest says aloud that it is left out
            base = Exception if class_name.endswith("Error") else _Refused
            setattr(stand_in, class_name, type(class_name, (base,), {}))
        sys.modules.setdefault(name, stand_in)


class _Refused:
    """Cannot be made."""

    @classmethod
    def name(cls) -> str:
        """Rasa lists its channels by their names."""
        return cls.__name__

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise OnlyAnsweringError(
            f"{type(self).__name__} is left out of a process that only answers. Train with `make train`."
        )
