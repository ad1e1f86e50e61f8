"""Changes of a message that carry no meaning, and some that do.

What is understood must survive the first and turn with the second. Their wording is other than that of
``learning/training/disturb.py``, which models see while they are tuned; so what is measured here is whether
they learned the kind of change, not its words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from signpost.learning.evaluation.crossvalidate import as_predicted
from signpost.learning.evaluation.measure import Predicted
from signpost.learning.results import Proportion
from signpost.routing import Situation
from signpost.understanding.decision import Reading

Apply = Callable[[str, random.Random], str]
ReadAll = Callable[[Sequence[str]], Sequence[Predicted]]
OUT_OF_SCOPE = "out_of_scope"

# Letters beside each other on the keys of a phone.
KEYS = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for place, letter in enumerate(row)
}
TEXT_SPEAK = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "because": "cuz",
    "please": "plz",
    "with": "wiv",
    "want to": "wanna",
    "going to": "gonna",
    "what": "wot",
    "before": "b4",
    "tonight": "2nite",
    "someone": "sum1",
    "and": "nd",
}
# In the place of these letters others that look alike.
LOOK_ALIKES = str.maketrans("aeopc", "аеорс")
FULL_WIDTH = {ord("!") + place: 0xFF01 + place for place in range(94)}


@dataclass(frozen=True)
class Change:
    """A change by its name; ``apply`` gives the changed text, the same one where nothing can be changed."""

    name: str
    apply: Apply


def behind(*added: str) -> Apply:
    """One of these at the end."""
    return lambda text, chance: f"{text} {chance.choice(added)}"


def glued(*added: str) -> Apply:
    """One of these at the end, without a space."""
    return lambda text, chance: text.rstrip(".!? ") + chance.choice(added)


def before(*added: str) -> Apply:
    """One of these in front."""
    return lambda text, chance: f"{chance.choice(added)} {text}"


def around(*pairs: tuple[str, str]) -> Apply:
    """Between one of these pairs."""

    def apply(text: str, chance: random.Random) -> str:
        left, right = chance.choice(pairs)
        return f"{left}{text}{right}"

    return apply


def between(*added: str) -> Apply:
    """One of these between two words."""

    def apply(text: str, chance: random.Random) -> str:
        words = text.split(" ")
        if len(words) < 3:
            return text
        place = chance.randrange(1, len(words))
        return " ".join([*words[:place], chance.choice(added), *words[place:]])

    return apply


def replaced(pattern: str, by: str) -> Apply:
    """Every match replaced."""
    found = re.compile(pattern)
    return lambda text, chance: found.sub(by, text)


def _random_case(text: str, chance: random.Random) -> str:
    return "".join(char.upper() if chance.random() < 0.5 else char.lower() for char in text)


def _neighbour_key(text: str, chance: random.Random) -> str:
    places = [
        match.start() + 1
        for match in re.finditer(r"[a-z]{5,}", text)
        if text[match.start() + 1] in KEYS and KEYS[text[match.start() + 1]]
    ]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + chance.choice(KEYS[text[place]]) + text[place + 1 :]


def _last_letter_stretched(text: str, chance: random.Random) -> str:
    words = list(re.finditer(r"[a-z]{3,}", text))
    if not words:
        return text
    end = chance.choice(words).end()
    return text[:end] + text[end - 1] * chance.choice((2, 3, 6)) + text[end:]


def _joined(text: str, chance: random.Random) -> str:
    places = [match.start() for match in re.finditer(r"(?<=\b[a-z]{3}) (?=[a-z]{4})", text)]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + text[place + 1 :]


def _word_twice(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    place = chance.randrange(len(words))
    return " ".join([*words[: place + 1], *words[place:]])


def _text_speak(text: str, chance: random.Random) -> str:
    for plain, short in TEXT_SPEAK.items():
        text = re.sub(rf"\b{plain}\b", short, text)
    return text


def _hidden_character(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("\u200b\u200d\ufeff\u00ad") + text[place:]


def _lines(text: str, chance: random.Random) -> str:
    return re.sub(r"([.,?!]) ", r"\1\n\n", text)


def _a_word_a_line(text: str, chance: random.Random) -> str:
    return text.replace(" ", "\n")


def _stop_after_each_word(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    return " ".join(f"{word}." for word in words) if len(words) <= 8 else text


def _last_word_tagged(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    return " ".join([*words[:-1], f"#{words[-1]}"])


WITHOUT_MEANING: tuple[Change, ...] = (
    # marks
    Change("a row of exclamation marks with a slip", glued("!!!!!!!1!", "!!!!!!", "!1!!")),
    Change("a dash behind", behind("--", "—", "-")),
    Change("a tilde behind", glued("~", "~~")),
    Change("many full stops behind", glued("......", ". . . .")),
    Change("stars around", around(("*", "*"), ("**", "**"))),
    Change("quotation marks around", around(("“", "”"), ('"', '"'), ("«", "»"))),
    Change("brackets around", around(("(", ")"), ("[", "]"))),
    Change("a quoting mark in front", before(">", ">>")),
    Change("a bullet in front", before("-", "•", "1)")),
    Change("dots between words", between("...", "…", "..")),
    Change("a stop after each word", _stop_after_each_word),
    Change("no marks at the end", lambda text, chance: text.rstrip(".!")),
    # emoji and other faces
    Change("new faces behind", behind("🥺", "🥲", "🫠", "😵‍💫", "🫤🫤", "🥹🥹🥹")),
    Change("a face in front", before("😮‍💨", "🥴", "🫣", "🙃")),
    Change("a face between words", between("😖", "🫥", "😓", "🥺")),
    Change("hearts behind", behind("🩷🩷", "❤️‍🩹", "<3 <3", "♡")),
    Change("flags and weather behind", behind("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🌧️", "⛈️", "🌙")),
    Change("a face of signs behind", behind("(╥﹏╥)", ":'-(", "D:", ":-/", "¯\\_(ツ)_/¯", "(>_<)")),
    # laughs and kisses
    Change("a long laugh behind", behind("ahahahaha", "hahahahahahaha", "bahaha", "heheheh")),
    Change("a laugh in letters behind", behind("LOLLL", "lols", "rofl", "lmaooo", "LMFAO", "*laughs*")),
    Change("a laugh in front", before("haha ok so", "lol so", "heh,", "hahah right,")),
    Change("kisses behind", behind("xoxo", "xxxxx", "X X", "xXx", "mwah")),
    # politeness
    Change(
        "gratitude behind",
        behind("much appreciated.", "thank you ever so much", "cheers in advance", "many thanks again"),
    ),
    Change(
        "gratitude in front",
        before("Thank you for having this service.", "first of all, thank you.", "Much obliged."),
    ),
    Change(
        "excuses in front",
        before(
            "apologies for troubling you,",
            "forgive me for writing,",
            "excuse me,",
            "so sorry to trouble you.",
        ),
    ),
    Change(
        "a request behind",
        behind("if you wouldn't mind", "if that's ok", "when you have a minute", "if possible"),
    ),
    Change(
        "a greeting in front",
        before("Good afternoon to you all.", "Dear team,", "yo", "Evening all,", "greetings,"),
    ),
    Change(
        "a farewell behind", behind("Kind regards", "all the best", "take care", "yours sincerely", "ttyl")
    ),
    # fillers
    Change(
        "a filler in front",
        before("so yeah um", "like, right,", "ok where do i begin,", "er,", "i mean", "welp,"),
    ),
    Change(
        "a filler behind",
        behind("and that", "so yeah", "d'you know what i mean", "if you get me", "and stuff", "n all that"),
    ),
    Change("a filler between words", between("um", "like,", "er", "y'know,", "erm,")),
    Change(
        "letters for a mood in front", before("ngl", "oof", "ugh", "argh", "tbf", "oh my days", "bloody hell")
    ),
    Change("letters for a mood behind", behind("fml", "ngl", "fr", "ugh", "jeez", "bruh", "oh well")),
    # case and spacing
    Change(
        "every word with a capital",
        lambda text, chance: text.title() if "'" not in text else text.capitalize(),
    ),
    Change("capitals at random", _random_case),
    Change("all in small letters", lambda text, chance: text.lower()),
    Change("spaces doubled", replaced(r" ", "  ")),
    Change("spaces in front of marks", replaced(r"(?<=\w)([.,!?])", r" \1")),
    Change("no spaces behind marks", replaced(r"([.,!?]) (?=\w)", r"\1")),
    Change("blank lines between sentences", _lines),
    Change("a line for each word", _a_word_a_line),
    Change("blank lines around", around(("\n\n", "\n\n"), ("\t", " \n"))),
    # letters
    Change("the last letter of a word stretched", _last_letter_stretched),
    Change("a neighbouring key", _neighbour_key),
    Change("two words joined", _joined),
    Change("a word typed twice", _word_twice),
    Change("no apostrophes", replaced(r"(?<=\w)['’](?=\w)", "")),
    Change("other apostrophes", replaced(r"(?<=\w)'(?=\w)", "’")),
    Change("accents for apostrophes", replaced(r"(?<=\w)'(?=\w)", "`")),
    Change("text speak", _text_speak),
    Change("look-alike letters", lambda text, chance: text.translate(LOOK_ALIKES)),
    Change("full-width letters", lambda text, chance: text.translate(FULL_WIDTH)),
    Change("a hidden character", _hidden_character),
    # what apps and habits add
    Change("tags behind", behind("#fml", "#monday #tired", "#realtalk")),
    Change("the last word tagged", _last_word_tagged),
    Change(
        "a signature behind",
        behind("- K.", "Sent from my Galaxy", "Sent via mobile", "Regards, J.", "~ anon"),
    ),
    Change("the time in front", before("[10:42]", "22:15 -", "10.42pm:")),
    Change("sent again", before("resending:", "2nd try:", "(sorry sent too early)")),
    Change("marks said aloud", lambda text, chance: re.sub(r"\.(?=\s|$)", " full stop", text)),
    Change("marks of a web page", around(("<p>", "</p>"), ("<b>", "</b>"))),
)

HE_IS = re.compile(r"\b(?:he|she) ?(?:is|'s|s) ", re.IGNORECASE)


def told_as(frame: str) -> Apply:
    """The text within a frame that says where it comes from."""
    return lambda text, chance: frame.format(text=text[:1].lower() + text[1:].rstrip("."))


def _nobody(text: str, chance: random.Random) -> str:
    """Nobody in place of him or her; where neither does anything, it is said that it never happened."""
    if HE_IS.search(text):
        return HE_IS.sub("nobody is ", text)
    return told_as("{text}? No, that never happened to anybody")(text, chance)


WITH_MEANING: tuple[Change, ...] = (
    Change("a film", told_as("In the film that was on last night it goes: {text}. It was only a film.")),
    Change("a soap", told_as("That was EastEnders, not me. In it, {text}.")),
    Change("a game", told_as("In the game I play my character says {text}, it is only a video game.")),
    Change("a book", told_as("I'm reading a crime novel and on page one it says {text}.")),
    Change("a dream", told_as("I dreamt that {text}. I woke up and nothing had happened, it was a dream.")),
    Change("a song", told_as("What is the song called with the words {text}?")),
    Change("an essay", told_as("For my college essay I need a made-up sentence such as {text}.")),
    Change("the news", told_as("The headline in the paper was {text}. I know nobody there.")),
    Change("a joke", told_as("{text}, only joking, nothing is wrong, I was testing the chat.")),
    Change(
        "long ago",
        told_as("Thirty years ago I would have told you that {text}. He died in 1998 and I'm safe."),
    ),
    Change("over", told_as("Yesterday {text}, but the police took him away and we are safe now.")),
    Change("denied", told_as("It is not true that {text}. Nobody here is in danger.")),
    Change(
        "only supposed", told_as("I'm fine. Just asking: what would you do if somebody wrote that {text}?")
    ),
    Change(
        "a drill",
        told_as("We are training staff. The pretend message for the exercise is: {text}. It is not real."),
    ),
    Change("nobody does it", _nobody),
    Change("taken back", told_as("{text}. Sorry, wrong chat, that was a line from a play, I'm safe.")),
)


@dataclass(frozen=True)
class Outcome:
    """What one change does to what is understood.

    ``danger``: of the texts whose danger was found as typed, those where it still is. ``lines``: of all texts
    that the change alters, those with the same lines in the same order. ``thrown_out``: of those that
    belonged here, those that no longer do.
    """

    change: str
    danger: Proportion
    lines: Proportion
    thrown_out: Proportion
    lost: tuple[str, ...]  # changed texts whose danger is no longer found


def outcomes(
    texts: Sequence[str], read_all: ReadAll, changes: Iterable[Change] = WITHOUT_MEANING, *, seed: int = 7
) -> list[Outcome]:
    """Each change's outcome. The same texts, changes and seed give the same changed texts."""
    plain = read_all(texts)
    return [_outcome(change, texts, plain, read_all, seed) for change in changes]


def changed(change: Change, text: str, seed: int = 7) -> str:
    """A text after a change."""
    return change.apply(text, random.Random(crc32(f"{seed} {change.name} {text}".encode())))


def one_by_one(read: Callable[[str], Reading], lines: Callable[[Situation, str], tuple[str, ...]]) -> ReadAll:
    """A reader of single texts, with what chooses lines for a situation and an urgency, for ``outcomes``."""
    return lambda texts: [as_predicted(read(text), lines) for text in texts]


def report(found: Sequence[Outcome]) -> str:
    """One line a change, the most harmful first."""
    head = f"{'change':45} {'danger found':>20} {'lines kept':>20} {'thrown out':>18}"
    worst_first = sorted(found, key=lambda outcome: (outcome.danger.value, outcome.lines.value))
    return "\n".join(
        [head, *(f"{o.change:45} {o.danger!s:>20} {o.lines!s:>20} {o.thrown_out!s:>18}" for o in worst_first)]
    )


def as_rows(found: Sequence[Outcome]) -> list[Mapping[str, object]]:
    """For a report as JSON."""
    return [
        {
            "change": outcome.change,
            "danger": outcome.danger.with_interval(),
            "lines": outcome.lines.with_interval(),
            "thrown_out": outcome.thrown_out.with_interval(),
        }
        for outcome in found
    ]


def _outcome(
    change: Change, texts: Sequence[str], plain: Sequence[Predicted], read_all: ReadAll, seed: int
) -> Outcome:
    pairs = [(changed(change, text, seed), told) for text, told in zip(texts, plain)]
    pairs = [(text, told) for (text, told), typed in zip(pairs, texts) if text != typed]
    after = read_all([text for text, _ in pairs])
    in_danger = [
        (text, now.urgency != "none") for (text, told), now in zip(pairs, after) if told.urgency != "none"
    ]
    within = [
        now.one_of["scope"] == OUT_OF_SCOPE
        for (_, told), now in zip(pairs, after)
        if told.one_of["scope"] != OUT_OF_SCOPE
    ]
    return Outcome(
        change.name,
        Proportion(sum(found for _, found in in_danger), len(in_danger)),
        Proportion(sum(told.line_ids == now.line_ids for (_, told), now in zip(pairs, after)), len(pairs)),
        Proportion(sum(within), len(within)),
        tuple(text for text, found in in_danger if not found),
    )
