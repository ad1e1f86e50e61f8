"""Messages as people type them, for timing only.

`make evaluate` measures how well messages are understood.
"""

from __future__ import annotations

from itertools import cycle, islice

SHORT = (
    "he wont let me see my mum",
    "hi",
    "is this private",
    "in wolverton",
    "she takes my wages every month",
    "what is a refuge",
    "im scared of my son",
    "thanks",
)
MEDIUM = (
    "my husband reads all my messages and last night he threw my phone at the wall because my sister rang",
    "a friend of mine has bruises again and says she fell, i dont believe her, what can i do for her",
    "we are both men, he locks the door when he goes to work and i have no key, "
    "it has been like this since spring",
    "i left in august but he waits outside the school at pick up time "
    "and the children dont want to go any more",
)
_STORY = (
    "It started after we moved, when he began to ask where I had been every time I came home from work. "
    "First he wanted me to ring when I left and when I arrived, later he looked at the miles on the car. "
    "I stopped seeing my friends because there was always a quarrel before and a longer one afterwards. "
    "He has my bank card and gives me money for the shopping, and he counts the change at the kitchen table. "
    "When his mother died I thought that it would pass, that he was sad and I should be patient with him. "
    "Our daughter is seven and she has begun to whisper when he is at home, her teacher asked me about it. "
)
LONG_WORDS = 400
LONG = (" ".join(islice(cycle(_STORY.split()), LONG_WORDS)),)
# Of ten messages seven are short, two of medium length, one tells a story of about 110 words.
MIX = (*SHORT[:7], *MEDIUM[:2], _STORY.strip())
KINDS = {"short": SHORT, "mix": MIX, "long": LONG}
