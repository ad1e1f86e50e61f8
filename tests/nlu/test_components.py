"""The exam for graph components: trains, persists, loads, predicts the same; raises on a broken model."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from signpost.nlu.intent_classifier import BrokenIntentsError, IntentClassifier
from signpost.nlu.message_features import WINDOWS, WORDS
from signpost.nlu.sentence_encoder import SentenceEncoderFeaturizer
from signpost.nlu.situation_classifier import SITUATION, BrokenClassifierError, SituationClassifier
from signpost.nlu.spacy_reader import BrokenReaderError, SpacyReader

pytestmark = pytest.mark.long

CONTEXT = ExecutionContext(GraphSchema({}), node_name="exam")
DANGER = [
    "he has a knife at my door",
    "she is strangling me",
    "he is kicking me right now",
    "hes coming up the stairs to kill me",
    "im bleeding he stabbed me",
    "he is breaking the window",
]
CALM = [
    "where do the bins go",
    "thanks for that",
    "what time is the bus",
    "he checks my phone bills",
    "she took my wages last year",
    "is this private",
]


def message(text: str, *, danger: bool) -> Message:
    labels: dict[str, Any] = (
        {"scope": "disclosure", "who": "self", "abuse": ["physical"]}
        if danger
        else {"scope": "info", "who": "none"}
    )
    labels |= {"urgency": "immediate"} if danger else {}
    intent = "report_danger" if danger else "ask_question"
    return Message({TEXT: text, INTENT: intent, "metadata": {"example": labels}})


def training_data() -> TrainingData:
    return TrainingData(
        [message(text, danger=True) for text in DANGER] + [message(text, danger=False) for text in CALM]
    )


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path)


@pytest.fixture(scope="module")
def featurizer(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoderFeaturizer:
    config = SentenceEncoderFeaturizer.get_default_config()
    return SentenceEncoderFeaturizer.create(
        config, LocalModelStorage.create(tmp_path_factory.mktemp("encoder")), Resource("encoder"), CONTEXT
    )


def reader(storage: LocalModelStorage) -> SpacyReader:
    return SpacyReader.create(SpacyReader.get_default_config(), storage, Resource("reader"), CONTEXT)


def read(component: SpacyReader, text: str) -> Message:
    return component.process([Message({TEXT: text})])[0]


def test_the_reader_predicts_the_same_after_loading(storage: LocalModelStorage) -> None:
    component = reader(storage)
    component.train(training_data())
    loaded = SpacyReader.load(SpacyReader.get_default_config(), storage, Resource("reader"), CONTEXT)
    for text in (*DANGER, "im in wolverton", ""):
        assert read(component, text).get(WORDS) == read(loaded, text).get(WORDS)
        assert read(component, text).get(ENTITIES) == read(loaded, text).get(ENTITIES)


def test_the_reader_raises_on_a_broken_model(storage: LocalModelStorage) -> None:
    with storage.write_to(Resource("reader")) as folder:
        (folder / "pipeline.bin").write_bytes(b"broken")
    with pytest.raises(BrokenReaderError):
        SpacyReader.load(SpacyReader.get_default_config(), storage, Resource("reader"), CONTEXT)


def test_the_encoder_gives_a_vector_a_window(
    storage: LocalModelStorage, featurizer: SentenceEncoderFeaturizer
) -> None:
    short, long = featurizer.process(
        [read(reader(storage), "hi"), read(reader(storage), "he reads all my messages " * 120)]
    )
    assert short.get(WINDOWS).shape == (1, 768)
    assert len(long.get(WINDOWS)) > 1


def test_the_encoder_gives_a_text_the_same_vector_alone_and_in_company(
    storage: LocalModelStorage, featurizer: SentenceEncoderFeaturizer
) -> None:
    alone = featurizer.process([read(reader(storage), "he took my keys")])[0].get(WINDOWS)
    together = featurizer.process(
        [
            read(reader(storage), text)
            for text in ("he took my keys", "a much longer message about something else entirely")
        ]
    )[0].get(WINDOWS)
    assert alone == pytest.approx(together, abs=1e-4)


def test_the_intent_classifier_predicts_the_same_after_loading_and_raises_on_a_broken_model(
    storage: LocalModelStorage, featurizer: SentenceEncoderFeaturizer
) -> None:
    data = featurizer.process_training_data(reader(storage).process_training_data(training_data()))
    component = IntentClassifier.create(
        IntentClassifier.get_default_config(), storage, Resource("intents"), CONTEXT
    )
    component.train(data)
    loaded = IntentClassifier.load(
        IntentClassifier.get_default_config(), storage, Resource("intents"), CONTEXT
    )
    for text in ("he has an axe and he is here", "when is the library open"):
        prepared = [featurizer.process([read(reader(storage), text)])[0] for _ in range(2)]
        first, second = component.process(prepared[:1])[0], loaded.process(prepared[1:])[0]
        assert first.get("intent_ranking") == second.get("intent_ranking")
    with storage.write_to(Resource("intents")) as folder:
        (folder / "intents.skops").write_bytes(b"broken")
    with pytest.raises(BrokenIntentsError):
        IntentClassifier.load(IntentClassifier.get_default_config(), storage, Resource("intents"), CONTEXT)


@pytest.fixture
def trained(storage: LocalModelStorage, featurizer: SentenceEncoderFeaturizer) -> SituationClassifier:
    data = featurizer.process_training_data(reader(storage).process_training_data(training_data()))
    component = SituationClassifier.create({}, storage, Resource("situation"), CONTEXT)
    component.train(data)
    return component


def classify(
    component: SituationClassifier,
    featurizer: SentenceEncoderFeaturizer,
    storage: LocalModelStorage,
    text: str,
) -> Message:
    prepared = featurizer.process([read(reader(storage), text)])
    prepared[0].set("intent_ranking", [{"name": "report_danger", "confidence": 0.0}])
    return component.process(prepared)[0]


def test_the_classifier_predicts_the_same_after_loading(
    trained: SituationClassifier, featurizer: SentenceEncoderFeaturizer, storage: LocalModelStorage
) -> None:
    loaded = SituationClassifier.load({}, storage, Resource("situation"), CONTEXT)
    for text in ("he has an axe and he is here", "when is the library open"):
        first, second = (classify(component, featurizer, storage, text) for component in (trained, loaded))
        assert first.get(SITUATION) == second.get(SITUATION)
        assert first.get(ENTITIES) == second.get(ENTITIES)


@pytest.mark.parametrize("name", ["heads.npz", "floor.npz", "turns.npz", "understanding.json"])
def test_the_classifier_raises_on_a_broken_model(
    trained: SituationClassifier, storage: LocalModelStorage, name: str
) -> None:
    with storage.write_to(Resource("situation")) as folder:
        (folder / name).write_bytes(b"broken")
    with pytest.raises(BrokenClassifierError):
        SituationClassifier.load({}, storage, Resource("situation"), CONTEXT)


def test_a_button_press_passes_the_classifier_untouched(trained: SituationClassifier) -> None:
    pressed = Message({INTENT: {"name": "affirm", "confidence": 1.0}})
    before = copy.deepcopy(pressed.data)
    assert trained.process([pressed])[0].data == before


@pytest.mark.parametrize(
    "component", [SpacyReader, SentenceEncoderFeaturizer, IntentClassifier, SituationClassifier]
)
def test_a_fingerprint_covers_what_rasas_cache_does_not_see(component: Any) -> None:
    assert len(component.fingerprint_addon(component.get_default_config())) >= 64
