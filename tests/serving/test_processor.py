"""What Rasa's lightened processor takes for granted."""

from __future__ import annotations

import pytest
import yaml

from signpost.files import ROOT
from signpost.serving.runtime.processor import LAST_ACTION

RULES = [
    rule
    for path in sorted((ROOT / "data" / "rules").glob("*.yml"))
    for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
]


assert RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["rule"])
def test_nothing_follows_the_action_after_which_the_bot_listens(rule: dict) -> None:
    assert LAST_ACTION not in [step.get("action") for step in rule["steps"][:-1]]
