"""A fail point kills exactly one request, exactly where it was told to."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from flask import Flask

from benchmarks.torture import failing


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that a fail point sent to its own process, which survives them here."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    monkeypatch.setattr(failing.event, "listen", lambda *_: None)
    return sent


@pytest.fixture
def fallible(tmp_path: Path, kills: list[int]) -> Flask:
    """An application whose view passes two points, and a third before its answer."""
    app = Flask("torture")

    @app.post("/trades")
    def place() -> str:
        failing._pass_point()
        failing._pass_point()
        return "placed"

    failing.install(app, tmp_path)
    return app


class TestFailPoint:
    @pytest.mark.parametrize("point", [1, 2, 3])
    def test_kills_the_one_request_that_meets_it(
        self, fallible: Flask, tmp_path: Path, kills: list[int], point: int
    ) -> None:
        failing.arm(tmp_path, method="POST", path="/trades", point=point)
        fallible.test_client().post("/trades")
        fallible.test_client().post("/trades")
        assert kills == [signal.SIGKILL]
        assert not failing.disarm(tmp_path)

    def test_spares_a_request_that_ends_before_it(
        self, fallible: Flask, tmp_path: Path, kills: list[int]
    ) -> None:
        failing.arm(tmp_path, method="POST", path="/trades", point=4)
        fallible.test_client().post("/trades")
        assert kills == []

    @pytest.mark.parametrize(("method", "path"), [("GET", "/trades"), ("POST", "/trade")])
    def test_waits_for_its_own_request(
        self, fallible: Flask, tmp_path: Path, kills: list[int], method: str, path: str
    ) -> None:
        failing.arm(tmp_path, method=method, path=path, point=1)
        fallible.test_client().post("/trades")
        assert kills == []
        assert failing.disarm(tmp_path)
