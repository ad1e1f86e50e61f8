"""Folding: what carries no meaning goes, whatever carries meaning stays; twice is once; never empty."""

from __future__ import annotations

import random
import string

import emoji
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signpost.learning.corpus.topic_files import read_training_messages
from signpost.understanding.surface import _covert, fold, sentences, with_earlier

SAID = "my husband is hitting me with a hammer"
# Words that tell what is going on: no folding may take them away.
MEANING = [
    "knife",
    "gun",
    "hammer",
    "kill",
    "killing",
    "die",
    "dead",
    "hit",
    "hitting",
    "punched",
    "strangled",
    "choking",
    "stabbed",
    "raped",
    "bleeding",
    "blood",
    "hurt",
    "overdose",
    "suicide",
    "police",
    "help",
    "danger",
    "not",
    "never",
    "no",
    "husband",
    "wife",
    "mum",
    "dad",
    "kids",
    "child",
    "door",
    "window",
    "tonight",
    "now",
    "yesterday",
    "left",
    "gone",
    "outside",
    "upstairs",
    "locked",
    "scared",
    "refuge",
    "solicitor",
    "court",
    "police",
    "phone",
    "money",
    "passport",
    "film",
]


@pytest.mark.parametrize(
    "text",
    [
        f"{SAID}!",
        f"{SAID}!!!",
        f"{SAID}!!!1!",
        f"{SAID} !!1",
        SAID.replace("hammer", "#hammer"),
        SAID.replace("with", "um with"),
        SAID.replace("with", ", erm, with"),
        SAID.replace("husband", "husband hmm"),
        f"{SAID} haha",
        f"{SAID} lol",
        f"{SAID} LMAO",
        f"{SAID} 😭",
        f"{SAID} 🙏🙏🙏",
        f"😭😭 {SAID}",
        f"{SAID} xx",
        f"{SAID} :(",
        f"{SAID} <3",
        f"thanks. {SAID}",
        f"{SAID} thanks x",
        f"hi there, {SAID}",
        f"sorry to bother you, {SAID}",
        f"Sorry for troubling you at this hour. {SAID}",
        f"excuse me, {SAID}",
        f"{SAID} kind regards",
        f"{SAID} sent from my phone",
        f"{SAID} if possible",
        SAID.upper(),
        SAID.title(),
        f"  {SAID}\n\n",
        SAID.replace(" ", "   "),
        SAID.replace(" ", "\n"),
        f"“{SAID}”",
        f"({SAID})",
        f"*{SAID}*",
        f"<p>{SAID}</p>",
        f"[22:10] {SAID}",
        f"22:10 - {SAID}",
        f"> {SAID}",
        f"- {SAID}",
        f"{SAID}......",
        SAID.replace("me", "meeeee"),
        SAID.replace("hammer", "hammmmmer"),
        f"\u200b{SAID}",
    ],
)
def test_what_carries_no_meaning_goes(text: str) -> None:
    assert fold(text) == SAID


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("he has a 🔪", "he has a knife"),
        ("🆘", "sos"),
        ("he has a 🔫 here", "he has a gun here"),
        ("SOS!!!", "sos"),
        ("😭", "crying"),
        ("i want to unalive myself", "i want to kill myself"),
        ("i want to k1ll myself", "i want to kill myself"),
        ("he will k!ll me", "he will kill me"),
        ("he r*ped me", "he raped me"),
        ("he graped me", "he raped me"),
        ("thinking of s*icide", "thinking of suicide"),
        ("thinking of su1cide", "thinking of suicide"),
        ("feel like kms", "feel like kill myself"),
        ("he st@bbed me", "he stabbed me"),
        ("he b-e-a-t me", "he beat me"),
        ("a d3ad man", "a dead man"),
        ("i live by the M1!", "i live by the m1"),
        ("he spent £100!", "he spent £100"),
        ("i went to the ER", "i went to the er"),
    ],
)
def test_things_covert_and_masked_words_are_spelled_out(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "text",
    [
        "he asked for help",
        "help me please",
        "sorry doesn't cover it",
        "he never says thanks",
        "he gets in at 10.30 tonight",
        "the 5 of us",
        'he said "i\'ll kill you"',
        "i love him",
        "haha is what he calls my crying",
        "he laughs so hard",
        "my b4by",
        "room 2-4",
        "no",
        "yes",
        "sorry",
        "thanks",
        "help",
        "hi",
        "please",
        "?",
        "...",
        "()",
        "!",
        "lol",
        "xx",
        "😀",
        "<b>",
        "🏴",
    ],
)
def test_nothing_is_folded_to_nothing_and_twice_is_once(text: str) -> None:
    folded = fold(text)
    assert folded
    assert fold(folded) == folded


@pytest.mark.parametrize("word", MEANING)
@pytest.mark.parametrize(
    "frame",
    ["{}", "{}!!!", "{} lol", "hi {} thanks", "{} 😭", "sorry, {} please", "({})", "{}????", "i said {}"],
)
def test_words_with_meaning_stay(word: str, frame: str) -> None:
    assert word in fold(frame.format(word)).replace("?", " ").split()


@pytest.mark.parametrize("word", sorted(_covert()[1]))
def test_masked_words_are_read_with_one_letter_hidden(word: str) -> None:
    """One star inside leaves one listed word that fits, or the first of several."""
    masked = _covert()[1]
    chance = random.Random(word)
    place = chance.randrange(1, len(word) - 1)
    hidden = word[:place] + "*" + word[place + 1 :]
    assert fold(f"he {hidden} me").split()[1] in {
        other
        for other in masked
        if len(other) == len(word) and other[:place] + other[place + 1 :] == word[:place] + word[place + 1 :]
    }


@pytest.mark.parametrize("phrase", sorted(_covert()[0]))
def test_every_covert_phrase_is_spelled_out(phrase: str) -> None:
    plain = _covert()[0][phrase]
    assert plain in fold(f"he said {phrase} again")


def test_a_covert_word_within_another_word_stays() -> None:
    assert fold("he likes grapes") == "he likes grapes"
    assert "kill" not in fold("my kmsport bag")


WORDS = st.sampled_from(
    [
        *MEANING,
        "hi",
        "thanks",
        "lol",
        "haha",
        "xx",
        "sorry",
        "please",
        "k1ll",
        "s*icide",
        "unalive",
        "SOS",
        "10:42",
        "sent from my phone",
    ]
)
SIGNS = st.sampled_from(
    [
        "",
        " ",
        "!",
        "?",
        "...",
        " 😭 ",
        "🔪",
        "\n",
        ", ",
        " - ",
        "“",
        "”",
        "(",
        ")",
        "*",
        "<3",
        ":(",
        "[",
        "]",
        "'",
        '"',
        "@",
        ">",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(WORDS, SIGNS), min_size=1, max_size=8))
def test_folding_is_stable_on_what_people_type(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + (sign or " ") for word, sign in pieces)
    folded = fold(text)
    assert folded.strip()
    assert fold(folded) == folded


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_folding_or_is_emptied(text: str) -> None:
    folded = fold(text)
    assert bool(folded) == bool(folded.strip())
    if any(char.isalnum() for char in text) and any(char.isascii() and char.isalnum() for char in text):
        assert folded


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=string.ascii_letters + " .,!?'\"()[]<>*-:;0123456789", max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_training_messages_twice_is_folding_them_once() -> None:
    texts = [message.text for message in read_training_messages()][::25]
    unstable = [text for text in texts if fold(fold(text)) != fold(text)]
    assert not unstable


def test_no_emoji_with_words_hides_them() -> None:
    for char in sorted(emoji.EMOJI_DATA)[::37]:
        assert "hitting me" in fold(f"he is hitting me {char}"), char


def test_sentences_are_those_of_two_words_at_least() -> None:
    assert sentences("thanks. he hits me. what do i do? ok") == ["he hits me.", "what do i do?"]
    assert sentences("he hits me") == []
    many = ". ".join(f"sentence number {number}" for number in range(30))
    assert len(sentences(many, most=6)) == 6
    assert (
        sentences(many, most=6)[0] == "sentence number 0."
        and sentences(many, most=6)[-1] == "sentence number 29"
    )


def test_earlier_messages_stand_before_the_newest_two_at_most() -> None:
    assert (
        with_earlier("and now?", ["one one", "two two!!!", "three three lol"])
        == "two two [SEP] three three [SEP] and now?"
    )
