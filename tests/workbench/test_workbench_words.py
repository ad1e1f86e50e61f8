"""The page explains every label and intent that there is, and names none that there is not."""

from __future__ import annotations

import json

from ruamel.yaml import YAML

from signpost.files import ROOT
from signpost.understanding.labels import ANY_OF, ONE_OF, YES_NO

MEANINGS = json.loads((ROOT / "workbench" / "meanings.json").read_text(encoding="utf-8"))


def test_every_label_has_its_meaning() -> None:
    for label, values in {**ONE_OF, **ANY_OF}.items():
        assert set(MEANINGS[label]["values"]) == set(values), label
    assert set(MEANINGS["urgency"]["values"]) == {"immediate", "check", "none"}
    assert set(MEANINGS["flags"]["values"]) == {*YES_NO} - {"danger"}


def test_every_intent_has_its_meaning() -> None:
    intents = set(YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    assert set(MEANINGS["intent"]["values"]) == intents - {"nlu_fallback"}
