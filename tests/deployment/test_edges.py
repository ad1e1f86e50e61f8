"""The edges of nginx: port 80 and the renewal of certificates, IPv6, load balancers in front, names that
move, files of before."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from redis_server import free_port, needs
from test_nginx import _certificate as certificate

from signpost.deployment.cluster import ENVIRONMENT, Cluster, read_environment
from signpost.deployment.render import RENDERED, RenderError, render
from signpost.processes import listens, stop, wait_until
from signpost.serving.gateway.headers import EVERYWHERE
from signpost.serving.old_pages import old_pages
from signpost.serving.page import Asset

TAKEN_UP_WITHIN_S = 10.0


@dataclass
class Bots:
    """A stub where bots would be, which notes whom it was asked for, and knows no page."""

    status: int = 200
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Bots:
        bots = self

        class Stub(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bots.heard.append(self.headers["X-Forwarded-For"])
                self.send_response(bots.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def front(folder: Path, bots: Bots, port: int, **settings: str) -> Cluster:
    """nginx alone, and Redis, which nothing asks."""
    needs("nginx", "nginx-light")
    needs("redis-server", "redis-server")
    own = {
        "SIGNPOST_LISTEN": f"127.0.0.1:{port}",
        "SIGNPOST_BOTS": f"127.0.0.1:{bots.port}",
        "SIGNPOST_ACTION_SERVERS": "",
    }
    return Cluster(folder, bots=0, actions=0, port=port, settings={**own, **settings})


def test_port_80_leads_to_tls_and_answers_for_the_certificate_on_both_kinds_of_address(
    tmp_path: Path,
) -> None:
    tls, plain = free_port(), free_port()
    settings = {
        "SIGNPOST_LISTEN": f"127.0.0.1:{tls} ssl, [::1]:{tls} ssl",
        "SIGNPOST_REDIRECT": f"127.0.0.1:{plain}, [::1]:{plain}",
    }
    with Bots() as bots:
        cluster = front(tmp_path, bots, tls, **settings)
        certificate(tmp_path / "etc")
        challenge = tmp_path / "state" / "acme" / ".well-known" / "acme-challenge" / "token"
        challenge.parent.mkdir(parents=True)
        challenge.write_text("proof", encoding="ascii")
        os.chmod(tmp_path, 0o755)  # nginx's workers are another user where the tests run as root
        with cluster, httpx.Client(verify=False, timeout=8) as visitor:
            for host in ("127.0.0.1", "[::1]"):
                moved = visitor.get(f"http://{host}:{plain}/chat?a=1", headers={"Host": "chat.example.org"})
                assert (moved.status_code, moved.headers["Location"]) == (
                    301,
                    "https://chat.example.org/chat?a=1",
                )
                assert all(name in moved.headers for name in EVERYWHERE)
                proof = visitor.get(f"http://{host}:{plain}/.well-known/acme-challenge/token")
                assert (proof.status_code, proof.text) == (200, "proof")
                assert visitor.get(f"https://{host}:{tls}/chat/lines").status_code == 200
                assert (
                    visitor.get(
                        f"http://{host}:{plain}/.well-known/acme-challenge/../../pages/pages.json"
                    ).status_code
                    == 301
                )


@pytest.mark.parametrize(
    ("balancers", "forwarded", "told"),
    [
        ("", "203.0.113.7", "127.0.0.1"),
        ("127.0.0.0/8", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.0/8", "6.6.6.6, 203.0.113.7, 127.0.0.9", "203.0.113.7"),
        ("10.1.2.3", "203.0.113.7", "127.0.0.1"),
    ],
    ids=["nobody's word", "the balancer's word", "not what a visitor forged", "not another's word"],
)
def test_only_a_balancer_of_ones_own_says_where_a_visitor_comes_from(
    tmp_path: Path, balancers: str, forwarded: str, told: str
) -> None:
    port = free_port()
    with Bots() as bots, front(tmp_path, bots, port, SIGNPOST_BALANCERS=balancers):
        answer = httpx.get(
            f"http://127.0.0.1:{port}/chat/lines", headers={"X-Forwarded-For": forwarded}, timeout=8
        )
        assert answer.status_code == 200 and bots.heard == [told]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    settings = {
        **read_environment(ENVIRONMENT),
        "SIGNPOST_REDIS_URL": "",
        "SIGNPOST_KEPT": str(tmp_path / "kept"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def resolver(known: dict[str, list[str]]) -> Callable[..., list[tuple[object, ...]]]:
    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host not in known:
            raise socket.gaierror(host)
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    return getaddrinfo


def test_names_are_looked_up_again_and_nginx_is_told_only_where_they_moved(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"bot-a": ["10.0.0.1"], "bot-b": ["10.0.0.2", "fd00::2"]}
    monkeypatch.setattr(socket, "getaddrinfo", resolver(names))
    environment |= {"SIGNPOST_BOTS": "bot-a:5005 bot-b:5006", "SIGNPOST_ACTION_SERVERS": ""}
    run = tmp_path / "run"
    assert render(run, tmp_path, environment)
    written = (run / "nginx.conf").read_text(encoding="utf-8")
    for server in ("10.0.0.1:5005", "10.0.0.2:5006", "[fd00::2]:5006"):
        assert f"server {server} " in written
    before = (run / RENDERED).stat().st_mtime_ns
    assert not render(run, tmp_path, environment) and (run / RENDERED).stat().st_mtime_ns == before
    names["bot-a"] = ["10.0.0.9"]
    assert render(run, tmp_path, environment)
    assert "server 10.0.0.9:5005 " in (run / "nginx.conf").read_text(encoding="utf-8")
    del names["bot-a"]  # not known just now: the others answer
    assert render(run, tmp_path, environment)
    names.clear()
    with pytest.raises(RenderError, match="None of the names"):
        render(run, tmp_path, environment)
    assert "server 10.0.0.2:5006 " in (run / "nginx.conf").read_text(encoding="utf-8"), (
        "the last good one stays"
    )


def test_without_redis_and_action_servers_behind_nginx_neither_is_set_up(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """One machine, one process."""
    assert render(tmp_path / "run", tmp_path, {**environment, "SIGNPOST_ACTION_SERVERS": ""})
    assert not (tmp_path / "run" / "redis.conf").exists()
    assert "upstream actions" not in (tmp_path / "run" / "nginx.conf").read_text(encoding="utf-8")


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[tuple[Bots, int]]:
    """nginx of a release, on a machine where another release ran until now."""
    port = free_port()
    with Bots(status=404) as bots:
        cluster = front(tmp_path, bots, port)
        before = {
            "/app.0123456789.js": Asset(b"app of before", "text/javascript", {"Cache-Control": "no-store"})
        }
        old_pages(tmp_path / "state" / "pages", before, datetime.now(timezone.utc) - timedelta(days=50))
        with cluster:
            yield bots, port


def test_files_of_the_release_before_and_of_this_one_are_answered_whatever_the_bots_know(
    upgraded: tuple[Bots, int], tmp_path: Path
) -> None:
    bots, port = upgraded
    old = httpx.get(f"http://127.0.0.1:{port}/chat/app.0123456789.js", timeout=8)
    assert (old.status_code, old.text, old.headers["Content-Type"]) == (
        200,
        "app of before",
        "text/javascript",
    )
    assert not bots.heard, "no bot need know it"
    listed = json.loads((tmp_path / "state" / "pages" / "pages.json").read_text(encoding="utf-8"))
    (name,) = [path for path in listed if path.startswith("/app.") and path != "/app.0123456789.js"]
    new = httpx.get(f"http://127.0.0.1:{port}/chat{name}", timeout=8)
    assert new.status_code == 200 and len(new.content) > 1000 and bots.heard
    assert httpx.get(f"http://127.0.0.1:{port}/chat/app.ffffffffff.js", timeout=8).status_code == 404


def test_changed_settings_are_taken_up_without_a_restart(tmp_path: Path) -> None:
    """What signpost-reload.path does once the file `rendered` has changed."""
    port = free_port()
    with Bots() as first, Bots() as second:
        cluster = front(tmp_path, first, port)
        with cluster:
            process = cluster.services["signpost-nginx"].pid
            httpx.get(f"http://127.0.0.1:{port}/chat/lines", timeout=8)
            cluster.settings["SIGNPOST_BOTS"] = f"127.0.0.1:{second.port}"
            cluster.render()
            os.kill(process, signal.SIGHUP)
            deadline = time.monotonic() + TAKEN_UP_WITHIN_S
            while not second.heard and time.monotonic() < deadline:
                assert httpx.get(f"http://127.0.0.1:{port}/chat/lines", timeout=8).status_code == 200
                time.sleep(0.05)
            assert first.heard and second.heard and cluster.services["signpost-nginx"].pid == process


def test_one_machine_as_its_page_has_it(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its settings, its tls.conf and its hook, with a certificate made here; no Redis, no inner port."""
    nginx, tls, plain = needs("nginx", "nginx-light"), free_port(), free_port()
    one_machine = root / "deploy" / "one-machine"
    run, etc, lineage = (tmp_path / name for name in ("run", "etc", "lineage"))
    for folder in (run, etc, lineage):
        folder.mkdir()
    os.chmod(tmp_path, 0o755)
    with Bots() as bots:
        settings = {
            **read_environment(one_machine / "signpost.env"),
            "SIGNPOST_LISTEN": f"127.0.0.1:{tls} ssl, [::1]:{tls} ssl",
            "SIGNPOST_REDIRECT": f"127.0.0.1:{plain}, [::1]:{plain}",
            "SIGNPOST_BOTS": f"127.0.0.1:{bots.port}",
            "SIGNPOST_KEPT": str(tmp_path / "kept"),
        }
        for name in ("SIGNPOST_REDIS_URL", "SIGNPOST_MEMORY_SECRET"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        certificate(lineage)
        (lineage / "certificate.pem").rename(lineage / "fullchain.pem")
        (lineage / "key.pem").rename(lineage / "privkey.pem")
        hook = {
            "RENEWED_LINEAGE": str(lineage),
            "ETC": str(etc),
            "SYSTEMCTL": "true",
            "GROUP_OF_NGINX": str(os.getgid()),
        }
        subprocess.run([one_machine / "renewed"], env={**os.environ, **hook}, check=True)
        assert (etc / "tls" / "privkey.pem").stat().st_mode & 0o777 == 0o640
        tls_conf = (one_machine / "tls.conf").read_text(encoding="utf-8").replace("/etc/signpost", str(etc))
        (etc / "tls.conf").write_text(tls_conf, encoding="utf-8")
        render(run, etc, settings)
        command = [nginx, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]
        process = subprocess.Popen(command)
        try:
            with httpx.Client(verify=False, timeout=8) as visitor:
                assert wait_until(lambda: listens(tls), patience_s=TAKEN_UP_WITHIN_S)
                for host in ("127.0.0.1", "[::1]"):
                    assert visitor.get(f"https://{host}:{tls}/chat/lines").status_code == 200
                    assert visitor.get(f"http://{host}:{plain}/chat").status_code == 301
                bots.__exit__()
                away = visitor.post(
                    f"https://127.0.0.1:{tls}/chat/webhook", json={"sender": "a" * 16, "message": "hi"}
                )
                assert away.status_code == 200 and away.json()[0]["custom"]["rule"] == "fallback"
        finally:
            stop(process)
