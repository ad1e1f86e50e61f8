"""Places: towns and villages, words that are places too, postcodes, and whose place it is."""

from __future__ import annotations

import pytest

from signpost.understanding.pipeline import VOCABULARY, build_pipeline, named_areas, place_spans
from signpost.understanding.places import TOWNS_FILE
from signpost.understanding.words import read_words

NLP = build_pipeline()
MK, ELSEWHERE, NOWHERE = {"mk"}, {"elsewhere"}, set()


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("im in stewkley", ELSEWHERE),
        ("i live in flitwick with two kids", ELSEWHERE),
        ("stoke-on-trent", ELSEWHERE),
        ("from stoke on trent", ELSEWHERE),
        ("kings lynn", ELSEWHERE),
        ("living in st neots", ELSEWHERE),
        ("i'm in saint helens", ELSEWHERE),
        ("peckham", ELSEWHERE),
        ("we are in aberystwyth", ELSEWHERE),
        ("can i get help in broughton", MK),
        ("broughton", MK),
        ("i live in loughton", MK),
        ("we are in bradwell", MK),
        ("i live in loughton in essex", ELSEWHERE),
        ("broughton near chester", ELSEWHERE),
        ("ashland, first floor, hes outside", MK),
        ("mr broughton next door hits her", NOWHERE),
        ("simpson my ex follows me around town", NOWHERE),
    ],
)
def test_towns_villages_and_our_estates(text: str, areas: set[str]) -> None:
    assert named_areas(NLP(text)) == areas


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("i live in reading", ELSEWHERE),
        ("reading", ELSEWHERE),
        ("he was reading my texts all night", NOWHERE),
        ("i was in reading this and cried", NOWHERE),
        ("im from bath", ELSEWHERE),
        ("we live in bath with his parents", ELSEWHERE),
        ("he held me down in the bath", NOWHERE),
        ("i had a bath", NOWHERE),
        ("im in rugby", ELSEWHERE),
        ("he plays rugby on sunday", NOWHERE),
        ("he hit me after the rugby match", NOWHERE),
        ("i live in barry", ELSEWHERE),
        ("barry hits me when he is drunk", NOWHERE),
        ("my son barry is scared", NOWHERE),
        ("we moved to sandwich", ELSEWHERE),
        ("he threw a sandwich at me", NOWHERE),
        ("i live in sale", ELSEWHERE),
        ("the house is up for sale", NOWHERE),
        ("hope, derbyshire", ELSEWHERE),
        ("i hope you can help me", NOWHERE),
        ("im near wells", ELSEWHERE),
        ("i'm in deal", ELSEWHERE),
        ("i cant deal with him", NOWHERE),
        ("deal", NOWHERE),
        ("he left in march", NOWHERE),
        ("i'd rather bury it all", NOWHERE),
        ("what is mk act", NOWHERE),
    ],
)
def test_words_that_are_places_too_count_where_the_sentence_makes_them_one(
    text: str, areas: set[str]
) -> None:
    assert named_areas(NLP(text)) == areas


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        *((f"mk{number}", MK) for number in (*range(1, 18), 19, 46)),
        *((f"im at MK{number} 3AB", ELSEWHERE) for number in (18, *range(40, 46))),
        ("mk 42", ELSEWHERE),
        ("mk 16 0aa", MK),
        ("nn12 6hx", ELSEWHERE),
        ("LU4", ELSEWHERE),
        ("m1 4bt", ELSEWHERE),
        ("been in mk 18 years", MK),
        ("here in mk 40 mins now", MK),
        ("stuck on the m1", NOWHERE),
        ("me2", NOWHERE),
        ("is any1 there, ne1", NOWHERE),
        ("b4 xmas he hit me", NOWHERE),
    ],
)
def test_postcodes(text: str, areas: set[str]) -> None:
    assert named_areas(NLP(text.lower())) == areas


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("he lives in luton", NOWHERE),
        ("he's in luton", NOWHERE),
        ("my ex is in bedford and i'm in broughton", MK),
        ("he is from manchester, im in mk", MK),
        ("his flat in luton", NOWHERE),
        ("luton is where he lives", NOWHERE),
        ("me and my husband live in bletchley", MK),
        ("he lives with me in bletchley", MK),
        ("my husband and i are in bedford", ELSEWHERE),
        ("i live with him in luton", ELSEWHERE),
        ("i'm a wife in dunstable", ELSEWHERE),
        ("he's drunk again, bletchley", MK),
        ("he's in a hostel in mk, i'm in coventry", ELSEWHERE),
        ("he works in northampton, we live in olney", MK),
        ("i work in bletchley and live in luton", ELSEWHERE),
        ("bletchley is where i work", NOWHERE),
        ("i'm visiting my mum in luton", NOWHERE),
        ("i went to luton yesterday", NOWHERE),
        ("staying with my mum in leeds", ELSEWHERE),
        ("i lived in derby until june", NOWHERE),
        ("i've lived in derby ten years", ELSEWHERE),
        ("i want to move to bedford", NOWHERE),
        ("we moved to bedford in june", ELSEWHERE),
        ("my sister lives in leeds, her husband hits her", ELSEWHERE),
        ("my friend needs help, she lives in coventry", ELSEWHERE),
        ("my brother is scared of his wife. he lives in derby", ELSEWHERE),
        ("i'm from romania and live in bletchley", MK),
        ("they will send me to pakistan", NOWHERE),
    ],
)
def test_whose_place_it_is(text: str, areas: set[str]) -> None:
    assert named_areas(NLP(text)) == areas


def test_a_postcode_is_not_handed_on() -> None:
    (place,) = read_words(NLP, "he is outside, MK3 7QT").places
    assert place.name == "postcode" and place.area == "milton_keynes"


def test_a_town_stands_with_the_words_that_were_typed() -> None:
    assert [span.text for span, _ in place_spans(NLP("me and the kids live in newton longville"))] == [
        "newton longville"
    ]


def test_the_file_of_towns_names_its_source_and_holds_the_towns() -> None:
    first, *lines = (VOCABULARY / TOWNS_FILE).read_text(encoding="utf-8").splitlines()
    assert "GeoNames" in first and "CC BY" in first
    assert len(lines) > 5000
    assert all(line.count("\t") == 1 and line.split("\t")[1].isdigit() for line in lines)


def test_unknown_words_are_not_kept() -> None:
    before = len(NLP.vocab.strings)
    for number in range(200):
        NLP(f"zq{'x' * (number % 7)}{number}vv lives in qq{number}ton at mk{number} {number}zz")
    assert len(NLP.vocab.strings) == before
