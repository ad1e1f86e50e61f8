"""What simple means find, to hold our figures against."""

from __future__ import annotations

import re

# The words that a careful person would put on a list of danger words; nothing was tuned on any message.
DANGER_WORDS = [
    "999",
    "emergency",
    "ambulance",
    "knife",
    "gun",
    "weapon",
    "hammer",
    "axe",
    "machete",
    "petrol",
    "stab",
    "stabbed",
    "stabbing",
    "strangle",
    "strangled",
    "strangling",
    "choke",
    "choked",
    "choking",
    "bleeding",
    "blood",
    "unconscious",
    "overdose",
    "suicide",
    "kill",
    "killed",
    "killing",
    "murder",
    "die",
    "dying",
    "hiding",
    "trapped",
    "breaking",
    "smashing",
    "attacking",
    "attacked",
    "threatening",
    "screaming",
    "help",
    "danger",
    "hurting",
    "beating",
    "punching",
    "now",
    "tonight",
]
_PATTERN = re.compile(r"\b(" + "|".join(DANGER_WORDS) + r")\b", re.IGNORECASE)


def keyword_danger(text: str) -> bool:
    """Whether any word of the list stands in the text."""
    return bool(_PATTERN.search(text))
