"""Whether a candidate may replace the model in use: pure rules on the results of both, and the reasons in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any, Mapping, Sequence

# A capability of the behaviour tests may fall by this share of its texts, or by one text where it has few.
MOST_CAPABILITY_LOSS = 0.05
# A label's macro F1 in cross-validation may fall by this.
MOST_F1_LOSS = 0.02
# In cross-validation a few messages change sides by chance whenever anything is trained anew. Danger found counts as lower
# when more messages were lost than won, and the odds of that by chance (sign test, one-sided) are below this.
CHANCE = 0.05
# Sentences named for one reason; the report has all.
MOST_NAMED = 12

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Objection:
    """One reason against a candidate, the sentences that show it, and the messages that they are about (dialogues name their own)."""

    reason: str
    sentences: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = [f"    {sentence}" for sentence in self.sentences[:MOST_NAMED]]
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
    if used.get("cross_validation") and candidate.get("cross_validation"):
        found += _danger_in_cross_validation(used, candidate, texts) + _labels(used, candidate)
    return found


def in_common(results: Results, other: Results) -> Results:
    """Results cut down to the texts and labels that two models, tested at different times, were both tested with."""
    texts = {
        name: {(entry["text"], entry["danger"]) for entry in entries}
        for name, entries in other["behaviour"].items()
    }
    behaviour = {
        name: [entry for entry in entries if (entry["text"], entry["danger"]) in texts.get(name, ())]
        for name, entries in results["behaviour"].items()
    }
    cut = {**results, "behaviour": {name: entries for name, entries in behaviour.items() if entries}}
    found, others = results.get("cross_validation"), other.get("cross_validation")
    if found and others:
        labels = {label: f1 for label, f1 in found["macro_f1"].items() if label in others["macro_f1"]}
        cut["cross_validation"] = {**found, "macro_f1": labels}
    return cut


def danger_recall(results: Results) -> tuple[int, int]:
    """Of the behaviour tests' texts that tell of danger: how many were found (immediate or check), and how many there are."""
    dangers = [entry for entries in results["behaviour"].values() for entry in entries if entry["danger"]]
    return sum(entry["found"] for entry in dangers), len(dangers)


def passed(entries: Sequence[Mapping[str, Any]]) -> int:
    """Texts of which everything expected was met."""
    return sum(not entry["problems"] for entry in entries)


def newly_wrong(used: Results, candidate: Results) -> list[tuple[str, Mapping[str, Any]]]:
    """Texts of the behaviour tests that were right and now are not, each with its capability."""
    before = {
        (name, entry["text"])
        for name, entries in used["behaviour"].items()
        for entry in entries
        if not entry["problems"]
    }
    return [
        (name, entry)
        for name, entries in candidate["behaviour"].items()
        for entry in entries
        if entry["problems"] and (name, entry["text"]) in before
    ]


def newly_right(used: Results, candidate: Results) -> list[tuple[str, Mapping[str, Any]]]:
    """Texts of the behaviour tests that were wrong and now are right."""
    return newly_wrong(candidate, used)


def lost_and_won(used: Results, candidate: Results) -> tuple[list[str], list[str]]:
    """Ids of danger messages of cross-validation, known to both, that only the model in use found, and that only the candidate found."""
    before, after = (
        used["cross_validation"]["danger_messages"],
        candidate["cross_validation"]["danger_messages"],
    )
    both = before.keys() & after.keys()
    lost = sorted(name for name in both if before[name] != "none" and after[name] == "none")
    return lost, sorted(name for name in both if before[name] == "none" and after[name] != "none")


def by_chance(lost: int, won: int) -> float:
    """The odds that at least ``lost`` of all that changed were lost, if losing and winning were equally likely."""
    n = lost + won
    return sum(comb(n, k) for k in range(lost, n + 1)) / 2**n if n else 1.0


def _danger_in_tests(used: Results, candidate: Results) -> list[Objection]:
    (before, _), (after, n) = danger_recall(used), danger_recall(candidate)
    found_before = {
        entry["text"]
        for entries in used["behaviour"].values()
        for entry in entries
        if entry["danger"] and entry["found"]
    }
    missed = [
        (entry["text"], f'"{entry["text"]}" ({name}): no danger is noticed any more')
        for name, entries in candidate["behaviour"].items()
        for entry in entries
        if entry["danger"] and not entry["found"] and entry["text"] in found_before
    ]
    return (
        [
            Objection(
                f"Danger is missed more often: {after} of {n} dangerous messages of the behaviour tests are noticed, {before} before.",
                tuple(sentence for _, sentence in missed),
                tuple(text for text, _ in missed),
            )
        ]
        if after < before
        else []
    )


def _red_dialogues(candidate: Results) -> list[Objection]:
    """Dialogues that go wrong, whatever they did before: one that a volunteer has just saved must be mended, or listed as not yet understood."""
    wrong = {
        name: entry
        for name, entry in candidate["conversations"].items()
        if entry["problems"] and not entry["not_yet"]
    }
    sentences = tuple(
        f"{name} ({entry['title']}), {problem}"
        for name, entry in wrong.items()
        for problem in entry["problems"]
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
    for name, entries in candidate["behaviour"].items():
        if name not in used["behaviour"]:
            continue
        before, after, n = passed(used["behaviour"][name]), passed(entries), len(entries)
        if before - after > max(1, MOST_CAPABILITY_LOSS * n):
            sentences = tuple(
                f'"{entry["text"]}": {"; ".join(entry["problems"])}'
                for capability, entry in wrong
                if capability == name
            )
            found.append(
                Objection(
                    f"The capability {name} falls from {before} to {after} of {n} messages; at most {MOST_CAPABILITY_LOSS:.0%} of them, or one, may be lost.",
                    sentences,
                    tuple(entry["text"] for capability, entry in wrong if capability == name),
                )
            )
    return found


def _danger_in_cross_validation(
    used: Results, candidate: Results, texts: Mapping[str, str]
) -> list[Objection]:
    lost, won = lost_and_won(used, candidate)
    if len(lost) <= len(won) or by_chance(len(lost), len(won)) >= CHANCE:
        return []
    sentences = tuple(f'"{texts.get(name, name)}": no danger is noticed any more' for name in lost)
    return [
        Objection(
            f"Danger is missed more often in cross-validation: {len(lost)} messages are no longer noticed, {len(won)} newly are.",
            sentences,
            tuple(texts[name] for name in lost if name in texts),
        )
    ]


def _labels(used: Results, candidate: Results) -> list[Objection]:
    before, after = used["cross_validation"]["macro_f1"], candidate["cross_validation"]["macro_f1"]
    return [
        Objection(
            f"The label {label} is read worse in cross-validation: macro F1 {after[label]:.3f}, {before[label]:.3f} before; at most {MOST_F1_LOSS} may be lost."
        )
        for label in before
        if label in after and before[label] - after[label] > MOST_F1_LOSS
    ]
