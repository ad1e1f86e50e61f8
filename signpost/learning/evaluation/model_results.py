"""What one trained model gets right.

A real bot runs behaviour tests and dialogues; cross-validation of the model's heads measures the labels.
Figures of two models are compared only if both were measured with the same tests and the same code around the
model.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Iterator, Sequence

from signpost.files import ROOT, write_whole
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.behaviour import as_messages, read_cases, unmet
from signpost.learning.evaluation.crossvalidate import FOLDS, OutOfFold, predict_folds, read_out_of_fold
from signpost.learning.evaluation.measure import danger_scores, label_scores, macro_f1
from signpost.learning.registry import Model, beside, name_of
from signpost.learning.results import CrossValidation, DialogueResult, Results, TextResult, as_json, from_json
from signpost.learning.scenarios import conversation_files, not_yet_understood, read_conversation, run_all
from signpost.processes import running_bot
from signpost.understanding.decision import DANGER, Thresholds, Understanding
from signpost.understanding.encoder import SentenceEncoder
from signpost.understanding.features import Encode, words_of
from signpost.understanding.heads import Calibration
from signpost.understanding.labels import LabelledMessage
from signpost.understanding.pipeline import build_pipeline
from signpost.understanding.vectors import remembered_vectors, vectors_key

BEHAVIOUR = ROOT / "tests" / "behaviour"
CONVERSATIONS = ROOT / "tests" / "conversations"
# The numbers and hours that the conversations expect, whatever people have edited in directory/ since.
TESTED_DIRECTORY = ROOT / "tests" / "support" / "directory"
# A Wednesday afternoon: MK ACT is open, no edge of the hours is near.
NOW = "2026-11-25T14:10:00+00:00"
# What the answers to the tests rest on besides the model.
TESTED_WITH = (
    "tests/behaviour/*.yml",
    "tests/conversations/**/*",
    "tests/support/directory/*.yml",
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
    saved = saved_results(model.path)
    if saved.tested_with == tested_with:
        return saved
    # what this bot keeps for bad times stays beside its log: people must never be answered with it
    settings = {"SIGNPOST_DIRECTORY": str(TESTED_DIRECTORY), "SIGNPOST_KEPT": str(log.parent / "kept")}
    with running_bot(log, model=model.path, environment=settings) as address:
        behaviour = _behaviour(address)
        conversations = [read_conversation(path) for path in conversation_files(CONVERSATIONS)]
        problems = run_all(conversations, address)
    expected_to_fail = not_yet_understood(CONVERSATIONS)
    found = {
        entry.name: DialogueResult(entry.title, tuple(problems[entry.name]), entry.name in expected_to_fail)
        for entry in conversations
    }
    results = replace(
        saved_results(model.path), tested_with=tested_with, behaviour=behaviour, conversations=found
    )
    return _save(model, results)


def _behaviour(address: str) -> dict[str, tuple[TextResult, ...]]:
    """By capability the result of each text."""
    cases = read_cases(BEHAVIOUR)
    found: dict[str, list[TextResult]] = {}
    for case, predicted in zip(cases, ask(address, as_messages(cases), NOW)):
        wanted = case.expect.get("urgency")
        danger = wanted is not None and "none" not in (wanted if isinstance(wanted, list) else [wanted])
        found.setdefault(case.capability, []).append(
            TextResult(
                text=case.text,
                danger=danger,
                found=predicted.urgency != "none",
                problems=tuple(unmet(case, predicted)),
                danger_chance=predicted.confidence.get(DANGER.key),
                expect=dict(case.expect),
            )
        )
    return {capability: tuple(results) for capability, results in found.items()}


def tests_hash() -> str:
    """Hash of all tests and of the code around the model."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in TESTED_WITH for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def saved_results(model: Path) -> Results:
    """What ``answers`` and ``cross_validation`` saved of a model before; empty if nothing can be read."""
    try:
        text = beside(model, RESULTS_ENDING).read_text(encoding="utf-8")
        return from_json(Results, text)
    except (OSError, ValueError):
        return Results(name_of(model))


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
    saved = saved_results(model.path).cross_validation
    if saved is not None:
        return saved
    nlp = build_pipeline()
    words = words_of(nlp, [message.text for message in messages])
    folds: list[OutOfFold] = []
    with _encoder(model) as encode:
        for fold in predict_folds(messages, words, lambda learned: encode):
            folds.append(fold)
            on_progress(len(folds) / FOLDS)
    out_of_fold = OutOfFold.join(folds)
    predicted, _ = read_out_of_fold(out_of_fold, messages, _understanding(model), nlp)
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
    _save(model, replace(saved_results(model.path), cross_validation=found))
    return found


def id_of(message: LabelledMessage) -> str:
    """The same for a message with the same words in every model's data."""
    return hashlib.sha256(message.text.encode()).hexdigest()[:16]


def _understanding(model: Model) -> Understanding:
    plain: Any = model.card
    return Understanding(Calibration(**plain.calibration), Thresholds(**plain.thresholds))


@contextmanager
def _encoder(model: Model) -> Iterator[Encode]:
    """The encoder in a model's file."""
    with TemporaryDirectory() as name, tarfile.open(model.path) as archive:
        folder = Path(name)
        for member in archive:
            content = archive.extractfile(member) if "SentenceEncoder" in member.name else None
            if content is not None:
                with (folder / Path(member.name).name).open("wb") as file:
                    shutil.copyfileobj(content, file)
        encoder, key = SentenceEncoder(layers=folder), vectors_key(folder)
        yield lambda texts: remembered_vectors(encoder, key, texts)
