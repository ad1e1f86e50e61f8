"""One cluster for all tests of this folder, from deploy/: nginx, two bots, two action servers, Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults import FAKETIME, prepared, wrap
from redis_server import install, needs

from signpost.deployment.cluster import Cluster


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
