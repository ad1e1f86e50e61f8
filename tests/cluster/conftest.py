"""One cluster for all tests of this folder, from deploy/: nginx, two bots, two action servers, Redis."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from faults import FAKETIME, prepared, wrap  # noqa: E402
from redis_server import install, needs  # noqa: E402

from signpost.deployment.cluster import Cluster  # noqa: E402


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    if not FAKETIME.exists():
        install("libfaketime")
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder, settings=prepared(folder))
    cluster.cannot = wrap(cluster)
    with cluster:
        yield cluster
