"""Every dialogue under tests/conversations, held with the running bot."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from signpost.files import ROOT
from signpost.learning.scenarios import (
    ConversationError,
    TurnResult,
    as_yaml,
    conversation_files,
    in_words,
    not_yet_understood,
    read_conversation,
    run_all,
    talk,
    unmet,
)

FOLDER = ROOT / "tests" / "conversations"
FILES = conversation_files(FOLDER)


def test_there_are_at_least_three_hundred_dialogues() -> None:
    assert len(FILES) >= 300


# Dialogues that the model does not get right yet, one name a line: they are run, and one that comes out right
# fails the run until its name is taken off the list.
NOT_YET = not_yet_understood(FOLDER)


def test_the_list_of_dialogues_not_yet_understood_is_short_and_names_dialogues() -> None:
    assert {path.stem for path in FILES} >= NOT_YET
    assert len(NOT_YET) <= 0.15 * len(FILES)


@pytest.fixture(scope="module")
def held(bot_url: str) -> tuple[dict[str, list[str]], float]:
    """What was not met in each dialogue, all run with one bot, several at once; and the seconds it took."""
    started = time.monotonic()
    return run_all([read_conversation(path) for path in FILES], bot_url), time.monotonic() - started


@pytest.mark.bot
def test_three_hundred_dialogues_take_less_than_a_minute(held: tuple[dict[str, list[str]], float]) -> None:
    assert held[1] * 300 / len(FILES) < 60


@pytest.mark.bot
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue(
    path: Path, held: tuple[dict[str, list[str]], float], request: pytest.FixtureRequest
) -> None:
    if path.stem in NOT_YET:
        request.applymarker(pytest.mark.xfail(reason="not yet understood", strict=True))
    problems = held[0][path.stem]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dialogue_is_written_as_it_was_read(path: Path, tmp_path: Path) -> None:
    conversation = read_conversation(path)
    copy = tmp_path / path.name
    copy.write_text(as_yaml(conversation), encoding="utf-8")
    assert read_conversation(copy) == conversation


async def test_a_missing_button_is_told_and_the_talk_goes_on() -> None:
    conversation = read_conversation(FOLDER / "needs" / "housing-by-button.yml")
    reply = [{"text": "x", "custom": {"urgency": "none", "rule": "mk-open", "lines": []}}]

    async def say(sender: str, text: str, now: str) -> list[dict]:
        return reply

    held = await talk(conversation, say)
    assert [turn.number for turn in held] == list(range(1, len(conversation.turns) + 1))
    missing = next(turn for turn in held if not turn.reply)
    assert isinstance(missing, TurnResult) and "no button" in in_words([missing])[0]


def test_two_dialogues_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("danger", "found"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "locked-in.yml").write_bytes(FILES[0].read_bytes())
    with pytest.raises(ConversationError, match="danger/locked-in.yml and found/locked-in.yml"):
        conversation_files(tmp_path)


def test_an_unknown_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(
        'title: x\nnow: "2026-11-25 14:10"\nturns:\n- say: "hi"\n  leads: mk_act\n', encoding="utf-8"
    )
    with pytest.raises(ConversationError, match="leads"):
        read_conversation(path)


def test_a_wrong_lead_is_told() -> None:
    turn = read_conversation(FILES[0]).turns[0]
    reply = [{"text": "x", "custom": {"urgency": "none", "rule": "mk-open", "lines": [{"id": "mk_act"}]}}]
    wanted = type(turn)(say="x", press=None, lead="police_999", must=("samaritans",), urgency=("immediate",))
    assert len(unmet(wanted, reply)) == 3


def test_what_was_understood_can_be_expected_too(tmp_path: Path) -> None:
    path = tmp_path / "labels.yml"
    path.write_text(
        'title: x\nnow: "2026-11-25 14:10"\nturns:\n- say: "hi"\n'
        "  understood: {gender: man, abuse_includes: [physical], needs_excludes: [legal]}\n",
        encoding="utf-8",
    )
    conversation = read_conversation(path)
    (turn,) = conversation.turns
    assert as_yaml(conversation) == path.read_text(encoding="utf-8")

    def reply(**labels: object) -> list[dict]:
        return [
            {
                "text": "x",
                "custom": {
                    "urgency": "none",
                    "rule": "x",
                    "lines": [],
                    "understood": {"situation": {"gender": "unknown", "abuse": [], "needs": [], **labels}},
                },
            }
        ]

    assert unmet(turn, reply(gender="man", abuse=["physical", "sexual"])) == []
    assert len(unmet(turn, reply(needs=["legal"]))) == 3


@pytest.mark.parametrize(
    "understood",
    [
        "{mood: x}",
        "{gender: x}",
        "{abuse_includes: physical}",
        "{abuse_includes: [x]}",
        "{lgbt: maybe}",
        "[gender]",
        "{abuse_includes: []}",
    ],
)
def test_an_expectation_of_no_label_is_refused(tmp_path: Path, understood: str) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(
        f'title: x\nnow: "2026-11-25 14:10"\nturns:\n- say: "hi"\n  understood: {understood}\n',
        encoding="utf-8",
    )
    with pytest.raises(ConversationError):
        read_conversation(path)
