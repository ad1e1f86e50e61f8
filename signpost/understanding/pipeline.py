"""Our own spaCy pipeline: what words alone tell - places, self-descriptions, negation, time, danger.

It is built in code from the YAML files in ``vocabulary/`` on ``spacy.blank("en")``: no model is downloaded.
"""

import re
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Tuple

import spacy
from ruamel.yaml import YAML
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans
from spacy.vocab import Vocab

# A word may hold apostrophes; anything else that is no space is a sign of its own.
WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
CONTRACTION = re.compile(r"(?='(?:s|re|m|ve|d|ll)\b)")
UNKNOWN_WORD = "\ufffd"
# Key in a Doc's user data: where each token stands in the text, a pair of characters.
OFFSETS = "offsets"
VOCABULARY = Path(__file__).parent / "vocabulary"

WORD_LABELS = (
    "negation",
    "time_past",
    "time_now",
    "told_as_story",
    "woman",
    "man",
    "lgbt",
    "nonbinary",
    "child",
    "professional",
    "own_behaviour",
    "harm_to_self",
    "harm_word",
)
PLACE_LABELS = ("milton_keynes", "elsewhere")
SIGNAL_NAMES = (
    *WORD_LABELS,
    *PLACE_LABELS,
    "danger_pattern",
    "danger_guarded",
    "question",
    "first_person",
    "very_short",
)
# Wishes about housing, the more telling ones first, and what their labels begin with.
WISHES = ("other_stay", "stay_home", "refuge")
WISH = "wish_"
# What the labels of things told begin with.
TOLD = "told_"
FIRST_PERSON = frozenset({"i", "me", "my", "mine"})
# A place that is also a name counts when the message holds hardly more than the place.
PLACE_ONLY_TOKENS = 4

_WRITER = r"\bi ('m|am) (just )?(a|an|the) (\S+ ){0,2}"
SAME_SEX = tuple(
    (re.compile(rf"{_WRITER}({sex})\b"), re.compile(rf"\bmy (ex )?({partner})\b"))
    for sex, partner in (
        ("man|boy|guy|male|gentleman", "husband|boyfriend"),
        ("woman|girl|lady|female|lass", "wife|girlfriend"),
    )
)

Doc.set_extension("danger_hits", default=(), force=True)


class KnownWords:
    """Tokenizer: words and signs in lower case, text speak spelled out, contractions parted ("hes" to "he" and "'s").

    A word that is in none of our lists becomes UNKNOWN_WORD. spaCy keeps every word that it has ever seen in its string
    store; so a name or a street that somebody types never gets there.
    """

    def __init__(self, vocab: Vocab, text_speak: Dict[str, str], known: Iterable[str]) -> None:
        self.vocab, self.text_speak, self.known = vocab, text_speak, frozenset(known)

    def __call__(self, text: str) -> Doc:
        words, offsets = [], []
        for match in WORD.finditer(text):
            word = match.group().lower()
            for part in parts(self.text_speak.get(word, word)):
                words.append(part if part in self.known else UNKNOWN_WORD)
                offsets.append(match.span())
        doc = Doc(self.vocab, words=words)
        doc.user_data[OFFSETS] = offsets
        return doc

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The word lists as bytes, for spaCy's own saving."""
        return spacy.util.srsly.msgpack_dumps([self.text_speak, sorted(self.known)])

    def from_bytes(self, data: bytes, **kwargs: Any) -> "KnownWords":
        """Read what ``to_bytes`` wrote."""
        self.text_speak, known = spacy.util.srsly.msgpack_loads(data)
        self.known = frozenset(known)
        return self


def parts(words: str) -> List[str]:
    """Words and signs of a text in lower case, contractions parted but for "n't": "he's" is two, "don't" is one."""
    return [part for word in WORD.findall(words) for part in CONTRACTION.split(word) if part]


@Language.factory("danger_patterns")
def make_danger_patterns(nlp: Language, name: str) -> "DangerPatterns":
    """Factory of the step that looks for danger now."""
    return DangerPatterns(nlp, {"patterns": {}, "longest_hit": 1, "guard_reach": 0})


class DangerPatterns:
    """Looks for danger now by token patterns. A hit told as a story, as past or negated is kept as guarded."""

    def __init__(self, nlp: Language, spec: Dict[str, Any]) -> None:
        self.nlp = nlp
        self.read(spec)

    def read(self, spec: Dict[str, Any]) -> None:
        """Take over patterns and limits."""
        self.spec = spec
        self.matcher = Matcher(self.nlp.vocab)
        for name, patterns in spec["patterns"].items():
            self.matcher.add(name, patterns)

    def __call__(self, doc: Doc) -> Doc:
        # Unbounded gaps make matching quadratic, so long texts are read in slices that overlap by one hit.
        step, longest = 60, self.spec["longest_hit"]
        hits = set()
        for start in range(0, max(1, len(doc)), step):
            part = doc[start : start + step + longest]
            for key, left, right in self.matcher(part):
                if right - left <= longest:
                    hits.add((self.nlp.vocab.strings[key], start + left, start + right))
        spans = doc.spans["words"]
        story = any(span.label_ == "told_as_story" for span in spans)
        guards = [span for span in spans if span.label_ in ("time_past", "negation")]
        reach = self.spec["guard_reach"]
        doc._.danger_hits = tuple(
            (name, left, right, story or any(left - reach <= guard.start < left for guard in guards))
            for name, left, right in sorted(hits, key=lambda hit: hit[1:])
        )
        return doc

    def to_bytes(self, **kwargs: Any) -> bytes:
        """Patterns and limits as bytes, for spaCy's own saving."""
        return spacy.util.srsly.msgpack_dumps(self.spec)

    def from_bytes(self, data: bytes, **kwargs: Any) -> "DangerPatterns":
        """Read what ``to_bytes`` wrote."""
        self.read(spacy.util.srsly.msgpack_loads(data))
        return self


def build_pipeline(vocabulary: Path = VOCABULARY) -> Language:
    """The spaCy pipeline, built from the vocabulary files.

    Raises:
        KeyError: a word list that is read here is missing in the files.
    """
    yaml = YAML(typ="safe")
    words, places, danger = (
        yaml.load((vocabulary / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("words", "places", "danger")
    )
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("span_ruler", config={"spans_key": "words", "phrase_matcher_attr": None})
    lists = {
        **{label: words[label] for label in WORD_LABELS},
        **{label: places[label] for label in PLACE_LABELS},
    }
    lists["place_or_name"] = places["milton_keynes_ambiguous"]
    lists["place_lead"] = places["leads"]
    lists["left_behind"] = places["left_behind"]
    lists |= {WISH + wish: listed for wish, listed in words["wishes"].items()}
    lists |= {TOLD + name: listed for name, listed in words["told"].items()}
    phrases = [(label, parts(phrase)) for label, listed in lists.items() for phrase in listed]
    ruler.add_patterns(
        [{"label": label, "pattern": [{"ORTH": word} for word in phrase]} for label, phrase in phrases]
    )
    nlp.add_pipe("danger_patterns").read(
        {key: danger[key] for key in ("patterns", "longest_hit", "guard_reach")}
    )
    known = {word for _, phrase in phrases for word in phrase}
    known |= set(_words_of(danger["patterns"])) | FIRST_PERSON | {"?"}
    nlp.tokenizer = KnownWords(nlp.vocab, dict(words["text_speak"]), known)
    return nlp


def _words_of(patterns: Any) -> Iterator[str]:
    """Every word that the danger patterns name."""
    if isinstance(patterns, str):
        yield patterns
    elif isinstance(patterns, dict):
        for key, value in patterns.items():
            if key != "OP":
                yield from _words_of(value)
    else:
        for entry in patterns:
            yield from _words_of(entry)


def characters(span: Span) -> Tuple[int, int]:
    """Where a span stands in the text that was read."""
    offsets = span.doc.user_data[OFFSETS]
    return offsets[span.start][0], offsets[span.end - 1][1]


def place_spans(doc: Doc) -> List[Tuple[Span, str]]:
    """Places named in the text, longest first where they overlap, without those that are rather a person's name."""
    spans = doc.spans["words"]
    ambiguous = {(span.start, span.end) for span in spans if span.label_ == "place_or_name"}
    leads = {span.end for span in spans if span.label_ == "place_lead"}
    places = [span for span in spans if span.label_ in PLACE_LABELS or span.label_ == "place_or_name"]
    kept = [
        span
        for span in filter_spans(places)
        if (span.start, span.end) not in ambiguous or span.start in leads or len(doc) <= PLACE_ONLY_TOKENS
    ]
    return [(span, "elsewhere" if span.label_ == "elsewhere" else "milton_keynes") for span in kept]


def wish_of(doc: Doc) -> str | None:
    """What somebody with nowhere safe to stay wishes for, in the words of routing's topics; the first of WISHES that is named."""
    found = {span.label_ for span in doc.spans["words"]}
    return next((wish for wish in WISHES if WISH + wish in found), None)


def named_areas(doc: Doc) -> FrozenSet[str]:
    """The areas of the places that a text names, but for those left behind, in the words of the labelling guide."""
    left = {span.end for span in doc.spans["words"] if span.label_ == "left_behind"}
    return frozenset(
        "mk" if label == "milton_keynes" else "elsewhere"
        for span, label in place_spans(doc)
        if span.start not in left
    )


def names_same_sex_couple(doc: Doc) -> bool:
    """Whether the writer says to be a man who has a husband or boyfriend, or a woman who has a wife or girlfriend."""
    return any(writer.search(doc.text) and partner.search(doc.text) for writer, partner in SAME_SEX)


def told_of(doc: Doc) -> Tuple[str, ...]:
    """What the words themselves tell that a reply can take up: ids of directory/acknowledgements.yml, as they come."""
    found = [span.label_.removeprefix(TOLD) for span in doc.spans["words"] if span.label_.startswith(TOLD)]
    return tuple(dict.fromkeys(found))


def read_signals(doc: Doc) -> Dict[str, float]:
    """What words alone tell, by the names of SIGNAL_NAMES: 0 or 1 each."""
    found = {span.label_ for span in doc.spans["words"]} & set(WORD_LABELS)
    found |= {label for _, label in place_spans(doc)}
    found |= {"danger_guarded" if guarded else "danger_pattern" for *_, guarded in doc._.danger_hits}
    extra = {
        "question": any(token.text == "?" for token in doc),
        "first_person": any(token.text in FIRST_PERSON for token in doc),
        "very_short": len(doc) <= PLACE_ONLY_TOKENS,
    }
    found |= {name for name, holds in extra.items() if holds}
    return {name: float(name in found) for name in SIGNAL_NAMES}
