"""No regular expression of ours can be made slow: each is found in the source and fed long hostile text."""

from __future__ import annotations

import ast
import re
import signal
import sre_parse
from collections.abc import Iterator
from itertools import product
from types import FrameType
from typing import Any

import pytest

import signpost.understanding.facts
import signpost.understanding.pipeline
import signpost.understanding.places
import signpost.understanding.surface
from signpost.files import ROOT
from signpost.understanding.facts import _lists
from signpost.understanding.pipeline import VOCABULARY, build_pipeline
from signpost.understanding.places import postcode_pattern
from signpost.understanding.text import clean

pytestmark = pytest.mark.long

LENGTH = 20_000
# A pattern that looks at each character once needs milliseconds; one that looks at each pair needs seconds.
LIMIT_S = 0.5
FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"}
# These read files of the project when the page is built, never anything from outside.
OF_OUR_OWN_FILES = {r"\s*([{};:,>])\s*", r"\s+// .*$", r"/\*.*?\*/", r"^ *//@include (\S+)$"}


def patterns() -> Iterator[tuple[str, str]]:
    for path in sorted([*ROOT.glob("signpost/**/*.py"), *ROOT.glob("actions/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in FUNCTIONS
                and node.args
            ):
                continue
            if (
                isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield path.name, node.args[0].value


def compiled(value: Any) -> Iterator[str]:
    """Patterns in a value, also in a tuple of tuples."""
    if isinstance(value, re.Pattern):
        yield value.pattern
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from compiled(part)


# These put patterns together; what they come to is found where it ends up.
PUT_TOGETHER = {
    "pipeline.py": [*vars(signpost.understanding.pipeline).values()],
    "surface.py": [*vars(signpost.understanding.surface).values()],
    "facts.py": [*vars(signpost.understanding.facts).values(), *vars(_lists()).values()],
    "places.py": [*vars(signpost.understanding.places).values(), postcode_pattern(VOCABULARY)],
}
FOUND = sorted(
    {
        *patterns(),
        *(
            (name, pattern)
            for name, values in PUT_TOGETHER.items()
            for value in values
            for pattern in compiled(value)
        ),
    }
)


def atoms(parsed: Any) -> Iterator[str]:
    """Characters that a pattern knows by name, and the runs of them that it spells."""
    run = ""
    for operator, argument in parsed:
        if str(operator) == "LITERAL":
            run += chr(argument)
            yield chr(argument)
            continue
        if run:
            yield run
        run = ""
        if str(operator) == "RANGE":
            yield from map(chr, argument)
        elif str(operator) == "CATEGORY":
            yield {"CATEGORY_SPACE": " ", "CATEGORY_WORD": "a", "CATEGORY_DIGIT": "0"}.get(str(argument), "-")
        elif isinstance(argument, (list, tuple, sre_parse.SubPattern)):
            for part in argument if isinstance(argument, (list, tuple)) else [argument]:
                if isinstance(part, sre_parse.SubPattern):
                    yield from atoms(part)
                elif isinstance(part, list) and part and isinstance(part[0], sre_parse.SubPattern):
                    for branch in part:
                        yield from atoms(branch)
                elif isinstance(part, tuple) and len(part) == 2:
                    yield from atoms([part])
    if run:
        yield run


@pytest.fixture
def clock() -> Iterator[None]:
    """Stops a match that goes on for too long; `re` looks for signals while it works."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def hostile(pattern: str) -> Iterator[str]:
    known = sorted({*atoms(sre_parse.parse(pattern)), "a", " ", "😀"})[:14]
    for pump in {"".join(pair) for pair in product(known, repeat=2)} | set(known):
        text = pump * (LENGTH // len(pump))
        yield text
        yield text + "\x01"


def test_the_patterns_are_found() -> None:
    names = {name for name, _ in FOUND}
    assert len(FOUND) >= 20
    assert {"requests.py", "text.py", "pipeline.py", "reader.py", "page.py", "connections.py"} <= names


def test_no_pattern_is_put_together_where_it_could_not_be_found() -> None:
    """But for those that evaluation and the check of the directory's texts feed with our own files, and those
    that are found where they end up."""
    hidden = set()
    for path in [*ROOT.glob("signpost/**/*.py"), *ROOT.glob("actions/*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"^\s*(from re import|import re as|import regex|from regex)", text, re.MULTILINE
        ), path
        calls = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{name}" for name in FUNCTIONS}
        ]
        hidden |= {path.name for call in calls if not isinstance(call.args[0], ast.Constant)}
    assert hidden == {"baselines.py", "changes.py", "rules_for_texts.py", *PUT_TOGETHER}
    for name in PUT_TOGETHER:
        assert {pattern for found, pattern in FOUND if found == name} > {
            pattern for found, pattern in patterns() if found == name
        }


def test_a_bad_pattern_would_be_noticed(clock: None) -> None:
    with pytest.raises(TimeoutError):
        feed(r"(a+)+b")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [found for found in FOUND if found[1] not in OF_OUR_OWN_FILES],
    ids=lambda value: ascii(value)[:40],
)
def test_no_pattern_runs_for_long(name: str, pattern: str, clock: None) -> None:
    feed(pattern)


def feed(pattern: str) -> None:
    compiled = re.compile(pattern)
    for text in hostile(pattern):
        for look in (compiled.search, compiled.fullmatch):
            signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
            look(text)
            signal.setitimer(signal.ITIMER_REAL, 0)


DANGER_WORDS = ["he is", "has got a the my", "locked in", "taken all", "breaking", "not", "'s", "a'a"]


# What spaCy's tokenizer looks for in a word without spaces: addresses, numbers, brackets, contractions.
IN_A_WORD = ["a.", "-", "http://", "(", "1,", "'", "@", "?a="]


def test_no_endless_word_is_taken_apart_for_long(clock: None) -> None:
    """4,000 characters without a space."""
    nlp = build_pipeline()
    for first, second in product(IN_A_WORD, repeat=2):
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        nlp(clean(((first + second) * 4000)[:4000]))
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_the_reader_never_reads_for_long(clock: None) -> None:
    """4,000 characters of the words that begin a danger pattern, over and over."""
    nlp = build_pipeline()
    for first, second in product(DANGER_WORDS, repeat=2):
        text = clean((f"{first} {second} " * 2000)[:4000])
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        nlp(text)
        signal.setitimer(signal.ITIMER_REAL, 0)
