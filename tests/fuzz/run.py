"""`make fuzz`: so many cases through the interface, the reader and the routing; findings in reports/fuzz.

python tests/fuzz/run.py [--cases 100000] [--only parsing|routing|interface]
"""

from __future__ import annotations

import argparse
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "reports" / "fuzz"
# One case may take so long before it counts as found, in seconds.
CASE_TIMEOUT_S = 10
# One request of the interface may take so long: 200 texts in one of them do, on a busy machine.
REQUEST_TIMEOUT_S = 60
# Random inputs to begin with, and the longest in bytes: from an empty input a fuzzer is slow to reach long
# messages.
SEEDS, LONGEST_SEED = 100, 1500
# What schemathesis cannot know of this interface is left out: nothing needs credentials or creates resources.
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "positive_data_acceptance",
        "unsupported_method",
        "allow_header_conformance",
    )
)
# Proportions of the cases: most go where visitors' words come in. One case of `parse` is a list of up to 200
# texts, and takes as long as a hundred others. The operations without a body have a handful of cases each.
SHARES = {"say": 0.6, "forget": 0.38, "parse": 0.02}
# Cases of one run of schemathesis, each with a new seed: its memory of its cases grows and slows it down.
MAX_IN_A_RUN = 5000


@dataclass(frozen=True)
class Result:
    """What one run came to."""

    name: str
    cases: int
    good: bool
    seconds: float
    output: str


def fuzz_code(name: str, cases: int, folder: Path = REPORTS) -> Result:
    """Run one coverage-guided fuzzer. A case that crashes it is written below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={cases}",
        "-max_len=2048",
        "-len_control=0",
        f"-timeout={CASE_TIMEOUT_S}",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={folder}/{name}-",
    ]
    with tempfile.TemporaryDirectory() as seeds:
        chance = random.Random(0)
        for number in range(SEEDS):
            (Path(seeds) / str(number)).write_bytes(chance.randbytes(chance.randint(1, LONGEST_SEED)))
        result = _run(name, [sys.executable, str(Path(__file__).parent / f"fuzz_{name}.py"), *options, seeds])
    done = re.search(r"Done (\d+) runs", result.output)
    return Result(
        name,
        int(done.group(1)) if done else 0,
        result.good and done is not None,
        result.seconds,
        result.output,
    )


def fuzz_interface(address: str, cases: int, folder: Path = REPORTS) -> Result:
    """Run schemathesis on docs/openapi.yml against a running bot in workbench mode without rate limits."""
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def operation(name: str) -> list[Result]:
        wanted, runs = math.ceil(cases * SHARES[name]), []
        while (done := sum(run.cases for run in runs)) < wanted and all(
            run.good and run.cases for run in runs
        ):
            runs.append(
                _schemathesis(
                    address,
                    folder,
                    [f"--include-operation-id={name}"],
                    min(wanted - done, MAX_IN_A_RUN),
                    len(runs),
                )
            )
        return runs

    runs = [_schemathesis(address, folder, [f"--exclude-operation-id={name}" for name in SHARES], 1, 0)]
    with ThreadPoolExecutor(len(SHARES)) as beside:  # making cases takes as long as answering them
        runs += [run for found in beside.map(operation, SHARES) for run in found]
    return Result(
        "interface",
        sum(run.cases for run in runs),
        all(run.good for run in runs),
        time.monotonic() - started,
        "\n".join(run.output for run in runs),
    )


def _schemathesis(address: str, folder: Path, which: list[str], examples: int, seed: int) -> Result:
    """One run on some operations; the cases that are the same each time are left to the first one."""
    options = [
        "--url",
        address,
        "--checks",
        CHECKS,
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--phases",
        "fuzzing" if seed else "examples,coverage,fuzzing",
    ]
    options += [
        "--continue-on-failure",
        "--request-timeout",
        str(REQUEST_TIMEOUT_S),
        "--suppress-health-check",
        "all",
        "--no-color",
        "--warnings",
        "off",
        "--generation-database",
        "none",
    ]
    result = _run(
        "interface",
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            str(ROOT / "docs" / "openapi.yml"),
            *options,
            *which,
        ],
        cwd=folder,
    )
    counted = re.search(r"(\d[\d,]*) generated", result.output)
    return Result(
        "interface",
        int(counted.group(1).replace(",", "")) if counted else 0,
        result.good and counted is not None,
        result.seconds,
        result.output,
    )


def _run(name: str, command: list[str], cwd: Path = ROOT) -> Result:
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"},
    )
    return Result(name, 0, done.returncode == 0, time.monotonic() - started, done.stdout + done.stderr)


def main() -> int:
    """Run them; 1 when one of them found something."""
    sys.path.insert(0, str(ROOT))
    from signpost.processes import running_bot

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--only", choices=("parsing", "routing", "interface"))
    chosen = options.parse_args()
    names = [chosen.only] if chosen.only else ["parsing", "routing", "interface"]
    good = True
    for name in names:
        if name == "interface":
            REPORTS.mkdir(parents=True, exist_ok=True)
            with running_bot(REPORTS / "bot.log") as address:
                result = fuzz_interface(address, chosen.cases)
        else:
            result = fuzz_code(name, chosen.cases)
        (REPORTS / f"{name}.txt").write_text(result.output, encoding="utf-8")
        good = good and result.good
        print(
            f"{name}: {result.cases} cases in {result.seconds:.0f} s, "
            + ("nothing found" if result.good else f"SOMETHING FOUND: see reports/fuzz/{name}.txt"),
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
