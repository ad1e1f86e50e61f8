"""What deploy/ gives an operator is complete, and nginx's own answers equal what the bots would say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import frozen
import pytest

from signpost.deployment.cluster import ENVIRONMENT, UNITS, read_environment
from signpost.deployment.render import RenderError, fill, render, safe_texts
from signpost.serving.last_good import read_texts

ONE_MACHINE = UNITS.parent / "one-machine"
SECRET = "s" * 32


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    settings = {
        **read_environment(ENVIRONMENT),
        "SIGNPOST_MEMORY_SECRET": SECRET,
        "SIGNPOST_REDIS_URL": f"redis://:{SECRET}@127.0.0.1:6379/0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SIGNPOST_KEPT")
    return settings


def test_the_safe_reply_of_nginx_is_that_of_the_bots(tmp_path: Path) -> None:
    from signpost.serving.channels.output import safe_message

    texts = read_texts(frozen.FOLDER, tmp_path, frozen.TODAY)
    (reply,) = json.loads(safe_texts(texts)["reply.json"])
    assert reply == json.loads(json.dumps(safe_message("", texts.directory, texts.replies)))
    assert [line["id"] for line in reply["custom"]["lines"]] == ["police_999", "national_24h"]
    assert all(line["open"] == "always" for line in reply["custom"]["lines"]), (
        "a reply that is made once must hold at any hour"
    )


def test_every_setting_that_is_used_is_explained(root: Path) -> None:
    known = set(read_environment(ENVIRONMENT))
    made = {
        "USER",
        "RUN",
        "ETC",
        "SAFE",
        "REFUSED",
        "HEADERS",
        "TLS_ONLY",
        "LIMITS",
        "LISTEN",
        "REAL_IP",
        "REDIRECT",
        "ACTIONS",
        "STATE",
        "BOTS",
        "ACTION_SERVERS",
        "REDIS_HOST",
        "REDIS_PORT",
        "REDIS_PASSWORD",
    }
    for name in ("nginx.conf", "nginx-actions.conf", "nginx-redirect.conf", "redis.conf"):
        assert (
            set(re.findall(r"\{\{([A-Z_]+)\}\}", (root / "deploy" / name).read_text(encoding="utf-8")))
            <= known | made
        )
    for unit in UNITS.iterdir():
        assert set(re.findall(r"\$\{(\w+)\}", unit.read_text(encoding="utf-8"))) <= known


def test_no_secret_stands_in_the_repository() -> None:
    settings = read_environment(ENVIRONMENT)
    assert settings["SIGNPOST_MEMORY_SECRET"] == "" and ":PASSWORD@" in settings["SIGNPOST_REDIS_URL"]


def test_a_missing_secret_is_told_and_nothing_is_written(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNPOST_MEMORY_SECRET", "")
    with pytest.raises(ValueError, match="SIGNPOST_MEMORY_SECRET"):
        render(tmp_path, tmp_path, environment)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNPOST_LISTEN", ""),
        ("SIGNPOST_LISTEN", "443 ssl, elsewhere:80"),
        ("SIGNPOST_REDIRECT", "80 ssl; }"),
        ("SIGNPOST_BALANCERS", "10.0.0.0/8 any"),
        ("SIGNPOST_BOTS", "no-such-name.invalid:5005"),
        ("SIGNPOST_LISTEN", "80; include /etc/passwd"),
        ("SIGNPOST_BOTS", "127.0.0.1"),
        ("SIGNPOST_REDIS_MEMORY", ""),
    ],
)
def test_a_setting_that_would_break_a_file_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(RenderError, match=name):
        render(tmp_path, tmp_path, {**environment, name: value})


def test_a_place_without_a_value_is_refused() -> None:
    with pytest.raises(RenderError, match="NOWHERE"):
        fill("listen {{NOWHERE}};", {})


def test_neither_nginx_nor_redis_writes_about_visitors(root: Path) -> None:
    nginx = (root / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert (
        "access_log off;" in nginx
        and "error_log stderr emerg;" in nginx
        and "proxy_max_temp_file_size 0;" in nginx
    )
    assert nginx.count("access_log") == 1 and nginx.count("error_log") == 1
    for body, largest in re.findall(
        r"client_body_buffer_size (\d+)[km];\s+client_max_body_size (\d+)[km];", nginx
    ):
        assert int(body) >= int(largest)
    redis = (root / "deploy" / "redis.conf").read_text(encoding="utf-8")
    for line in ('save ""', "appendonly no", "slowlog-max-len 0", "crash-log-enabled no"):
        assert line in redis.splitlines()


def test_units_restart_and_are_fenced_in() -> None:
    for unit in UNITS.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        for line in ("LimitCORE=0", "ProtectSystem=strict", "NoNewPrivileges=yes"):
            assert line in text.splitlines(), f"{unit.name} lacks {line}"
        # without the second systemd gives up for good on what dies five times in ten seconds
        assert (
            "Restart=always" in text and "StartLimitIntervalSec=0" in text.partition("[Service]")[0]
        ) or "Type=oneshot" in text


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    for unit in [*UNITS.iterdir(), *ONE_MACHINE.glob("*.service")]:
        # what the units start lies elsewhere on an operator's machine
        text = re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@.", "@5005.")).write_text(text, encoding="utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
    )
    ours = [line for line in found.stderr.splitlines() if "signpost" in line]
    assert not ours


# What systemd itself makes of a unit's fences: from 0, nothing is open, to 10. The two that only call
# systemctl are root's.
MAX_EXPOSURE = 2.0
CALL_SYSTEMCTL = {"signpost-reload.service", "signpost-names.service"}


def test_systemd_finds_little_open_in_the_units() -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    for unit in [*UNITS.glob("*.service"), *ONE_MACHINE.glob("*.service")]:
        found = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
            capture_output=True,
            text=True,
        )
        exposure = re.search(r"exposure level for \S+: ([0-9.]+)", found.stdout)
        assert exposure, found.stderr
        assert float(exposure[1]) <= (4.0 if unit.name in CALL_SYSTEMCTL else MAX_EXPOSURE), unit.name


def test_new_settings_restart_nothing() -> None:
    """`Requires=` would restart nginx and Redis, and with it every conversation, whenever the settings are
    written anew."""
    for unit in [*UNITS.iterdir(), *ONE_MACHINE.glob("*.service")]:
        told = unit.read_text(encoding="utf-8")
        assert not re.search(r"^(Requires|BindsTo|Requisite)=", told, re.MULTILINE), unit.name
    render_unit = (UNITS / "signpost-render.service").read_text(encoding="utf-8")
    assert "ExecReload=" in render_unit and "PartOf=" not in render_unit


def test_every_fault_stands_in_the_table(root: Path) -> None:
    from faults import LONG

    rows = re.findall(
        r"^\| ([^|]+) \|", (root / "docs" / "faults.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {fault.name for fault in LONG} <= set(rows)
