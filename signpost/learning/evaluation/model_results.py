"""What one trained model gets right.

A real bot runs behaviour tests and dialogues; cross-validation of the model's heads measures the labels.
Figures of two models are compared only if both were measured with the same tests and the same code around the
model.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np

from signpost.files import ROOT, write_whole
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.behaviour import as_messages, read_cases, unmet
from signpost.learning.evaluation.crossvalidate import OutOfFold, folds_of, predict_fold, read_out_of_fold
from signpost.learning.evaluation.measure import danger_scores, label_scores, macro_f1
from signpost.learning.registry import Model, beside
from signpost.learning.results import CrossValidation, DialogueResult, Results, TextResult, as_json, from_json
from signpost.learning.scenarios import conversation_files, not_yet_understood, read_conversation, run_all
from signpost.processes import running_bot
from signpost.understanding.decision import Thresholds, Understanding
from signpost.understanding.encoder import SentenceEncoder
from signpost.understanding.heads import Calibration
from signpost.understanding.labels import LabelledMessage
from signpost.understanding.pipeline import build_pipeline, read_signals
from signpost.understanding.text import clean
from signpost.understanding.vectors import remembered_vectors, vectors_key

BEHAVIOUR = ROOT / "tests" / "behaviour"
CONVERSATIONS = ROOT / "tests" / "conversations"
# A Wednesday afternoon: MK ACT is open, no edge of the hours is near.
NOW = "2026-11-25T14:10:00+00:00"
# What the answers to the tests rest on besides the model.
TESTED_WITH = (
    "tests/behaviour/*.yml",
    "tests/conversations/*",
    "directory/*.yml",
    "actions/*.py",
    "signpost/**/*.py",
)
RESULTS_ENDING = ".results.json"
METHOD = (
    "heads fitted on the other topic files; the encoder had seen all of them, "
    "so these figures serve to compare models, not to promise"
)


def answers(model: Model, log: Path) -> Results:
    """Run behaviour tests and dialogues with a bot of this model.

    The results are saved beside it, as long as tests and code stay the same.

    Raises:
        BotError: the bot did not start.
    """
    tested_with = tests_hash()
    saved = saved_results(model)
    if saved.tested_with == tested_with:
        return saved
    with running_bot(log, model=model.path) as address:
        behaviour = _behaviour(address)
        conversations = [read_conversation(path) for path in conversation_files(CONVERSATIONS)]
        problems = run_all(conversations, address)
    expected_to_fail = not_yet_understood(CONVERSATIONS)
    found = {
        entry.name: DialogueResult(entry.title, tuple(problems[entry.name]), entry.name in expected_to_fail)
        for entry in conversations
    }
    results = replace(saved_results(model), tested_with=tested_with, behaviour=behaviour, conversations=found)
    return _save(model, results)


def _behaviour(address: str) -> dict[str, tuple[TextResult, ...]]:
    """By capability the result of each text."""
    cases = read_cases(BEHAVIOUR)
    found: dict[str, list[TextResult]] = {}
    for case, predicted in zip(cases, ask(address, as_messages(cases), NOW)):
        wanted = case.expect.get("urgency")
        danger = wanted is not None and "none" not in (wanted if isinstance(wanted, list) else [wanted])
        found.setdefault(case.capability, []).append(
            TextResult(case.text, danger, predicted.urgency != "none", tuple(unmet(case, predicted)))
        )
    return {capability: tuple(results) for capability, results in found.items()}


def tests_hash() -> str:
    """Hash of all tests and of the code around the model."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in TESTED_WITH for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def saved_results(model: Model) -> Results:
    """What ``answers`` and ``cross_validation`` saved of a model before; empty if nothing can be read."""
    try:
        text = beside(model.path, RESULTS_ENDING).read_text(encoding="utf-8")
        return from_json(Results, text)
    except (OSError, ValueError):
        return Results(model.name)


def _save(model: Model, results: Results) -> Results:
    write_whole(beside(model.path, RESULTS_ENDING), as_json(results))
    return results


def cross_validation(
    model: Model,
    messages: Sequence[LabelledMessage],
    on_progress: Callable[[float], None] = lambda proportion: None,
) -> CrossValidation:
    """Predict each message's labels by heads that did not see its topic file, on the model's own encoder.

    The results are saved beside the model. ``on_progress`` is called with the proportion done.
    """
    saved = saved_results(model).cross_validation
    if saved is not None:
        return saved
    features = _features(model, messages)
    scores, intent_danger, rows = [], [], []
    folds = folds_of(messages)
    for number, (learn, unseen) in enumerate(folds, start=1):
        fold_scores, fold_danger = predict_fold(
            features[learn], [messages[row] for row in learn], features[unseen]
        )
        rows.append(unseen)
        scores.append(fold_scores)
        intent_danger.append(fold_danger)
        on_progress(number / len(folds))
    out_of_fold = OutOfFold(np.concatenate(rows), np.concatenate(scores), np.concatenate(intent_danger))
    predicted, _ = read_out_of_fold(out_of_fold, messages, _understanding(model))
    seen = [messages[row] for row in out_of_fold.rows]
    found = CrossValidation(
        n=len(seen),
        method=METHOD,
        danger=danger_scores(seen, predicted),
        macro_f1={label: round(macro_f1(table), 4) for label, table in label_scores(seen, predicted).items()},
        danger_messages={
            id_of(message): entry.urgency
            for message, entry in zip(seen, predicted)
            if message.yes_no["danger"]
        },
    )
    _save(model, replace(saved_results(model), cross_validation=found))
    return found


def id_of(message: LabelledMessage) -> str:
    """The same for a message with the same words in every model's data."""
    return hashlib.sha256(message.text.encode()).hexdigest()[:16]


def _understanding(model: Model) -> Understanding:
    plain: Any = model.card
    return Understanding(Calibration(**plain.calibration), Thresholds(**plain.thresholds))


def _features(model: Model, messages: Sequence[LabelledMessage]) -> np.ndarray:
    """Shape (messages, 768 + signals), as the model's heads see them."""
    nlp, texts = build_pipeline(), [clean(message.text) for message in messages]
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model.path) as archive:
        for member in archive.getmembers():
            if "SentenceEncoder" in member.name and member.isfile():
                member.name = Path(member.name).name
                archive.extract(member, folder)
        encoder = SentenceEncoder(layers=Path(folder))
        windows = remembered_vectors(encoder, vectors_key(Path(folder)), texts)
    signals = np.array([list(read_signals(nlp(text), text).values()) for text in texts], np.float32)
    return np.hstack([np.stack([vectors.max(axis=0) for vectors in windows]), signals])
