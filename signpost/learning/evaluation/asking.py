"""What a running bot makes of labelled messages, asked over the workbench's interface."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import httpx

from signpost.learning.evaluation.measure import Predicted
from signpost.processes import BotError
from signpost.routing import Despair
from signpost.understanding.labels import LabelledMessage

PARSE_TIMEOUT_S = 120.0
# Messages in one request to /workbench/parse.
BATCH = 100


def ask(address: str, messages: Sequence[LabelledMessage], now: str) -> list[Predicted]:
    """What the running bot makes of each message, as the first one of a fresh conversation.

    Raises:
        BotError: the bot does not answer as one in workbench mode.
    """
    answers: list[dict[str, Any]] = []
    for start in range(0, len(messages), BATCH):
        texts = [message.text for message in messages[start : start + BATCH]]
        body = {"texts": texts, "now": now}
        try:
            response = httpx.post(f"{address}/workbench/parse", json=body, timeout=PARSE_TIMEOUT_S)
            answers += response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise BotError(
                f"The bot at {address} did not answer ({type(error).__name__}). Is it in workbench mode?"
            ) from error
    return [_predicted(answer) for answer in answers]


def _predicted(answer: Mapping[str, Any]) -> Predicted:
    situation, reading = answer["understood"]["situation"], answer["understood"].get("reading") or {}
    custom = next(part["custom"] for part in answer["reply"] if "custom" in part)
    return Predicted(
        urgency=custom["urgency"],
        one_of={label: situation[label] or "out_of_scope" for label in ("scope", "gender", "area", "who")},
        any_of={
            **{label: frozenset(situation[label]) for label in ("abuse", "needs")},
            "asks": frozenset(answer["understood"].get("asks", ())),
        },
        lgbt=situation["lgbt"],
        line_ids=tuple(line["id"] for line in custom["lines"]),
        raised_by=tuple(reading.get("raised_by", ())),
        despair=situation.get("despair", Despair.NONE.value),
        confidence=reading.get("confidence", {}),
    )
