"""Graph component: reads the situation out of a message, every label on its own, and hands it on as entities."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from signpost.dialogue.plain import from_plain
from signpost.dialogue.state import Told
from signpost.errors import SignpostError
from signpost.files import ROOT
from signpost.nlu.message_features import (
    EARLIER,
    JOINED,
    METADATA,
    PARTS,
    TOLD,
    WINDOWS,
    WORDS,
    features,
)
from signpost.progress import tell
from signpost.understanding.decision import Reading, Thresholds, Understanding, read_understanding
from signpost.understanding.encoder import TUNED_FOLDER
from signpost.understanding.floor import Floor
from signpost.understanding.heads import UNCALIBRATED, Heads
from signpost.understanding.labels import YES_NO, label_message
from signpost.understanding.read import Evidence, read, weigh, with_signals
from signpost.understanding.turns import (
    TURNS_FILE,
    TURNS_WITHOUT_WORDS_FILE,
    Turn,
    TurnModel,
    before_of,
    in_its_talk,
)

DANGER_INTENT = "report_danger"
CALIBRATION_FILE = TUNED_FOLDER / "calibration.json"
TUNED_FILES = (CALIBRATION_FILE, TUNED_FOLDER / TURNS_FILE, TUNED_FOLDER / TURNS_WITHOUT_WORDS_FILE)
# Message key of the whole reading, with confidences, for the workbench.
SITUATION = "situation"


class BrokenClassifierError(SignpostError):
    """The trained heads cannot be read: train again."""


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class SituationClassifier(GraphComponent):
    """Predicts urgency, abuse, gender, LGBT+, area, who, needs and scope, as the labelling guide defines them.

    Danger comes from three independent ways: its own head, the intent classifier, and the reader's word patterns.
    Where it is immediate the intent becomes ``report_danger``, so that the rule for danger interrupts anything.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """Features and the intent come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> List[str]:
        """Packages that must be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Nothing to set: thresholds are chosen by `make tune` and kept with the tuned layers."""
        return {}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        heads: Heads | None,
        floor: Floor | None,
        turns: Dict[str, TurnModel],
        understanding: Understanding,
    ) -> None:
        self.config = config
        self.heads = heads
        self.floor = floor
        self.turns = turns
        self.understanding = understanding
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SituationClassifier:
        """An untrained classifier."""
        return cls(
            config, model_storage, resource, None, None, _turns(TUNED_FOLDER), _current_understanding()
        )

    def train(self, training_data: TrainingData) -> Resource:
        """Fit heads and floor on the labelled examples.

        Raises:
            LabelError: an example's metadata does not fit the labelling guide.
        """
        examples = [example for example in training_data.intent_examples if example.get(WINDOWS) is not None]
        messages = [
            label_message(example.get(TEXT), (example.get("metadata") or {}).get("example", {}))
            for example in examples
        ]
        rows = np.stack([features(example) for example in examples])
        self.heads = Heads.fit(rows, messages, tell=lambda share: tell("situation", share))
        self.floor = Floor.fit([example.get(WORDS).folded for example in examples], messages)
        self.persist()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read each message; one without text (a button) is left alone."""
        for message in messages:
            if message.get(WINDOWS) is not None:
                self._read(message)
        return messages

    def persist(self) -> None:
        """Save heads and thresholds."""
        with self._model_storage.write_to(self._resource) as folder:
            self.heads.save(folder / "heads.npz")
            self.floor.save(folder / "floor.npz")
            for name, model in self.turns.items():
                model.save(folder / name)
            (folder / "understanding.json").write_text(
                json.dumps(self.understanding.to_json()), encoding="utf-8"
            )

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SituationClassifier:
        """Load heads and thresholds.

        Raises:
            BrokenClassifierError: a file is missing or broken.
        """
        try:
            with model_storage.read_from(resource) as folder:
                heads, floor = Heads.load(folder / "heads.npz"), Floor.load(folder / "floor.npz")
                turns = _turns(folder)
                understanding = read_understanding(folder / "understanding.json")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenClassifierError(
                "The situation classifier cannot be read: run `make train`."
            ) from error
        return cls(config, model_storage, resource, heads, floor, turns, understanding)

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Nothing to check."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Makes Rasa train again when thresholds or the code behind them change; its cache sees neither."""
        paths = sorted((ROOT / "signpost" / "understanding").glob("*.py"))
        paths += [path for path in TUNED_FILES if path.exists()]
        return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()

    def _read(self, message: Message) -> None:
        words = message.get(WORDS)
        ranking = message.get("intent_ranking") or []
        danger = next((entry["confidence"] for entry in ranking if entry["name"] == DANGER_INTENT), 0.0)
        evidence = weigh(
            words, message.get(WINDOWS), message.get(PARTS), self.heads, self.floor, intent_danger=danger
        )
        joined = message.get(JOINED)
        if joined is not None:
            scores = self.heads.scores(with_signals(joined, words).max(axis=0, keepdims=True))[0]
            evidence = replace(evidence, joined=scores)
        reading = read(evidence, self.understanding.calibration, self.understanding.thresholds)
        reading = self._in_its_talk(message, evidence, reading)
        if reading.urgency == "immediate":
            message.set(
                INTENT,
                {"name": DANGER_INTENT, "confidence": reading.confidence["danger:yes"]},
                add_to_output=True,
            )
        shown = {
            "raised_by": list(reading.raised_by),
            "danger_places": [list(place) for place in words.danger],
            "confidence": dict(reading.confidence),
            "thresholds": {
                "immediate": self.understanding.thresholds.immediate,
                "check": self.understanding.thresholds.check,
            },
        }
        message.set(SITUATION, shown, add_to_output=True)
        length = len(message.get(TEXT))
        message.set(ENTITIES, [*message.get(ENTITIES, []), *as_entities(reading, length)], add_to_output=True)

    def _in_its_talk(self, message: Message, evidence: Evidence, reading: Reading) -> Reading:
        """The reading within the talk, where one has begun."""
        given = message.get(METADATA) or {}
        if not given.get(TOLD) or not self.turns:
            return reading
        before = before_of(from_plain(Told, given[TOLD]), given.get(EARLIER) or ())
        model = self.turns[TURNS_WITHOUT_WORDS_FILE if evidence.joined is None else TURNS_FILE]
        scores = np.zeros_like(evidence.whole) if evidence.joined is None else evidence.joined
        ranking = {entry["name"]: entry["confidence"] for entry in message.get("intent_ranking") or []}
        return in_its_talk(reading, model.chances(Turn(evidence.whole, scores, ranking, before)), before)


def as_entities(reading: Reading, length: int) -> List[Dict[str, Any]]:
    """The labels as Rasa entities over the whole text; what is unknown or does not hold is left out."""
    found = [("scope", reading.one_of["scope"], "scope"), ("who", reading.one_of["who"], "who")]
    found += [
        (label, reading.one_of[label], label)
        for label in ("gender", "area")
        if reading.one_of[label] != "unknown"
    ]
    for entity, label in (
        ("abuse", "abuse"),
        ("need", "needs"),
        ("asks", "asks"),
        ("taken_back", "taken_back"),
    ):
        found += [(entity, value, label) for value in reading.any_of[label]]
    flags = {
        "lgbt": reading.lgbt,
        "danger_over": reading.danger_over,
        "over_in_context": reading.over_in_context,
        "danger_less": reading.danger_less,
        "danger_in_context": reading.danger_in_context,
        "perhaps_child": reading.perhaps_child,
        "perhaps_despair": reading.perhaps_despair,
    }
    found += [(name, "yes", name) for name, holds in flags.items() if holds]
    if reading.urgency != "none":
        found.append(("urgency", reading.urgency, "danger"))
    if reading.despair != "none":
        found.append(
            ("despair", reading.despair, "despair" if reading.despair == "writer" else "despair_other")
        )
    return [
        {
            "entity": entity,
            "value": value,
            "start": 0,
            "end": length,
            "confidence_entity": reading.confidence.get(
                f"{label}:{'yes' if label in YES_NO else value}", 1.0
            ),
            "extractor": "SituationClassifier",
        }
        for entity, value, label in found
    ]


def _turns(folder: Path) -> Dict[str, TurnModel]:
    """The turn models of a folder by the name of their file; none where nothing was tuned."""
    names = (TURNS_FILE, TURNS_WITHOUT_WORDS_FILE)
    return {name: TurnModel.load(folder / name) for name in names} if (folder / TURNS_FILE).exists() else {}


def _current_understanding() -> Understanding:
    """Thresholds of the tuned layers; a fresh checkout without them starts uncalibrated."""
    if not CALIBRATION_FILE.exists():
        return Understanding(UNCALIBRATED, Thresholds())
    return read_understanding(CALIBRATION_FILE)
