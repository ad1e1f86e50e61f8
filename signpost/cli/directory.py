"""`make directory`: checks directory/ and lists what to check by telephone before a release."""

from __future__ import annotations

import sys
from datetime import date

from signpost.cli.command import command
from signpost.directory.languages import load_languages, review_languages
from signpost.directory.questions import load_questions
from signpost.directory.reader import SERVICES_FILE, load_directory
from signpost.directory.replies import REPLIES_FILE, load_replies
from signpost.directory.review import review


@command
def main() -> int:
    """Check all files and print what to check by telephone."""
    today = date.today()
    directory = load_directory(SERVICES_FILE, today)
    load_replies(REPLIES_FILE)
    load_questions()
    languages = load_languages()
    print(
        f"The directory is in order: {len(directory.services)} services.\n\n{review(directory, today)}\n"
        f"{review_languages(languages.values())}",
        end="",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
