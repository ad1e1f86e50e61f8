"""What was started is ended, however it ends: nginx and Redis, with nothing behind them, so that it is
quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import left_after, processes_of
from redis_server import needs

from signpost.deployment.cluster import Cluster, ClusterError

pytestmark = pytest.mark.long

NOTHING_BEHIND = {"SIGNPOST_BOTS": "127.0.0.1:9", "SIGNPOST_ACTION_SERVERS": "127.0.0.1:9"}
SOON_S = 5.0
# A program of its own, as `make cluster` is one: prints a line when all is up.
PROGRAM = """
import sys, time
from pathlib import Path
from signpost.deployment.cluster import Cluster
settings = {"SIGNPOST_BOTS": "127.0.0.1:9", "SIGNPOST_ACTION_SERVERS": "127.0.0.1:9"}
with Cluster(Path(sys.argv[1]), bots=0, actions=0, settings=settings):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def small(tmp_path: Path) -> Cluster:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    return Cluster(tmp_path, bots=0, actions=0, settings=NOTHING_BEHIND)


def wait_until(condition, seconds: float = SOON_S) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def workers(cluster: Cluster) -> list[int]:
    return [
        pid for pid, command in processes_of(cluster.folder).items() if command.startswith("nginx: worker")
    ]


def test_after_an_ordinary_end_nothing_is_left(small: Cluster) -> None:
    with small:
        assert workers(small), "the workers are not seen: the test would prove nothing"
    assert left_after(small.folder, SOON_S) == {}


def test_the_workers_of_a_killed_nginx_are_gone_after_its_restart_and_after_the_end(small: Cluster) -> None:
    with small:
        old, service = workers(small), small.services["signpost-nginx"]
        os.kill(service.pid, signal.SIGKILL)
        assert wait_until(
            lambda: service.starts == 2 and small.is_healthy("signpost-nginx") and workers(small)
        )
        assert wait_until(lambda: not set(old) & set(workers(small)))
    assert left_after(small.folder, SOON_S) == {}


def test_the_workers_of_an_nginx_that_is_dead_at_the_end_are_ended_too(small: Cluster) -> None:
    with small:
        service = small.services["signpost-nginx"]
        service.restart_after_s = 60.0
        os.kill(service.pid, signal.SIGKILL)
        service.process.wait()
        assert workers(small), "nginx's workers go by themselves: the test would prove nothing"
    assert left_after(small.folder, SOON_S) == {}


def test_whoever_kills_the_program_leaves_nothing_behind(tmp_path: Path, root: Path) -> None:
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, tmp_path], cwd=root, stdout=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout.readline() == "up\n"
        assert len(processes_of(tmp_path)) >= 4
    finally:
        program.kill()
        program.wait()
    assert left_after(tmp_path, SOON_S) == {}


def test_a_port_that_is_taken_is_told_and_nothing_is_started(small: Cluster, tmp_path: Path) -> None:
    with small:
        (tmp_path / "other").mkdir()
        with pytest.raises(ClusterError, match=f"Port {small.port} is in use"):
            Cluster(tmp_path / "other", bots=0, actions=0, port=small.port, settings=NOTHING_BEHIND).start()
        assert processes_of(tmp_path / "other") == {}


def test_what_does_not_start_is_told_and_the_rest_is_ended(
    small: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signpost.deployment.cluster.START_TIMEOUT_S", 1.0)
    small.services["signpost-nginx"].command[:] = ["/bin/false"]
    with pytest.raises(ClusterError, match="signpost-nginx did not become healthy"):
        small.start()
    assert left_after(small.folder, SOON_S) == {}
