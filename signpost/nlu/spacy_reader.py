"""Graph component: tokens, places, and what words alone tell, from our own spaCy pipeline.

The pipeline is saved with the trained model, so that a later edit of the vocabulary cannot change a model in use.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language

import signpost.understanding.pipeline
from signpost.dialogue.state import TAKEN_LGBT
from signpost.errors import SignpostError
from signpost.nlu.message_features import WORDS
from signpost.progress import tell
from signpost.understanding.language import ENGLISH
from signpost.understanding.pipeline import VOCABULARY, build_pipeline
from signpost.understanding.text import WORD
from signpost.understanding.words import Words, read_words


class BrokenReaderError(SignpostError):
    """The saved spaCy pipeline cannot be read: train again."""


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER], is_trainable=True)
class SpacyReader(Tokenizer):
    """Reads a message with our own spaCy pipeline: tokens, `place` entities, signals as a dense sentence feature."""

    @staticmethod
    def required_packages() -> List[str]:
        """Packages that must be installed."""
        return ["spacy"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults; the tokenizer's own keys are unused here but Rasa's base class asks for them."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def __init__(
        self, config: Dict[str, Any], nlp: Language, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(config)
        self.nlp = nlp
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyReader:
        """A new reader from the vocabulary files."""
        return cls(config, build_pipeline(), model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learned: save the pipeline with the model."""
        self.persist()
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        """Words and signs of one attribute."""
        return [
            Token(match.group(), match.start(), match.end())
            for match in WORD.finditer(message.get(attribute))
        ]

    def process(self, messages: List[Message]) -> List[Message]:
        """Add tokens, `place` entities and signals to each message."""
        super().process(messages)
        for message in messages:
            self._read(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Read all training messages."""
        super().process_training_data(training_data)
        for number, message in enumerate(training_data.training_examples):
            if message.get(TEXT):
                self._read(message)
            if number % 100 == 0:
                tell("read", number / len(training_data.training_examples))
        return training_data

    def persist(self) -> None:
        """Save the pipeline."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "pipeline.bin").write_bytes(self.nlp.to_bytes())

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpacyReader:
        """Load the pipeline as it was trained.

        Raises:
            BrokenReaderError: the saved pipeline cannot be read.
        """
        nlp = build_pipeline()
        try:
            with model_storage.read_from(resource) as folder:
                nlp.from_bytes((folder / "pipeline.bin").read_bytes())
        except (OSError, ValueError, KeyError) as error:
            raise BrokenReaderError(
                "The spaCy part of the model cannot be read: run `make train`."
            ) from error
        return cls(config, nlp, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Makes Rasa train again when the vocabulary or the pipeline changes; its cache sees neither."""
        digest = hashlib.sha256()
        for path in sorted(Path(signpost.understanding.pipeline.__file__).parent.glob("*.py")):
            digest.update(path.read_bytes())
        for path in sorted(path for path in VOCABULARY.iterdir() if path.is_file()):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _read(self, message: Message) -> None:
        words = read_words(self.nlp, message.get(TEXT))
        message.set(WORDS, words)
        message.add_features(Features(words.row[None], FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__))
        entities = word_entities(words, len(message.get(TEXT)))
        message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)


def word_entities(words: Words, length: int) -> List[Dict[str, Any]]:
    """What the words tell as Rasa entities over the whole text."""
    facts = words.facts
    found: List[Dict[str, Any]] = [
        {"entity": "place", "value": place.name, "area": place.area} for place in words.places
    ]
    found += [{"entity": "told", "value": name} for name in words.told]
    single = {
        "wish": words.wish,
        "language": None if words.language == ENGLISH else words.language,
        "answer": facts.answer,
        "plain_no": "yes" if facts.answer == "no" else None,
        "named": facts.named,
        "aged_16_17": "yes" if facts.aged_16_17 else None,
        "about_child": "yes" if facts.about_child else None,
        "grown_up": "yes" if facts.grown_up else None,
        "taken_back": TAKEN_LGBT if facts.not_lgbt else None,
    }
    found += [{"entity": name, "value": value} for name, value in single.items() if value]
    return [{**entity, "start": 0, "end": length, "extractor": "SpacyReader"} for entity in found]
