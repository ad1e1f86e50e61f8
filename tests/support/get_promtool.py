"""Find Debian's promtool, which checks the alerts of deploy/prometheus/, or fetch it.

python tests/support/get_promtool.py      # prints the path; 1 when there is none and none could be fetched
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Where the package is unpacked when it may not be installed.
UNPACKED = Path(__file__).resolve().parent.parent / ".cache" / "prometheus"
FETCH_TIMEOUT_S = 300


def promtool_path() -> str | None:
    """promtool of the system, or of Debian's package `prometheus`, unpacked below .cache/ (nothing is
    installed or started)."""
    found = shutil.which("promtool") or shutil.which("promtool", path=str(UNPACKED / "usr" / "bin"))
    if found or not shutil.which("apt-get"):
        return found
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _run("apt-get", "update", "-qq", cwd=folder)  # needs no success: the lists may be there already
        if not _run("apt-get", "download", "-qq", "prometheus", cwd=folder):
            return None
        for package in Path(folder).glob("*.deb"):
            _run("dpkg", "-x", str(package), str(UNPACKED), cwd=folder)
    return shutil.which("promtool", path=str(UNPACKED / "usr" / "bin"))


def _run(*command: str, cwd: str) -> bool:
    try:
        done = subprocess.run(command, cwd=cwd, timeout=FETCH_TIMEOUT_S, capture_output=True, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{command[0]}: {type(error).__name__}\n")
        return False
    return done.returncode == 0


if __name__ == "__main__":
    path = promtool_path()
    if path:
        sys.stdout.write(path + "\n")
    else:
        sys.stderr.write(
            "promtool is not here and could not be fetched: install Debian's package `prometheus`\n"
        )
    sys.exit(0 if path else 1)
