"""Fills in the settings of nginx and Redis where they have changed, as signpost-render.service does.

Usage: `python -m signpost.cli.render RUN_FOLDER ETC_FOLDER`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from signpost.cli.command import command
from signpost.deployment.render import render


@command
def main() -> int:
    """Render once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("etc_folder", type=Path)
    options = parser.parse_args()
    render(options.run_folder, options.etc_folder, os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main())
