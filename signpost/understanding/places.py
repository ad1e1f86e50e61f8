"""Places in a message, and whose they are: where the person harmed lives, works, goes, has lived, or where the abuser is.

Names come from ``vocabulary/``: the United Kingdom's towns from a package's file, Milton Keynes's estates from ours. Many are
words or surnames too, so those count only where the sentence makes them a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import srsly
from ruamel.yaml import YAML
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans
from spacy.vocab import Vocab

from signpost.understanding.text import parts

TOWNS_FILE = "united_kingdom.tsv"
PLACES_FILE = "places.yml"
# A town of so many people counts wherever it is named; a smaller place of one word only where the sentence says so.
TOWN = 15_000
# A place that is also a name counts when the message holds hardly more than the place.
PLACE_ONLY_TOKENS = 4
# How far before a place its verb and its subject may stand (tokens).
REACH, WORK_REACH = 14, 6
# What stands in a text's tokens for a postcode.
POSTCODE_MK, POSTCODE_ELSEWHERE = "\ufffdmk", "\ufffdelsewhere"
SENTENCE_ENDS = frozenset({".", "?"})
# Each word list that this module reads from PLACES_FILE.
NAMES = ("milton_keynes", "milton_keynes_or_name", "elsewhere", "abroad", "also_words", "no_place")
PHRASES = ("leads", "place_leads", "left_behind", "visited")
WORD_SETS = (
    "never_alone",
    "not_before",
    "not_after",
    "home",
    "work",
    "writer",
    "abuser",
    "harmed_woman",
    "harmed_man",
    "harmed",
    "link",
    "counted",
)
# Before the lists are read.
EMPTY_SPEC: dict[str, Any] = {"names": {}, **{key: [] for key in (*PHRASES, *WORD_SETS)}}
HE, SHE = frozenset({"he", "his", "him"}), frozenset({"she", "her"})
# Before a country they tell where somebody comes from or is sent.
FAR = frozenset({"from", "to"})
# "i live with him in" is the writer's place.
COMPANY = frozenset({"with", "near", "by"})
WHERE_CLAUSE = 2
ARTICLES = frozenset({"a", "an"})
# What stands before or after a place that is a clause by itself.
CLAUSE_ENDS = SENTENCE_ENDS | {","}


class Tie(Enum):
    """What a place is to the person harmed."""

    LIVES = "lives"
    NAMED = "named"  # the sentence does not say
    ELSEWHERE = "somebody else's, left, or only visited"


@dataclass(frozen=True)
class Found:
    """A place in tokens ``start`` to ``end``; ``area`` is mk or elsewhere."""

    start: int
    end: int
    area: str
    tie: Tie


Doc.set_extension("places", default=(), force=True)


def read_spec(vocabulary: Path) -> dict[str, Any]:
    """Names and word lists as plain data.

    Raises:
        KeyError: a list that is read here is missing.
        OSError: a file is missing.
    """
    data = YAML(typ="safe").load((vocabulary / PLACES_FILE).read_text(encoding="utf-8"))
    ours = {_bare(name) for kind in NAMES for name in data[kind]}
    towns: list[str] = []
    small: list[str] = []
    for line in (vocabulary / TOWNS_FILE).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, _, people = line.partition("\t")
        if _bare(name) not in ours:
            (towns if int(people) >= TOWN or " " in name else small).append(name)
    return {
        "names": {**{kind: list(map(str, data[kind])) for kind in NAMES}, "town": towns, "small": small},
        **{key: [str(word) for word in data[key]] for key in (*PHRASES, *WORD_SETS)},
    }


class Places:
    """A step of the spaCy pipeline: puts the places of a text into ``doc._.places``, a tuple of Found.

    ``spec`` is what ``read_spec`` gives.
    """

    def __init__(self, vocab: Vocab, spec: Mapping[str, Any]) -> None:
        self.vocab = vocab
        self.read(spec)

    def read(self, spec: Mapping[str, Any]) -> None:
        """Take over names and word lists."""
        self.spec = dict(spec)
        self.matcher = PhraseMatcher(self.vocab, attr="ORTH")
        for kind, names in spec["names"].items():
            forms = {form for name in names for form in _forms(name)}
            self.matcher.add(kind, [Doc(self.vocab, words=list(form)) for form in sorted(forms)])
        for kind, sign in (("postcode_mk", POSTCODE_MK), ("postcode_elsewhere", POSTCODE_ELSEWHERE)):
            self.matcher.add(kind, [Doc(self.vocab, words=[sign])])
        self.phrases = {key: {tuple(parts(phrase)) for phrase in spec[key]} for key in PHRASES}
        self.sets = {key: frozenset(spec[key]) for key in WORD_SETS}

    def words(self) -> Iterator[str]:
        """Every word that this step must be able to see."""
        for names in self.spec["names"].values():
            for name in names:
                for form in _forms(name):
                    yield from form
        for phrases in self.phrases.values():
            for phrase in phrases:
                yield from phrase
        for listed in self.sets.values():
            yield from listed
        yield from (POSTCODE_MK, POSTCODE_ELSEWHERE, *SENTENCE_ENDS, *HE, *SHE, *COMPANY, *FAR, *ARTICLES)
        yield from ("-", ",", "where", "lived", "have", "has", "'ve", "always", "and", "here", "me", "us")

    def __call__(self, doc: Doc) -> Doc:
        spans = filter_spans([Span(doc, start, end, label=key) for key, start, end in self.matcher(doc)])
        if not spans:
            return doc
        words = [token.text for token in doc]
        kinds = [span.label_ for span in spans]
        found = []
        for number, span in enumerate(spans):
            after = spans[number + 1] if number + 1 < len(spans) else None
            follows = self._county(words, span.end, after, kinds[number + 1] if after is not None else "")
            if area := self._area(words, span, kinds[number], follows):
                tie = self._tie(words, span)
                if kinds[number] == "abroad" and span.start and words[span.start - 1] in FAR:
                    tie = Tie.ELSEWHERE
                found.append(Found(span.start, span.end, area, tie))
        doc._.places = tuple(found)
        return doc

    def _county(self, words: Sequence[str], end: int, after: Span | None, kind: str) -> str:
        """The area of a place that follows at once and says which one is meant ("hope, derbyshire"); empty without."""
        if (
            after is None
            or after.start - end > 1
            or words[end : after.start] not in ([], [","], ["in"], ["near"])
        ):
            return ""
        if kind in ("elsewhere", "town", "postcode_elsewhere"):
            return "elsewhere"
        return "mk" if kind in ("milton_keynes", "postcode_mk") else ""

    def _area(self, words: Sequence[str], span: Span, kind: str, follows: str) -> str:
        """The area of a name that is meant as a place; empty of one that is not."""
        if kind in ("milton_keynes", "postcode_mk"):
            return "mk"
        if kind in ("elsewhere", "abroad", "town", "postcode_elsewhere"):
            return "elsewhere"
        if kind == "no_place":
            return ""
        before = words[span.start - 1] if span.start else "."
        after = words[span.end] if span.end < len(words) else "."
        clause = before in CLAUSE_ENDS and after in CLAUSE_ENDS
        lead = "leads" if kind == "milton_keynes_or_name" else "place_leads"
        led = self._ends_with(words, span.start, lead)
        if kind == "milton_keynes_or_name":
            if follows == "elsewhere":
                return ""
            return "mk" if led or follows or clause or len(words) <= PLACE_ONLY_TOKENS else ""
        if follows:
            return "" if follows == "mk" else "elsewhere"
        if kind == "small":
            return "elsewhere" if led or clause or self._ends_with(words, span.start, "leads") else ""
        ahead = words[span.start - 2] if span.start > 1 else ""
        if led and after not in self.sets["not_before"] and ahead not in self.sets["not_after"]:
            return "elsewhere"
        alone = clause and span.start == 0 and words[0] not in self.sets["never_alone"]
        return "elsewhere" if alone else ""

    def _ends_with(self, words: Sequence[str], end: int, phrases: str) -> bool:
        """Whether one of the phrases stands right before token ``end``."""
        return any(
            tuple(words[end - len(phrase) : end]) == phrase
            for phrase in self.phrases[phrases]
            if len(phrase) <= end
        )

    def _tie(self, words: Sequence[str], span: Span) -> Tie:
        """Whose place it is."""
        start, sets = span.start, self.sets
        if self._ends_with(words, start, "left_behind") or self._ends_with(words, start, "visited"):
            return Tie.ELSEWHERE
        if tie := self._where_clause(words, span.end):
            return tie
        first = max(0, start - REACH)
        for at in range(start - 1, first - 1, -1):
            if words[at] in SENTENCE_ENDS:
                first = at + 1
                break
        verb = next(
            (
                at
                for at in range(start - 1, first - 1, -1)
                if words[at] in sets["home"]
                or words[at] == "lived"
                or (words[at] in sets["work"] and start - at <= WORK_REACH)
            ),
            None,
        )
        if verb is not None and words[verb] in sets["work"]:
            return Tie.ELSEWHERE
        if verb is not None and words[verb] == "lived" and not _still(words[first:verb]):
            return Tie.ELSEWHERE
        subject = self._subject(words, first, start)
        if verb is not None and subject is not None:
            # "i live in one town, my mum is in another": the verb is not hers
            own = subject > verb and not COMPANY & set(words[max(0, subject - 2) : subject])
            if own and all(word in sets["link"] for word in words[subject + 1 : start]):
                verb = None
            else:
                subject = self._subject(words, first, verb)
        until = start if verb is None else verb
        if subject is not None and words[subject] in sets["abuser"]:
            if verb is None and not all(word in sets["link"] for word in words[subject + 1 : start]):
                return Tie.NAMED
            if not self._with_writer(words, subject, until, start) and not self._means_harmed(
                words, words[subject]
            ):
                return Tie.ELSEWHERE
        return Tie.NAMED if verb is None else Tie.LIVES

    def _subject(self, words: Sequence[str], first: int, end: int) -> int | None:
        """The person nearest before token ``end``."""
        people = self.sets["writer"] | self.sets["abuser"]
        for at in range(end - 1, first - 1, -1):
            # "i'm a wife in" speaks of no wife of the writer's
            named = words[at] in people and not (at and words[at - 1] in ARTICLES)
            if named or self._is_harmed(words[at]):
                return at
        return None

    def _where_clause(self, words: Sequence[str], end: int) -> Tie | None:
        """What "luton where he lives" says of the place before it."""
        clause = words[end : end + WHERE_CLAUSE]
        if "where" not in clause:
            return None
        rest = words[end + clause.index("where") + 1 :][:3]
        if set(rest) & self.sets["work"]:
            return Tie.ELSEWHERE
        if set(rest) & self.sets["home"]:
            other = rest[0] in self.sets["abuser"] and not self._means_harmed(words, rest[0])
            return Tie.ELSEWHERE if other else Tie.LIVES
        return None

    def _is_harmed(self, word: str) -> bool:
        return any(word in self.sets[key] for key in ("harmed", "harmed_woman", "harmed_man"))

    def _with_writer(self, words: Sequence[str], subject: int, verb: int, start: int) -> bool:
        """Whether the writer is there too: "me and my husband live in", "he lives with us in", "he still lives here in"."""
        before = words[max(0, subject - 4) : subject]
        if "and" in before and {"me", "i"} & set(before):
            return True
        after = words[verb:start]
        return bool({"me", "us", "here"} & set(after)) and verb < start

    def _means_harmed(self, words: Sequence[str], word: str) -> bool:
        """Whether he, she or they may be somebody whom the message names as harmed."""
        named = set(words)
        about_others = "me" not in named
        if word in HE:
            others = about_others and named & SHE
            return bool(others or named & (self.sets["harmed_man"] | self.sets["harmed"]))
        if word in SHE:
            others = about_others and named & HE
            return bool(others or named & (self.sets["harmed_woman"] | self.sets["harmed"]))
        return word in ("they", "their") and any(self._is_harmed(name) for name in named)

    def to_bytes(self, **kwargs: Any) -> bytes:
        """Names and lists as bytes, for spaCy's own saving."""
        return bytes(srsly.msgpack_dumps(self.spec))

    def from_bytes(self, data: bytes, **kwargs: Any) -> Places:
        """Read what ``to_bytes`` wrote."""
        self.read(srsly.msgpack_loads(data))
        return self


def living_areas(found: Iterable[Found]) -> frozenset[str]:
    """Where the person harmed lives as far as the places tell: where it is said, else the places that are just named."""
    found = list(found)
    lives = frozenset(place.area for place in found if place.tie is Tie.LIVES)
    return lives or frozenset(place.area for place in found if place.tie is Tie.NAMED)


def postcode_pattern(vocabulary: Path) -> re.Pattern[str]:
    """Finds postcodes in a folded text; the groups ``mk`` and ``not_mk`` say which kind it is.

    An area whose letters are words or roads as well ("m1", "me2") needs a whole postcode; "mk 18 years" is none.
    """
    data = YAML(typ="safe").load((vocabulary / PLACES_FILE).read_text(encoding="utf-8"))
    inward = r"\s?\d[a-z]{2}"
    counted = "|".join(data["counted"])
    mk, mk_elsewhere = (
        "|".join(map(str, sorted(data[key], reverse=True)))
        for key in ("postcode_mk", "postcode_mk_elsewhere")
    )
    whole = set(data["whole_only"])
    outward = "|".join(area for area in data["postcode_areas"] if area not in whole)
    return re.compile(
        rf"(?<!\w)(?:(?P<mk>mk\s?(?:{mk})(?:{inward})?)"
        rf"|(?P<not_mk>mk\s?(?:{mk_elsewhere})(?:{inward})?|(?:{outward})\d[\da-z]?(?:{inward})?"
        rf"|(?:{'|'.join(sorted(whole))})\d[\da-z]?{inward}))(?!\w)(?!\s(?:{counted})\b)"
    )


def _bare(name: Any) -> str:
    return str(name).replace("'", "").replace("-", " ").replace(".", "")


def _forms(name: str) -> set[tuple[str, ...]]:
    """A name as people type it: with and without apostrophes and hyphens, "st" for saint."""
    written = {name, name.replace("'", ""), _bare(name)}
    written |= {f"st {form[6:]}" for form in written if form.startswith("saint ")}
    written |= {f"saint {form[3:]}" for form in written if form.startswith("st ")}
    return {tuple(parts(form)) for form in written}


def _still(before: Sequence[str]) -> bool:
    """Whether "lived" is said of now: "i've lived in bletchley ten years"."""
    return bool({"have", "has", "'ve", "always"} & set(before[-3:]))
