"""A process that only answers never loads TensorFlow, and says so where something needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CODE = """
import sys
from signpost.serving.runtime.inference_only import leave_out_training
leave_out_training()
import signpost.serving.app
from signpost.errors import SignpostError
import rasa.core.policies.rule_policy, rasa.engine.recipes.default_recipe
import signpost.nlu.intent_classifier, signpost.nlu.sentence_encoder
import signpost.nlu.situation_classifier, signpost.nlu.spacy_reader
validator = sys.modules["rasa.graph_components.validators.default_recipe_validator"]
loaded = [name for name in ("tensorflow", "keras", "jax", "pytest", "matplotlib") if sys.modules.get(name)]
assert not loaded, loaded
try:
    validator.DefaultV1RecipeValidator()
except SignpostError as error:
    assert "make train" in str(error)
else:
    raise AssertionError("training goes on")
try:
    import rasa.nlu.classifiers.diet_classifier
except ImportError:
    print("refused")
"""


def test_a_process_that_answers_loads_no_tensorflow_and_refuses_components_that_need_it(root: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert found.stdout.strip() == "refused", found.stderr[-2000:]
