"""Tidying of Unicode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from signpost.understanding.pipeline import build_pipeline
from signpost.understanding.text import clean, passages


@pytest.fixture(scope="module")
def pipeline() -> Language:
    return build_pipeline()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("he\u200bs here", "hes here"),
        ("ｈｅｌｐ", "help"),
        ("hеlp mе", "help me"),
        ("he’s “fine”", 'he\'s "fine"'),
        ("helppppppp", "helppp"),
        ("  a \n\t b  ", "a b"),
        ("\u202eabc\x00", "abc"),
        ("h\u0336e\u0336l\u0336p\u0336", "help"),
        ("h\ufe0fe\ufe0fl\ufe0fp", "help"),
        ("fiancé", "fiance"),
        ("he\u3164has\u2800a_knife", "he has a knife"),
        ("hе һаѕ а кпіfе", "he has a knife"),
        ("κηιfε", "knife"),
        ("ᴋɴɪꜰᴇ", "knife"),
        ("𝖐𝖓𝖎𝖋𝖊 ⓚⓝⓘⓕⓔ", "knife knife"),
    ],
)
def test_look_alikes_and_invisible_characters_are_folded(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


DISGUISES = {
    "full width": lambda text: "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text
    ),
    "bold": lambda text: "".join(chr(0x1D41A + ord(char) - 97) if char.islower() else char for char in text),
    "circled": lambda text: "".join(
        chr(0x24D0 + ord(char) - 97) if char.islower() else char for char in text
    ),
    "cyrillic": lambda text: text.translate(str.maketrans("aeopcyxijsdhkmntbg", "аеорсухіјѕԁһкмптьԍ")),
    "greek": lambda text: text.translate(str.maketrans("aeopiuknvt", "αεοριυκηντ")),
    "small capitals": lambda text: text.translate(
        str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
    ),
    "zero width": "\u200b".join,
    "joiners": "\u200d".join,
    "soft hyphens": "\u00ad".join,
    "variation selectors": "\ufe0f".join,
    "struck through": lambda text: "".join(char + "\u0336" for char in text),
    "stacked marks": lambda text: "".join(char + "\u0301\u0323\u0334" for char in text),
    "accents": lambda text: text.translate(str.maketrans("aeiou", "áéíóú")),
    "right to left": lambda text: "\u202e" + text,
    "tags": lambda text: "".join(char + "\U000e0041" for char in text),
    "blank letters": lambda text: text.replace(" ", "\u3164"),
    "braille blanks": lambda text: text.replace(" ", "\u2800"),
    "underscores": lambda text: text.replace(" ", "_"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(
    "text",
    [
        "he has a knife and he is breaking the door down",
        "he is going to kill me",
        "hes strangling me right now",
    ],
)
def test_danger_in_disguise_is_still_seen(pipeline: Language, disguise: str, text: str) -> None:
    assert (
        [hit[0] for hit in pipeline(clean(DISGUISES[disguise](text)))._.danger_hits]
        == [hit[0] for hit in pipeline(clean(text))._.danger_hits]
        != []
    )


def test_a_long_text_is_cut_into_passages_that_share_words() -> None:
    words = [f"w{number}" for number in range(100)]
    found = passages(" ".join(words))
    assert [passage.split()[0] for passage in found] == ["w0", "w30", "w60"]
    assert found[-1].split()[-1] == "w99"


def test_a_short_text_has_no_passages() -> None:
    assert passages("word " * 60) == []
