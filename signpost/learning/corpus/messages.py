"""All that models learn from: the topic files' messages, and the turns of the training dialogues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from signpost.learning.corpus.dialogues import DialogueTurn, as_message, read_dialogues, topic_of
from signpost.learning.corpus.topic_files import read_training_messages
from signpost.understanding.labels import LabelledMessage, label_message

LABEL_FLAGS = ("lgbt", "danger_over", "danger_less", "danger_in_context")


def training_messages() -> list[LabelledMessage]:
    """Every message that is read on its own, turns of dialogues among them.

    Raises:
        LabelError: a file is not what it must be.
    """
    turns = [as_message(turn, topic_of(dialogue)) for dialogue in read_dialogues() for turn in dialogue.turns]
    return [*read_training_messages(), *turns]


def turns_in_context() -> list[LabelledMessage]:
    """The turns of the training dialogues after the first, each with what was said before and what is
    believed after."""
    return [
        in_context(turn, topic_of(dialogue))
        for dialogue in read_dialogues()
        for turn in dialogue.turns
        if turn.earlier
    ]


def learned_from(
    messages: Sequence[LabelledMessage], joined: Sequence[LabelledMessage], learned: np.ndarray
) -> list[LabelledMessage]:
    """The messages of these rows, shape (learned,), and the turns in context of the files that they are
    in."""
    learn = [messages[row] for row in learned]
    files = {message.topic for message in learn}
    return [*learn, *(turn for turn in joined if turn.topic in files)]


def in_context(turn: DialogueTurn, topic: str) -> LabelledMessage:
    """A turn as it is read with what was said before: the state after it."""
    after = turn.after
    labels = {
        **{
            name: after[name]
            for name in ("scope", "who", "gender", "area", "lgbt", "needs", "abuse", "despair")
        },
        "urgency": "immediate" if after["urgency"] == "immediate" else "not_immediate",
        "asks": list(turn.asks),
        "taken_back": list(turn.taken_back),
        "danger_in_context": after["urgency"] == "check",
    }
    alone = as_message(turn, topic)
    message = label_message(turn.say, labels, intent=alone.intent, topic=topic)
    flags = {name: alone.yes_no[name] for name in ("danger_over", "danger_less")}
    return replace(message, yes_no={**message.yes_no, **flags}, earlier=turn.earlier)


def as_metadata(message: LabelledMessage) -> dict[str, Any]:
    """The labels as a training example's metadata; the inverse of ``label_message``."""
    despair = (
        "writer"
        if message.yes_no["despair"]
        else "somebody_else"
        if message.yes_no["despair_other"]
        else "none"
    )
    return {
        **message.one_of,
        **{name: sorted(values) for name, values in message.any_of.items()},
        **{name: message.yes_no[name] for name in LABEL_FLAGS},
        "urgency": "immediate" if message.yes_no["danger"] else "not_immediate",
        "despair": despair,
        "unknown": sorted(message.unknown),
    }
