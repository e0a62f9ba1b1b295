"""Who may do what, for every route there is: permission × role, and other people's rows.

Generated from the route map: a route that is added later is met here without being mentioned,
and one that cannot be classified fails.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from marketplace.app import PUBLIC_ENDPOINTS, create_app
from marketplace.identity.models import Account
from marketplace.ids import new_id
from marketplace.pages import CSRF_FIELD
from marketplace.permissions import (
    MAY_GRANT,
    NEEDS_STEP_UP,
    ROLE_PERMISSIONS,
    SCOPE_OF_ROLE,
    Permission,
    Role,
    ScopeKind,
)
from tests import databases
from tests.factories import identity as make
from tests.guards.rows import BODIES, ROWS, SHARED, WITHOUT_BODY, Row

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
DUMMIES: dict[str, Any] = {"UUIDConverter": new_id, "IntegerConverter": lambda: 1}
# Webhooks prove themselves by a signature over the raw body, not by an account.
SIGNED = "/webhooks/"

_app = create_app(
    databases.settings_for(make_url("postgresql+psycopg://nobody@localhost/none"), Path("var"))
)
_rules: list[tuple[Rule, str]] = [
    (rule, method)
    for rule in sorted(_app.url_map.iter_rules(), key=lambda rule: rule.rule)
    if rule.endpoint not in PUBLIC_ENDPOINTS
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
]


def permission_of(rule: Rule) -> Permission:
    permission = _app.view_functions[rule.endpoint]._permission  # type: ignore[attr-defined]
    assert isinstance(permission, Permission)
    return permission


def is_api(rule: Rule, method: str = "") -> bool:
    return rule.rule.startswith("/api/")


def names_a_row(rule: Rule, method: str) -> bool:
    return bool(rule.arguments)


def names_an_owned_row(rule: Rule, method: str) -> bool:
    return key_of(rule) in ROWS


def carries_a_body(rule: Rule, method: str) -> bool:
    return method in ("POST", "PUT", "PATCH")


def approves(rule: Rule, method: str) -> bool:
    return permission_of(rule) in NEEDS_STEP_UP


def is_form(rule: Rule, method: str) -> bool:
    return method in UNSAFE and not rule.rule.startswith(("/api/", SIGNED))


def is_read(rule: Rule, method: str) -> bool:
    return method == "GET"


def is_public(rule: Rule, method: str) -> bool:
    return permission_of(rule) is Permission.PUBLIC


def key_of(rule: Rule) -> str:
    """The names in the address, in the order in which they stand there."""
    return " ".join(name for is_converted, name in rule._trace if is_converted and name != "|")


def is_guarded(rule: Rule, method: str) -> bool:
    return permission_of(rule) is not Permission.PUBLIC


def is_page(rule: Rule, method: str) -> bool:
    return not rule.rule.startswith(("/api/", SIGNED))


def chosen(*conditions: Callable[[Rule, str], bool]) -> Any:
    """Parametrize by the routes that meet all conditions."""
    picked = [(r, m) for r, m in _rules if all(condition(r, m) for condition in conditions)]
    return pytest.mark.parametrize(
        ("rule", "method"), picked, ids=[f"{method} {rule.rule}" for rule, method in picked]
    )


def dummies(rule: Rule) -> dict[str, Any]:
    return {
        name: DUMMIES.get(type(rule._converters[name]).__name__, lambda: "x")()
        for name in rule.arguments
    }


def call(
    client: FlaskClient, rule: Rule, method: str, values: dict[str, Any], form_token: str = ""
) -> TestResponse:
    """Call a route with a body that is as good as it can be known to be."""
    with _app.test_request_context():
        path = _app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    body = BODIES.get(rule.endpoint, {})
    if is_api(rule):
        json = body if method in UNSAFE else None
        return client.open(path, method=method, json=json, headers={"If-Match": '"v1"'})
    data = {**body, CSRF_FIELD: form_token} if method in UNSAFE else None
    return client.open(path, method=method, data=data)


def signed_in(app: Flask, rule: Rule, account: Account, **how: bool) -> tuple[FlaskClient, str]:
    """A client of the kind that the route is for, and its form token."""
    client = app.test_client()
    if is_api(rule):
        make.sign_in(client, account, **how)
        return client, ""
    return client, make.sign_in_page(client, account, **how)


def code_of(response: TestResponse) -> str:
    body = response.get_json(silent=True)
    return body.get("code", "") if isinstance(body, dict) else ""


def holds(role: Role, permission: Permission) -> bool:
    shopper = ROLE_PERMISSIONS[Role.SHOPPER]
    return permission in shopper or permission in ROLE_PERMISSIONS[role]


def sees_every_row(role: Role, permission: Permission) -> bool:
    is_platform = SCOPE_OF_ROLE.get(role) is ScopeKind.PLATFORM
    return is_platform and permission in ROLE_PERMISSIONS[role]


class TestEveryRoute:
    @chosen(is_guarded, names_a_row)
    def test_names_rows_that_are_classified(self, rule: Rule, method: str) -> None:
        is_shared = all(name in SHARED for name in rule.arguments)
        assert key_of(rule) in ROWS or is_shared, (
            f"{rule.rule}: add '{key_of(rule)}' to ROWS or SHARED in tests/guards/rows.py"
        )

    @chosen(is_api, carries_a_body)
    def test_reads_its_body_through_a_schema(self, rule: Rule, method: str) -> None:
        view = _app.view_functions[rule.endpoint]
        arguments = view._apidoc.get("arguments", {}).get("parameters", [])  # type: ignore[attr-defined]
        has_schema = any(a.get("in") in ("json", "form", "files") for a in arguments)
        assert has_schema or rule.endpoint in WITHOUT_BODY, (
            f"{rule.endpoint}: give it a schema, or add it to WITHOUT_BODY in tests/guards/rows.py"
        )
        if not has_schema:
            assert set(inspect.signature(view).parameters) <= set(rule.arguments)

    @chosen(is_api, lambda rule, method: rule.endpoint != "api_reference")
    def test_describes_its_answer(self, rule: Rule, method: str) -> None:
        apidoc = _app.view_functions[rule.endpoint]._apidoc  # type: ignore[attr-defined]
        assert apidoc.get("response", {}).get("responses"), f"{rule.endpoint}: @blp.response"

    @chosen(is_guarded)
    def test_asks_a_stranger_to_sign_in(self, app: Flask, rule: Rule, method: str) -> None:
        client = make.browse(app.test_client())
        token = ""
        if not is_api(rule):
            token = form_token_of_a_visitor(client)
        response = call(client, rule, method, dummies(rule), token)
        if is_api(rule):
            assert response.status_code == 401
            assert code_of(response) == "unauthenticated"
        else:
            assert response.status_code in (302, 303)
            assert response.headers["Location"].startswith("/sign-in")

    @chosen(is_public, is_read)
    def test_that_is_public_asks_for_no_account(
        self, client: FlaskClient, rule: Rule, method: str
    ) -> None:
        response = call(make.browse(client), rule, method, dummies(rule))
        assert response.status_code not in (401, 403)
        assert not response.headers.get("Location", "").startswith("/sign-in")

    @chosen(is_guarded)
    def test_is_open_to_the_roles_of_the_table_only(
        self, app: Flask, rule: Rule, method: str
    ) -> None:
        permission, account = permission_of(rule), make.make_account(has_totp=True)
        for role in Role:
            make.turn_into(account, role)
            client, token = signed_in(app, rule, account)
            response = call(client, rule, method, dummies(rule), token)
            assert response.status_code < 500, role
            if holds(role, permission):
                assert response.status_code != 401, role
                assert code_of(response) != "forbidden", role
            else:
                assert response.status_code == 403, role

    @chosen(approves)
    def test_that_approves_needs_a_fresh_second_factor(
        self, app: Flask, rule: Rule, method: str
    ) -> None:
        role = next(role for role in Role if holds(role, permission_of(rule)))
        for has_totp, code in ((True, "step_up_required"), (False, "totp_not_enrolled")):
            account = make.make_account(role=role, has_totp=has_totp)
            client, token = signed_in(app, rule, account, stepped_up=False)
            if not is_api(rule):
                del client.environ_base["HTTP_ACCEPT"]
            response = call(client, rule, method, dummies(rule), token)
            assert (response.status_code, code_of(response)) == (403, code)


class TestEveryDoor:
    @chosen(is_form)
    def test_of_a_page_without_its_form_token_is_refused(
        self, client: FlaskClient, rule: Rule, method: str
    ) -> None:
        make.sign_in_page(client, make.make_account())
        for token in ("", "0" * 64):
            response = call(client, rule, method, dummies(rule), token)
            assert response.status_code == 403
        form = {CSRF_FIELD: make.sign_in_page(app_client(client), make.make_account())}
        other = client.open(build(rule, method), method=method, data=form)
        assert other.status_code == 403, "another session's token was accepted"

    @chosen(is_guarded, is_api)
    def test_of_the_api_is_not_opened_by_a_cookie(
        self, client: FlaskClient, rule: Rule, method: str
    ) -> None:
        make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        assert call(client, rule, method, dummies(rule)).status_code == 401

    @chosen(is_guarded, is_page)
    def test_of_a_page_is_not_opened_by_a_bearer_token(
        self, client: FlaskClient, rule: Rule, method: str
    ) -> None:
        make.sign_in(make.browse(client), make.make_account(role=Role.PLATFORM_ADMIN))
        token = form_token_of_a_visitor(client)
        answer = call(client, rule, method, dummies(rule), token)
        assert answer.headers.get("Location", "").startswith("/sign-in")


class TestOtherPeoplesRows:
    @chosen(is_guarded, names_an_owned_row)
    def test_are_not_found(self, app: Flask, rule: Rule, method: str) -> None:
        permission = permission_of(rule)
        for role in Role:
            if not holds(role, permission) or sees_every_row(role, permission):
                continue
            row = ROWS[key_of(rule)]()
            client, token = signed_in(app, rule, make.make_account(role=role))
            response = call(client, rule, method, row.values, token)
            assert response.status_code == 404, f"{role}: {response.text[:300]}"

    @chosen(is_guarded, names_an_owned_row)
    def test_are_found_by_their_owner(self, app: Flask, rule: Rule, method: str) -> None:
        row = ROWS[key_of(rule)]()
        owner = first_who_may(row, permission_of(rule))
        client, token = signed_in(app, rule, owner)
        response = call(client, rule, method, row.values, token)
        assert response.status_code not in (401, 403, 404), response.text[:300]
        assert response.status_code < 500


def first_who_may(row: Row, permission: Permission) -> Account:
    for account in row.owners:
        if make.actor_of(account).can(permission):
            return account
    pytest.fail(f"no owner of the row may {permission}: name one in tests/guards/rows.py")


def form_token_of_a_visitor(client: FlaskClient) -> str:
    page = client.get("/sign-in").text
    return page.split(f'name="{CSRF_FIELD}" value="', 1)[1].split('"', 1)[0]


def app_client(client: FlaskClient) -> FlaskClient:
    return client.application.test_client()


def build(rule: Rule, method: str) -> str:
    return _app.url_map.bind("localhost").build(rule.endpoint, dummies(rule), method=method)


class TestTheTables:
    def test_name_no_row_that_no_route_names(self) -> None:
        named = {key_of(rule) for rule, _ in _rules} | {
            name for rule, _ in _rules for name in rule.arguments
        }
        assert sorted(set(ROWS) - named) == []
        assert sorted(set(SHARED) - named) == []

    def test_name_no_endpoint_that_is_gone(self) -> None:
        endpoints = {rule.endpoint for rule, _ in _rules}
        assert sorted((set(BODIES) | WITHOUT_BODY) - endpoints) == []

    def test_give_every_permission_to_somebody(self) -> None:
        held = {permission for role in Role for permission in ROLE_PERMISSIONS[role]}
        assert sorted(set(Permission) - held - {Permission.PUBLIC}) == []

    def test_let_nobody_but_the_platform_make_an_approver(self) -> None:
        makers = {role for role, given in MAY_GRANT.items() if Role.OFFICE_APPROVER in given}
        assert makers == {Role.PLATFORM_ADMIN}

    def test_let_the_auditor_change_nothing(self) -> None:
        writes = [p for p in ROLE_PERMISSIONS[Role.AUDITOR] if not p.endswith(":read")]
        assert writes == []
