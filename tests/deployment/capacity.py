"""How many messages a cluster of one, two, ... bots answers: `python tests/deployment/capacity.py 1 2`.

People talk without a pause, more and more at once. For each number of people it prints the messages a second,
the median and the 95th percentile of the reply times, and the processor time that a message costs: that
figure holds on a busy machine too. Rate limits stay on, so each person has their own address, and there are
enough of them for none to write too fast. The people run on this machine too and take part of its processor.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

from faults import prepared  # noqa: E402
from talking import Visitors  # noqa: E402

from signpost.deployment.cluster import Cluster  # noqa: E402

PEOPLE = (16, 32, 64)
SECONDS = 10.0


def measure(bots: int) -> None:
    """Print one table."""
    with (
        tempfile.TemporaryDirectory(prefix="signpost-capacity-") as folder,
        Cluster(Path(folder), bots=bots, settings=prepared(Path(folder))) as cluster,
    ):
        ticks = os.sysconf("SC_CLK_TCK")
        sys.stdout.write(
            f"{bots} bots, {len(cluster.action_servers)} action servers, {os.cpu_count()} cores\n"
        )
        for network, people in enumerate(PEOPLE, start=2):
            before = {name: _ticks(service.pid) for name, service in cluster.services.items()}
            with Visitors(cluster.address, people=people, pause_s=0.0, network=network) as visitors:
                began = time.monotonic()
                time.sleep(SECONDS)
                seconds = time.monotonic() - began
                done = list(visitors.outcomes)
            used = {
                name: (_ticks(service.pid) - before[name]) / ticks / seconds
                for name, service in cluster.services.items()
            }
            right = [outcome for outcome in done if outcome.kind in ("right", "forgot")]
            times = sorted(outcome.seconds for outcome in right) or [0.0]
            kinds = dict(visitors.counts())
            sys.stdout.write(
                f"  {people:3} people: {len(right) / seconds:5.1f} messages/s, "
                f"median {times[len(times) // 2] * 1000:5.0f} ms, "
                f"95th {times[int(len(times) * 0.95)] * 1000:5.0f} ms, {kinds}; processor time a message: "
                + ", ".join(
                    f"{kind} {_ms_each(used, kind, seconds, len(done)):.1f} ms"
                    for kind in ("bot", "actions", "redis", "nginx")
                )
                + "\n"
            )
            sys.stdout.flush()


def _ms_each(used: dict[str, float], kind: str, seconds: float, messages: int) -> float:
    """Processor time in ms that one message costs in all services of a kind.

    `used` is processors by service.
    """
    return sum(value for name, value in used.items() if kind in name) * seconds * 1000 / max(messages, 1)


def _ticks(pid: int) -> int:
    """Processor time of a process and of its children, which nginx's workers are, in clock ticks."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return sum(map(_own_ticks, [pid, *map(int, workers)]))


def _own_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    for how_many in map(int, sys.argv[1:] or ["1", "2"]):
        measure(how_many)
