"""Nothing goes live but by `make promote`, the first model of a fresh clone excepted; a bot refuses a model
of other code."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import signpost.cli.models
import signpost.learning.loaded_code
import signpost.learning.training.train
import signpost.serving.app
from signpost.learning.evaluation.gate import in_common, objections
from signpost.learning.loaded_code import RUNS_WITH, code_hash
from signpost.learning.registry import (
    KEPT_FOR_S,
    MAX_KEPT,
    Card,
    Model,
    OtherCodeError,
    TrainingData,
    beside,
    file_sha256,
    in_use,
    list_models,
    open_model,
    prune,
    put_in_use,
    roll_back,
    write_card,
)
from signpost.learning.results import DangerScores, Proportion, Results, Scores, TextResult
from signpost.learning.training.train import LEARNED_FROM, model_to_run, runs_here
from signpost.serving.last_good import keep_model
from signpost.serving.runtime.agents import load_beside

ROOT = Path(__file__).parent.parent
OTHER = "0" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, as a fresh clone has it."""
    monkeypatch.setenv("SIGNPOST_MODELS", str(tmp_path))
    monkeypatch.setenv("SIGNPOST_KEPT", str(tmp_path / "kept"))
    return tmp_path


NOTHING = Proportion(0, 0)


def made(folder: Path, name: str, code: str) -> Model:
    """A model's file and its card."""
    path = folder / f"signpost-{name}.tar.gz"
    path.write_bytes(name.encode())
    scores = Scores(1, "made up", DangerScores(NOTHING, NOTHING, NOTHING, NOTHING), {})
    card = Card(file_sha256(path), "2026-11-25", data=TrainingData(1), scores=scores, code_sha256=code)
    write_card(path, card)
    return Model(path, card)


@pytest.fixture
def trained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """What a training of this tree gives, without the minutes that it takes."""
    model = made(folder, "trained", code_hash())
    for module in (signpost.cli.models, signpost.learning.training.train):
        monkeypatch.setattr(module, "train", lambda: model)
        monkeypatch.setattr(module, "tree_model", lambda: model.path)
    yield model


def test_the_code_is_that_which_was_loaded_not_that_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "signpost" / "errors.py"
    file.parent.mkdir()
    file.write_text("old", encoding="utf-8")
    monkeypatch.setattr(signpost.learning.loaded_code, "ROOT", tmp_path)
    code_hash.cache_clear()
    try:
        loaded = code_hash()
        file.write_text("new", encoding="utf-8")
        assert code_hash() == loaded
        code_hash.cache_clear()
        assert code_hash() != loaded, "a process that starts now has loaded other code"
    finally:
        code_hash.cache_clear()


def test_the_bot_takes_the_hash_before_it_loads_what_is_hashed() -> None:
    program = (
        "import sys, runpy, signpost.learning.loaded_code as loaded\n"
        "names = ('signpost.nlu', 'rasa', 'signpost.understanding')\n"
        "early = lambda: [name for name in sys.modules if name.startswith(names)]\n"
        "loaded.code_hash = lambda: (print(early()), sys.exit(3))\n"
        "runpy.run_module('signpost.serving', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (3, "[]"), done.stderr


def test_an_answer_or_a_rule_takes_effect_by_promotion_and_needs_no_restart() -> None:
    """They lie in the model's file."""
    assert {"domain.yml", "data/rules/*.yml"} <= set(LEARNED_FROM) - set(RUNS_WITH)


def test_the_first_model_of_a_fresh_clone_is_used(trained: Model) -> None:
    assert model_to_run() == trained.path == in_use()


def test_training_puts_the_first_model_in_use_and_no_other(
    folder: Path, trained: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    assert signpost.cli.models.main(["train"]) == 0
    assert in_use() == trained.path
    put_in_use(made(folder, "before", code_hash()), note="n")
    assert signpost.cli.models.main(["train"]) == 0
    assert in_use() == folder / "signpost-before.tar.gz"
    assert "signpost-trained is a candidate" in capsys.readouterr().out


def test_training_with_other_code_puts_nothing_in_use(
    folder: Path, trained: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made(folder, "before", OTHER)
    put_in_use(before, note="n")
    assert signpost.cli.models.main(["train"]) == 0
    assert in_use() == before.path and in_use(code_hash()) is None
    assert "No model in use was trained with this code" in capsys.readouterr().out


def test_running_with_other_code_puts_nothing_in_use_and_says_what_does(folder: Path, trained: Model) -> None:
    before = made(folder, "before", OTHER)
    put_in_use(before, note="n")
    with pytest.raises(OtherCodeError, match="make promote"):
        model_to_run()
    assert in_use() == before.path


async def at_start(model: Path) -> None:
    app: Any = SimpleNamespace(ctx=SimpleNamespace())
    await signpost.serving.app._load(model, None, app, asyncio.get_running_loop())


async def as_the_last_good_copy(model: Path) -> None:
    keep_model(model, Path(os.environ["SIGNPOST_KEPT"]))
    await at_start(model.with_name("gone.tar.gz"))


async def at_take_over(model: Path) -> None:
    running: Any = SimpleNamespace(lock_store=None, action_endpoint=None)
    await load_beside(await asyncio.to_thread(open_model, model, code=code_hash()), running)


@pytest.mark.parametrize("used", [at_start, as_the_last_good_copy, at_take_over])
async def test_a_bot_refuses_a_model_of_other_code(folder: Path, used: Any) -> None:
    with pytest.raises(OtherCodeError, match="other code"):
        await used(made(folder, "other", OTHER).path)


async def test_a_bot_without_a_model_of_its_code_says_what_to_do(folder: Path) -> None:
    put_in_use(made(folder, "other", OTHER), note="n")
    with pytest.raises(Exception, match="make promote"):
        await at_start(folder / "in-use")


def test_old_and_new_code_each_have_their_model_while_one_takes_the_others_place(folder: Path) -> None:
    old, new = made(folder, "old", OTHER), made(folder, "new", code_hash())
    put_in_use(old, note="n")
    put_in_use(new, note="n")
    assert (
        in_use(OTHER) == old.path
        and in_use(code_hash()) == new.path
        and runs_here(new)
        and not runs_here(old)
    )
    newer = made(folder, "newer", code_hash())
    put_in_use(newer, note="n")
    assert roll_back(code=code_hash(), note="n").path == new.path
    assert in_use(OTHER) == old.path, "going back is for this code alone"


def test_a_model_that_is_missing_is_not_replaced_by_an_older_one(folder: Path) -> None:
    first, second = made(folder, "first", OTHER), made(folder, "second", OTHER)
    put_in_use(first, note="n")
    put_in_use(second, note="n")
    second.path.unlink()
    beside(second.path, ".json").unlink()
    assert in_use() is None and in_use(OTHER) is None


def test_old_models_are_deleted_and_those_to_go_back_to_are_kept(folder: Path) -> None:
    models = [made(folder, f"m{number}", OTHER) for number in range(MAX_KEPT + 2)]
    for model in models:
        put_in_use(model, note="n")
    candidate, young = made(folder, "candidate", OTHER), made(folder, "young", OTHER)
    theirs = folder / "20261125-rasa.tar.gz"
    theirs.write_bytes(b"by rasa train")
    long_ago = time.time() - KEPT_FOR_S - 60
    for path in (*(model.path for model in models), candidate.path, theirs):
        os.utime(path, (long_ago, long_ago))
    assert set(prune(spared=young.path)) == {"signpost-m0", "signpost-m1", "signpost-candidate"}
    assert not list(folder.glob("signpost-m0.*")) and open_model(models[-1].path)
    assert theirs.exists() and young.path.exists()
    assert [model.name for model in list_models() if model.in_use] == [f"signpost-m{MAX_KEPT + 1}"]


def test_a_model_of_rasa_train_is_listed_as_untested_and_not_promoted(
    folder: Path, trained: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "20261125-143000-azure-lake.tar.gz").write_bytes(b"by rasa train")
    assert signpost.cli.models.main(["models"]) == 0
    assert "20261125-143000-azure-lake  no card: untested" in capsys.readouterr().out
    command = ["promote", "--candidate", "20261125-143000-azure-lake", "--anyway", "in a hurry"]
    assert signpost.cli.models.main(command) == 1
    assert "`rasa train`" in capsys.readouterr().out
    assert in_use() is None


def results(found: bool, *, more: bool) -> Results:
    texts = [("he has a knife", found), *([("a new test", False)] if more else [("an old test", True)])]
    return Results("m", behaviour={"danger": tuple(TextResult(text, True, hit, ()) for text, hit in texts)})


def test_new_code_is_held_against_what_the_old_did_in_the_tests_that_both_know() -> None:
    old, worse, same = results(True, more=False), results(False, more=True), results(True, more=True)
    against = objections(in_common(old, worse), in_common(worse, old), {})
    assert ["1 before" in str(entry) and "knife" in str(entry) for entry in against] == [True]
    assert objections(in_common(old, same), in_common(same, old), {}) == []


def test_setting_up_again_takes_nothing_away_from_a_bot_that_runs(tmp_path: Path) -> None:
    """`make install` after the lock has changed."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for kind in ("serve", "train", "test"):
        (tmp_path / f"requirements-{kind}.lock").write_text("", encoding="utf-8")
    command = ["make", "install", f"PYTHON={sys.executable}"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    (module,) = tmp_path.glob(".venv/lib/python*/site-packages")
    (module / "imported_later.py").write_text("", encoding="utf-8")
    later = time.time() + 60
    os.utime(tmp_path / "requirements-train.lock", (later, later))
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (module / "imported_later.py").exists()
    without = subprocess.run(
        ["make", "install", "PYTHON=python0.1", "VENV=elsewhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert without.returncode != 0 and "docs/one-machine.md" in without.stderr
