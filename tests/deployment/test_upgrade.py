"""Upgrades, going back and rolling restarts by the scripts of deploy/, under load: nobody who is talking
notices.

The scripts are the real ones. What they call is not: `systemctl` asks the cluster of this test, and `make
server` links the environment that runs the tests.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from redis_server import needs
from talking import Visitors

from signpost.deployment.cluster import Cluster
from signpost.learning.loaded_code import RUNS_WITH
from signpost.learning.training.train import train

ROOT = Path(__file__).parent.parent.parent
TIMEOUT_S = 400
# The same talk before and after, which shows whether the machine is free.
CALM_S = 8.0
MAKE = "#!/bin/sh\nln -s {venv} $2/.venv\n"
SYSTEMCTL = """#!{python}
import json, sys, urllib.request
asked = urllib.request.Request("http://127.0.0.1:{port}/", json.dumps(sys.argv[1:]).encode())
with urllib.request.urlopen(asked, timeout=300) as answer:
    sys.stdout.write(answer.read().decode())
"""


@dataclass
class Server:
    """A machine that releases are put on."""

    base: Path
    etc: Path
    programs: Path

    def upgrade(
        self, *words: str, script: str = "upgrade", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = (
            [sys.executable, str(ROOT / "deploy" / "upgrade")]
            if script == "upgrade"
            else [str(ROOT / "deploy" / script)]
        )
        return subprocess.run(
            [*command, *words, "--base", str(self.base), "--etc", str(self.etc)],
            env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}", **environment},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )

    @property
    def current(self) -> str:
        return (self.base / "current").resolve().name


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """An empty one."""
    made = Server(tmp_path / "opt", tmp_path / "etc-signpost", tmp_path / "programs")
    python = made.base / "python" / "cpython-3.10" / "bin" / "python3.10"
    for folder in (python.parent, made.etc, made.programs):
        folder.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="ascii")
    program(made.programs / "make", MAKE.format(venv=sys.prefix))
    program(made.programs / "systemctl", "#!/bin/sh\nexit 0\n")
    (made.etc / "signpost.env").write_text(
        f"HOST=127.0.0.1\nSIGNPOST_MODELS={made.base}/models\n", encoding="ascii"
    )
    return made


def program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def archive(folder: Path, name: str, files: dict[str, bytes], sums: bytes | None = None) -> tuple[Path, str]:
    """An archive as `make release` packs it, and its hash."""
    listed = "".join(f"{hashlib.sha256(body).hexdigest()}  {path}\n" for path, body in files.items()).encode()
    path = folder / f"{name}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for inner, body in {**files, "SHA256SUMS": listed if sums is None else sums}.items():
            member = tarfile.TarInfo(f"{name}/{inner}")
            member.size, member.mode = len(body), 0o644
            tar.addfile(member, io.BytesIO(body))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_release_goes_into_a_folder_of_its_own_and_back_is_one_command(
    server: Server, tmp_path: Path
) -> None:
    for number in ("1", "2"):
        packed, digest = archive(tmp_path, f"signpost-{number}", {"Makefile": number.encode()})
        done = server.upgrade(str(packed), "--sha256", digest)
        assert done.returncode == 0, done.stderr
        assert server.current == f"signpost-{number}"
        assert (server.base / "current" / "Makefile").read_bytes() == number.encode()
    assert (server.base / "releases" / "signpost-1" / "Makefile").read_bytes() == b"1", (
        "what ran is as it was"
    )
    assert server.upgrade("--back").returncode == 0 and server.current == "signpost-1"
    assert server.upgrade("--back").returncode == 0 and server.current == "signpost-2"


def test_what_is_not_the_release_that_was_packed_is_refused_and_changes_nothing(
    server: Server, tmp_path: Path
) -> None:
    good, digest = archive(tmp_path, "signpost-1", {"Makefile": b"1"})
    assert server.upgrade(str(good), "--sha256", digest).returncode == 0
    changed, its = archive(tmp_path, "signpost-2", {"Makefile": b"2"}, sums=b"0" * 64 + b"  Makefile\n")
    outside, theirs = archive(tmp_path, "signpost-3", {"../../evil": b"3"})
    for words, said in (
        ((str(changed), "--sha256", digest), "is not the archive of that hash"),
        ((str(changed),), "is not the archive of that hash"),
        ((str(changed), "--sha256", its), "is not what it was"),
        ((str(outside), "--sha256", theirs), "is no release"),
        ((str(good), "--sha256", digest), "in use already"),
    ):
        done = server.upgrade(*words)
        assert done.returncode == 1 and said in done.stderr, done.stderr
        assert server.current == "signpost-1"
    assert not (tmp_path / "evil").exists() and not (server.base / "evil").exists()


def test_a_python_in_somebodys_home_is_refused_with_what_to_do(server: Server, tmp_path: Path) -> None:
    """ProtectHome=yes hides it from the units."""
    shutil.rmtree(server.base / "python")
    (server.programs / "python3.10").symlink_to(Path("/", "home", "somebody", "python3.10"))
    packed, digest = archive(tmp_path, "signpost-1", {"Makefile": b"1"})
    done = server.upgrade(str(packed), "--sha256", digest, PATH=f"{server.programs}:/usr/bin:/bin")
    assert done.returncode == 1 and "uv python install 3.10" in done.stderr


def checkout(folder: Path, remark: str) -> Path:
    """A copy of this tree that git knows, with a remark in the code that models run with, and a model that
    was promoted for it."""
    needs("git", "git")
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in names:
        if not name.startswith(("data/", "tests/", "models/encoder/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    errors = folder / "signpost" / "errors.py"
    assert "signpost/errors.py" in RUNS_WITH
    errors.write_text(f"{errors.read_text(encoding='utf-8')}# {remark}\n", encoding="utf-8")
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "t"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    own = train().path
    model = folder / "models" / f"signpost-{remark}.tar.gz"
    shutil.copy(own, model)
    promote = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from signpost.learning.registry import Model, put_in_use, read_card\n"
        "from signpost.learning.loaded_code import code_hash\n"
        "card = replace(read_card(Path(sys.argv[2])), code_sha256=code_hash())\n"
        "put_in_use(Model(Path(sys.argv[1]), card), note='promoted')"
    )
    subprocess.run(
        [sys.executable, "-c", promote, str(model), str(own)],
        cwd=folder,
        check=True,
        env=clean(),
    )
    return folder


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}


def packed_release(folder: Path) -> tuple[Path, str]:
    done = subprocess.run(
        [sys.executable, "-m", "signpost.cli.release"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=clean(),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return folder / lines[0], lines[1].removeprefix("sha256: ")


@pytest.mark.bot
def test_a_release_holds_code_lock_and_the_promoted_model_with_their_hashes(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", "one")
    (folder / "notes").write_text("not committed", encoding="utf-8")
    refused = subprocess.run(
        [sys.executable, "-m", "signpost.cli.release"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=clean(),
        timeout=120,
    )
    assert refused.returncode == 1 and "notes" in refused.stderr
    (folder / "notes").unlink()
    path, digest = packed_release(folder)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert packed_release(folder)[1] == digest, "the same release again"
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "unpacked")
    (release,) = (tmp_path / "unpacked").iterdir()
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=release).returncode == 0
    assert {path.name for path in (release / "models").iterdir()} == {
        "signpost-one.tar.gz",
        "signpost-one.json",
    }
    assert (release / "requirements-serve.lock").exists() and (
        release / "deploy" / "upgrade"
    ).stat().st_mode & 0o111
    assert not (release / "tests").exists() and not (release / "data").exists()
    (folder / "models" / "in-use.json").unlink()
    refused = subprocess.run(
        [sys.executable, "-m", "signpost.cli.release"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=clean(),
        timeout=120,
    )
    assert refused.returncode == 1 and "make promote" in refused.stderr


class Machine:
    """systemctl, for a cluster."""

    def __init__(self, cluster: Cluster, server: Server) -> None:
        machine, self.cluster, self.asked = self, cluster, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = machine.do(*words).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.asked: list[tuple[str, ...]]
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        program(
            server.programs / "systemctl", SYSTEMCTL.format(python=sys.executable, port=self.http.server_port)
        )

    def do(self, what: str, *words: str) -> str:
        self.asked.append((what, *words))
        if what == "list-units":
            pattern = words[-1]
            names = [f"{name}.service" for name in [*self.cluster.services, "signpost-render"]]
            return "".join(
                f"{name} loaded active running\n" for name in names if fnmatch.fnmatch(name, pattern)
            )
        name = words[0].removesuffix(".service")
        if what == "restart":
            # as systemd: read anew where the link leads now
            self.cluster.end(name)
            self.cluster.run(name)
        elif what == "reload" and name == "signpost-render":
            self.cluster.render()
            os.kill(self.cluster.services["signpost-nginx"].pid, signal.SIGHUP)
        return ""


@pytest.fixture
def running(tmp_path: Path, server: Server) -> Iterator[tuple[Server, Cluster, Machine]]:
    """A cluster of two bots that runs the first release, put there by the script."""
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    path, digest = packed_release(checkout(tmp_path / "one", "one"))
    done = server.upgrade(str(path), "--sha256", digest)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(
        folder, root=server.base / "current", settings={"SIGNPOST_MODELS": str(server.base / "models")}
    )
    with cluster:
        machine = Machine(cluster, server)
        yield server, cluster, machine
        machine.http.shutdown()


def health(cluster: Cluster) -> list[tuple[str, str]]:
    told = [
        httpx.get(f"http://127.0.0.1:{port}/chat/health", timeout=10).json() for port in cluster.bot_ports
    ]
    return [(entry["model"], entry["version"]) for entry in told]


def nobody_noticed(visitors: Visitors, during: str, *, at_least: int) -> None:
    """Every message got its own reply.

    Where other work fills the machine, a calm cluster gives safe replies too: then those are let pass.
    """
    counts = visitors.counts(during)
    calm = visitors.counts("calm before") + visitors.counts("calm after")
    busy = {kind for kind in ("safe", "refused") if calm[kind]}
    other = {kind: number for kind, number in counts.items() if kind != "right" and kind not in busy}
    assert not other, [entry for entry in visitors.outcomes if entry.kind in other][:5]
    assert counts["right"] >= at_least, counts


def calm(visitors: Visitors, when: str) -> None:
    visitors.during = f"calm {when}"
    time.sleep(CALM_S)


@pytest.mark.bot
def test_an_upgrade_and_back_under_load_lose_nobody(
    running: tuple[Server, Cluster, Machine], tmp_path: Path
) -> None:
    server, cluster, machine = running
    first = server.current
    path, digest = packed_release(checkout(tmp_path / "two", "two"))
    before = health(cluster)
    assert {model for model, _ in before} == {"signpost-one"}
    # 12 people, each a message every half second and the time of a reply: about 20 messages a second
    with Visitors(cluster.address, people=12, pause_s=0.5) as visitors:
        calm(visitors, "before")
        visitors.during = "upgrade"
        done = server.upgrade(str(path), "--sha256", digest)
        assert done.returncode == 0, done.stderr
        after = health(cluster)
        visitors.during = "back"
        back = server.upgrade("--back")
        assert back.returncode == 0, back.stderr
        calm(visitors, "after")
    assert {model for model, _ in after} == {"signpost-two"}
    assert not {version for _, version in before} & {version for _, version in after}
    assert health(cluster) == before and server.current == first
    for part in ("upgrade", "back"):
        nobody_noticed(visitors, part, at_least=100)
    restarted = [words[1] for words in machine.asked if words[0] == "restart"]
    assert len(restarted) == 2 * (len(cluster.bots) + len(cluster.action_servers))
    assert sorted(restarted[:4]) == sorted(
        f"{name}.service" for name in (*cluster.action_servers, *cluster.bots)
    )


@pytest.mark.bot
def test_a_release_whose_bots_do_not_start_is_left_after_the_first_one_and_nobody_notices(
    running: tuple[Server, Cluster, Machine], tmp_path: Path
) -> None:
    server, cluster, machine = running
    first, before = server.current, health(cluster)
    broken = checkout(tmp_path / "broken", "broken")
    (broken / "signpost" / "serving" / "app.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    author = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *author, "commit", "-qam", "t"], cwd=broken, check=True)
    path, digest = packed_release(broken)
    with Visitors(cluster.address, people=6, pause_s=0.5) as visitors:
        calm(visitors, "before")
        visitors.during = "a broken upgrade"
        refused = server.upgrade(str(path), "--sha256", digest, PATIENCE_S="30")
        calm(visitors, "after")
    assert refused.returncode == 1 and f"{first} is in use again" in refused.stderr, refused.stderr
    assert server.current == first and health(cluster) == before
    nobody_noticed(visitors, "a broken upgrade", at_least=50)


@pytest.mark.bot
def test_a_rolling_restart_under_load_loses_nobody_and_never_stops_the_last_one(
    running: tuple[Server, Cluster, Machine],
) -> None:
    server, cluster, machine = running
    pids = [service.pid for name, service in cluster.services.items() if "@" in name]
    with Visitors(cluster.address, people=12, pause_s=0.5) as visitors:
        calm(visitors, "before")
        visitors.during = "restart"
        done = server.upgrade(script="rolling-restart")
        assert done.returncode == 0, done.stderr
        calm(visitors, "after")
    nobody_noticed(visitors, "restart", at_least=100)
    assert not set(pids) & {service.pid for name, service in cluster.services.items() if "@" in name}

    one, other = cluster.bots
    cluster.end(one)
    machine.asked.clear()
    refused = server.upgrade(script="rolling-restart")
    assert refused.returncode == 1 and f"{one}.service does not answer" in refused.stderr
    assert ("restart", f"{other}.service") not in machine.asked
