"""`make soak`: people talk to a cluster for some minutes while every fault is injected again and again.

    MINUTES=10 make soak

Prints one line a fault, and at the end: conversations, messages by outcome, memory of every process at start and end.
Ends with 1 if a message was lost, the service did not become whole again, or memory grew.
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

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent), str(Path(__file__).parents[2])]

import httpx  # noqa: E402
import redis  # noqa: E402
from faults import LONG, WHOLE_AGAIN_S, Fault, inject, prepared, wrap  # noqa: E402
from talking import Visitors  # noqa: E402

from signpost.cluster import Cluster, ClusterError  # noqa: E402

# What a process may take more at the end than when it was warm, in MB.
GROWTH_MB = 60
# People talk undisturbed for so long before memory is first measured, and again before it is last.
WARM_S = 30.0


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
            _out(f"{len(cluster.bots)} bots, {len(cluster.action_servers)} action servers, {people} people talk for {minutes:g} minutes, seed {seed}")
            for fault in sorted(cannot):
                _out(f"cannot be injected here: {fault}")
            visitors.wait_until_right(8, 60)
            time.sleep(min(WARM_S, minutes * 10))
            before, starts = memory_mb(cluster), {name: service.starts for name, service in cluster.services.items()}
            began, injected, told, waiting = time.monotonic(), 0, [], []
            while time.monotonic() < began + minutes * 60:
                waiting = waiting or chance.sample(LONG, len(LONG))
                fault = waiting.pop()
                if fault.name in cannot:
                    continue
                injected += 1
                told.append(_inject(cluster, visitors, fault, injected))
            time.sleep(min(WARM_S, minutes * 10))
            after = memory_mb(cluster)
            kept = redis.Redis.from_url(cluster.redis_url).info("memory")["used_memory"] / 2**20
            healthy = httpx.get(f"{cluster.address}/chat/health", timeout=5).status_code == 200
        counts = visitors.counts()
        crowd: Counter[str] = getattr(cluster, "crowd", Counter())
        growth = {name: after[name] - before[name] for name in before if name in after and cluster.services[name].starts == starts[name]}
        _out(f"\n{visitors.conversations} conversations, {sum(counts.values())} messages in {minutes:g} minutes, {injected} faults injected")
        _out("messages: " + ", ".join(f"{kind} {counts[kind]}" for kind in ("right", "forgot", "safe", "refused", "page", "lost")))
        for service in cluster.services:
            restarted = cluster.services[service].starts - starts[service]
            _out(f"  {service:<26} {before.get(service, 0):7.0f} MB at the start {after.get(service, 0):7.0f} MB at the end, started again {restarted} times")
        _out(f"  Redis holds {kept:.1f} MB; healthy at the end: {healthy}")
        lost = [asdict(outcome) for outcome in visitors.outcomes if outcome.kind in ("lost", "page") and outcome.why]
        if report:
            report.parent.mkdir(parents=True, exist_ok=True)
            report.write_text(json.dumps({"faults": told, "messages": counts, "crowd": crowd, "before_mb": before, "after_mb": after, "lost": lost}, indent=1), encoding="utf-8")
        grown = [name for name, more in growth.items() if more > GROWTH_MB]
        for entry in lost[:10]:
            _out(f"  {entry['kind']} during {entry['during']}: {entry['why']}")
        for name in grown:
            _out(f"  {name} grew by {growth[name]:.0f} MB")
        whole = all(entry["whole_s"] < WHOLE_AGAIN_S for entry in told)
        return 0 if healthy and whole and not grown and counts["lost"] == 0 else 1


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
