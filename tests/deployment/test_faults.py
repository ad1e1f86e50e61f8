"""Whatever breaks: every message gets its reply or the safe one within 4 s, and the service recovers by
itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults import QUICK, WHOLE_AGAIN_S, Fault, inject
from talking import Visitors

from signpost.deployment.cluster import Cluster

pytestmark = pytest.mark.bot

# Messages during one fault answered without what had been said before: conversations that change bots without
# Redis.
MAX_FORGOTTEN = 4


@pytest.fixture(scope="module")
def visitors(cluster: Cluster) -> Iterator[Visitors]:
    with Visitors(cluster.address) as talking:
        assert talking.wait_until_right(8, 30) < 30, [
            outcome for outcome in talking.outcomes if outcome.kind != "right"
        ][:3]
        yield talking


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_during_talk_loses_nobody(cluster: Cluster, visitors: Visitors, fault: Fault) -> None:
    if fault.name in cluster.cannot:
        pytest.skip(f"{fault.name}: needs root or libfaketime, which this machine does not give")
    counts, slowest_s, whole_s = inject(cluster, visitors, fault)
    print(f"{fault.name}: {counts}, slowest {slowest_s:.2f} s, whole again after {whole_s:.1f} s")
    why = [outcome.why for outcome in visitors.outcomes if outcome.during == fault.name and outcome.why]
    if why:
        print(f"    {why[:5]}")
    assert counts.get("lost", 0) == 0, why[:5]
    assert counts.get("page", 0) == 0 or fault.page_allowed, why[:5]
    right, other = counts.get("right", 0), counts.get("safe", 0) + counts.get("forgot", 0)
    assert right > (other if fault.mostly_right else 0), counts
    assert counts.get("forgot", 0) <= MAX_FORGOTTEN, "what was said before is lost"
    assert whole_s < WHOLE_AGAIN_S, "the service did not become whole again by itself"


def test_between_the_faults_nobody_was_lost_either(visitors: Visitors) -> None:
    counts = visitors.counts("nothing")
    assert counts["lost"] == counts["page"] == 0, [
        outcome.why for outcome in visitors.outcomes if outcome.why
    ][:5]
