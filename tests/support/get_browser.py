"""Find Chromium for the tests of the widget and the workbench, or fetch it, and say which way was taken.

python tests/support/get_browser.py      # prints the path; 1 when there is none and none could be fetched
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
FETCH_TIMEOUT_S = 600

# As root a browser has no sandbox of its own; the others keep it from calling home at start.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def say(text: str) -> None:
    sys.stderr.write(f"tests in Chromium: {text}\n")


def installed() -> str | None:
    """A browser of the system, or the one that Playwright has fetched before."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    return _playwrights_own()


def browser_path() -> str | None:
    """A browser, fetched if there is none: Debian's package if we may install, otherwise Playwright's own."""
    found = installed()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("no Chromium here; installing Debian's package `chromium`")
        _run("apt-get", "update", "-qq")
        if _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium") and installed():
            return installed()
        say("Debian's package could not be installed")
    say("no Chromium here; fetching one in Playwright's own way")
    if _run(sys.executable, "-m", "playwright", "install", "chromium"):
        return installed()
    say("no browser could be fetched; install Chromium, or set CHROMIUM to its path")
    return None


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def _run(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, timeout=FETCH_TIMEOUT_S, stdout=sys.stderr, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"{command[0]}: {type(error).__name__}")
        return False
    return done.returncode == 0


if __name__ == "__main__":
    path = browser_path()
    if path:
        sys.stdout.write(path + "\n")
    sys.exit(0 if path else 1)
