"""Whatever is sent to any operation of the API, the answer is one that its description promises.

No 5xx, no undescribed status or content type, no body that contradicts its schema, and no operation
that forgets to ask who is calling.
"""

import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import Phase, given, settings
from schemathesis import checks

from marketplace.app import create_app
from marketplace.database import db, transaction
from marketplace.identity.models import Account, AccountState
from marketplace.permissions import Role
from tests import databases
from tests.conftest import EXPLORE, close
from tests.factories import identity

SPECIFICATION = "/api/v1/openapi.json"
EXAMPLES = 9 * max(EXPLORE, 1)
# Who sends them, in turn: a shopper, an account with every role, and at times nobody, who is told
# to sign in whatever is sent.
TURNS = (0, 1, 0, 1, None, 1, 0, 1, 0)
CHECKS: list[Any] = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@cache
def _operations() -> list[tuple[str, str]]:
    """List the operations without a database: the description needs none."""
    document = databases.app_without_database().test_client().get(SPECIFICATION).json
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


@pytest.fixture(scope="module")
def description(fuzzed: Flask) -> Any:
    """The description as the fuzzer reads it, with what it learns from the source: made once."""
    return schemathesis.openapi.from_wsgi(SPECIFICATION, fuzzed)


@pytest.fixture(scope="module")
def people(fuzzed: Flask) -> list[uuid.UUID]:
    """A shopper, and an account with every role."""
    with fuzzed.app_context(), transaction():
        everything = identity.make_account(has_totp=True)
        for role in Role:
            if role is not Role.SHOPPER:
                identity.give_role(everything, role)
        return [identity.make_account().id, everything.id]


@pytest.fixture
def tokens(fuzzed: Flask, people: list[uuid.UUID]) -> list[str]:
    """New tokens of the people: signing out ends a token, and an operation may end all."""
    with fuzzed.app_context(), transaction():
        accounts = [db.session.get_one(Account, account_id) for account_id in people]
        assert all(account.state is AccountState.ACTIVE for account in accounts)
        return [identity.sign_in(fuzzed.test_client(), account) for account in accounts]


@pytest.mark.parametrize(("path", "method"), _operations())
class TestEveryOperation:
    def test_answers_as_described_whatever_is_sent(
        self, description: Any, tokens: list[str], path: str, method: str
    ) -> None:
        operation = description[path][method]
        count = 0

        @settings(max_examples=EXAMPLES, phases=[Phase.explicit, Phase.generate])
        @given(case=operation.as_strategy())
        def run(case: schemathesis.Case) -> None:
            nonlocal count
            turn = TURNS[count % len(TURNS)]
            count += 1
            headers = {} if turn is None else {"Authorization": f"Bearer {tokens[turn]}"}
            case.call_and_validate(headers=headers, checks=CHECKS)

        run()
        assert count > 0


def test_every_operation_asks_who_is_calling_unless_it_is_public(
    fuzzed: Flask, description: Any
) -> None:
    made_up, open_to_all = "00000000-0000-7000-8000-000000000000", []
    for path, method in _operations():
        if description.raw_schema["paths"][path][method.lower()].get("security") == []:
            continue
        address = "/".join(made_up if part.startswith("{") else part for part in path.split("/"))
        for headers in ({}, {"Authorization": "Bearer nobody"}):
            answer = fuzzed.test_client().open(address, method=method, headers=headers)
            if answer.status_code != 401:
                open_to_all.append((method, path, headers, answer.status_code))
    assert open_to_all == []
