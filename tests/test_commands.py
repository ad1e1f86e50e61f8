"""Every command turns our errors into one plain sentence, and what breaks below it becomes such an error."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

import signpost.cli
from signpost.cli.command import command
from signpost.deployment import cluster, render
from signpost.directory.problems import DirectoryError
from signpost.directory.questions import QuestionsError, load_questions
from signpost.directory.reader import load_directory
from signpost.directory.replies import load_replies
from signpost.errors import SignpostError
from signpost.files import ROOT, read_text, read_yaml
from signpost.learning.corpus.checks import check
from signpost.learning.corpus.topic_files import labelled_messages, read_examples, read_training_messages
from signpost.learning.curation.assessment import known_intents, said_in_tests
from signpost.learning.evaluation import asking
from signpost.learning.evaluation.behaviour import BehaviourError, read_cases
from signpost.learning.evaluation.crossvalidate import (
    EvaluationError,
    load_out_of_fold,
    load_understanding,
)
from signpost.learning.scenarios import ConversationError, read_conversation, read_dialogues, run_all
from signpost.learning.training import train
from signpost.processes import BotError, free_port, running_bot
from signpost.settings import SettingError, read_environment, read_settings
from signpost.understanding.labels import LabelError, LabelledMessage

COMMANDS = sorted(
    module.name for module in pkgutil.iter_modules(signpost.cli.__path__) if module.name != "command"
)
UNLABELLED = LabelledMessage("hello", "", "", {}, {}, {})
BROKEN_YAML = {
    "half a quote": 'nlu: "x',
    "a tab": "nlu:\n\t- x",
    "a name twice": "nlu: 1\nnlu: 2",
    "empty": "",
    "a list": "- 1",
    "a text": "just words",
    "a date that is none": "nlu: 2026-02-31",
    "an unknown tag": "nlu: !!python/name:os.system",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_wrapped_by_the_one_catch(name: str) -> None:
    main = importlib.import_module(f"signpost.cli.{name}").main
    assert main.__code__ is command(main).__code__ and hasattr(main, "__wrapped__")


def subclasses(kind: type[SignpostError]) -> list[type[SignpostError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in subclasses(child))]


@pytest.mark.parametrize(
    "kind", [kind for kind in subclasses(SignpostError) if kind.__init__ is Exception.__init__]
)
def test_an_error_of_ours_is_one_sentence_and_exit_status_1(
    kind: type[SignpostError], capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> int:
        raise kind("Port 5005 is in use.")

    assert command(fails)() == 1
    assert capsys.readouterr() == ("", "Port 5005 is in use.\n")


def test_an_error_that_is_none_of_ours_is_not_hidden() -> None:
    def fails() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command(fails)()


def test_a_command_with_a_broken_setting_prints_no_traceback(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "signpost.cli.render", str(tmp_path), str(tmp_path)],
        cwd=root,
        env={**os.environ, "PORT": "many"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "PORT is 'many'; it must be a whole number up to 65485.\n"


# Everything that people edit, with what reads it and the error that it must become.
READERS: dict[str, tuple[Callable[[Path], object], type[SignpostError]]] = {
    "services": (lambda path: load_directory(path, date(2026, 11, 25)), DirectoryError),
    "replies": (load_replies, DirectoryError),
    "questions": (load_questions, QuestionsError),
    "a conversation test": (read_conversation, ConversationError),
    "a behaviour test": (lambda path: read_cases(path.parent), BehaviourError),
    "a topic file": (read_examples, LabelError),
    "all topic files": (lambda path: read_training_messages(path.parent), LabelError),
}


@pytest.mark.parametrize("broken", BROKEN_YAML.values(), ids=BROKEN_YAML.keys())
@pytest.mark.parametrize("reader", READERS.keys())
def test_a_broken_file_is_an_error_of_ours(reader: str, broken: str, tmp_path: Path) -> None:
    read, kind = READERS[reader]
    path = tmp_path / "broken.yml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(kind):
        read(path)


@pytest.mark.parametrize("reader", READERS.keys())
def test_a_file_that_is_no_text_is_an_error_of_ours(reader: str, tmp_path: Path) -> None:
    read, kind = READERS[reader]
    path = tmp_path / "broken.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(kind):
        read(path)


@pytest.mark.parametrize(
    "read",
    [load_questions, read_conversation, read_examples, read_dialogues, labelled_messages, load_replies],
)
def test_a_file_that_is_missing_is_named(read: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(SignpostError, match="gone"):
        read(tmp_path / "gone.yml")


def test_the_line_of_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("a: 1\nb: [\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"a\.yml, line 3: this cannot be read"):
        read_yaml(path, SettingError)
    with pytest.raises(SettingError, match="cannot be opened"):
        read_text(tmp_path, SettingError)


@pytest.mark.parametrize(
    "line", ["no json", "[]", "{}", '{"id": 1, "turns": 3}', '{"id": "x", "turns": [{}]}']
)
def test_dialogues_and_labelled_messages_that_are_none(line: str, tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ConversationError):
        read_dialogues(path)
    with pytest.raises(LabelError, match="messages"):
        labelled_messages(path)


def test_broken_tests_and_domain_are_named_by_make_check(tmp_path: Path) -> None:
    for name in ("tests/behaviour", "tests/conversations", "data/nlu", "review"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(ROOT / "data" / "nlu" / "places" / "places_named.yml", tmp_path / "data" / "nlu")
    waits = tmp_path / "review" / "waits.yml"
    waits.write_text("nlu: 5", encoding="utf-8")
    (found,) = check(tmp_path)
    assert "waits.yml" in found
    waits.unlink()
    (found,) = check(tmp_path)
    assert "domain.yml" in found
    (tmp_path / "domain.yml").write_text("intents: 3", encoding="utf-8")
    with pytest.raises(LabelError, match="lists no intents"):
        known_intents(tmp_path)
    (tmp_path / "tests" / "behaviour" / "a.yml").write_text("cases: [{}]", encoding="utf-8")
    with pytest.raises(LabelError, match=r"a\.yml"):
        said_in_tests(tmp_path)


def test_broken_files_of_the_tuning(tmp_path: Path) -> None:
    assert load_understanding(tmp_path) is None and load_out_of_fold(tmp_path / "x.npz", []) is None
    for text in ("", "{}", "[]", '{"calibration": {}, "thresholds": {}}'):
        (tmp_path / "calibration.json").write_text(text, encoding="utf-8")
        with pytest.raises(EvaluationError, match="make tune"):
            load_understanding(tmp_path)
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(EvaluationError, match="make tune"):
        load_out_of_fold(tmp_path / "x.npz", [])


def test_a_bot_that_does_not_answer() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    conversation = read_conversation(next((ROOT / "tests" / "conversations").rglob("*.yml")))
    with pytest.raises(BotError, match="did not answer"):
        run_all([conversation], address)
    with pytest.raises(BotError, match="workbench mode"):
        asking.ask(address, [UNLABELLED], "2026-11-25T14:10:00+00:00")


@pytest.mark.parametrize("status, body", [(404, b"{}"), (200, b"no json")])
def test_a_bot_that_is_not_in_workbench_mode(
    status: int, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(url: str, **_: object) -> httpx.Response:
        return httpx.Response(status, content=body, request=httpx.Request("POST", url))

    monkeypatch.setattr(asking.httpx, "post", post)
    with pytest.raises(BotError, match="workbench mode"):
        asking.ask("http://bot", [UNLABELLED], "2026-11-25T14:10:00+00:00")


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="cannot be written"), running_bot(tmp_path / "gone" / "bot.log"):
        pass


def test_an_error_of_rasa_is_a_training_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rasa.shared.exceptions import InvalidConfigException

    def fails(**_: object) -> None:
        raise InvalidConfigException("the pipeline has a hole")

    monkeypatch.setattr("rasa.model_training.train", fails)
    monkeypatch.setattr(train, "write_for_rasa", lambda path: None)
    with pytest.raises(train.TrainingError, match="the pipeline has a hole"):
        train._train_with_rasa(tmp_path / "signpost-x.tar.gz")


@pytest.mark.parametrize(
    "name, value", [("PORT", "-1"), ("SIGNPOST_PROXIES", "many"), ("SIGNPOST_LOG_LEVEL", "LOUD")]
)
def test_a_setting_that_is_none(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=f"{name} is '{value}'"):
        read_settings()


def test_a_broken_unit_is_an_error_of_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units = tmp_path / "units"
    shutil.copytree(cluster.UNITS, units)
    monkeypatch.setattr(cluster, "UNITS", units)
    unit = units / "signpost-redis.service"
    good = unit.read_text(encoding="utf-8").partition("[Install]")[0]
    for broken in (
        "",
        "no section",
        "[Service]\n",
        good + "\nRestartSec=soon\n",
        good + "\nKillSignal=SIGNOTHING\n",
        good + '\nExecStart="half\n',
    ):
        unit.write_text(broken, encoding="utf-8")
        with pytest.raises(cluster.ClusterError, match=r"signpost-redis\.service"):
            cluster.Cluster(tmp_path)
    unit.unlink()
    with pytest.raises(cluster.ClusterError, match="cannot be opened"):
        cluster.Cluster(tmp_path)


def test_a_broken_environment_file_is_an_error_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "signpost.env"
    path.write_text('NAME="half\n', encoding="utf-8")
    with pytest.raises(SettingError, match=r"signpost\.env"):
        read_environment(path)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """What render needs, all of it good."""
    found = {
        **read_environment(cluster.ENVIRONMENT),
        "SIGNPOST_MEMORY_SECRET": "s" * 32,
        "SIGNPOST_REDIS_URL": "redis://:word@127.0.0.1:6379/0",
        "SIGNPOST_KEPT": str(tmp_path / "kept"),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.mark.parametrize(
    "url", ["redis://:x@127.0.0.1:99999/0", "redis://[::1/0", "rediss://x/0", "redis:///0"]
)
def test_render_refuses_an_address_of_redis(
    url: str, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_REDIS_URL", url)
    with pytest.raises(SignpostError, match="SIGNPOST_REDIS_URL must be"):
        render.render(tmp_path, tmp_path, settings)


def test_render_names_a_folder_that_it_cannot_write(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file", encoding="utf-8")
    with pytest.raises(render.RenderError, match="cannot be written"):
        render.render(tmp_path / "run", tmp_path, settings)


@pytest.mark.parametrize("name", ["services.yml", "replies.yml", "questions.yml"])
def test_render_hands_on_what_is_wrong_with_the_directory(
    name: str, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "directory"
    shutil.copytree(ROOT / "directory", folder)
    (folder / name).write_text("a: [", encoding="utf-8")
    monkeypatch.setenv("SIGNPOST_DIRECTORY", str(folder))
    with pytest.raises((DirectoryError, QuestionsError), match=name):
        render.render(tmp_path / "run", tmp_path, settings)


def test_figures_of_variants_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from signpost.cli import evaluate

    monkeypatch.setattr(evaluate, "VARIANTS", tmp_path / "figures.json")
    assert evaluate._variants() == {}
    evaluate.VARIANTS.write_text(json.dumps(3), encoding="utf-8")
    with pytest.raises(EvaluationError):
        evaluate._variants()
