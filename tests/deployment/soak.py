"""`make soak`: people talk to a cluster for some minutes while every fault is injected again and again.

    MINUTES=10 make soak

Prints one line for each fault, and at the end: conversations, messages by outcome, memory of every process at
start and end. Every process is killed at some time, so memory is measured a second time: people go on talking
undisturbed for a fifth of the minutes, to the processes that the faults have left. Exits with 1 if a message
was lost, if nothing could be reached without a fault to explain it, if the service did not recover, or if
memory grew undisturbed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

import httpx  # noqa: E402
import redis  # noqa: E402
from faults import LONG, WHOLE_AGAIN_S, Fault, inject, prepared, wrap  # noqa: E402
from talking import Visitors  # noqa: E402

from signpost.deployment.cluster import Cluster, ClusterError  # noqa: E402

# What a process may take more after the calm at the end than before it, in MB.
GROWTH_MB = 40
# In these nothing answers for a moment, and the numbers in the page are what people have.
UNREACHABLE = {fault.name for fault in LONG if fault.page_allowed}
# People talk undisturbed for so long before memory is measured.
WARM_S = 30.0
CALM_SHARE = 0.2


def memory_mb(cluster: Cluster) -> dict[str, float]:
    """Resident memory of each process, in MB."""
    found = {}
    for name, service in cluster.services.items():
        status = Path(f"/proc/{service.pid}/status")
        if service.pid and status.exists():
            found[name] = int(status.read_text(encoding="ascii").split("VmRSS:")[1].split()[0]) / 1024
    return found


def soak(minutes: float, seed: int, report: Path | None, people: int) -> int:
    """Run and tell. Returns 0 where nobody was lost."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="signpost-soak-") as name:
        folder = Path(name)
        cluster = Cluster(folder, settings=prepared(folder))
        cannot = wrap(cluster)
        with cluster, Visitors(cluster.address, people=people) as visitors:
            _out(
                f"{len(cluster.bots)} bots, {len(cluster.action_servers)} action servers, "
                f"{people} people talk for {minutes:g} minutes, seed {seed}"
            )
            for fault in sorted(cannot):
                _out(f"cannot be injected here: {fault}")
            visitors.wait_until_right(8, 60)
            time.sleep(min(WARM_S, minutes * 10))
            before, starts = (
                memory_mb(cluster),
                {name: service.starts for name, service in cluster.services.items()},
            )
            began, injected, told, waiting = time.monotonic(), 0, [], []
            while time.monotonic() < began + minutes * 60:
                waiting = waiting or chance.sample(LONG, len(LONG))
                fault = waiting.pop()
                if fault.name in cannot:
                    continue
                injected += 1
                told.append(_inject(cluster, visitors, fault, injected))
            time.sleep(min(WARM_S, minutes * 10))
            calm_began, begun = (
                memory_mb(cluster),
                {name: service.starts for name, service in cluster.services.items()},
            )
            time.sleep(CALM_SHARE * minutes * 60)
            after = memory_mb(cluster)
            again = [name for name, service in cluster.services.items() if service.starts != begun[name]]
            kept = redis.Redis.from_url(cluster.redis_url).info("memory")["used_memory"] / 2**20
            healthy = httpx.get(f"{cluster.address}/chat/health", timeout=5).status_code == 200
        crowd: Counter[str] = getattr(cluster, "crowd", Counter())
        counts = visitors.counts() + crowd
        _out(
            f"\n{visitors.conversations} conversations and a crowd's, {sum(counts.values())} messages "
            f"in {minutes * (1 + CALM_SHARE):g} minutes, {injected} faults injected"
        )
        for whose, some in (("the people", visitors.counts()), ("the crowd of a tenfold load", crowd)):
            _out(
                f"messages of {whose}: "
                + ", ".join(
                    f"{kind} {some[kind]}" for kind in ("right", "forgot", "safe", "refused", "page", "lost")
                )
            )
        for name in cluster.services:
            told_mb = ", ".join(
                f"{taken.get(name, 0):.0f} MB {when}"
                for taken, when in (
                    (before, "at the start"),
                    (calm_began, "after the faults"),
                    (after, "at the end"),
                )
            )
            _out(f"  {name:<26} {told_mb}; started again {begun[name] - starts[name]} times by the faults")
        _out(f"  Redis holds {kept:.1f} MB; healthy at the end: {healthy}")
        lost = [
            asdict(outcome)
            for outcome in visitors.outcomes
            if outcome.why
            and (outcome.kind == "lost" or (outcome.kind == "page" and outcome.during not in UNREACHABLE))
        ]
        if report:
            report.parent.mkdir(parents=True, exist_ok=True)
            found = {
                "faults": told,
                "messages": counts,
                "crowd": crowd,
                "before_mb": before,
                "calm_began_mb": calm_began,
                "after_mb": after,
                "lost": lost,
            }
            report.write_text(json.dumps(found, indent=1), encoding="utf-8")
        grown = {
            name: after[name] - calm_began[name]
            for name in calm_began
            if name in after and after[name] - calm_began[name] > GROWTH_MB
        }
        for entry in lost[:10]:
            _out(f"  {entry['kind']} during {entry['during']}: {entry['why']}")
        for name, more in grown.items():
            _out(f"  {name} grew by {more:.0f} MB while nothing was broken")
        for name in again:
            _out(f"  {name} died while nothing was broken")
        whole = all(entry["whole_s"] < WHOLE_AGAIN_S for entry in told)
        return 0 if healthy and whole and not grown and not again and not lost and counts["lost"] == 0 else 1


def _inject(cluster: Cluster, visitors: Visitors, fault: Fault, number: int) -> dict[str, object]:
    before = visitors.counts(fault.name)
    try:
        _, slowest_s, whole_s = inject(cluster, visitors, fault)
    except (AssertionError, ClusterError) as error:
        _out(f"{number:4} {fault.name}: {error}")
        return {"fault": fault.name, "whole_s": WHOLE_AGAIN_S}
    counts = visitors.counts(fault.name) - before
    told = ", ".join(f"{kind} {many}" for kind, many in counts.items())
    _out(f"{number:4} {fault.name:<52} {told}; slowest {slowest_s:.1f} s; whole again after {whole_s:.1f} s")
    return {"fault": fault.name, "counts": counts, "slowest_s": slowest_s, "whole_s": whole_s}


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--people", type=int, default=4)
    options.add_argument("--report", type=Path)
    chosen = options.parse_args()
    sys.exit(soak(chosen.minutes, chosen.seed, chosen.report, chosen.people))
