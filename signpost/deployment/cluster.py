"""`make cluster`: nginx, bots, action servers and Redis on loopback, as deploy/ describes them.

Reads the units in deploy/systemd and does what systemd would do with them: environment, start command,
limits, restart. What needs the kernel's help (sandboxes, memory limits) is left to systemd. The folders of an
installation (/etc/signpost, /run/signpost, /var/lib/signpost) are mapped to a temporary one.

ClusterError    a part did not start, or deploy/ and this machine do not fit together
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import resource
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from signpost.errors import SignpostError
from signpost.files import ROOT, read_text
from signpost.processes import answers, free_ports, listens, wait_until
from signpost.settings import read_environment

UNITS = ROOT / "deploy" / "systemd"
ENVIRONMENT = ROOT / "deploy" / "signpost.env"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 10.0
POLL_S = 0.05
# Kills the process groups that it was given ("+1234", until "-1234") once this program is gone for whatever
# reason: nginx's workers would outlive a killed master, and no kernel signal reaches them.
GUARD = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class ClusterError(SignpostError):
    """The cluster cannot run."""


@dataclass
class Service:
    """One running unit."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    restart_after_s: float
    open_files: int
    stop_signal: signal.Signals
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    starts: int = 0
    due_s: float = 0.0
    wrapper: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """Process id; 0 while it is dead."""
        return self.process.pid if self.process and self.process.poll() is None else 0


class Cluster:
    """All parts of one installation, supervised, on free loopback ports.

    Args:
        folder: for settings, sockets and logs; must exist.
        bots, actions: how many of each.
        settings: overrides for deploy/signpost.env.
        wrappers: by service name: a command that the service's own command is handed to.
        root: the release that runs; may be a link that is switched while the cluster runs, as
            /opt/signpost/current is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bots: int = 2,
        actions: int = 2,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        wrappers: Mapping[str, Sequence[str]] | None = None,
        root: Path = ROOT,
    ) -> None:
        ports = free_ports(bots + actions + 3)
        self.port, actions_port, redis_port = port or ports[0], ports[1], ports[2]
        self.bot_ports, self.action_ports = ports[3 : 3 + bots], ports[3 + bots :]
        self.address = f"http://127.0.0.1:{self.port}"
        self.redis_url = f"redis://:{secrets.token_hex(16)}@127.0.0.1:{redis_port}/0"
        self.folder = folder
        for name in ("etc", "run", "state"):
            (folder / name).mkdir(exist_ok=True)
        self._folders = {
            "/opt/signpost/current/.venv/bin/python": sys.executable,
            "/opt/signpost/current": str(root),
            "/opt/signpost": str(root),
            "/etc/signpost": str(folder / "etc"),
            "/run/signpost": str(folder / "run"),
            "/var/lib/signpost": str(folder / "state"),
        }
        own = {
            "SIGNPOST_LISTEN": f"127.0.0.1:{self.port}",
            "SIGNPOST_BOTS": " ".join(f"127.0.0.1:{port}" for port in self.bot_ports),
            "SIGNPOST_ACTION_SERVERS": " ".join(f"127.0.0.1:{port}" for port in self.action_ports),
            "ACTIONS_PORT": str(actions_port),
            "SIGNPOST_REDIS_URL": self.redis_url,
            "SIGNPOST_MEMORY_SECRET": secrets.token_hex(24),
        }
        self.settings = (
            {name: self._here(value) for name, value in read_environment(ENVIRONMENT).items()}
            | own
            | dict(settings or {})
        )
        # systemd would hand on its own environment; secrets come from the file only
        self._inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
        }
        names = [
            "signpost-redis",
            "signpost-nginx",
            *(f"signpost-actions@{port}" for port in self.action_ports),
            *(f"signpost-bot@{port}" for port in self.bot_ports),
        ]
        self.services = {name: self._service(name) for name in names}
        listens = [redis_port, self.port, *self.action_ports, *self.bot_ports]
        self._ports = dict(zip(names, listens))
        for name, wrapper in (wrappers or {}).items():
            self.services[name].wrapper = list(wrapper)
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def bots(self) -> list[str]:
        """Names of the bots' services."""
        return [f"signpost-bot@{port}" for port in self.bot_ports]

    @property
    def action_servers(self) -> list[str]:
        """Names of the action servers' services."""
        return [f"signpost-actions@{port}" for port in self.action_ports]

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until every part would answer.

        Raises:
            ClusterError: the port is taken, a program is not installed, or a part did not start in time (its
                log
                is in the folder).
        """
        if listens(self.port):
            raise ClusterError(f"Port {self.port} is in use. Choose another: PORT=5105 make cluster")
        programs = {service.command[0] for service in self.services.values()}
        if lacking := sorted(program for program in programs if not shutil.which(program)):
            raise ClusterError(
                f"{', '.join(lacking)} not found here. On Debian: apt-get install nginx-light redis-server"
            )
        self.render()
        # out of reach of a Ctrl-C, as all of them
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", GUARD], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            for name in self.services:
                self.run(name)
            self._supervisor.start()
            for name in self.services:
                self.wait_for(name)
        except BaseException:  # a Ctrl-C too
            self.stop()
            raise

    def render(self) -> None:
        """Write the settings and the safe reply, as signpost-render.service does.

        Raises:
            ClusterError: with what the program said.
        """
        once = self._service("signpost-render")
        done = subprocess.run(
            once.command, cwd=once.folder, env=once.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise ClusterError(f"signpost.deployment.render: {done.stderr[-1000:]}")

    def run(self, name: str) -> None:
        """Start one service, and again whenever it dies."""
        with self._lock:
            service = self.services[name]
            service.wanted = True
            if not service.pid:
                self._spawn(service)

    def end(self, name: str, how: signal.Signals | None = None) -> None:
        """End one service for good, and wait until it is gone."""
        with self._lock:
            service = self.services[name]
            service.wanted = False
            if service.pid:
                service.process.send_signal(how or service.stop_signal)
        self._wait_until_gone(service)

    def restart(self, name: str) -> None:
        """What `systemctl restart` does; returns when the service would answer again."""
        self.end(name)
        self.run(name)
        self.wait_for(name)

    def wait_for(self, name: str) -> None:
        """Wait until a service would answer.

        Raises:
            ClusterError: it did not become healthy in time.
        """
        if not wait_until(lambda: self.is_healthy(name), timeout_s=START_TIMEOUT_S):
            raise ClusterError(f"{name} did not become healthy; see {self.log(name)}")

    def is_healthy(self, name: str) -> bool:
        """Whether a bot or an action server would answer; whether nginx or Redis listens."""
        if name not in (*self.bots, *self.action_servers):
            return bool(self.services[name].pid) and listens(self._ports[name])
        path = "/chat/health" if name in self.bots else "/health"
        return answers(f"http://127.0.0.1:{self._ports[name]}{path}")

    def log(self, name: str) -> Path:
        """Where a service's output goes."""
        return self.folder / f"{name}.log"

    def stop(self) -> None:
        """End everything that was ever started."""
        self._over.set()
        try:
            with self._lock:
                started = [service for service in self.services.values() if service.process]
                for service in started:
                    service.wanted = False
                    if service.pid:
                        service.process.send_signal(signal.SIGCONT)
                        service.process.send_signal(service.stop_signal)
            for service in started:
                self._wait_until_gone(service)
        finally:
            if self._guard:
                guard, self._guard = self._guard, None
                with contextlib.suppress(
                    BrokenPipeError
                ):  # what could not be told to a dead guard is flushed again here
                    guard.stdin.close()
                guard.wait()

    def _wait_until_gone(self, service: Service) -> None:
        """Wait for it to end.

        After a while kill everything left of it, as systemd does with a control group.
        """
        if not service.process:
            return
        try:
            service.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.wait()
        with self._lock:
            self._end_group(service)

    def _end_group(self, service: Service) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)
        self._tell_guard(f"-{service.process.pid}")

    def _tell_guard(self, line: str) -> None:
        if self._guard:
            with contextlib.suppress(BrokenPipeError):  # it is gone itself: supervising goes on
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()

    def _supervise(self) -> None:
        while not self._over.wait(POLL_S):
            with self._lock:
                for service in self.services.values():
                    if not service.wanted or service.pid or self._over.is_set():
                        continue
                    if not service.due_s:
                        service.due_s = time.monotonic() + service.restart_after_s
                    elif time.monotonic() >= service.due_s:
                        self._spawn(service)

    def _spawn(self, service: Service) -> None:
        service.due_s = 0.0
        service.starts += 1
        if service.process:  # its last process may have left some behind
            self._end_group(service)

        with self.log(service.name).open("ab") as log:
            service.process = subprocess.Popen(
                [*service.wrapper, *service.command],
                cwd=service.folder,
                env=service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # from here, not in the child: between fork and exec a process that has threads may hang for good
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(
                service.process.pid, resource.RLIMIT_NOFILE, (service.open_files, service.open_files)
            )
            resource.prlimit(service.process.pid, resource.RLIMIT_CORE, (0, 0))
        self._tell_guard(f"+{service.process.pid}")

    def _service(self, name: str) -> Service:
        """Read one unit.

        Raises:
            ClusterError: it is missing or is not what systemd would take.
        """
        template, _, instance = name.partition("@")
        path = UNITS / (f"{template}@.service" if instance else f"{template}.service")
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            unit.read_string(read_text(path, ClusterError))
            return self._from_unit(name, instance, unit["Service"])
        except (configparser.Error, KeyError, ValueError) as error:
            raise ClusterError(f"{path}: this unit cannot be used here ({error}).") from error

    def _from_unit(self, name: str, instance: str, section: Mapping[str, str]) -> Service:
        told = {key: self._here(value.replace("%i", instance)) for key, value in section.items()}
        environment = {
            **self._inherited,
            **dict(pair.partition("=")[::2] for pair in shlex.split(told.get("Environment", ""))),
        }
        if "EnvironmentFile" in told:
            environment |= self.settings
        for unset in told.get("UnsetEnvironment", "").split():
            environment.pop(unset, None)
        command = [
            re.sub(r"\$\{(\w+)\}", lambda found: environment.get(found.group(1), ""), word)
            for word in shlex.split(told["ExecStart"])
        ]
        return Service(
            name=name,
            command=command,
            environment=environment,
            folder=Path(told.get("WorkingDirectory", str(self.folder / "run"))),
            restart_after_s=float(told.get("RestartSec", "0.1")),
            open_files=int(told.get("LimitNOFILE", "1024")),
            stop_signal=signal.Signals[told.get("KillSignal", "SIGTERM")],
        )

    def _here(self, text: str) -> str:
        for theirs, ours in self._folders.items():
            text = text.replace(theirs, ours)
        return text
