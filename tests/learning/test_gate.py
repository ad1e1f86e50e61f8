"""What may replace the model in use: the gate's rules on made-up results, the pointer, checks of messages."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any, Iterator

import pytest

from signpost.cli.review import review
from signpost.files import ROOT
from signpost.learning.corpus.checks import (
    contradicting,
    few_messages,
    in_tests,
    odd_danger,
    said_in_tests,
    unknown_intents,
    words_of,
)
from signpost.learning.corpus.topic_files import KEY_ORDER, Example, canonical_metadata, read_examples
from signpost.learning.curation.review import save_finding
from signpost.learning.evaluation.comparison import table, write_page
from signpost.learning.evaluation.gate import Objection, by_chance
from signpost.learning.evaluation.gate import objections as objections_to
from signpost.learning.registry import (
    Card,
    NoCardError,
    NothingBeforeError,
    OtherFileError,
    TrainingData,
    file_sha256,
    find_model,
    in_use,
    list_models,
    open_model,
    put_in_use,
    roll_back,
    write_card,
)
from signpost.learning.results import Results, from_json

MONEY, RULES = "abuse/money", "abuse/daily_rules"
# What whoever corrects a message is asked for: they decide every label, so none is left open.
DECIDED = [key for key in KEY_ORDER if key != "unknown"]


def read(results: dict[str, Any] | None) -> Results | None:
    """Results as they come from a file."""
    return None if results is None else from_json(Results, json.dumps(results))


def objections(
    used: dict[str, Any] | None, candidate: dict[str, Any], texts: dict[str, str]
) -> list[Objection]:
    return objections_to(read(used), read(candidate), texts)


def text(
    words: str, *, danger: bool = False, found: bool = False, problems: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {"text": words, "danger": danger, "found": found or danger, "problems": list(problems)}


def results() -> dict[str, Any]:
    ids = {f"id{number}": "immediate" for number in range(40)}
    return {
        "model": "signpost-used",
        "behaviour": {
            "needs": [text(f"need {number}") for number in range(40)],
            "danger": [text(f"knife {number}", danger=True) for number in range(20)],
        },
        "conversations": {
            "calm": {"title": "Calm", "problems": [], "not_yet": False},
            "hard": {"title": "Hard", "problems": ["turn 1: x"], "not_yet": True},
        },
        "cross_validation": {
            "n": 100,
            "method": "m",
            "danger": {
                key: {"hits": 40, "n": 40}
                for key in ("danger_found", "danger_immediate", "false_immediate", "false_check")
            },
            "macro_f1": {"scope": 0.7},
            "danger_messages": ids,
        },
    }


def against(candidate: dict[str, Any]) -> str:
    return "\n".join(map(str, objections(results(), candidate, {"id0": "he has a spade"})))


def test_an_equal_candidate_passes() -> None:
    assert objections(results(), results(), {}) == []


def test_one_danger_message_lost_in_the_tests_is_enough_and_is_named() -> None:
    worse = results()
    worse["behaviour"]["danger"][3].update(found=False, problems=["urgency is none"])
    assert '"knife 3" (danger): no danger is noticed any more' in against(worse)


def test_danger_lost_and_won_in_equal_number_is_not_lower() -> None:
    used, candidate = results(), results()
    used["behaviour"]["danger"][4].update(found=False)
    candidate["behaviour"]["danger"][3].update(found=False)
    assert objections(used, candidate, {}) == []


def test_a_dialogue_must_go_right_unless_it_is_listed_as_not_yet_understood() -> None:
    worse = results()
    worse["conversations"]["calm"]["problems"] = [
        "turn 2 ('he left'): mk_act should lead; shown: no lines by rule farewell"
    ]
    assert "calm (Calm), turn 2 ('he left'): mk_act should lead" in against(worse)
    assert "hard" not in against(worse)
    assert objections(worse, worse, {}), "a finding that went wrong before, too, holds the release up"


@pytest.mark.parametrize("lost, refused", [(1, False), (2, False), (3, True)])
def test_a_capability_may_fall_by_five_percent_and_no_more(lost: int, refused: bool) -> None:
    worse = results()
    for entry in worse["behaviour"]["needs"][:lost]:
        entry["problems"] = ["needs lacks housing"]
    assert ("The capability needs falls from 40 to 37 of 40" in against(worse)) is refused
    assert ('"need 0": needs lacks housing' in against(worse)) is refused


@pytest.mark.parametrize("lost, refused", [(4, False), (5, True)])
def test_danger_lost_in_cross_validation_counts_where_it_is_no_chance(lost: int, refused: bool) -> None:
    worse = results()
    worse["cross_validation"]["danger_messages"].update({f"id{number}": "none" for number in range(lost)})
    assert ('"he has a spade": no danger is noticed any more' in against(worse)) is refused


def test_messages_that_only_one_model_knows_do_not_count() -> None:
    fewer = results()
    fewer["cross_validation"]["danger_messages"] = {"id0": "immediate", "new": "none"}
    assert objections(results(), fewer, {}) == []


@pytest.mark.parametrize("lost, won, odds", [(0, 0, 1.0), (5, 0, 1 / 32), (1, 1, 0.75), (2, 1, 0.5)])
def test_the_odds_of_chance(lost: int, won: int, odds: float) -> None:
    assert by_chance(lost, won) == pytest.approx(odds)


def test_a_label_read_worse_is_refused() -> None:
    worse = results()
    worse["cross_validation"]["macro_f1"]["scope"] = 0.67
    assert "The label scope is read worse" in against(worse)


def test_without_a_model_to_compare_with_the_expected_dialogues_count() -> None:
    worse = results()
    assert objections(None, worse, {}) == []
    worse["conversations"]["calm"]["problems"] = ["turn 1: x"]
    assert len(objections(None, worse, {})) == 1


def test_results_are_read_whole_after_a_card_with_scores() -> None:
    """In the order in which `make compare` reads them, in a process of its own."""
    program = (
        "import json\n"
        "from signpost.learning.registry import Card\n"
        "from signpost.learning.results import *\n"
        "part = Proportion(1, 2)\n"
        "scores = Scores(1, 'm', DangerScores(part, part, part, part), {})\n"
        "found = CrossValidation(**vars(scores))\n"
        "assert from_json(Card, as_json(Card('x', scores=scores))).scores == scores\n"
        "assert from_json(Results, as_json(Results('m', cross_validation=found))).cross_validation == found\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, check=True, timeout=60)


def test_the_table_and_the_page_show_both(tmp_path: Path) -> None:
    worse = copy.deepcopy(results())
    worse["behaviour"]["danger"][3].update(found=False, problems=["urgency is none <b>"])
    worse["model"] = "signpost-new"
    compared = table(read(results()), read(worse))
    assert "behaviour tests: danger found" in compared and "19 of 20 (95.0 %)" in compared
    found = objections(results(), worse, {})
    write_page(
        tmp_path / "page.html",
        read(results()),
        read(worse),
        found,
        {"used": None, "candidate": {"name": "signpost-new"}},
    )
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "knife 3" in page and "&lt;b&gt;" in page and page.count("data:image/svg+xml") == 2
    assert "http" not in page.replace("http-equiv", "")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    monkeypatch.setenv("SIGNPOST_MODELS", str(tmp_path))
    made = []
    for name in ("a", "b", "c"):
        model = tmp_path / f"signpost-{name}.tar.gz"
        model.write_bytes(name.encode())
        write_card(
            model,
            Card(file_sha256(model), "2026-11-25", data=TrainingData(1), code_sha256="this code"),
        )
        made.append(model)
    yield made


def test_the_model_in_use_and_back(models: list[Path]) -> None:
    assert in_use() is None
    for model in (*models, models[1]):
        put_in_use(open_model(model), note="n")
        assert in_use() == model
    assert [entry.name for entry in list_models() if entry.in_use] == ["signpost-b"]
    assert roll_back(code="this code", note="n").path == models[2]
    assert roll_back(code="this code", note="n").path == models[0]
    with pytest.raises(NothingBeforeError):
        roll_back(code="this code", note="n")
    assert len(open_model(models[1]).card.put_in_use) == 2


def test_a_file_that_its_card_does_not_describe_is_not_put_in_use(models: list[Path]) -> None:
    put_in_use(open_model(models[0]), note="n")
    models[1].write_bytes(b"other")
    with pytest.raises(OtherFileError):
        put_in_use(open_model(models[1]), note="n")
    models[2].with_name("signpost-c.json").unlink()
    with pytest.raises(NoCardError):
        put_in_use(open_model(models[2]), note="n")
    assert in_use() == models[0]


def test_opening_a_model_hashes_its_file_once(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []

    def count(path: Path) -> str:
        hashed.append(path)
        return file_sha256(path)

    monkeypatch.setattr("signpost.learning.registry.file_sha256", count)
    put_in_use(put_in_use(open_model(models[0]), note="n"), note="again")
    assert hashed == [models[0]]
    assert [entry.note for entry in open_model(models[0]).card.put_in_use] == ["n", "again"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": "x", "put_in_use": 3}', "no JSON"])
def test_a_card_that_cannot_be_read_says_so(models: list[Path], text: str) -> None:
    models[0].with_name("signpost-a.json").write_text(text, encoding="utf-8")
    with pytest.raises(NoCardError, match="make train"):
        open_model(models[0])
    assert [entry.card for entry in list_models() if entry.name == "signpost-a"] == [None]


def test_an_older_card_without_most_of_its_fields_is_read(models: list[Path]) -> None:
    old = {"sha256": file_sha256(models[0]), "scores": None, "unknown": 1}
    models[0].with_name("signpost-a.json").write_text(json.dumps(old), encoding="utf-8")
    assert open_model(models[0]).card == Card(old["sha256"])


def test_a_model_is_found_by_the_beginning_of_its_name(models: list[Path]) -> None:
    assert find_model("a") == models[0]
    with pytest.raises(Exception, match="0 models"):
        find_model("x")


def example(words: str, intent: str = "describe_situation", **labels: Any) -> Example:
    return Example(words, intent, canonical_metadata({"scope": "disclosure", "who": "self", **labels}))


def test_the_checks_of_messages_find_what_they_are_for() -> None:
    said = said_in_tests()
    told = next(iter(said))
    assert in_tests([example(told.upper())], said)
    assert not in_tests([example("nobody says this in any test at all")], said)
    assert few_messages([example("x")]) and not few_messages([example(f"x {number}") for number in range(15)])
    assert unknown_intents([example("x", "ask_weather")], frozenset({"greet"}))
    assert odd_danger([example("x", "report_danger")]) and odd_danger([example("x", urgency="immediate")])
    assert not odd_danger([example("x", "report_danger", urgency="immediate")])
    assert words_of("He's  gone!") == words_of("hes gone")


def test_the_same_message_with_contradicting_labels_is_found() -> None:
    known = read_examples(ROOT / "data" / "nlu" / f"{MONEY}.yml")
    twice = [
        example("he keeps my bank card in his wallet", abuse=["financial"]),
        example("He keeps my bank card, in his wallet", abuse=["physical"]),
    ]
    wrong = contradicting([*known, *twice])
    assert len(wrong) == 1 and "abuse: " in wrong[0]


COUNTED = example("he counts every slice of bread i eat and writes it down", abuse=["controlling"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder of topics and a folder of findings."""
    topics = tmp_path / "nlu"
    (topics / MONEY).parent.mkdir(parents=True)
    for name in (MONEY, RULES):
        (topics / f"{name}.yml").write_bytes((ROOT / "data" / "nlu" / f"{name}.yml").read_bytes())
    return topics, tmp_path / "review"


def answer(*answers: str) -> Any:
    left = iter(answers)

    def ask(question: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask


def test_review_accepts_corrects_drops_and_leaves(
    desk: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    topics, folder = desk
    dropped, left = example("she is fine really i think she is"), example("he keeps the bread locked away")
    save_finding(
        [COUNTED, dropped, left],
        title="bread",
        comment="a volunteer",
        today=date(2026, 11, 25),
        folder=folder,
    )
    labels = ["controlling, financial" if key == "abuse" else "" for key in DECIDED]
    assert review(answer("c", "", "", *labels, MONEY, "a", "d", "l"), folder, topics) == 0
    said = capsys.readouterr().out
    assert "Accepted 1, dropped 1, left 1" in said and "a volunteer" in said
    added = [entry for entry in read_examples(topics / f"{MONEY}.yml") if entry.text == COUNTED.text]
    assert added == [example(COUNTED.text, abuse=["financial", "controlling"])]
    assert [entry.text for path in folder.glob("*.yml") for entry in read_examples(path)] == [left.text]


def test_review_corrects_every_label(desk: tuple[Path, Path]) -> None:
    topics, folder = desk
    save_finding([COUNTED], title="despair", today=date(2026, 11, 25), folder=folder)
    wanted = {"despair": "somebody_else", "asks": "phone_bill", "danger_over": "true", "area": "mk"}
    labels = [wanted.get(key, "") for key in DECIDED]
    assert review(answer("c", "", "", *labels, MONEY, "a"), folder, topics) == 0
    (added,) = [entry for entry in read_examples(topics / f"{MONEY}.yml") if entry.text == COUNTED.text]
    expected = {"despair": "somebody_else", "asks": ["phone_bill"], "danger_over": True, "area": "mk"}
    assert added.metadata == canonical_metadata({**COUNTED.metadata, **expected})


def test_review_points_out_what_contradicts_and_refuses_what_is_there_or_in_a_test(
    desk: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    topics, folder = desk
    known = read_examples(topics / f"{MONEY}.yml")[0]
    tested = next(words for words in said_in_tests() if len(words.split()) > 6)
    save_finding(
        [Example(known.text + "!", known.intent, canonical_metadata({**known.metadata, "who": "other"}))],
        title="known",
        today=date(2026, 11, 25),
        folder=folder,
    )
    save_finding([example(tested)], title="tested", today=date(2026, 11, 25), folder=folder)
    review(answer("a", "l", "a", "q"), folder, topics)
    said = capsys.readouterr().out
    assert "CONTRADICTS" in said and "This message is there already." in said
    assert "is in tests/" in said
    assert "Accepted 0" in said and len(list(folder.glob("*.yml"))) == 2
