"""Keeps out of a process that only answers what only training needs: TensorFlow above all.

Rasa imports modules for training wherever it loads a model, and those import TensorFlow; spaCy imports it if
it is installed. None of our components needs it. A model with a component that does (DIET, TED) fails to
load, loudly.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from signpost.errors import SignpostError

# Not to be imported: whoever can do without goes on without, whoever cannot raises ImportError.
ABSENT = ("tensorflow", "pytest")
# Modules of Rasa that use them, and the names imported from these modules: by rasa.utils.train_utils, by the
# training schema that every model carries, and by the rule policy, which tests itself after training.
REPLACED = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
    "rasa.core.test": (),
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
            setattr(stand_in, class_name, type(class_name, (_Refused,), {}))
        sys.modules.setdefault(name, stand_in)


class _Refused:
    """Cannot be made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise OnlyAnsweringError(
            f"{type(self).__name__} is left out of a process that only answers. Train with `make train`."
        )
