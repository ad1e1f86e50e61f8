"""What one trained model gets right: behaviour tests and dialogues by a real bot, labels by cross-validation of its heads.

Figures of two models are compared only where both were taken in the same way: with the same tests and the same code around the model.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import numpy as np

from signpost.files import ROOT
from signpost.learning.evaluation.asking import ask
from signpost.learning.evaluation.behaviour import as_messages, read_cases, unmet
from signpost.learning.evaluation.crossvalidate import OutOfFold, folds_of, predict_fold, read_out_of_fold
from signpost.learning.evaluation.measure import danger_scores, label_scores, macro_f1
from signpost.learning.registry import beside, name_of, read_card
from signpost.learning.scenarios import conversation_files, hold_all, not_yet_understood, read_conversation
from signpost.processes import running_bot
from signpost.understanding.decision import DANGER, Thresholds, Understanding
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
METHOD = "heads fitted on the other topic files; the encoder had seen all of them, so these figures serve to compare models, not to promise"


def answers(model: Path, log: Path) -> dict[str, Any]:
    """Behaviour tests and dialogues held with a bot of this model; kept beside it as long as tests and code stay as they are.

    Raises:
        BotError: the bot did not start.
    """
    tested_with = tests_hash()
    kept = kept_results(model)
    if kept.get("tested_with") == tested_with:
        return kept
    with running_bot(log, model=model) as address:
        behaviour = _behaviour(address)
        conversations = [read_conversation(path) for path in conversation_files(CONVERSATIONS)]
        problems = hold_all(conversations, address)
    expected_to_fail = not_yet_understood(CONVERSATIONS)
    told = {
        entry.name: {
            "title": entry.title,
            "problems": problems[entry.name],
            "not_yet": entry.name in expected_to_fail,
        }
        for entry in conversations
    }
    return keep_results(
        model,
        {"model": name_of(model), "tested_with": tested_with, "behaviour": behaviour, "conversations": told},
    )


def _behaviour(address: str) -> dict[str, list[dict[str, Any]]]:
    """By capability each text: whether danger is expected and was found, and what was not met."""
    cases = read_cases(BEHAVIOUR)
    told: dict[str, list[dict[str, Any]]] = {}
    for case, predicted in zip(cases, ask(address, as_messages(cases), NOW)):
        wanted = case.expect.get("urgency")
        danger = wanted is not None and "none" not in (wanted if isinstance(wanted, list) else [wanted])
        told.setdefault(case.capability, []).append(
            {
                "text": case.text,
                "danger": danger,
                "found": predicted.urgency != "none",
                "danger_chance": predicted.confidence.get(DANGER.key),
                "expect": dict(case.expect),
                "problems": unmet(case, predicted),
            }
        )
    return told


def tests_hash() -> str:
    """Hash of all tests and of the code around the model."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in TESTED_WITH for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def kept_results(model: Path) -> dict[str, Any]:
    """What ``answers`` and ``cross_validation`` kept of a model before; empty where nothing was."""
    path = beside(model, RESULTS_ENDING)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def keep_results(model: Path, results: Mapping[str, Any]) -> dict[str, Any]:
    """Add results to those that are kept; returns all."""
    merged = {**kept_results(model), **results}
    beside(model, RESULTS_ENDING).write_text(
        json.dumps(merged, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return merged


def cross_validation(
    model: Path, messages: Sequence[LabelledMessage], tell: Callable[[float], None] = lambda share: None
) -> dict[str, Any]:
    """Labels of each message by heads that did not see its topic file, on the vectors of the model's own encoder; kept beside the model.

    Returns ``n``, ``method``, ``danger`` (shares), ``macro_f1`` by label, and ``danger_messages``: by message id what urgency was read.
    """
    kept = kept_results(model).get("cross_validation")
    if kept:
        return dict(kept)
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
        tell(number / len(folds))
    out_of_fold = OutOfFold(np.concatenate(rows), np.concatenate(scores), np.concatenate(intent_danger))
    predicted, _ = read_out_of_fold(out_of_fold, messages, _understanding(model))
    seen = [messages[row] for row in out_of_fold.rows]
    found = {
        "n": len(seen),
        "method": METHOD,
        "danger": danger_scores(seen, predicted),
        "macro_f1": {
            label: round(macro_f1(table), 4) for label, table in label_scores(seen, predicted).items()
        },
        "danger_messages": {
            id_of(message): entry.urgency
            for message, entry in zip(seen, predicted)
            if message.yes_no["danger"]
        },
    }
    keep_results(model, {"cross_validation": found})
    return found


def id_of(message: LabelledMessage) -> str:
    """The same for a message with the same words in every model's data."""
    return hashlib.sha256(message.text.encode()).hexdigest()[:16]


def _understanding(model: Path) -> Understanding:
    card = read_card(model)
    return Understanding(Calibration(**card["calibration"]), Thresholds(**card["thresholds"]))


def _features(model: Path, messages: Sequence[LabelledMessage]) -> np.ndarray:
    """Shape (messages, 768 + signals), as the model's heads see them."""
    nlp, texts = build_pipeline(), [clean(message.text) for message in messages]
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        for member in archive.getmembers():
            if "SentenceEncoder" in member.name and member.isfile():
                member.name = Path(member.name).name
                archive.extract(member, folder)
        encoder = SentenceEncoder(layers=Path(folder))
        windows = remembered_vectors(encoder, vectors_key(Path(folder)), texts)
    signals = np.array([list(read_signals(nlp(text), text).values()) for text in texts], np.float32)
    return np.hstack([np.stack([vectors.max(axis=0) for vectors in windows]), signals])
