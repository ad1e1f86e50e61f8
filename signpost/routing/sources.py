"""The sentences that the rules rest on, and where each stands.

Document A is the page of Milton Keynes Council of 6 November 2020, document B the page "Information and
Advice - Milton Keynes". Paragraphs are counted over the non-blank lines of a document; its title is the
first. A rule without a sentence is our own reading where both documents are silent (`rests_on` says which).
"""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """Words of a document, and their place."""

    document: str
    paragraph: int
    words: str


_NIGHT = Sentence(
    "A", 13, "Outside of normal working hours, the National Domestic Violence Helpline is open 24 hours"
)
_CRISIS_LINE = Sentence(
    "A", 13, "Anyone who is in an abusive situation at home can contact the MK ACT Crisis Service Helpline"
)
_SUPPORT = Sentence("B", 31, "emotional support, access to health, housing and legal advice")
_COUNCIL_HOUSING = Sentence(
    "B", 43, "For help with emergency temporary accommodation (or go through MK Act, above)."
)

SENTENCES: dict[str, tuple[Sentence, ...]] = {
    "danger": (
        Sentence(
            "A",
            14,
            "if you believe there is an immediate risk of harm to someone, "
            "or it is an emergency, always call 999",
        ),
    ),
    "about-999": (
        Sentence(
            "A",
            14,
            "if you believe there is an immediate risk of harm to someone, "
            "or it is an emergency, always call 999",
        ),
    ),
    "own-behaviour": (
        Sentence("A", 32, "group work with both victims and perpetrators of domestic abuse"),
        Sentence("B", 33, "Voluntary DA programme- Fresh Start"),
    ),
    "police": (
        Sentence("A", 14, "The police non-emergency number is 101."),
        Sentence("B", 35, "The police in Milton Keynes have a dedicated team of officers"),
    ),
    "is-it-abuse": (
        Sentence(
            "B",
            2,
            "those aged 16 or over who are or have been intimate partners or family members, "
            "regardless of gender or sexuality",
        ),
        Sentence(
            "B",
            10,
            "includes so called 'honour’ based violence, female genital mutilation (FGM) and forced marriage",
        ),
    ),
    "elsewhere": (
        Sentence("A", 21, "National Helpline for Women"),
        Sentence("B", 19, "We also have local information pages"),
    ),
    "refuge": (Sentence("A", 6, "a confidential refuge for women and children"),),
    "other-stay": (
        Sentence(
            "A", 8, "This is particularly suitable for people where a refuge may not be the best option."
        ),
    ),
    "stay-home": (
        Sentence(
            "A", 7, "an option for people who do not live with an abuser to remain safely in their homes"
        ),
    ),
    "housing-open": (Sentence("B", 42, "01908 253481"), _COUNCIL_HOUSING),
    "housing-closed": (Sentence("B", 42, "outside normal office hours call 01908 692882"), _COUNCIL_HOUSING),
    "court": (
        Sentence(
            "B", 32, "IDVA (Independent Domestic Violence Advisor) Service offers specialist court support."
        ),
    ),
    "children": (Sentence("B", 28, "Specialist support for children in the accommodation service"),),
    "courses": (
        Sentence(
            "B", 45, "access to a range of courses including the Freedom Programme and the Recovery Toolkit"
        ),
    ),
    "talk": (_SUPPORT,),
    "third-party": (
        Sentence("B", 13, "advice at the right level for you, your children, family and friends"),
    ),
    "mk-open": (_CRISIS_LINE, Sentence("B", 23, "Monday – Friday 09.00 – 17.00")),
    "mk-closed": (_NIGHT,),
    "fallback": (Sentence("A", 14, "always call 999"), _NIGHT),
}
