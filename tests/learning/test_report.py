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
    assert "at which 99 % of danger is found" in page and page.count("data:image/svg+xml") == 7
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
