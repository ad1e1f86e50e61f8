"""`make train`, `make compare`, `make promote`, `make rollback`, `make models`; docs/retraining.md walks through them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from signpost.cli.command import command
from signpost.files import ROOT
from signpost.learning.curation.advice import advise, troubles_of
from signpost.learning.curation.assessment import read_topics
from signpost.learning.evaluation.comparison import table, write_page
from signpost.learning.evaluation.gate import Objection, Results, in_common, objections
from signpost.learning.evaluation.model_results import (
    CONVERSATIONS,
    answers,
    cross_validation,
    id_of,
    kept_results,
)
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import (
    beside,
    find_model,
    in_use,
    list_models,
    name_of,
    prune,
    put_in_use,
    read_card,
    roll_back,
    write_card,
)
from signpost.learning.scenarios import conversation_files, read_conversation
from signpost.learning.training.train import is_whole, messages_of, runs_here, train, tree_model
from signpost.progress import shown

PAGE = ROOT / "reports" / "comparison.html"


def train_candidate(*, quick: bool) -> int:
    """Train the tree's model and, unless ``quick``, cross-validate it; only the first model of a fresh clone is put in use at once."""
    model = train()
    if not quick and not read_card(model).get("scores"):
        _cross_validate(model)
    used = in_use(code_hash())
    if in_use() is None:
        put_in_use(model, note="the first model")
        _say(f"{name_of(model)} is in use now: it is the first model here.")
    elif used == model:
        _say(f"{name_of(model)} is the model in use.")
    elif used is None:
        _say(
            f"{name_of(model)} is a candidate. No model in use was trained with this code: bots of this code start "
            "once one is promoted. Next: `make compare`."
        )
    else:
        _say(f"{name_of(model)} is a candidate; {name_of(used)} stays in use. Next: `make compare`.")
    return 0


def _cross_validate(model: Path) -> None:
    """Add the scores to a model's card; without the messages that it was trained on there are none."""
    messages = messages_of(model)
    if messages is None:
        return
    with shown({"cross-validation": 1.0}, quiet=not sys.stderr.isatty()) as bar:
        found = cross_validation(model, messages, lambda share: bar.tell("cross-validation", share))
    write_card(
        model,
        {
            **read_card(model),
            "scores": {key: value for key, value in found.items() if key != "danger_messages"},
        },
    )


def _compared(candidate: Path, *, quick: bool) -> tuple[Results | None, Results, list[Objection]]:
    """Results of the model in use (None where there are none) and of the candidate, and what stands against it."""
    used, kept = in_use(code_hash()), None
    if used is None and (other := in_use()) is not None:
        kept = kept_results(other)
        _say(
            f"{name_of(other)}, the model in use, does not run with this code: "
            + (
                "the candidate is held against what it did with its own."
                if kept.get("behaviour")
                else "there is nothing to compare with."
            )
        )
    models = [model for model in (used, candidate) if model is not None]
    if not quick:
        for model in models:
            _cross_validate(model)
    _say("Holding the behaviour and conversation tests with " + " and ".join(map(name_of, models)) + ".")
    logs = ROOT / "reports"
    logs.mkdir(exist_ok=True)
    with ThreadPoolExecutor(len(models)) as together:
        results = list(together.map(lambda model: answers(model, logs / f"{name_of(model)}.log"), models))
    known = {id_of(message): message.text for model in models for message in messages_of(model) or ()}
    after = results[-1]
    before = results[0] if used else None
    if kept and kept.get("behaviour"):
        before, after = in_common(kept, after), in_common(after, kept)
    against = objections(before, after, known)
    cards = {"used": _card_row(used) if used else None, "candidate": _card_row(candidate)}
    write_page(PAGE, before, after, against, cards)
    return before, after, against


def _card_row(model: Path) -> dict[str, Any]:
    card = read_card(model)
    encoder = card["encoder"].get("sha256", "not tuned")[:12]
    return {
        "name": name_of(model),
        "trained_on": card["trained_on"],
        "messages": card["data"]["messages"],
        "encoder": encoder,
        "sha256": card["sha256"][:12],
    }


def compare(name: str | None, *, quick: bool) -> int:
    """Print the table and what stands against the candidate; write the page."""
    candidate = _candidate(name)
    if candidate is None:
        return 1
    before, after, against = _compared(candidate, quick=quick)
    _say("\n" + table(before, after))
    _say(
        "\n"
        + (
            _verdict(against) + _advice(against, after, candidate)
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
    before, after, against = _compared(candidate, quick=quick)
    if against and not anyway:
        _say("Not promoted.\n" + _verdict(against) + _advice(against, after, candidate))
        _say(f'\nEvery sentence: {_short(PAGE)}\nIf you must: make promote ANYWAY="why"')
        return 1
    note = f"promoted anyway: {anyway}" if against else "promoted: nothing stood against it"
    card = read_card(candidate)
    gate = {
        "on": date.today().isoformat(),
        "against": before["model"] if before else None,
        "quick": quick,
        "objections": [entry.reason for entry in against],
        "anyway": anyway if against else None,
    }
    write_card(candidate, {**card, "gate": [*card.get("gate", []), gate]})
    put_in_use(candidate, note=note)
    for gone in prune(spared=tree_model()):
        _say(f"{gone} was deleted: nobody goes back that far.")
    _say(
        f"{name_of(candidate)} is in use now ({note}). Running bots take it over by themselves within seconds. `make rollback` goes back."
    )
    return 0


def _verdict(against: Sequence[Objection]) -> str:
    return "\n".join(["This stands against the candidate:", *map(str, against)])


def _advice(against: Sequence[Objection], after: Results, candidate: Path) -> str:
    """What to write, and where thresholds rather than messages are to blame."""
    card, used = read_card(candidate), in_use(code_hash())
    said = {path.stem: _turns(path) for path in conversation_files(CONVERSATIONS)}
    texts = [text for entry in against for text in entry.texts]
    told = "\n\nWhat to do:\n" + advise(
        troubles_of(texts, after, said), read_topics(), card["thresholds"]["check"]
    )
    if used and read_card(used)["thresholds"] != card["thresholds"]:
        told += (
            "\nThe candidate has other thresholds than the model in use: part of what has changed may be theirs, "
            "and `make tune` chooses them anew."
        )
    return told


def _turns(path: Path) -> list[str]:
    return [turn.say or "" for turn in read_conversation(path).turns]


def _candidate(name: str | None) -> Path | None:
    """The model to be promoted, by name or the tree's own; None, and the reason told, where there is none."""
    candidate = find_model(name) if name else tree_model()
    if candidate.exists() and not beside(candidate, ".json").exists():
        _say(
            f"{name_of(candidate)} has no card: it was trained by `rasa train`, and no test was held with it. "
            "`make train` trains a model that can be promoted."
        )
    elif not is_whole(candidate):
        _say("There is no model of the training messages as they stand: `make train` first.")
    elif not runs_here(candidate):
        _say(f"{name_of(candidate)} was trained with other code and does not run with this: `make train`.")
    elif candidate == in_use(code_hash()):
        _say(f"{name_of(candidate)} is the model in use already. Change data/nlu, then `make train`.")
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
    _say(f"{name_of(model)} is in use again. Running bots take it over by themselves within seconds.")
    return 0


def show_models() -> int:
    """List all models, the newest first."""
    used_by_others = in_use()
    for model in list_models(code_hash()):
        data = (
            f"trained on {model.card['trained_on']} from {model.card['data']['messages']} messages"
            if model.card
            else "without a card: untested, so it cannot be promoted (`rasa train` makes such models)"
        )
        if model.card and model.card.get("code_sha256") != code_hash():
            data += ", with other code" + (
                ", in use for bots of that code" if model.path == used_by_others else ""
            )
        _say(f"{'in use  ' if model.in_use else '        '}{model.name}  {data}")
        for entry in (model.card or {}).get("put_in_use", [])[-1:]:
            _say(f"            {entry['at']}: {entry['note']}")
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
