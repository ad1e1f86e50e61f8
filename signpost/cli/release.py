"""`make release`: packs code, lock and the promoted model into dist/.

`--take-up` is what deploy/upgrade calls on a server.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from signpost.cli.command import command
from signpost.deployment.release import pack, take_up
from signpost.files import ROOT
from signpost.learning.registry import file_sha256


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Run once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--take-up", action="store_true", help="put this release's model in use for its code")
    if parser.parse_args(arguments).take_up:
        print(f"{take_up()} is in use for bots of this release.")
        return 0
    archive = pack(ROOT / "dist")
    print(f"{archive.relative_to(ROOT)}\nsha256: {file_sha256(archive)}")
    print("On the server: deploy/upgrade ARCHIVE --sha256 HASH (docs/operating.md, docs/one-machine.md)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
