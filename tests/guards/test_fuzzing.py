"""Whatever is sent to any operation of the API, the answer is one that its description promises.

No 5xx, no undescribed status or content type, no body that contradicts its schema, and no operation
that forgets to ask who is calling.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from sqlalchemy.engine import make_url

from marketplace.app import create_app
from marketplace.database import transaction
from marketplace.permissions import Role
from tests import databases
from tests.conftest import close
from tests.factories import identity

SPECIFICATION = "/api/v1/openapi.json"
EXAMPLES = 12
CHECKS: list[Any] = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def _operations() -> list[tuple[str, str]]:
    """List the operations without a database: the description needs none."""
    nowhere = make_url("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(databases.settings_for(nowhere, Path("var")))
    document = app.test_client().get(SPECIFICATION).json
    return [
        (path, method.upper())
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    ]


@pytest.fixture(scope="module")
def fuzzed(server: databases.Server, template: str, var_dir: Path) -> Iterator[Flask]:
    with databases.clone(server, template) as (_, app_url):
        app = create_app(databases.settings_for(app_url, var_dir))
        yield app
        close(app)


@pytest.fixture
def tokens(fuzzed: Flask) -> dict[str, str]:
    """New tokens of a shopper and of an account with every role (signing out ends a token)."""
    with fuzzed.app_context(), transaction():
        shopper = identity.make_account()
        everything = identity.make_account(has_totp=True)
        for role in Role:
            if role is not Role.SHOPPER:
                identity.give_role(everything, role)
        return {
            "shopper": identity.sign_in(fuzzed.test_client(), shopper),
            "everything": identity.sign_in(fuzzed.test_client(), everything),
        }


@pytest.mark.parametrize(("path", "method"), _operations())
class TestEveryOperation:
    def test_answers_as_described_whatever_is_sent(
        self, fuzzed: Flask, tokens: dict[str, str], path: str, method: str
    ) -> None:
        description = schemathesis.openapi.from_wsgi(SPECIFICATION, fuzzed)
        operation = description[path][method]
        holders = [*tokens.values(), None]
        count = 0

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case: schemathesis.Case) -> None:
            nonlocal count
            token = holders[count % len(holders)]
            count += 1
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            case.call_and_validate(headers=headers, checks=CHECKS)

        run()
        assert count > 0

    def test_asks_who_is_calling_unless_it_is_public(
        self, fuzzed: Flask, path: str, method: str
    ) -> None:
        document = schemathesis.openapi.from_wsgi(SPECIFICATION, fuzzed).raw_schema
        if document["paths"][path][method.lower()].get("security") == []:
            return
        made_up = "00000000-0000-7000-8000-000000000000"
        address = "/".join(made_up if part.startswith("{") else part for part in path.split("/"))
        for headers in ({}, {"Authorization": "Bearer nobody"}):
            answer = fuzzed.test_client().open(address, method=method, headers=headers)
            assert answer.status_code == 401, (headers, answer.text)
