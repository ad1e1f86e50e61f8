"""The report of `make evaluate` on made-up predictions: scores with intervals, plots, comparisons."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from frozen import frozen_directory
from sklearn.metrics import f1_score, precision_score, recall_score

from signpost.cli import evaluate
from signpost.learning.evaluation.measure import Predicted, f1_intervals, label_scores, wilson
from signpost.learning.evaluation.report import Part, write
from signpost.routing import Directory
from signpost.understanding.labels import LabelledMessage, label_message

THRESHOLDS = {"immediate": 0.5, "check": 0.05}


def message(text: str, *, danger: bool = False, gender: str = "unknown") -> LabelledMessage:
    return label_message(
        text,
        {
            "scope": "disclosure",
            "who": "self",
            "gender": gender,
            "abuse": ["physical"],
            "urgency": "immediate" if danger else "not_immediate",
        },
    )


def predicted(chance: float, gender: str = "unknown") -> Predicted:
    urgency = "immediate" if chance >= 0.5 else "check" if chance >= 0.05 else "none"
    one_of = {"scope": "disclosure", "gender": gender, "area": "unknown", "who": "self"}
    return Predicted(
        urgency,
        one_of,
        {"abuse": frozenset({"physical"}), "needs": frozenset()},
        False,
        ("mk_act",),
        confidence={"danger:yes": chance, "gender:man": 0.25},
    )


def made_up(n: int = 40) -> Part:
    rows = range(n)
    messages = [
        message(f"he hits me <b> {row}", danger=row % 4 == 0, gender=("man", "woman", "unknown")[row % 3])
        for row in rows
    ]
    return Part(
        "made up", messages, [predicted((row % 10) / 10, ("man", "unknown")[row % 2]) for row in rows]
    )


def written(folder: Path, part: Part, **more: object) -> tuple[dict, str]:
    extra = {
        "thresholds": THRESHOLDS,
        "baselines": [evaluate.keyword_baseline(part)],
        "variants": {},
        "dialogues": [],
        "behaviour": [],
        **more,
    }
    write(
        folder,
        [part],
        frozen_directory(),
        datetime.fromisoformat(evaluate.NOW),
        extra=extra,
        beside=[replace(part, title="beside")],
    )
    return json.loads((folder / "report.json").read_text(encoding="utf-8")), (
        folder / "report.html"
    ).read_text(encoding="utf-8")


def test_scores_are_those_of_scikit_learn() -> None:
    part = made_up()
    true, found = (
        [entry.one_of["gender"] == "man" for entry in side] for side in (part.messages, part.predicted)
    )
    scores = label_scores(part.messages, part.predicted)["gender"]["man"]
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx(
        (precision_score(true, found), recall_score(true, found), f1_score(true, found))
    )
    assert scores.recall_95 == wilson(7, 14)


def test_intervals_are_those_of_drawing_message_by_message() -> None:
    draw = np.random.default_rng(1)
    wanted = draw.random((300, 3)) < (0.5, 0.2, 0.05)
    found = wanted ^ (draw.random((300, 3)) < 0.1)
    each, macro = f1_intervals(wanted, found)
    rows = [draw.integers(300, size=300) for _ in range(500)]
    f1 = np.array([f1_score(wanted[row], found[row], average=None) for row in rows])
    assert each == pytest.approx(np.quantile(f1, (0.025, 0.975), axis=0).T, abs=0.05)
    assert macro == pytest.approx(np.quantile(f1.mean(axis=1), (0.025, 0.975)), abs=0.05)


def test_the_json_holds_what_the_page_draws(tmp_path: Path) -> None:
    data, page = written(tmp_path, made_up())
    (part,) = data["parts"]
    assert part["curves"]["chosen"]["immediate"] == {
        "cut": 0.5,
        "found": 0.4,
        "false": pytest.approx(16 / 30),
    }
    assert part["curves"]["reliability"]["said"] and len(part["curves"]["danger"]["cut"]) == len(
        part["curves"]["danger"]["false"]
    )
    assert np.sum(part["confusion"]["gender"]["counts"]) == part["n"]
    assert (
        "a missed emergency weighs 100 needless questions" in page and page.count("data:image/svg+xml") == 7
    )
    assert "&lt;b&gt;" in page and "gender: man (0.25) instead of woman" in page
    assert all(f"he hits me &lt;b&gt; {row}<" in page for row in range(40) if row % 3 == 1)


@pytest.mark.parametrize("danger", [True, False])
def test_where_all_is_danger_or_none_there_is_no_curve(tmp_path: Path, danger: bool) -> None:
    part = Part(
        "one kind",
        [message("he hits me", danger=danger), message("she hits me", danger=danger)],
        [predicted(0.9), predicted(0.0)],
    )
    data, page = written(tmp_path, part)
    assert data["parts"][0]["curves"] == {} and page.count("data:image/svg+xml") == 5


def test_side_by_side(tmp_path: Path) -> None:
    variants = {
        "counts": {"learn": {"messages": 1, "danger": 0}, "unseen": {"messages": 9, "danger": 3}},
        "variants": {},
    }
    for name in ("frozen encoder", "Rasa's default, 1 message in 4"):
        variants["variants"][name] = {
            "unseen": {"danger_found_at_10": 0.61, "scope": 0.7},
            "fit_s": 1.0,
            "ms": 2.0,
        }
    data, page = written(tmp_path, made_up(), variants=variants)
    assert list(data["side_by_side"]) == [
        "made up",
        "beside",
        "keyword list, made up",
        "Rasa's default, 1 message in 4, unseen",
    ]
    assert data["side_by_side"]["beside"]["false_alarms"]["n"] == 30 and "0.610" in page


def test_typing_styles_are_told_apart(tmp_path: Path) -> None:
    texts = ["HE HITS ME", "He hits me", "he hits me and its bad", "he hits me cos im late"]
    part = Part("typed", [message(text) for text in texts], [predicted(0.0) for _ in texts])
    groups = written(tmp_path, part)[0]["parts"][0]["groups"]
    assert [row["value"] for row in groups if row["group"] == "typing"] == [
        "all capitals",
        "no capitals",
        "text speak",
        "with capitals",
    ]


GROUPS = {
    "in Milton Keynes": {"area": "mk"},
    "elsewhere": {"area": "elsewhere"},
    "LGBT+": {"lgbt": True},
    "men": {"gender": "man"},
    "women": {"gender": "woman"},
    "non-binary": {"gender": "nonbinary"},
    "written for others": {"who": "other"},
    "children": {"who": "child"},
    "written by professionals": {"who": "professional"},
}


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_the_guide_is_shown_with_its_lines(tmp_path: Path, group: str) -> None:
    plain = {"scope": "disclosure", "who": "self", "abuse": ["physical"]}
    messages = [label_message("he hits me", plain), label_message("he hits me", {**plain, **GROUPS[group]})]
    data, page = written(tmp_path, Part("two", messages, [predicted(0.0), predicted(0.0)]))
    rows = {row["value"]: row for row in data["parts"][0]["groups"] if row["group"] == "who is harmed"}
    assert set(GROUPS) | {"place unknown", "gender unknown", "written for themselves"} == set(rows)
    assert rows[group]["n"] == rows[group]["lines_right"]["n"] == 1
    assert all(f"<td>{value}</td>" in page for value in rows)


def test_a_person_who_harms_is_not_counted_among_those_who_are_harmed(tmp_path: Path) -> None:
    labels = {"scope": "disclosure", "who": "perpetrator", "gender": "man"}
    data, _ = written(tmp_path, Part("one", [label_message("i hit her", labels)], [predicted(0.0)]))
    rows = [row for row in data["parts"][0]["groups"] if row["group"] == "who is harmed"]
    assert {row["n"] for row in rows} == {0}


def test_despair_found_and_shown_to_look_alikes(tmp_path: Path) -> None:
    plain = {"scope": "disclosure", "who": "self"}
    told = [
        ("i cant do this any more", {"despair": "writer"}, "", "writer"),
        ("i want to die", {"despair": "writer"}, "", "none"),
        ("she says she wants to die", {"despair": "somebody_else"}, "", "somebody_else"),
        ("my marriage is dead", {}, "despair/told_1", "writer"),
        ("he threatens suicide in the film", {}, "films", "none"),
        ("he hits me", {}, "abuse/hitting", "none"),
    ]
    messages = [label_message(text, {**plain, **labels}, topic=topic) for text, labels, topic, _ in told]
    found = [replace(predicted(0.0), despair=read) for *_, read in told]
    despair = written(tmp_path, Part("despair", messages, found))[0]["parts"][0]["despair"]
    assert {kind: (row["hits"], row["n"]) for kind, row in despair.items()} == {
        "found, the writer": (1, 2),
        "found, somebody else": (1, 1),
        "shown to look-alikes": (1, 2),
        "shown to the others": (0, 1),
    }


def test_what_a_message_leaves_open_is_not_scored(tmp_path: Path) -> None:
    labels = {
        "scope": "disclosure",
        "who": "self",
        "unknown": ["danger", "despair", "gender", "abuse:physical"],
    }
    part = Part("turns", [message("he hits me"), label_message("and again", labels)], [predicted(0.9)] * 2)
    (found,) = written(tmp_path, part)[0]["parts"]
    assert found["danger"]["false_immediate"]["n"] == found["lines_right"]["n"] == 1
    assert sum(row["n"] for row in found["despair"].values()) == 1
    assert np.sum(found["confusion"]["gender"]["counts"]) == 1
    assert np.sum(found["confusion"]["scope"]["counts"]) == 2
    assert [row["text"] for row in found["errors"]] == ["he hits me"]


def test_a_given_file_leaves_the_cross_validated_report_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "mine.jsonl"
    given.write_text(
        json.dumps({"id": "1", "text": "he hits me", "scope": "disclosure", "who": "self"}), encoding="utf-8"
    )

    def nothing(directory: Directory) -> Part:
        raise evaluate.NothingToEvaluateError

    monkeypatch.setattr(evaluate, "ROOT", tmp_path)
    monkeypatch.setattr(evaluate, "cross_validated", nothing)
    monkeypatch.setattr(evaluate, "ask", lambda address, messages, now: [predicted(0.01) for _ in messages])
    assert evaluate.main(["--messages", str(given), "--bot", "http://127.0.0.1:1"]) == 0
    data = json.loads((tmp_path / "reports" / "mine" / "report.json").read_text(encoding="utf-8"))
    assert (
        list(data["side_by_side"])[:2] == ["mine", "keyword list, mine"]
        and not (tmp_path / "reports" / "report.json").exists()
    )
