"""Health, readiness, metrics and request ids."""

from flask.testing import FlaskClient


class TestReadyz:
    def test_is_ready_on_a_migrated_database(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json["checks"] == {"database": "ok", "migrations": "ok", "queue": "ok"}


class TestRequestId:
    def test_is_made_when_none_is_given(self, client: FlaskClient) -> None:
        assert len(client.get("/healthz").headers["X-Request-Id"]) == 32

    def test_is_kept_when_well_formed(self, client: FlaskClient) -> None:
        answer = client.get("/healthz", headers={"X-Request-Id": "abcdefgh-1"})
        assert answer.headers["X-Request-Id"] == "abcdefgh-1"

    def test_is_replaced_when_malformed(self, client: FlaskClient) -> None:
        answer = client.get("/healthz", headers={"X-Request-Id": "x" * 300})
        assert len(answer.headers["X-Request-Id"]) == 32
