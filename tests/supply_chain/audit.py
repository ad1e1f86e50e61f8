"""`make audit`: known holes in the locked packages; each must have its written line in docs/holes.yml.

Runs in .venv-audit. Asks the package registry through pip-audit; without the registry's data the audit fails,
because an audit that could not look has found nothing out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "reports" / "audit.json"
LOCK = ROOT / "requirements-test.lock"  # the two others are in it
HOLES = ROOT / "docs" / "holes.yml"
SERVICES = ("pypi", "osv")


def main() -> int:
    """0: every hole that is known has its line. 1: one has none. 2: the data could not be had."""
    REPORT.parent.mkdir(exist_ok=True)
    written = set(re.findall(r"\b(?:CVE|GHSA|PYSEC)-[0-9A-Za-z-]+", HOLES.read_text(encoding="utf-8")))
    for service in SERVICES:
        found = look(service)
        if found is not None:
            break
        print(f"{service}: no data", file=sys.stderr)
    else:
        print("No service gave data on vulnerabilities: nothing was audited.", file=sys.stderr)
        return 2
    unwritten = [(name, version, ids) for name, version, ids in found if not ids & written]
    for name, version, ids in unwritten:
        print(f"{name} {version}: {', '.join(sorted(ids))} has no line in docs/holes.yml", file=sys.stderr)
    print(f"{len(found)} known holes, {len(found) - len(unwritten)} with a line in docs/holes.yml")
    return 1 if unwritten else 0


def look(service: str) -> list[tuple[str, str, set[str]]] | None:
    """Package, version and the ids of each known hole; None where the service has no data on some package."""
    command = [
        str(Path(sys.executable).parent / "pip-audit"),
        "-r",
        str(LOCK),
        "--require-hashes",
        "--disable-pip",
        "--strict",
        "--progress-spinner",
        "off",
    ]
    subprocess.run(
        [*command, "--vulnerability-service", service, "--format", "json", "--output", str(REPORT)],
        capture_output=True,
        check=False,
    )
    try:
        report = json.loads(REPORT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    finally:
        REPORT.unlink(missing_ok=True)
    return [
        (package["name"], package["version"], {hole["id"], *hole["aliases"]})
        for package in report["dependencies"]
        if "skip_reason" not in package
        for hole in package["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main())
