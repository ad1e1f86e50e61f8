"""`make train`, `make compare`, `make promote`, `make rollback` and `make models`; see docs/retraining.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from signpost.cli.command import command
from signpost.files import ROOT
from signpost.learning.curation.advice import advise, troubles_of
from signpost.learning.curation.assessment import read_topics
from signpost.learning.evaluation.comparison import table, write_page
from signpost.learning.evaluation.gate import Objection, in_common, objections
from signpost.learning.evaluation.model_results import (
    CONVERSATIONS,
    answers,
    cross_validation,
    id_of,
    saved_results,
)
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import (
    CARD_ENDING,
    GateDecision,
    Model,
    beside,
    find_model,
    in_use,
    list_models,
    name_of,
    prune,
    put_in_use,
    read_card,
    roll_back,
)
from signpost.learning.results import Results
from signpost.learning.scenarios import conversation_files, read_conversation
from signpost.learning.training.train import (
    FIRST,
    messages_of,
    open_if_whole,
    runs_here,
    train,
    tree_model,
)
from signpost.progress import shown

PAGE = ROOT / "reports" / "comparison.html"


def train_candidate(*, quick: bool) -> int:
    """Train the tree's model and, unless ``quick``, cross-validate it.

    Only the first model of a fresh clone is put in use at once.
    """
    model = train()
    if not quick and model.card.scores is None:
        model = _cross_validate(model)
    used = in_use(code_hash())
    if in_use() is None:
        put_in_use(model, note=FIRST)
        _say(f"{model.name} is in use now: it is the first model here.")
    elif used == model.path:
        _say(f"{model.name} is the model in use.")
    elif used is None:
        _say(
            f"{model.name} is a candidate. No model in use was trained with this code: bots of this code "
            "start once one is promoted. Next: `make compare`."
        )
    else:
        _say(f"{model.name} is a candidate; {name_of(used)} stays in use. Next: `make compare`.")
    return 0


def _cross_validate(model: Model) -> Model:
    """Add the scores to a model's card; without the messages that it was trained on there are none."""
    messages = messages_of(model)
    if messages is None:
        return model
    with shown({"cross-validation": 1.0}, quiet=not sys.stderr.isatty()) as bar:
        found = cross_validation(model, messages, partial(bar.on_progress, "cross-validation"))
    return model.with_card(replace(model.card, scores=found.scores()))


@dataclass(frozen=True)
class _Comparison:
    """Results of the model in use (None if there are none) and of the candidate, with the objections."""

    used: Results | None
    candidate: Results
    objections: list[Objection]


def _compare(candidate: Model, *, quick: bool) -> _Comparison:
    pointed, saved = in_use(code_hash()) or in_use(), None
    used = open_if_whole(pointed)
    if pointed is not None and (used is None or not runs_here(used)):
        used, saved = None, saved_results(pointed)
        _say(
            f"{name_of(pointed)}, the model in use, does not run with this code: "
            + (
                "the candidate is compared with what it did with its own."
                if saved.behaviour
                else "there is nothing to compare with."
            )
        )
    models = [model for model in (used, candidate) if model is not None]
    if not quick:
        for model in models:
            _cross_validate(model)
    _say("Running the behaviour and conversation tests with " + " and ".join(m.name for m in models) + ".")
    logs = ROOT / "reports"
    logs.mkdir(exist_ok=True)
    with ThreadPoolExecutor(len(models)) as together:
        results = list(together.map(lambda model: answers(model, logs / f"{model.name}.log"), models))
    known = {id_of(message): message.text for model in models for message in messages_of(model) or ()}
    after = results[-1]
    before = results[0] if used else None
    if saved is not None and saved.behaviour:
        before, after = in_common(saved, after), in_common(after, saved)
    against = objections(before, after, known)
    cards = {"used": _card_row(used) if used else None, "candidate": _card_row(candidate)}
    write_page(PAGE, before, after, against, cards)
    return _Comparison(before, after, against)


def _card_row(model: Model) -> dict[str, object]:
    card = model.card
    return {
        "name": model.name,
        "trained_on": card.trained_on,
        "messages": card.data.messages,
        "encoder": card.encoder.sha256[:12] or "not tuned",
        "sha256": card.sha256[:12],
    }


def compare(name: str | None, *, quick: bool) -> int:
    """Print the table and the objections to the candidate; write the page."""
    candidate = _candidate(name)
    if candidate is None:
        return 1
    compared = _compare(candidate, quick=quick)
    _say("\n" + table(compared.used, compared.candidate))
    against = compared.objections
    _say(
        "\n"
        + (
            _verdict(against) + _advice(compared, candidate)
            if against
            else "Nothing stands against the candidate: `make promote`."
        )
    )
    _say(f"\nEvery sentence: {_short(PAGE)}")
    return 0


def promote(name: str | None, *, anyway: str | None, quick: bool) -> int:
    """Put the candidate in use if nothing stands against it, or with a reason anyway."""
    candidate = _candidate(name)
    if candidate is None:
        return 1
    compared = _compare(candidate, quick=quick)
    against = compared.objections
    if against and not anyway:
        _say("Not promoted.\n" + _verdict(against) + _advice(compared, candidate))
        _say(f'\nEvery sentence: {_short(PAGE)}\nIf you must: make promote ANYWAY="why"')
        return 1
    note = f"promoted anyway: {anyway}" if against else "promoted: nothing stood against it"
    decision = GateDecision(
        on=date.today().isoformat(),
        against=compared.used.model if compared.used else None,
        quick=quick,
        objections=tuple(entry.reason for entry in against),
        anyway=anyway if against else None,
    )
    # comparing may have added the scores to the card
    card = read_card(candidate.path)
    put_in_use(replace(candidate, card=replace(card, gate=(*card.gate, decision))), note=note)
    for gone in prune(spared=tree_model()):
        _say(f"{gone} was deleted: nobody goes back that far.")
    _say(
        f"{candidate.name} is in use now ({note}). Running bots switch to it within seconds. "
        "`make rollback` goes back."
    )
    return 0


def _verdict(against: Sequence[Objection]) -> str:
    return "\n".join(["This stands against the candidate:", *map(str, against)])


def _advice(compared: _Comparison, candidate: Model) -> str:
    """What to write, and where thresholds rather than messages are to blame."""
    said = {path.stem: _turns(path) for path in conversation_files(CONVERSATIONS)}
    texts = [text for entry in compared.objections for text in entry.texts]
    thresholds: Mapping[str, Any] = candidate.card.thresholds
    troubles = troubles_of(texts, compared.candidate, said)
    advice = "\n\nWhat to do:\n" + advise(troubles, read_topics(), thresholds["check"]) if troubles else ""
    used = in_use(code_hash())
    if used and read_card(used).thresholds != thresholds:
        advice += (
            "\nThe candidate has other thresholds than the model in use: part of what has changed may be "
            "theirs, and `make tune` chooses them anew."
        )
    return advice


def _turns(path: Path) -> list[str]:
    return [turn.say or "" for turn in read_conversation(path).turns]


def _candidate(name: str | None) -> Model | None:
    """The model to be promoted, by name or the tree's own; None, and the reason printed, if there is none."""
    path = find_model(name) if name else tree_model()
    candidate = open_if_whole(path)
    if path.exists() and not beside(path, CARD_ENDING).exists():
        _say(
            f"{name_of(path)} has no card: it was trained by `rasa train` and never tested. "
            "`make train` trains a model that can be promoted."
        )
    elif candidate is None:
        _say("There is no model of the training messages as they stand: `make train` first.")
    elif not runs_here(candidate):
        _say(f"{candidate.name} was trained with other code and does not run with this: `make train`.")
    elif path == in_use(code_hash()):
        _say(f"{candidate.name} is the model in use already. Change data/nlu, then `make train`.")
    else:
        return candidate
    return None


def rollback(reason: str | None) -> int:
    """Go back to the model that was in use before."""
    left = in_use(code_hash())
    model = roll_back(
        code=code_hash(),
        note=f"went back from {name_of(left) if left else 'a model that is gone'}"
        + (f": {reason}" if reason else ""),
    )
    _say(f"{model.name} is in use again. Running bots switch to it within seconds.")
    return 0


def show_models() -> int:
    """List all models, the newest first."""
    used_by_others = in_use()
    for model in list_models(code_hash()):
        card = model.card
        data = (
            f"trained on {card.trained_on} from {card.data.messages} messages"
            if card
            else "no card: untested, so it cannot be promoted (`rasa train` makes such models)"
        )
        if card and card.code_sha256 != code_hash():
            data += ", with other code" + (
                ", in use for bots of that code" if model.path == used_by_others else ""
            )
        _say(f"{'in use  ' if model.in_use else '        '}{model.name}  {data}")
        for entry in card.put_in_use[-1:] if card else ():
            _say(f"            {entry.at}: {entry.note}")
    return 0


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _say(text: str) -> None:
    print(text, flush=True)


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("train", help="train a candidate from the tree as it stands").add_argument(
        "--quick", action="store_true", help="without cross-validation"
    )
    for name, text in (
        ("compare", "the candidate against the model in use"),
        ("promote", "put the candidate in use if nothing stands against it"),
    ):
        parsed = commands.add_parser(name, help=text)
        parsed.add_argument("--candidate", help="a model's name; without it that of the tree as it stands")
        parsed.add_argument("--quick", action="store_true", help="without cross-validation")
        if name == "promote":
            parsed.add_argument(
                "--anyway",
                metavar="REASON",
                help="promote although something stands against it; the reason goes into the card",
            )
    commands.add_parser("rollback", help="go back to the model in use before").add_argument("--reason")
    commands.add_parser("models", help="list the models")
    options = parser.parse_args(arguments)
    if options.command == "compare":
        return compare(options.candidate, quick=options.quick)
    if options.command == "promote":
        return promote(options.candidate, anyway=(options.anyway or "").strip() or None, quick=options.quick)
    if options.command == "rollback":
        return rollback(options.reason)
    return train_candidate(quick=options.quick) if options.command == "train" else show_models()


if __name__ == "__main__":
    sys.exit(main())
