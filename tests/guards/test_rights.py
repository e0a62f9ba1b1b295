"""Who may do what, for every route there is: permission × role, and other people's rows.

Generated from the route map: a route that is added later is met here without being mentioned,
and one that cannot be classified fails. The routes of one capability share a test, its people and
its rows; a failure names every route that is wrong.
"""

import inspect
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.app import PUBLIC_ENDPOINTS
from marketplace.database import db
from marketplace.identity import carriers
from marketplace.identity.models import Account, Session
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
from tests.conftest import rolled_back
from tests.factories import identity as make
from tests.guards.rows import BODIES, ROWS, SHARED, WITHOUT_BODY, Row

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
DUMMIES: dict[str, Any] = {"UUIDConverter": new_id, "IntegerConverter": lambda: 1}
# Webhooks prove themselves by a signature over the raw body, not by an account.
SIGNED = "/webhooks/"

_app = databases.app_without_database()
_urls = _app.url_map.bind("localhost")
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


Route = tuple[Rule, str]


def capability_of(route: Route) -> str:
    """The part of the address that routes of one capability share: ``/api/v1/orders``."""
    parts = route[0].rule.split("/")
    deep = {"api": 4, "desk": 3, "office": 3}.get(parts[1], 2)
    return "/".join(part for part in parts[:deep] if not part.startswith("<")) or "/"


def picked(*conditions: Callable[[Rule, str], bool]) -> list[Route]:
    """The routes that meet all conditions."""
    return [(r, m) for r, m in _rules if all(condition(r, m) for condition in conditions)]


def chosen(*conditions: Callable[[Rule, str], bool]) -> Any:
    """Parametrize by the routes that meet all conditions, those of a capability together."""
    routes = sorted(picked(*conditions), key=capability_of)
    groups = {name: list(them) for name, them in itertools.groupby(routes, capability_of)}
    return pytest.mark.parametrize("routes", list(groups.values()), ids=list(groups))


def hold(routes: list[Route], check: Callable[[Rule, str], None]) -> None:
    """Check every route, and name all that are wrong."""
    wrong = []
    for rule, method in routes:
        try:
            check(rule, method)
        except (Exception, pytest.fail.Exception) as error:
            wrong.append(f"{method} {rule.rule}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


@contextmanager
def undone(database: Connection, method: str) -> Iterator[None]:
    """Undo what a route did, so that the next one meets the same rows; a read did nothing."""
    if method == "GET":
        yield
        return
    db.session.commit()  # to the test's savepoint
    savepoint = database.begin_nested()
    try:
        yield
    finally:
        db.session.rollback()
        savepoint.rollback()
        db.session.expire_all()


def dummies(rule: Rule) -> dict[str, Any]:
    return {
        name: DUMMIES.get(type(rule._converters[name]).__name__, lambda: "x")()
        for name in rule.arguments
    }


def call(
    client: FlaskClient, rule: Rule, method: str, values: dict[str, Any], form_token: str = ""
) -> TestResponse:
    """Call a route with a body that is as good as it can be known to be."""
    path = _urls.build(rule.endpoint, values, method=method)
    body = BODIES.get(rule.endpoint, {})
    if is_api(rule):
        json = body if method in UNSAFE else None
        return client.open(path, method=method, json=json, headers={"If-Match": '"v1"'})
    data = {**body, CSRF_FIELD: form_token} if method in UNSAFE else None
    return client.open(path, method=method, data=data)


Shown = dict[tuple[Any, ...], tuple[str, str]]


class People:
    """Accounts signed in where their calls go: one with each role, and others as they are met."""

    def __init__(self, app: Flask, with_role: dict[Role, Account], shown: Shown) -> None:
        self.app = app
        self.with_role = with_role
        self.shown = shown

    def of(self, role: Role) -> Account:
        """A person with this role, in a scope where nothing else is, and an authenticator."""
        return self.with_role[role]

    def client(self, rule: Rule, account: Account, **how: bool) -> tuple[FlaskClient, str]:
        """A client of the kind that the route is for, and its form token."""
        client, key = self.app.test_client(), (is_api(rule), account.id, *how.items())
        if key not in self.shown:
            sign_in = make.sign_in if is_api(rule) else make.sign_in_page
            told = sign_in(client, account, **how)
            cookie = client.get_cookie(carriers.cookie_name())
            self.shown[key] = (told, cookie.value if cookie else "")
            return client, "" if is_api(rule) else told
        told, session = self.shown[key]
        if is_api(rule):
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {told}"
            return client, ""
        client.set_cookie(carriers.cookie_name(), session)
        return make.browse(client), told


class Rows:
    """One row of each kind; routes that share it undo what they do."""

    def __init__(self, made: dict[str, Row]) -> None:
        self.made = made

    def of(self, rule: Rule) -> Row:
        return self.made[key_of(rule)]


@pytest.fixture(scope="module")
def scene(app: Flask) -> Iterator[Connection]:
    """One transaction around all tests here, so that people and rows are made once for them."""
    with rolled_back(app) as connection:
        yield connection


@pytest.fixture(scope="module")
def residents(app: Flask, scene: Connection) -> tuple[dict[Role, Account], Shown]:
    """A person of each role, signed in to the API and to the pages."""
    with app.app_context():
        people = People(app, {}, {})
        for role in Role:
            people.with_role[role] = make.make_account(has_totp=True)
            make.turn_into(people.with_role[role], role)
            for is_of_api in (True, False):
                rule = next(rule for rule, _ in _rules if is_api(rule) is is_of_api)
                people.client(rule, people.with_role[role])
        # However long the tests take: the authenticator was shown just now.
        late = {Session.stepped_up_at: clock.now() + timedelta(days=1)}
        db.session.execute(update(Session).values(late))
        db.session.commit()
        detach()
    return people.with_role, people.shown


@pytest.fixture(scope="module")
def made_rows(app: Flask, scene: Connection, request: pytest.FixtureRequest) -> dict[str, Row]:
    """The rows that the chosen tests name."""
    named = {
        key_of(rule)
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.path == request.path
        and hasattr(item, "callspec")
        for rule, _ in item.callspec.params["routes"]
    }
    with app.app_context():
        made = {key: factory() for key, factory in ROWS.items() if key in named}
        db.session.commit()
        detach()
    return made


def detach() -> None:
    """Let go of all objects, with what is known of them: they outlive their session."""
    for each in db.session:
        db.session.refresh(each)
    db.session.expunge_all()


@pytest.fixture(autouse=True)
def database(app: Flask, scene: Connection) -> Iterator[Connection]:
    """The transaction of the scene; what a test does in it is undone."""
    with app.app_context():
        savepoint = scene.begin_nested()
        yield scene
        db.session.remove()
        savepoint.rollback()


@pytest.fixture
def people(app: Flask, residents: tuple[dict[Role, Account], Shown]) -> People:
    with_role, shown = residents
    return People(app, with_role, dict(shown))


@pytest.fixture
def rows(made_rows: dict[str, Row]) -> Rows:
    return Rows(made_rows)


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
    def test_names_rows_that_are_classified(self) -> None:
        unknown = {
            key_of(rule): rule.rule
            for rule, method in picked(is_guarded, names_a_row)
            if key_of(rule) not in ROWS and not all(name in SHARED for name in rule.arguments)
        }
        assert unknown == {}, "add them to ROWS or SHARED in tests/guards/rows.py"

    def test_reads_its_body_through_a_schema(self) -> None:
        without = {rule.endpoint for rule, _ in picked(is_api, carries_a_body, reads_no_schema)}
        assert sorted(without - WITHOUT_BODY) == [], (
            "give them a schema, or add them to WITHOUT_BODY in tests/guards/rows.py"
        )
        for rule, _ in picked(is_api, carries_a_body, reads_no_schema):
            taken = set(inspect.signature(_app.view_functions[rule.endpoint]).parameters)
            assert taken <= set(rule.arguments), rule.endpoint

    def test_describes_its_answer(self) -> None:
        def is_described(rule: Rule) -> bool:
            apidoc = _app.view_functions[rule.endpoint]._apidoc  # type: ignore[attr-defined]
            return bool(apidoc.get("response", {}).get("responses"))

        silent = [rule.endpoint for rule, _ in picked(is_api) if not is_described(rule)]
        assert [name for name in silent if name != "api_reference"] == [], "@blp.response"

    @chosen(is_guarded)
    def test_asks_a_stranger_to_sign_in(
        self, app: Flask, database: Connection, routes: list[Route]
    ) -> None:
        visitor = make.browse(app.test_client())
        token = "" if all(is_api(rule) for rule, _ in routes) else form_token_of_a_visitor(visitor)

        def check(rule: Rule, method: str) -> None:
            stranger = make.browse(app.test_client()) if is_api(rule) else visitor
            with undone(database, method):
                response = call(stranger, rule, method, dummies(rule), token)
            if is_api(rule):
                assert response.status_code == 401
                assert code_of(response) == "unauthenticated"
            else:
                assert response.status_code in (302, 303)
                assert response.headers["Location"].startswith("/sign-in")

        hold(routes, check)

    @chosen(is_public, is_read)
    def test_that_is_public_asks_for_no_account(
        self, app: Flask, database: Connection, routes: list[Route]
    ) -> None:
        def check(rule: Rule, method: str) -> None:
            with undone(database, method):
                response = call(make.browse(app.test_client()), rule, method, dummies(rule))
            assert response.status_code not in (401, 403)
            assert not response.headers.get("Location", "").startswith("/sign-in")

        hold(routes, check)

    @chosen(is_guarded)
    def test_is_open_to_the_roles_of_the_table_only(
        self, people: People, database: Connection, routes: list[Route]
    ) -> None:
        def ask(rule: Rule, method: str, role: Role) -> TestResponse:
            client, token = people.client(rule, people.of(role))
            # Pages, too, answer a program with the code of what is wrong.
            client.environ_base.pop("HTTP_ACCEPT", None)
            return call(client, rule, method, dummies(rule), token)

        def check(rule: Rule, method: str) -> None:
            permission = permission_of(rule)
            for role in Role:
                if holds(role, permission):
                    with undone(database, method):
                        response = ask(rule, method, role)
                    assert response.status_code < 500, role
                    assert response.status_code != 401, role
                    assert code_of(response) != "forbidden", role
            with undone(database, method):
                # A refusal changes nothing that the next one meets.
                for role in Role:
                    if not holds(role, permission):
                        assert ask(rule, method, role).status_code == 403, role

        hold(routes, check)

    @chosen(approves)
    def test_that_approves_needs_a_fresh_second_factor(
        self, people: People, database: Connection, routes: list[Route]
    ) -> None:
        def check(rule: Rule, method: str) -> None:
            role = next(role for role in Role if holds(role, permission_of(rule)))
            for has_totp, code in ((True, "step_up_required"), (False, "totp_not_enrolled")):
                with undone(database, method):
                    account = make.make_account(role=role, has_totp=has_totp)
                    client, token = people.client(rule, account, stepped_up=False)
                    if not is_api(rule):
                        del client.environ_base["HTTP_ACCEPT"]
                    response = call(client, rule, method, dummies(rule), token)
                assert (response.status_code, code_of(response)) == (403, code)

        hold(routes, check)


def reads_no_schema(rule: Rule, method: str) -> bool:
    arguments = _app.view_functions[rule.endpoint]._apidoc.get("arguments", {})  # type: ignore[attr-defined]
    return not any(
        a.get("in") in ("json", "form", "files") for a in arguments.get("parameters", [])
    )


class TestEveryDoor:
    @chosen(is_form)
    def test_of_a_page_without_its_form_token_is_refused(
        self, people: People, database: Connection, routes: list[Route]
    ) -> None:
        shopper, other = make.make_account(), make.make_account()

        def check(rule: Rule, method: str) -> None:
            client, _ = people.client(rule, shopper)
            _, others_token = people.client(rule, other)
            for token in ("", "0" * 64, others_token):
                with undone(database, method):
                    response = call(client, rule, method, dummies(rule), token)
                what = "another session's token was accepted" if token == others_token else token
                assert response.status_code == 403, what

        hold(routes, check)

    @chosen(is_guarded, is_api)
    def test_of_the_api_is_not_opened_by_a_cookie(
        self, client: FlaskClient, database: Connection, routes: list[Route]
    ) -> None:
        make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))

        def check(rule: Rule, method: str) -> None:
            with undone(database, method):
                assert call(client, rule, method, dummies(rule)).status_code == 401

        hold(routes, check)

    @chosen(is_guarded, is_page)
    def test_of_a_page_is_not_opened_by_a_bearer_token(
        self, client: FlaskClient, database: Connection, routes: list[Route]
    ) -> None:
        make.sign_in(make.browse(client), make.make_account(role=Role.PLATFORM_ADMIN))
        token = form_token_of_a_visitor(client)

        def check(rule: Rule, method: str) -> None:
            with undone(database, method):
                answer = call(client, rule, method, dummies(rule), token)
            assert answer.headers.get("Location", "").startswith("/sign-in")

        hold(routes, check)


class TestOtherPeoplesRows:
    @chosen(is_guarded, names_an_owned_row)
    def test_are_not_found(
        self, people: People, rows: Rows, database: Connection, routes: list[Route]
    ) -> None:
        def check(rule: Rule, method: str) -> None:
            permission = permission_of(rule)
            for role in Role:
                if not holds(role, permission) or sees_every_row(role, permission):
                    continue
                client, token = people.client(rule, people.of(role))
                with undone(database, method):
                    response = call(client, rule, method, rows.of(rule).values, token)
                assert response.status_code == 404, f"{role}: {response.text[:300]}"

        hold(routes, check)

    @chosen(is_guarded, names_an_owned_row)
    def test_are_found_by_their_owner(
        self, people: People, rows: Rows, database: Connection, routes: list[Route]
    ) -> None:
        def check(rule: Rule, method: str) -> None:
            row = rows.of(rule)
            owner = first_who_may(row, permission_of(rule))
            client, token = people.client(rule, owner)
            with undone(database, method):
                response = call(client, rule, method, row.values, token)
            assert response.status_code not in (401, 403, 404), response.text[:300]
            assert response.status_code < 500

        hold(routes, check)


def first_who_may(row: Row, permission: Permission) -> Account:
    for account in row.owners:
        if make.actor_of(account).can(permission):
            return account
    pytest.fail(f"no owner of the row may {permission}: name one in tests/guards/rows.py")


def form_token_of_a_visitor(client: FlaskClient) -> str:
    page = client.get("/sign-in").text
    return page.split(f'name="{CSRF_FIELD}" value="', 1)[1].split('"', 1)[0]


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
        # To see a sum is to read as well.
        held = ROLE_PERMISSIONS[Role.AUDITOR]
        writes = [p for p in held if not p.endswith((":read", ":sum"))]
        assert writes == []
