"""Whatever breaks around the bot, a message gets the safe reply."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from signpost.serving.app import create_app


@pytest.mark.parametrize("path, status", [("/chat/webhook", 200), ("/chat/lines", 500)])
async def test_an_error_that_nobody_foresaw_still_shows_the_numbers(
    path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Sanic, "_app_registry", {}
    )  # Sanic keeps every application for good, and takes no name twice
    app = create_app(Path("none"), AvailableEndpoints())
    error = MemoryError("a secret")
    answer = await app.error_handler.lookup(error)(SimpleNamespace(path=path), error)
    body = json.loads(answer.body)
    lines = body[0]["custom"]["lines"] if status == 200 else body["lines"]
    assert answer.status == status
    assert {"police_999", "national_24h"} <= {line["id"] for line in lines}
    assert b"a secret" not in answer.body
