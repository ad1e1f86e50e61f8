"""Whether a candidate may replace the model in use: pure rules on both models' results, reasons in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import Mapping, Sequence

from signpost.learning.results import CrossValidation, Proportion, Results, TextResult

# A capability of the behaviour tests may fall by this share of its texts, or by one text where it has few.
MAX_CAPABILITY_LOSS = 0.05
# A label's macro F1 in cross-validation may fall by this.
MAX_F1_LOSS = 0.02
# In cross-validation a few messages change sides by chance whenever anything is retrained. Danger recall
# counts as lower if more messages were lost than won, and the probability of that by chance (one-sided sign
# test) is below this.
CHANCE = 0.05
# Sentences named for one reason; the report has all.
MAX_NAMED = 12


@dataclass(frozen=True)
class Objection:
    """One reason against a candidate, the sentences that show it, and the messages that they are about.

    A dialogue's sentences name its turns, so it has no messages here.
    """

    reason: str
    sentences: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = [f"    {sentence}" for sentence in self.sentences[:MAX_NAMED]]
        more = len(self.sentences) - len(named)
        return "\n".join(
            [f"- {self.reason}", *named, *([f"    and {more} more, all in the report"] if more > 0 else [])]
        )


def objections(used: Results | None, candidate: Results, texts: Mapping[str, str]) -> list[Objection]:
    """Every reason against the candidate; none means that it may be promoted.

    ``used`` is None where there is no model to compare with: then only dialogues count.
    ``texts`` gives the words of cross-validated messages by their id.
    """
    if used is None:
        return _red_dialogues(candidate)
    found = _danger_in_tests(used, candidate) + _red_dialogues(candidate) + _capabilities(used, candidate)
    if used.cross_validation and candidate.cross_validation:
        before, after = used.cross_validation, candidate.cross_validation
        found += _danger_in_cross_validation(before, after, texts) + _labels(before, after)
    return found


def in_common(results: Results, other: Results) -> Results:
    """Results cut down to the texts and labels that two models, tested at different times, were both tested
    with."""
    texts = {
        name: {(entry.text, entry.danger) for entry in entries} for name, entries in other.behaviour.items()
    }
    behaviour = {
        name: tuple(entry for entry in entries if (entry.text, entry.danger) in texts.get(name, ()))
        for name, entries in results.behaviour.items()
    }
    cut = replace(results, behaviour={name: entries for name, entries in behaviour.items() if entries})
    found, others = results.cross_validation, other.cross_validation
    if found and others:
        labels = {label: f1 for label, f1 in found.macro_f1.items() if label in others.macro_f1}
        cut = replace(cut, cross_validation=replace(found, macro_f1=labels))
    return cut


def danger_recall(results: Results) -> Proportion:
    """How many of the behaviour tests' messages with danger were noticed, immediate or check."""
    dangers = [entry for entries in results.behaviour.values() for entry in entries if entry.danger]
    return Proportion(sum(entry.found for entry in dangers), len(dangers))


def passed(entries: Sequence[TextResult]) -> int:
    """Texts of which everything expected was met."""
    return sum(not entry.problems for entry in entries)


def newly_wrong(used: Results, candidate: Results) -> list[tuple[str, TextResult]]:
    """Texts of the behaviour tests that were right and now are not, each with its capability."""
    before = {
        (name, entry.text)
        for name, entries in used.behaviour.items()
        for entry in entries
        if not entry.problems
    }
    return [
        (name, entry)
        for name, entries in candidate.behaviour.items()
        for entry in entries
        if entry.problems and (name, entry.text) in before
    ]


def newly_right(used: Results, candidate: Results) -> list[tuple[str, TextResult]]:
    """Texts of the behaviour tests that were wrong and now are right."""
    return newly_wrong(candidate, used)


def lost_and_won(used: CrossValidation, candidate: CrossValidation) -> tuple[list[str], list[str]]:
    """Ids of danger messages of cross-validation that only the model in use found, and that only the
    candidate found.

    Only messages known to both models count.
    """
    before, after = used.danger_messages, candidate.danger_messages
    both = before.keys() & after.keys()
    lost = sorted(name for name in both if before[name] != "none" and after[name] == "none")
    return lost, sorted(name for name in both if before[name] == "none" and after[name] != "none")


def by_chance(lost: int, won: int) -> float:
    """Probability that at least ``lost`` of all changes are losses if losing and winning are equally
    likely."""
    n = lost + won
    return sum(comb(n, k) for k in range(lost, n + 1)) / 2**n if n else 1.0


def _danger_in_tests(used: Results, candidate: Results) -> list[Objection]:
    before, after = danger_recall(used), danger_recall(candidate)
    found_before = {
        entry.text for entries in used.behaviour.values() for entry in entries if entry.danger and entry.found
    }
    missed = [
        (entry.text, f'"{entry.text}" ({name}): no danger is noticed any more')
        for name, entries in candidate.behaviour.items()
        for entry in entries
        if entry.danger and not entry.found and entry.text in found_before
    ]
    return (
        [
            Objection(
                f"Danger is missed more often: {after.hits} of {after.n} dangerous messages "
                f"of the behaviour tests are noticed, {before.hits} before.",
                tuple(sentence for _, sentence in missed),
                tuple(text for text, _ in missed),
            )
        ]
        if after.hits < before.hits
        else []
    )


def _red_dialogues(candidate: Results) -> list[Objection]:
    """Dialogues that fail, whatever they did before.

    One that a volunteer has just saved must be fixed, or listed as not yet understood.
    """
    wrong = {
        name: entry for name, entry in candidate.conversations.items() if entry.problems and not entry.not_yet
    }
    sentences = tuple(
        f"{name} ({entry.title}), {problem}" for name, entry in wrong.items() for problem in entry.problems
    )
    return (
        [
            Objection(
                f"{len(wrong)} conversation tests go wrong that are not in not-yet-understood.txt.", sentences
            )
        ]
        if wrong
        else []
    )


def _capabilities(used: Results, candidate: Results) -> list[Objection]:
    wrong = newly_wrong(used, candidate)
    found = []
    for name, entries in candidate.behaviour.items():
        if name not in used.behaviour:
            continue
        before, after, n = passed(used.behaviour[name]), passed(entries), len(entries)
        if before - after > max(1, MAX_CAPABILITY_LOSS * n):
            sentences = tuple(
                f'"{entry.text}": {"; ".join(entry.problems)}'
                for capability, entry in wrong
                if capability == name
            )
            found.append(
                Objection(
                    f"The capability {name} falls from {before} to {after} of {n} messages; "
                    f"at most {MAX_CAPABILITY_LOSS:.0%} of them, or one, may be lost.",
                    sentences,
                    tuple(entry.text for capability, entry in wrong if capability == name),
                )
            )
    return found


def _danger_in_cross_validation(
    used: CrossValidation, candidate: CrossValidation, texts: Mapping[str, str]
) -> list[Objection]:
    lost, won = lost_and_won(used, candidate)
    if len(lost) <= len(won) or by_chance(len(lost), len(won)) >= CHANCE:
        return []
    sentences = tuple(f'"{texts.get(name, name)}": no danger is noticed any more' for name in lost)
    return [
        Objection(
            f"Danger is missed more often in cross-validation: {len(lost)} messages are no longer noticed, "
            f"{len(won)} newly are.",
            sentences,
            tuple(texts[name] for name in lost if name in texts),
        )
    ]


def _labels(used: CrossValidation, candidate: CrossValidation) -> list[Objection]:
    before, after = used.macro_f1, candidate.macro_f1
    return [
        Objection(
            f"The label {label} is read worse in cross-validation: macro F1 {after[label]:.3f}, "
            f"{before[label]:.3f} before; at most {MAX_F1_LOSS} may be lost."
        )
        for label in before
        if label in after and before[label] - after[label] > MAX_F1_LOSS
    ]
