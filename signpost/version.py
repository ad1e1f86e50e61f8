"""Which release this is: the number of the release, and of the code that models have to fit."""

from __future__ import annotations

from signpost.files import ROOT

# `make release` writes it; a checkout has none.
RELEASE = ROOT / "RELEASE"
NUMBER = "0.1.0"


def version() -> str:
    """The name of the release, or the number with "+checkout" where this is none."""
    try:
        return RELEASE.read_text(encoding="ascii").strip()
    except OSError:
        return f"{NUMBER}+checkout"
