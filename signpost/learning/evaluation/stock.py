"""How Rasa does on the same messages out of the box: its default pipeline, DIET on count vectors, per
label."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from ruamel.yaml import YAML

from signpost.understanding.labels import ANY_OF, LabelledMessage

EPOCHS = 100
# The pipeline that `rasa init` of Rasa 3.6 writes, without the fallback.
# Labels with several values at once use Rasa's own multi-intents ("a+b").
PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer", "intent_tokenization_flag": True, "intent_split_symbol": "+"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {
        "name": "DIETClassifier",
        "epochs": EPOCHS,
        "constrain_similarities": True,
        "entity_recognition": False,
        "random_seed": 42,
        "ranking_length": 0,
    },
]
NOTHING = "nothing"


def wanted_value(message: LabelledMessage, label: str) -> str:
    """What one label says of a message as one intent name; several values are joined by "+"."""
    if label in message.yes_no:
        return "yes" if message.yes_no[label] else "no"
    if label in ANY_OF:
        return "+".join(sorted(message.any_of[label])) or NOTHING
    return message.one_of[label]


def train_stock(learn: Sequence[LabelledMessage], label: str, folder: Path, epochs: int) -> Path:
    """Train Rasa's default pipeline for one label in a folder, and give the model's file.

    An intent that only one training message has is left out: Rasa refuses to learn from it.
    """
    from rasa.model_training import train_nlu

    config, data = folder / "config.yml", folder / "nlu.yml"
    pipeline = [{**part, "epochs": epochs} if "epochs" in part else part for part in PIPELINE]
    YAML().dump(
        {"recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": pipeline}, config
    )
    YAML().dump({"version": "3.1", "nlu": _blocks(learn, label)}, data)
    return Path(train_nlu(str(config), str(data), output=str(folder), fixed_model_name="stock"))


def stock_reader(model: Path) -> Callable[[Sequence[str]], list[Mapping[str, float]]]:
    """Gives the confidence of every intent name for each of some texts."""
    from rasa.core.agent import Agent

    parse = Agent.load(str(model)).parse_message

    async def read(texts: Sequence[str]) -> list[Mapping[str, float]]:
        return [
            {entry["name"]: entry["confidence"] for entry in (await parse(text))["intent_ranking"]}
            for text in texts
        ]

    return lambda texts: asyncio.run(read(texts))


def _blocks(learn: Sequence[LabelledMessage], label: str) -> list[dict[str, Any]]:
    texts: dict[str, list[str]] = {}
    for message in learn:
        texts.setdefault(wanted_value(message, label), []).append(message.text)
    return [
        {"intent": name, "examples": [{"text": text} for text in found]}
        for name, found in sorted(texts.items())
        if len(found) > 1
    ]
