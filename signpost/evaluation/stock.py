"""What Rasa makes of the same messages out of the box: its default pipeline, DIET on count vectors, one model a label."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from ruamel.yaml import YAML

from signpost.labels import ANY_OF, LabelledMessage

# The pipeline that `rasa init` of Rasa 3.6 writes, without the fallback. Labels of which several hold are told apart by Rasa's own multi-intents ("a+b").
PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer", "intent_tokenization_flag": True, "intent_split_symbol": "+"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True, "entity_recognition": False, "random_seed": 42, "ranking_length": 0},
]
NOTHING = "nothing"


def wanted_value(message: LabelledMessage, label: str) -> str:
    """What one label says of a message as one intent name; several values are joined by "+"."""
    if label in message.yes_no:
        return "yes" if message.yes_no[label] else "no"
    if label in ANY_OF:
        return "+".join(sorted(message.any_of[label])) or NOTHING
    return message.one_of[label]


def stock_confidences(learn: Sequence[LabelledMessage], unseen: Sequence[LabelledMessage], label: str) -> list[Mapping[str, float]]:
    """Train Rasa's default pipeline for one label; the confidence of every intent name for each unseen message.

    An intent that only one training message has is left out: Rasa refuses to learn from it.
    """
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as folder:
        config, data = Path(folder, "config.yml"), Path(folder, "nlu.yml")
        YAML().dump({"recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": PIPELINE}, config)
        YAML().dump({"version": "3.1", "nlu": _blocks(learn, label)}, data)
        model = train_nlu(str(config), str(data), output=folder, fixed_model_name="stock")
        agent = Agent.load(model)
        return asyncio.run(_parse(agent.parse_message, [message.text for message in unseen]))


def _blocks(learn: Sequence[LabelledMessage], label: str) -> list[dict[str, Any]]:
    texts: dict[str, list[str]] = {}
    for message in learn:
        texts.setdefault(wanted_value(message, label), []).append(message.text)
    return [{"intent": name, "examples": [{"text": text} for text in found]} for name, found in sorted(texts.items()) if len(found) > 1]


async def _parse(parse: Callable[[str], Any], texts: Sequence[str]) -> list[Mapping[str, float]]:
    return [{entry["name"]: entry["confidence"] for entry in (await parse(text))["intent_ranking"]} for text in texts]
