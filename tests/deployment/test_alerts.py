"""The alerts of deploy/prometheus/ speak when something is wrong and are silent otherwise, as Debian's own
promtool says."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from get_promtool import promtool_path
from ruamel.yaml import YAML

from signpost.serving.gateway.metrics import DailyFigures, ProcessFacts


@pytest.fixture(scope="module")
def promtool() -> str:
    path = promtool_path()
    if path is None:
        pytest.fail("no promtool here and none could be fetched: see tests/support/get_promtool.py")
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(promtool: str, root: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [promtool, *words], cwd=root / "deploy" / "prometheus", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_would_find_an_alert_that_never_speaks(promtool: str, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "deploy" / "prometheus", tmp_path / "p")
    rules = tmp_path / "p" / "alerts.yml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("> 1.2e9", "> 1.2e99"), encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", "alerts_test.yml"], cwd=rules.parent, capture_output=True, text=True
    )
    assert done.returncode != 0 and "SignpostMemory" in done.stdout + done.stderr


def test_each_alert_is_tried_both_ways_and_rests_on_a_figure_that_there_is(root: Path) -> None:
    folder, yaml = root / "deploy" / "prometheus", YAML(typ="safe")
    rules = yaml.load((folder / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    tried = [
        case
        for test in yaml.load((folder / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    for rule in rules:
        cases = [case for case in tried if case["alertname"] == rule["alert"]]
        assert {bool(case.get("exp_alerts")) for case in cases} == {True, False}, rule["alert"]
    told = " ".join(rule["expr"] for rule in rules)
    assert set(re.findall(r"signpost_[a-z_]+", told)) <= figures() | {"signpost_health"}


def figures() -> set[str]:
    """Names of all figures of a day with visitors."""
    day = [date(2026, 11, 25)]
    daily = DailyFigures(lambda: day[0])
    for _ in range(1000):
        daily.answered([{"custom": {"rule": "mk-open"}}])
    day[0] += timedelta(days=1)
    facts = ProcessFacts(day[0], lambda: {"version": "1", "model": "m"})
    return {family.name for collector in (daily, facts) for family in collector.collect()}
