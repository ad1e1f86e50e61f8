"""What can break in a cluster, how it is broken while people talk, and what mends it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import frozen
import httpx
import redis
from talking import Visitors

from signpost.deployment.cluster import Cluster
from signpost.deployment.render import LEFT_ALONE_S
from signpost.learning.registry import POINTER, beside, name_of
from signpost.learning.training.train import train

# A bot loads its model within this, other work on the machine included.
WHOLE_AGAIN_S = 90.0
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@dataclass(frozen=True)
class Fault:
    """``broken(cluster)`` breaks on entry and mends on leaving only what no supervisor mends."""

    name: str
    broken: Callable[[Cluster], contextlib.AbstractContextManager[None]]
    lasts_s: float = 1.5
    page_allowed: bool = False  # nothing can be reached for a moment: the page's own numbers count
    mostly_right: bool = True  # another process answers: no more safe replies than right ones


def killed(*kinds: str) -> Callable[[Cluster], contextlib.AbstractContextManager[None]]:
    """SIGKILL; what supervises starts them again."""

    @contextmanager
    def broken(cluster: Cluster) -> Iterator[None]:
        for name in _named(cluster, *kinds):
            os.kill(cluster.services[name].pid, signal.SIGKILL)
        yield

    return broken


def halted(*kinds: str) -> Callable[[Cluster], contextlib.AbstractContextManager[None]]:
    """SIGSTOP: alive, holding its connections, and never answering."""

    @contextmanager
    def broken(cluster: Cluster) -> Iterator[None]:
        pids = [cluster.services[name].pid for name in _named(cluster, *kinds)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    return broken


def limited(
    which: int, kinds: tuple[str, ...]
) -> Callable[[Cluster], contextlib.AbstractContextManager[None]]:
    """A limit at half of what the process takes just now: it gets no handle, or no memory, more."""

    @contextmanager
    def broken(cluster: Cluster) -> Iterator[None]:
        before = {}
        for name in _named(cluster, *kinds):
            pid = cluster.services[name].pid
            if which == resource.RLIMIT_NOFILE:
                now = len(os.listdir(f"/proc/{pid}/fd"))
            else:
                now = (
                    int(
                        Path(f"/proc/{pid}/status").read_text(encoding="ascii").split("VmSize:")[1].split()[0]
                    )
                    * 1024
                )
            before[pid] = resource.prlimit(pid, which)
            resource.prlimit(
                pid, which, (now // 2, before[pid][1])
            )  # what it has it keeps; gaps below the limit are closed too
        try:
            yield
        finally:
            for pid, limits in before.items():
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(pid, which, limits)

    return broken


@contextmanager
def full_redis(cluster: Cluster) -> Iterator[None]:
    """Redis refuses to take anything in."""
    client = redis.Redis.from_url(cluster.redis_url)
    before = client.config_get("maxmemory*")
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    try:
        yield
    finally:
        for name in ("maxmemory", "maxmemory-policy"):
            client.config_set(name, before[name])


@contextmanager
def slow_redis(cluster: Cluster) -> Iterator[None]:
    """Each question to Redis takes 0.3 s."""
    client, over = redis.Redis.from_url(cluster.redis_url), threading.Event()

    def pause() -> None:
        while not over.is_set():
            with contextlib.suppress(redis.RedisError):
                client.execute_command("CLIENT", "PAUSE", 300)
            over.wait(0.01)

    thread = threading.Thread(target=pause)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def damaged_model(
    how: str, kinds: tuple[str, ...]
) -> Callable[[Cluster], contextlib.AbstractContextManager[None]]:
    """The model file is damaged and bots are killed: they must come back, with the last good model."""

    @contextmanager
    def broken(cluster: Cluster) -> Iterator[None]:
        (model,) = Path(cluster.settings["SIGNPOST_MODELS"]).glob("*.tar.gz")
        body = model.read_bytes()
        damaged = {
            "half-written": body[: len(body) // 2],
            "corrupt": body[:2000] + bytes(len(body) - 2000),
            "missing": None,
        }[how]
        model.unlink() if damaged is None else model.write_bytes(damaged)
        names = _named(cluster, *kinds)
        try:
            for name in names:
                os.kill(cluster.services[name].pid, signal.SIGKILL)
            time.sleep(1)
            for name in names:
                cluster.wait_for(name)
            yield
        finally:
            model.write_bytes(body)

    return broken


@contextmanager
def broken_directory(cluster: Cluster) -> Iterator[None]:
    """An edit breaks the directory, and a bot and all action servers restart with it, as systemctl does
    it."""
    services = Path(cluster.settings["SIGNPOST_DIRECTORY"]) / "services.yml"
    text = services.read_text(encoding="utf-8")
    services.write_text(text.replace("phone", "phne", 3)[: len(text) - 200], encoding="utf-8")
    try:
        for name in cluster.action_servers:
            cluster.restart(name)
        cluster.restart(cluster.bots[-1])
        yield
    finally:
        services.write_text(text, encoding="utf-8")


@contextmanager
def rolling_restart(cluster: Cluster) -> Iterator[None]:
    """One bot after the other, as in docs/operating.md: the next once nginx asks the last one again."""
    for name in cluster.bots:
        cluster.restart(name)
        time.sleep(LEFT_ALONE_S + 1)
    yield


@contextmanager
def reloaded_nginx(cluster: Cluster) -> Iterator[None]:
    """New settings are taken up."""
    cluster.render()
    os.kill(cluster.services["signpost-nginx"].pid, signal.SIGHUP)
    yield


@contextmanager
def ten_times_the_load(cluster: Cluster) -> Iterator[None]:
    """Forty people more."""
    with Visitors(cluster.address, people=40, network=3) as crowd:
        crowd.during = "load"
        yield
    kinds = crowd.counts()
    assert kinds["lost"] == 0 and kinds["page"] == 0, (
        f"in the crowd: {kinds} {[o.why for o in crowd.outcomes if o.why][:5]}"
    )
    cluster.crowd = kinds + getattr(cluster, "crowd", Counter())  # type: ignore[attr-defined]


@contextmanager
def promotion(cluster: Cluster) -> Iterator[None]:
    """Another model is put in use (here the same one under another name), and every bot takes it over."""
    folder = Path(cluster.settings["SIGNPOST_MODELS"])
    pointer = folder / POINTER
    before = pointer.read_text(encoding="ascii")
    model = folder / json.loads(before)["model"]
    other = folder / f"signpost-{'e' * 16}.tar.gz"
    for ending in (".tar.gz", ".json"):
        shutil.copy(beside(model, ending), beside(other, ending))
    pointer.write_text(json.dumps({"model": other.name}), encoding="ascii")
    try:
        _wait_for_model(cluster, name_of(other))
        yield
    finally:
        pointer.write_text(before, encoding="ascii")
        try:
            _wait_for_model(cluster, name_of(model))
        finally:
            for ending in (".tar.gz", ".json"):
                beside(other, ending).unlink()


def _wait_for_model(cluster: Cluster, name: str) -> None:
    deadline = time.monotonic() + WHOLE_AGAIN_S
    for port in cluster.bot_ports:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if name in httpx.get(f"http://127.0.0.1:{port}/chat/health", timeout=5).text:
                    break
            time.sleep(0.2)
        else:
            raise AssertionError(f"a bot did not take {name} over")


def clock(cluster: Cluster) -> Path:
    """The file that libfaketime goes by."""
    return cluster.folder / "clock"


@contextmanager
def jumping_clock(cluster: Cluster) -> Iterator[None]:
    """Half of the processes jump a year and more back, then ahead, then home."""
    for jump in ("-400d", "+400d"):
        clock(cluster).write_text(jump, encoding="ascii")
        time.sleep(1.2)
    try:
        yield
    finally:
        clock(cluster).write_text("+0", encoding="ascii")


@contextmanager
def full_disk(cluster: Cluster) -> Iterator[None]:
    """The last bot lives on a read-only disk; the little that it may write to is filled up."""
    place = Path(f"/proc/{cluster.services[cluster.bots[-1]].pid}/root{cluster.folder}/tmp/fill")
    with place.open("wb", buffering=0) as fill, contextlib.suppress(OSError):
        while True:
            fill.write(bytes(1 << 16))
    try:
        yield
    finally:
        place.unlink()


def _named(cluster: Cluster, *kinds: str) -> list[str]:
    groups = {
        "a bot": cluster.bots[:1],
        "all bots": cluster.bots,
        "an action server": cluster.action_servers[:1],
        "all action servers": cluster.action_servers,
        "redis": ["signpost-redis"],
        "nginx": ["signpost-nginx"],
    }
    return [name for kind in kinds for name in groups[kind]]


QUICK = (
    Fault("one action server killed", killed("an action server")),
    Fault("all action servers killed", killed("all action servers"), mostly_right=False),
    Fault("one action server hangs", halted("an action server"), lasts_s=2.5),
    Fault("all action servers hang", halted("all action servers"), lasts_s=2.5, mostly_right=False),
    Fault("Redis killed and restarted, empty", killed("redis")),
    Fault("Redis hangs", halted("redis"), lasts_s=2.5),
    Fault("Redis full", full_redis),
    Fault("Redis slow", slow_redis),
    Fault("a bot killed", killed("a bot")),
    Fault("a bot hangs", halted("a bot"), lasts_s=4.0),
    Fault("bots out of file handles", limited(resource.RLIMIT_NOFILE, ("all bots",)), mostly_right=False),
    Fault("a bot gets no more memory", limited(resource.RLIMIT_AS, ("a bot",))),
    Fault("disk full, read-only", full_disk),
    Fault("clock jumps", jumping_clock, lasts_s=0.5),
    Fault("nginx reloaded", reloaded_nginx, lasts_s=1.0),
    Fault("nginx killed and restarted", killed("nginx"), page_allowed=True),
    Fault("ten times the load", ten_times_the_load, lasts_s=4.0),
    Fault("a bot killed, the model half-written", damaged_model("half-written", ("a bot",)), lasts_s=0.5),
    Fault(
        "the directory broken by an edit, a bot restarted", broken_directory, lasts_s=0.5, mostly_right=False
    ),
    Fault("all bots killed", killed("all bots"), mostly_right=False),
    Fault("rolling restart", rolling_restart, lasts_s=0.5),
)
LONG = (
    *QUICK,
    Fault("a model promoted", promotion, lasts_s=0.5),
    Fault("a bot killed, the model corrupt", damaged_model("corrupt", ("a bot",))),
    Fault("all bots killed, the model missing", damaged_model("missing", ("all bots",)), mostly_right=False),
    Fault("Redis and an action server killed", killed("redis", "an action server")),
    Fault(
        "everything but nginx killed", killed("redis", "all action servers", "all bots"), mostly_right=False
    ),
)


def prepared(folder: Path) -> dict[str, str]:
    """Settings of a cluster that breaks only copies of the tests' own files: the frozen directory, and the
    tree's own model."""
    model = train().path
    for name in ("tmp", "state", "models"):
        (folder / name).mkdir()
    shutil.copytree(frozen.FOLDER, folder / "directory")
    for path in (model, beside(model, ".json")):
        shutil.copy(path, folder / "models")
    (folder / "models" / POINTER).write_text(json.dumps({"model": model.name}), encoding="utf-8")
    (folder / "clock").write_text("+0", encoding="ascii")
    return {
        "SIGNPOST_DIRECTORY": str(folder / "directory"),
        "SIGNPOST_MODELS": str(folder / "models"),
        "SIGNPOST_LOG_LEVEL": "ERROR",
    }


def wrap(cluster: Cluster) -> set[str]:
    """Set the last bot on a read-only disk and the first ones under a movable clock, where this machine
    allows.

    Returns the names of the faults that cannot be injected here.
    """
    missing = set()
    if os.geteuid() == 0 and shutil.which("unshare"):
        script = (
            'mount --make-rprivate / && mount -t tmpfs -o size=160m tmpfs "$0/tmp" '
            '&& mount -o remount,bind,ro / && TMPDIR="$0/tmp" exec "$@"'
        )
        cluster.services[cluster.bots[-1]].wrapper = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            script,
            str(cluster.folder),
        ]
    else:
        missing.add("disk full, read-only")
    if FAKETIME.exists():
        words = [
            f"LD_PRELOAD={FAKETIME}",
            f"FAKETIME_TIMESTAMP_FILE={clock(cluster)}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]
        for name in (cluster.bots[0], cluster.action_servers[0]):
            cluster.services[name].wrapper = ["env", *words]
    else:
        missing.add("clock jumps")
    return missing


def inject(cluster: Cluster, visitors: Visitors, fault: Fault) -> tuple[dict[str, int], float, float]:
    """Break, keep broken, mend, wait until all is whole.

    Returns:
        messages by outcome, seconds of the slowest, seconds from repair to 6 right messages in a row.
    """
    visitors.during = fault.name
    with fault.broken(cluster):
        time.sleep(fault.lasts_s)
    healing = time.monotonic()
    for name in cluster.bots:
        cluster.wait_for(name)
    visitors.wait_until_right(6, WHOLE_AGAIN_S)
    whole_s = time.monotonic() - healing
    visitors.during = "nothing"
    return dict(visitors.counts(fault.name)), visitors.slowest(fault.name), whole_s
