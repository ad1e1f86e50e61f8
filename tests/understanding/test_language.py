"""Which language a message is in: English slang and slips never another one, the twelve languages found."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from signpost.learning.corpus.topic_files import read_training_messages
from signpost.understanding.language import OTHER, SPOKEN, language_of
from signpost.understanding.surface import fold
from signpost.understanding.vocabulary import from_packages

SENTENCES = YAML(typ="safe").load((Path(__file__).parent / "languages.yml").read_text(encoding="utf-8"))
# The training messages that are not English, which somebody has read.
FOREIGN = frozenset(
    [
        "ola que tal",
        "aidez moi il a un couteau",
        "on mnie bije pomocy",
        "me está pegando ahora",
        "ajutor el sparge usa",
        "pomoc",
        "merci, merci beaucoup",
        "Czy jest numer po polsku",
        "hablas español?",
        "fala português?",
        "potrzebuję pomocy po polsku",
        "mąż mnie bije, nie mówię po angielsku 😭",
        "هل تتكلم العربية",
        "sotul meu ma bate si ma ameninta, nu stiu engleza. cine ma poate ajuta",
        "aap urdu bolte hain?",
        "parlez-vous français",
        "czy ktoś mówi po polsku",
        "есть кто говорит по русски",
        "mi marido me pega y no hablo ingles, ayuda!!",
        "mera shohar mujhe roz gaali deta hai, english nahi aati. kya karun",
        "cześć",
    ]
)
MAX_FALSE = 0.001


def read(text: str) -> str:
    return language_of(text, fold(text))


def test_english_is_not_taken_for_another_language() -> None:
    texts = [message.text for message in read_training_messages() if message.text not in FOREIGN]
    wrong = [text for text in texts if read(text) != "en"]
    assert len(wrong) <= MAX_FALSE * len(texts), wrong[:20]


@pytest.mark.parametrize("text", sorted(FOREIGN))
def test_what_is_not_english_among_them_is_found(text: str) -> None:
    assert read(text) != "en"


def test_each_language_has_sentences_here() -> None:
    assert set(SENTENCES) == {*SPOKEN, OTHER}
    assert all(len(SENTENCES[code]) >= 8 for code in SPOKEN)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in SENTENCES.items() for text in texts]
)
def test_plain_short_sentences_are_found(code: str, text: str) -> None:
    assert read(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "nah m8",
        "yeh innit",
        "he dun it agen",
        "wud u plz hlp me",
        "omg he proper kicked off rn",
        "ma da's a pure heidbanger",
        "dinnae ken",
        "fella's a right melt",
        "idk wtf 2 do",
        "hes comin ova",
        "my pa hit me",
        "ami safe",
        "im in la la land",
        "ciao",
        "hola",
        "merci",
        "si si",
        "yo yo",
        "bye bye bye",
        "maria and jose",
        "halp",
        "SOS",
        "asdf gh",
        "he is loco",
        "",
        "999",
        "😭😭",
        "hеlp mе",
        "hе һаѕ а кпіfе",
    ],
)
def test_slang_slips_and_short_messages_are_english(text: str) -> None:
    assert read(text) == "en"


def test_the_files_of_packages_are_written_by_a_program_that_names_them() -> None:
    for name in ("languages.tsv", "united_kingdom.tsv"):
        first = (from_packages.FOLDER / name).read_text(encoding="utf-8").split("\n", 1)[0]
        assert "from_packages.py" in first
    assert from_packages.LANGUAGES == ("en", "pl", "ro", "pt", "es", "fr")
