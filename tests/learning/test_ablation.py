"""`make variants` on a handful of messages: every feature is computed, and every label scored."""

from __future__ import annotations

import numpy as np
import pytest

from signpost.learning.evaluation import ablation
from signpost.understanding.encoder import SentenceEncoder
from signpost.understanding.labels import ANY_OF, ONE_OF, label_message

DANGER = [
    f"he has a knife at my door {place}" for place in ("now", "again", "tonight", "in bletchley", "help", "x")
]
CALM = [
    f"where do the bins go {day}" for day in ("today", "on monday", "tomorrow", "then", "in mk", "please")
]


def test_every_variant_is_scored_on_every_label(monkeypatch: pytest.MonkeyPatch) -> None:
    tuned_on = []

    def without_tuning(messages: list) -> SentenceEncoder:
        tuned_on.extend(messages)
        return SentenceEncoder(tuned=False)

    monkeypatch.setattr(ablation, "tuned_once", without_tuning)
    monkeypatch.setattr(ablation, "CHARACTER_PARTS", 4)
    labels = {"scope": "disclosure", "who": "self", "abuse": ["physical"], "urgency": "immediate"}
    messages = [label_message(text, labels) for text in DANGER]
    messages += [label_message(text, {"scope": "out_of_scope", "who": "none"}) for text in CALM]
    material = ablation.prepare({ablation.LEARN: messages, ablation.UNSEEN: messages}, messages)
    assert tuned_on == messages
    widths = {name: material.features[name, ablation.UNSEEN].shape for name in material.featurizers}
    assert widths["frozen encoder"] == widths["tuned encoder"] == (12, 768) and widths["characters"] == (
        12,
        4,
    )
    assert np.any(material.features["signals", ablation.UNSEEN])
    row = ablation.linear(material, list(material.featurizers))
    scores = row[ablation.UNSEEN]
    assert {*ONE_OF, *ANY_OF, "lgbt"} <= set(scores) and scores["danger_auc"] == 1.0
    assert row["ms"] > 0.0 and row["mib"] > 0.0
