"""Folds the surface of a message: what people add to their words without meaning anything by it.

Marks, laughs, kisses, smileys, greetings, thanks, apologies, capitals and stretched letters go; emoji that name a thing
become its word; masked and covert words are spelt out. What is left is what the reader, the encoder and the heads see,
while training and while answering, so that none of it can tell a label. The person's own text is never changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache

import emoji
from ruamel.yaml import YAML

from signpost.files import ROOT
from signpost.understanding.encoder import base_folder
from signpost.understanding.text import clean

COVERT_FILE = ROOT / "signpost" / "understanding" / "vocabulary" / "covert.yml"
# Letters that are typed as digits or signs inside a word.
LEET = str.maketrans("013457@$!|", "oieastasii")
MASKED = re.compile(r"(?<![\w@$*!|-])(?=[\w@$*!|-]*[a-z])[a-z0-9@$*!|-]{3,24}(?![\w@$*|])")
# Emoji that only show a mood carry nothing beside words; alone they are all that was said.
MOODS = re.compile(
    r"face|heart|hand|thumb|finger|kiss|smil|sparkl|hundred|prayer|gesturing|facepalm|shrug|raising|bowing|skin|"
    r"party|rose|robot|flower|star|sun|rainbow|fire|sweat|tears|clap|muscle|eyes|^ok|skull|person|ghost|monkey|cat_with|zzz"
)
# Faces and signs whose mood is plain enough to stand for words where there are no others.
MOOD_WORDS = {"loudly_crying_face": "crying", "crying_face": "crying", "pleading_face": "please"}
THINGS = {
    "kitchen_knife": "knife",
    "dagger": "knife",
    "water_pistol": "gun",
    "SOS_button": "sos",
    "police_car_light": "emergency",
    "drop_of_blood": "blood",
    "oncoming_police_car": "police car",
}
LAUGH = re.compile(
    r"(?<![\w'])(?:a?(?:ha){2,}h?|ha ha(?: ha)*|a?h?(?:he){2,}h?|hehe|heh|lol+|lo+l|l+o+l+|lmf?ao+|rofl|lolz|x+d+|jajaja)(?![\w'])"
)
KISS = re.compile(r"(?<![\w'])x{1,8}(?: x{1,8}){0,8}(?=\s{0,9}(?:[.,?]|$))")
SMILEY = re.compile(
    r"(?<!\w)(?:[:;=8][-'o^]?[)(dp/\\|\]\[*3o]{1,4}|<[/3]3?|\^_?\^|-_+-|t_t|;_;|xoxo+)(?!\w)", re.IGNORECASE
)
# "!!1!" is a row of them that a finger has slipped in
EXCLAMATIONS = re.compile(r"[!¡]+(?:1[!¡1]*(?![\w.,]))?")
HASHTAG = re.compile(r"(?<![\w#&])#(?=[a-z])")
# What people say while they think.
FILLERS = re.compile(r"(?:,\s{1,9})?(?<![\w'-])(?:u+m+|u+h+m*|e+r+m+|e+rr+|h+m+)(?![\w'-]),?")
# Quantifiers are bounded, or a class stands alone: long hostile text is looked at once, not once a character.
QUESTIONS = re.compile(r"[?.\s]{0,30}\?[?.!\s]{0,30}")
SIGNS = re.compile(r"[.,;:~*•#|\-\s]+")
BULLETS = re.compile(r"\s[~*•#|-]+(?=\s|$)")
ROW_OF_DOTS = re.compile(r"\.{2,}")
LETTERS = re.compile(r"[a-z']+")
# Written double these are words too, but not what somebody who leans on a key means.
SINGLE_AFTER_ALL = frozenset({"soo", "noo", "hii", "mee", "yoo", "hee", "doo", "goo", "moo", "too"})
RUN = re.compile(r"([a-z])\1{2,}")
SPACES = re.compile(r"\s+")
# What apps and web pages put around a message, and where it was quoted or listed.
TAGS = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]*)?/?>")
STAMP = re.compile(
    r"^(?:\[\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s?(?:am|pm)?\]\s*|\d{1,2}[:.]\d{2}\s?(?:am|pm)?\s*[-:]\s+|(?:>+|[-•*]|\d[).])\s+)+"
)
SENT_FROM = re.compile(
    r"[\s,.-]{1,9}sent (?:from|via|by|using) (?:my )?[a-z0-9]{1,20}(?: [a-z0-9]{1,20}){0,3}[.\s]{0,9}$"
)
WRAPPED = {"(": ")", "[": "]", '"': '"', "'": "'", "«": "»", "{": "}"}
_PEOPLE = r"(?: there| all| everyone| everybody| guys| team| folks| mate| love| hun| you lot| sir| madam| or madam)*"
_APOLOGY = (
    r"(?:please )?(?:apologies|my apologies|i apologi[sz]e|(?:i'?m )?(?:so |really |very )?sorry|forgive me|excuse me|pardon(?: me)?)"
    r"(?: (?:for|about|to) (?:the )?(?:troubl\w+|bother\w*|disturb\w*|interrupt\w*|messag\w+|writing|writing in|asking|contacting|wasting|taking up)"
    r"(?: (?:you|u|your time|anyone|anybody))?(?: all| again| so late| at this hour| with this)?)?"
)
OPENING = re.compile(
    r"^(?:(?:hi+|hey+|hello+|hiya|hello again|heya|good (?:morning|afternoon|evening|day)|morning|evening|dear sir or madam)"
    rf"{_PEOPLE}|(?:first of all,? |firstly,? |first off,? )?(?:thank ?you|thanks|many thanks) for [^.,?]{{3,45}}(?=\.)|"
    r"(?:first of all,? |firstly,? |first off,? )?thank ?you(?: so much| very much)?|thanks(?: so much| a lot| again)?|thx|cheers|ta|many thanks|"
    rf"much obliged|much appreciated|{_APOLOGY}|(?:i'?m )?(?:so |really |very )?sorry(?: to bother(?: you| u)?| about this| for this)?|apologies|ok(?:ay)?(?: so| then)?|right|so|um+|erm+|"
    r"well|look|please|pls|plz|omg|oh my god|ffs|tbh|honestly|basically|anyway)(?:\s*[,.:;]\s*|\s+(?=i\b|my\b|he\b|she\b|we\b|they\b|can\b|could\b|is\b|are\b|what\b|how\b|where\b|who\b|do\b|does\b|there\b))"
)
CLOSING = re.compile(
    r"(?:[\s,.]{1,9}(?:thank ?you(?: so much| very much| all)?|thanks(?: so much| a lot| in advance| x)?|thx|ty|tysm|cheers|many thanks|"
    r"kind regards|regards|best regards|warm regards|best wishes|all the best|yours (?:sincerely|faithfully|truly)|take care|much appreciated|"
    r"thank ?you ever so much|(?:thanks|cheers|thank you) in advance|many thanks again|if possible|if you (?:wouldn't|wouldnt|don't|dont) mind|"
    r"if (?:that's|thats|it's|its) (?:ok|okay|alright|all right|possible|no trouble)|please|pls|plz|sorry|so sorry|sorry about this|tbh|omg|ffs|smh|bye|god bless|lots of love))[.\s]{0,9}$"
)
# Between messages that are read together; how many earlier ones are.
SEPARATOR = " [SEP] "
MAX_EARLIER = 2
# A farewell is no longer than this, in characters.
FAREWELL = 80
# Folding comes to rest after two or three.
MAX_PASSES = 6
# So few words left by taking politeness away would leave nothing to read.
LEAST_WORDS = 2


def fold(text: str) -> str:
    """The message without what carries no meaning; never empty where ``text`` is not. Idempotent."""
    folded = clean(_emoji_to_words(text)).lower()
    # what is folded away may bring together what is to be folded again
    for _ in range(MAX_PASSES):
        again = _polite(_marks(_spelled_out(folded)))
        if again in ("", folded):
            break
        folded = again
    return folded or clean(text)


def with_earlier(text: str, earlier: Sequence[str]) -> str:
    """A message folded together with the newest messages of the same person before it, as the encoder reads both."""
    return SEPARATOR.join([*map(fold, earlier[-MAX_EARLIER:]), fold(text)])


def sentences(folded: str, *, most: int = 12) -> list[str]:
    """The sentences of a folded message, each of two words at least; empty where there is only one.

    A message of more than ``most`` sentences gives its first and its last ones: what is told last is often why it was written.
    """
    found = [part.strip(" ,") for part in re.split(r"(?<=[.?])\s+", folded)]
    found = [part for part in found if len(part.split()) >= LEAST_WORDS]
    if len(found) < 2:
        return []
    return found if len(found) <= most else [*found[: most // 2], *found[-(most - most // 2) :]]


def _emoji_to_words(text: str) -> str:
    """Things become words; moods go, unless there is nothing else."""
    found = emoji.emoji_list(text)
    if not found:
        return text
    has_words = any(char.isalnum() for char in emoji.replace_emoji(text, ""))

    def word(char: str, data: dict[str, str]) -> str:
        name = data["en"].strip(":")
        if name in THINGS:
            return f" {THINGS[name]} "
        if MOODS.search(name):
            return " " if has_words else f" {MOOD_WORDS.get(name, name.replace('_', ' '))} "
        return f" {name.replace('_', ' ')} "

    words = emoji.replace_emoji(text, word)
    return words if words.strip() else text


def _marks(text: str) -> str:
    """Laughs, kisses, smileys and rows of marks."""
    plain = SENT_FROM.sub("", STAMP.sub("", _unwrapped(TAGS.sub(" ", text).strip())))
    plain = SMILEY.sub(" ", plain)
    plain = LAUGH.sub(" ", plain)
    plain = FILLERS.sub(" ", plain)
    plain = HASHTAG.sub("", plain)
    plain = EXCLAMATIONS.sub(".", plain)
    plain = QUESTIONS.sub("? ", plain)
    plain = KISS.sub(" ", plain)
    plain = SIGNS.sub(_signs, plain)
    plain = LETTERS.sub(_unstretched, plain)
    plain = SPACES.sub(" ", plain)
    plain = re.sub(r" ([.,?])", r"\1", plain)
    plain = re.sub(r"([?.])[.,]+", r"\1", plain)
    return plain.strip(" .,;:-~*")


def _unwrapped(text: str) -> str:
    """Without brackets or quotation marks that stand around the whole of it."""
    while len(text) > 2 and WRAPPED.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def _signs(found: re.Match[str]) -> str:
    """What stands for a row of signs and spaces: a full stop where it ends a sentence, itself inside one."""
    row = found.group()
    if row == " ":
        return row
    last = len(row) if found.end() == len(found.string) else max(row.rfind(space) for space in " \n\t")
    ends, rest = row[: max(last, 0)].rstrip(), row[len(row[: max(last, 0)].rstrip()) :]
    if "." in ends:
        return "." + ROW_OF_DOTS.sub(".", rest)
    return BULLETS.sub(".", ends) + ROW_OF_DOTS.sub(".", rest)


def _unstretched(found: re.Match[str]) -> str:
    """A stretched word with its runs of letters as English has them: "sooooo" is "so", "killll" is "kill"."""
    word = found.group()
    if not RUN.search(word):
        return word
    double, single = RUN.sub(r"\1\1", word), RUN.sub(r"\1", word)
    words = word_list()
    return double if double in words and double not in SINGLE_AFTER_ALL else single


@lru_cache(maxsize=1)
def word_list() -> frozenset[str]:
    """The whole words of the encoder's own vocabulary, about 23,000."""
    pieces = json.loads((base_folder() / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(piece for piece in pieces if piece.isalpha())


def _polite(text: str) -> str:
    """Greetings, thanks and apologies at either end, as long as words are left."""
    for _ in range(MAX_PASSES):
        shorter = OPENING.sub("", text, count=1)
        shorter = (shorter[:-FAREWELL] + CLOSING.sub("", shorter[-FAREWELL:])).strip(" .,;:-")
        if shorter == text or len(shorter.split()) < LEAST_WORDS:
            return text
        text = shorter
    return text


@lru_cache(maxsize=1)
def _covert() -> tuple[dict[str, str], tuple[str, ...]]:
    """Covert phrase -> plain words, and the words that people mask with signs."""
    data = YAML(typ="safe").load(COVERT_FILE.read_text(encoding="utf-8"))
    return dict(data["covert"]), tuple(data["masked"])


def _spelled_out(text: str) -> str:
    covert, masked = _covert()
    text = MASKED.sub(lambda found: _unmasked(found.group(), masked), text)
    for phrase, plain in covert.items():
        if phrase in text:
            text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain, text)
    return text


def _unmasked(word: str, masked: tuple[str, ...]) -> str:
    """A word typed with digits, signs or gaps in place of letters, if it is one that people hide."""
    if word.isalpha():
        return word
    letters = word.translate(LEET)
    bare = letters.replace("-", "").replace("*", "")
    if letters.isalpha() and letters in masked:
        return letters
    if "-" in word and bare in masked:
        return bare
    if "*" in word:
        shape = re.compile(
            "".join("[a-z]" if char == "*" else re.escape(char) for char in letters.replace("-", ""))
        )
        return next((known for known in masked if shape.fullmatch(known)), word)
    return word
