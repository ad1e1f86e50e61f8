"""Which sentence takes up what a message told: ids of directory/acknowledgements.yml, the best one first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from signpost.dialogue.state import (
    CHANGED_LINES,
    NEVER_DESPAIR,
    TAKEN_AREA,
    TAKEN_DANGER,
    TAKEN_DESPAIR,
    TAKEN_GENDER,
    TAKEN_LGBT,
    TAKEN_WHO,
    Heard,
    Told,
)
from signpost.dialogue.texts import OTHER, PAST, SELF, AckTexts
from signpost.routing import Abuse, Need, Scope, Topic, Urgency, Who
from signpost.routing import rules as routing_rules

# What the words tell, the most pressing first; feelings come after the kinds of abuse.
FACTS = (
    "strangulation",
    "injury",
    "pregnancy",
    "locked_in",
    "weapon_in_house",
    "documents_taken",
    "medicine_or_aids_taken",
    "pet_threatened",
    "flight_or_trip",
    "watched_phone",
    "cannot_phone",
)
FEELINGS = ("children_in_house", "guilt", "fear", "shame", "love", "loneliness", "anger", "tiredness")
CHILDREN_IN_HOUSE = "children_in_house"
WISHES = (
    (Need.POLICE_REPORT, "police_wish"),
    (Need.HOUSING, "housing_wish"),
    (Need.LEGAL, "court_wish"),
)
CORRECTIONS = (
    (TAKEN_DANGER, "correction_taken_danger"),
    (TAKEN_WHO, "correction_taken_who"),
    (TAKEN_AREA, "correction_taken_place"),
    (TAKEN_GENDER, "correction_taken_gender"),
    (TAKEN_LGBT, "correction_taken_gender"),
)
CORRECTION_ASKED, NEIGHBOUR_ASKED = "correction", "neighbour_report"
# Said whenever they fit; every other sentence once in a conversation.
EVERY_TIME = ("correction_taken", "new_fact", "not_understood", "other_language")
# The only ones for somebody who writes about what they do themselves.
ABOUT_OWN_BEHAVIOUR = ("own_behaviour", "housing_wish", "court_wish", "tiredness", *EVERY_TIME)
# Changes that are no fact about the person.
NOT_A_FACT = frozenset({CHANGED_LINES, "urgency", "despair"})


def acknowledgements(before: Told, told: Told, heard: Heard, said: frozenset[str]) -> Iterator[str]:
    """Ids that fit the message, the best first.

    Args:
        said: topics and safety texts that the same reply says already.
    """
    own = routing_rules.own_behaviour(told.situation)
    for name in _candidates(before, told, heard):
        if name in said or (name in told.acknowledged and not name.startswith(EVERY_TIME)):
            continue
        if not own or name.startswith(ABOUT_OWN_BEHAVIOUR):
            yield name


def lines_are_new(before: Told, told: Told) -> bool:
    """There is a line that was not shown before, or another one leads."""
    return told.lines[:1] != before.lines[:1] or bool(set(told.lines) - set(before.lines))


def variants(entry: AckTexts, told: Told, heard: Heard) -> tuple[str, ...]:
    """The wordings of a sentence that fit the person, the best first; none where it does not fit at all."""
    if told.situation.who is Who.CHILD and not entry.fits_child:
        return ()
    person = OTHER if routing_rules.third_party(told.situation) else SELF
    wanted = (PAST, person) if heard.past and PAST in entry.by_variant else (person,)
    return tuple(variant for variant in wanted if variant in entry.by_variant)


def _candidates(before: Told, told: Told, heard: Heard) -> Iterator[str]:
    situation = told.situation
    yield from _corrections(told, heard)
    if heard.language:
        yield "other_language"
    if routing_rules.not_understood(situation) and situation.urgency is Urgency.NONE and not heard.asks:
        yield "not_understood"
    if situation.who is Who.CHILD and heard.scope is Scope.DISCLOSURE:
        yield "child"
    yield from (name for name in FACTS if name in heard.told)
    yield from _abuse(before, told, heard)
    yield from (name for name in FEELINGS if name in heard.told)
    if heard.danger_over and not heard.over_in_context and situation.was_danger:
        yield "danger_over"
    new = situation.needs - before.situation.needs
    if situation.topic is Topic.STAY_HOME:
        new -= {Need.HOUSING}
    yield from (name for need, name in WISHES if need in new)
    # a wish that was not heard before is met by what leads to its lines
    if told.changed - NOT_A_FACT and before.lines and heard.scope is not Scope.OUT_OF_SCOPE and not new:
        yield "new_fact_new_lines" if lines_are_new(before, told) else "new_fact_same_lines"
    yield from _writer(told, heard)


def _corrections(told: Told, heard: Heard) -> Iterator[str]:
    taken = told.taken_back - {TAKEN_DESPAIR, NEVER_DESPAIR}
    yield from (name for value, name in CORRECTIONS if value in taken)
    if any(need.value in taken for need in Need):
        yield "correction_taken_needs"
    if taken or (CORRECTION_ASKED in heard.asks and told.changed - {"urgency"}):
        yield "correction_taken"


def _abuse(before: Told, told: Told, heard: Heard) -> Iterator[str]:
    new = (heard.abuse & told.situation.abuse) - before.situation.abuse
    if len(new) > 1:
        yield "several_types"
    if Abuse.PHYSICAL in new and CHILDREN_IN_HOUSE in heard.told:
        yield "physical_children_in_house"
    yield from sorted(kind.value for kind in new)


def _writer(told: Told, heard: Heard) -> Iterator[str]:
    """Who writes, said once, with something that was told or asked."""
    situation = told.situation
    if heard.scope not in (Scope.DISCLOSURE, Scope.ASK_HELP, Scope.INFO):
        return
    if routing_rules.own_behaviour(situation):
        yield "own_behaviour"
    elif situation.who is Who.PROFESSIONAL:
        yield "professional"
    elif situation.who is Who.OTHER:
        yield "neighbour" if NEIGHBOUR_ASKED in heard.asks else "friend_worry"
