"""Rules of the JSON API: its description is OpenAPI 3.1, complete, and every answer is hardened."""

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import jobs
from marketplace.app import PUBLIC_ENDPOINTS
from marketplace.errors import Problem

# Their answers hold a secret, which must not lie in the table of stored answers.
ANSWERS_A_SECRET = {"/api/v1/me/totp", "/api/v1/webhook-endpoints"}


def operations(client: FlaskClient) -> list[tuple[str, str, dict]]:
    document = client.get("/api/v1/openapi.json").json
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


class TestOpenApi:
    def test_is_version_3_1(self, client: FlaskClient) -> None:
        assert client.get("/api/v1/openapi.json").json["openapi"] == "3.1.0"

    def test_operation_ids_are_the_views_names_and_unique(self, client: FlaskClient) -> None:
        names = Counter(operation["operationId"] for _, _, operation in operations(client))
        assert [name for name, times in names.items() if times > 1] == []

    def test_every_operation_has_a_summary(self, client: FlaskClient) -> None:
        bare = [
            f"{m} {p}" for p, m, operation in operations(client) if not operation.get("summary")
        ]
        assert bare == []

    def test_every_creating_post_accepts_an_idempotency_key(
        self, app: Flask, client: FlaskClient
    ) -> None:
        lacking = []
        for path, method, operation in operations(client):
            creates = method == "post" and "201" in operation["responses"]
            named = [p.get("name") for p in operation.get("parameters", [])]
            is_public = operation.get("security") == []
            if creates and not is_public and "Idempotency-Key" not in named:
                lacking.append(path)
        lacking = [path for path in lacking if path not in ANSWERS_A_SECRET]
        assert lacking == []

    def test_failures_are_described_as_problem_documents(self, client: FlaskClient) -> None:
        document = client.get("/api/v1/openapi.json").json
        for name, response in document["components"]["responses"].items():
            assert list(response["content"]) == ["application/problem+json"], name
        bare = [f"{m} {p}" for p, m, o in operations(client) if "default" not in o["responses"]]
        assert bare == []

    def test_every_schema_has_a_name_of_its_own(self, client: FlaskClient) -> None:
        # Two classes of one name would stand in the description as Name and Name1.
        names = client.get("/api/v1/openapi.json").json["components"]["schemas"]
        assert [name for name in names if name.rstrip("0123456789") in set(names) - {name}] == []

    def test_patterns_are_of_the_dialect_that_clients_read(self, client: FlaskClient) -> None:
        text = client.get("/api/v1/openapi.json").text
        assert '"pattern":"^' in text
        assert r"\A" not in text
        assert r"\Z" not in text

    def test_lists_page_by_cursor(self, client: FlaskClient) -> None:
        for path, method, operation in operations(client):
            named = [p.get("name") for p in operation.get("parameters", [])]
            assert "page" not in named, (path, method)


class TestEveryFailure:
    def test_has_a_code_of_its_own(self, app: Flask) -> None:
        def kinds(of: type[Problem]) -> Iterator[type[Problem]]:
            for kind in of.__subclasses__():
                yield kind
                yield from kinds(kind)

        # The code is the name of the class; two meanings of one code cannot be told apart.
        ours = {kind for kind in kinds(Problem) if not kind.__module__.startswith("tests.")}
        names = Counter(kind.__name__ for kind in ours)
        assert [name for name, times in names.items() if times > 1] == []


class TestEveryRoute:
    def test_declares_a_permission(self, app: Flask) -> None:
        bare = [
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in PUBLIC_ENDPOINTS
            and not hasattr(app.view_functions[rule.endpoint], "_permission")
        ]
        assert bare == []

    @pytest.mark.parametrize("path", ["/", "/api/v1/openapi.json", "/healthz", "/nowhere"])
    def test_answers_with_security_headers(self, client: FlaskClient, path: str) -> None:
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert len(headers.getlist("Content-Security-Policy")) == 1


class TestEveryJob:
    def test_enqueued_by_name_exists_and_is_described(self) -> None:
        described = {name: task.func.__doc__ for name, task in jobs.queue.tasks.items()
                     if not name.startswith(("builtin:", "procrastinate."))}  # fmt: skip
        assert [name for name, doc in described.items() if not doc] == []
        assert all("." in name for name in described)
