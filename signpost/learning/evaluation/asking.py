"""What a running bot makes of labelled messages, asked over the workbench's interface."""

from __future__ import annotations

from typing import Mapping, Sequence

import httpx

from signpost.learning.evaluation.measure import Predicted
from signpost.understanding.labels import LabelledMessage

PARSE_TIMEOUT_S = 120.0
# Messages in one request to /workbench/parse.
BATCH = 100


def ask(address: str, messages: Sequence[LabelledMessage], now: str) -> list[Predicted]:
    """What the running bot makes of each message, as the first one of a fresh conversation."""
    answers = []
    for start in range(0, len(messages), BATCH):
        texts = [message.text for message in messages[start : start + BATCH]]
        answers += httpx.post(
            f"{address}/workbench/parse", json={"texts": texts, "now": now}, timeout=PARSE_TIMEOUT_S
        ).json()
    return [_predicted(answer) for answer in answers]


def _predicted(answer: Mapping[str, dict]) -> Predicted:
    situation, reading = answer["understood"]["situation"], answer["understood"].get("reading") or {}
    custom = next(part["custom"] for part in answer["reply"] if "custom" in part)
    return Predicted(
        urgency=custom["urgency"],
        one_of={label: situation[label] or "out_of_scope" for label in ("scope", "gender", "area", "who")},
        any_of={label: frozenset(situation[label]) for label in ("abuse", "needs")},
        lgbt=situation["lgbt"],
        line_ids=tuple(line["id"] for line in custom["lines"]),
        raised_by=tuple(reading.get("raised_by", ())),
        confidence=reading.get("confidence", {}),
    )
