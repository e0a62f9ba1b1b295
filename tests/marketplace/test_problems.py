"""Failures are told plainly, in the caller's language, and nothing internal leaks."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields
from sqlalchemy import text

from marketplace.app import create_app
from marketplace.database import db, transaction
from marketplace.errors import Conflict
from marketplace.fields import QuantityField
from marketplace.http import ApiBlueprint, Schema, requires
from marketplace.language import Text
from marketplace.permissions import Permission
from tests.conftest import Committed, close


class LineSchema(Schema):
    quantity = QuantityField(required=True)


class CommandSchema(Schema):
    lines = fields.List(fields.Nested(LineSchema), required=True)


class StockShort(Conflict):
    title = Text("库存不足", "Not enough stock")


def add_probes(app: Flask) -> None:
    blp = ApiBlueprint("probes", __name__, url_prefix="/api/v1/probes", description="Probes")

    @blp.route("/lines", methods=["POST"])
    @requires(Permission.PUBLIC)
    @blp.arguments(CommandSchema)
    def probe_lines(command: dict[str, object]) -> str:
        """Accept lines."""
        return "ok"

    @blp.route("/conflict")
    @requires(Permission.PUBLIC)
    def probe_conflict() -> str:
        """Fail with a problem."""
        raise StockShort(Text("只剩 2 件", "Only 2 left"), fields={"quantity": StockShort.title})

    @blp.route("/bug")
    @requires(Permission.PUBLIC)
    def probe_bug() -> str:
        """Fail by a bug."""
        raise RuntimeError("secret detail")

    @blp.route("/database")
    @requires(Permission.PUBLIC)
    def probe_database() -> str:
        """Read from the database."""
        with transaction():
            return str(db.session.scalar(text("select 1")))

    @blp.route("/slow")
    @requires(Permission.PUBLIC)
    def probe_slow() -> str:
        """Run into the statement timeout."""
        db.session.execute(text("set local statement_timeout = 20"))
        db.session.execute(text("select pg_sleep(5)"))
        return "never"

    app.register_blueprint(blp)


@pytest.fixture(scope="module")
def probes(app: Flask) -> Iterator[FlaskClient]:
    fresh = create_app(app.config["SETTINGS"])
    add_probes(fresh)
    yield fresh.test_client()
    close(fresh)


class TestProblem:
    def test_speaks_chinese_unless_asked_for_english(self, probes: FlaskClient) -> None:
        chinese = probes.get("/api/v1/probes/conflict")
        english = probes.get("/api/v1/probes/conflict", headers={"Accept-Language": "en-GB"})
        assert chinese.status_code == english.status_code == 409
        assert chinese.content_type == "application/problem+json"
        assert chinese.json["title"] == "库存不足"
        assert chinese.json["detail"] == "只剩 2 件"
        assert chinese.json["fields"] == {"quantity": ["库存不足"]}
        assert english.json["title"] == "Not enough stock"
        assert chinese.json["code"] == english.json["code"] == "stock_short"
        assert chinese.json["request_id"] == chinese.headers["X-Request-Id"]

    def test_names_the_field_at_fault_with_its_place(self, probes: FlaskClient) -> None:
        body = {"lines": [{"quantity": 1}, {"quantity": 0}, {}], "total_fen": 1}
        answer = probes.post("/api/v1/probes/lines", json=body)
        assert answer.status_code == 422
        assert answer.json["fields"] == {
            "lines.1.quantity": ["应在 1 到 1000000 之间"],
            "lines.2.quantity": ["此项必填"],
            "total_fen": ["不接受此字段"],
        }

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"{", "application/json", 400),
            (b"{}", "text/plain", 415),
            (b"", "application/json", 400),
            (b"[]", "application/json", 422),
            (b'{"lines": null}', "application/json", 422),
            (b'{"lines": [{"quantity": 1e400}]}', "application/json", 400),
            (b'{"lines": [{"quantity": NaN}]}', "application/json", 400),
            (b"[" * 5000, "application/json", 400),
        ],
    )
    def test_refuses_unreadable_bodies(
        self, probes: FlaskClient, body: bytes, content_type: str, status: int
    ) -> None:
        answer = probes.post("/api/v1/probes/lines", data=body, content_type=content_type)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"

    def test_refuses_a_body_over_the_limit(self, probes: FlaskClient) -> None:
        answer = probes.post(
            "/api/v1/probes/lines", data=b" " * (13 * 1024 * 1024), content_type="application/json"
        )
        assert answer.status_code == 413

    def test_of_a_bug_leaks_nothing(self, probes: FlaskClient) -> None:
        answer = probes.get("/api/v1/probes/bug")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.json["code"] == "internal_error"

    def test_of_a_wrong_method_names_the_right_ones(self, probes: FlaskClient) -> None:
        answer = probes.delete("/api/v1/probes/conflict")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]

    def test_of_a_page_is_a_page(self, probes: FlaskClient) -> None:
        answer = probes.get("/nowhere", headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert answer.content_type.startswith("text/html")
        assert "没有找到" in answer.text


class TestLostDatabase:
    def test_is_a_503_that_recovers_by_itself(self, committed: Committed) -> None:
        # An application of its own: the probes are added to it, and it has served nobody yet.
        committed = replace(committed, app=create_app(committed.app.config["SETTINGS"]))
        add_probes(committed.app)
        probes = committed.client()
        assert probes.get("/api/v1/probes/database").status_code == 200
        committed.cut_connections()
        lost = probes.get("/api/v1/probes/database")
        assert lost.status_code == 503
        assert lost.headers["Retry-After"]
        assert lost.json["title"] == "系统暂时繁忙，请稍后再试"
        assert probes.get("/api/v1/probes/database").status_code == 200
        close(committed.app)

    def test_a_statement_timeout_is_a_503(self, probes: FlaskClient) -> None:
        assert probes.get("/api/v1/probes/slow").status_code == 503
        assert probes.get("/api/v1/probes/database").status_code == 200


class TestReloadedForm:
    """Who reloads a refused form asks with GET for an address that only takes POST."""

    def test_leads_back_to_a_page_that_can_be_opened(self, app: Flask, client: FlaskClient) -> None:
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        dummies = {"UUIDConverter": "0192a000-0000-7000-8000-000000000001"}
        seen = 0
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith(("/api/", "/webhooks/", "/static")):
                continue
            converters = {n: type(c).__name__ for n, c in rule._converters.items()}
            path = adapter.build(
                rule.endpoint, {n: dummies.get(kind, "1") for n, kind in converters.items()}
            )
            if "GET" in adapter.allowed_methods(path):
                continue
            answer = client.get(f"{path}?next=/cart", headers={"Accept": "text/html,*/*"})
            assert answer.status_code == 303, path
            back, _, query = answer.location.partition("?")
            assert query == "next=/cart"
            assert adapter.test(back, "GET"), (path, back)
            seen += 1
        assert seen > 20

    def test_comes_back_to_the_way_of_signing_in(self, client: FlaskClient) -> None:
        address = "/sign-in/password?by=password&next=%2Fcart"
        back = client.get(address, headers={"Accept": "text/html"}).location
        assert back == "/sign-in?by=password&next=%2Fcart"
        assert f'action="{address}"' in client.get(back).text.replace("&amp;", "&")

    def test_a_program_is_told_plainly(self, client: FlaskClient) -> None:
        answer = client.get("/sign-in/password", headers={"Accept": "*/*"})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
