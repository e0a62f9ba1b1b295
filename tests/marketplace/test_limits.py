"""A flood from one address meets a limit; a counter store that is down does not close the shop."""

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute

from marketplace import limits
from marketplace.app import create_app


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(limits, "READS", RateLimitItemPerMinute(3, namespace="few"))
    settings = dataclasses.replace(app.config["SETTINGS"], rate_limit_url="memory://")
    return create_app(settings).test_client()


class TestCheckRate:
    def test_tells_a_flood_to_wait(self, limited: FlaskClient) -> None:
        statuses = [limited.get("/api/v1/nowhere").status_code for _ in range(5)]
        assert statuses == [404, 404, 404, 429, 429]
        answer = limited.get("/api/v1/nowhere")
        assert answer.headers["Retry-After"] == "60"
        assert answer.json["title"] == "操作太频繁，请稍后再试"

    def test_believes_no_forwarded_address_unless_a_proxy_is_trusted(
        self, limited: FlaskClient
    ) -> None:
        for i in range(4):
            answer = limited.get("/api/v1/x", headers={"X-Forwarded-For": f"10.0.0.{i}"})
        assert answer.status_code == 429

    def test_leaves_probes_and_webhooks_alone(self, limited: FlaskClient) -> None:
        assert {limited.get("/healthz").status_code for _ in range(6)} == {200}

    def test_lets_requests_through_when_the_store_is_down(
        self, limited: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(*_args: object) -> bool:
            raise ConnectionError

        monkeypatch.setattr("limits.strategies.FixedWindowRateLimiter.hit", down)
        assert {limited.get("/api/v1/nowhere").status_code for _ in range(6)} == {404}
