"""Sessions: who a token belongs to, and everything that ends it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity import carriers, memberships, sessions
from marketplace.identity.models import AccountState, Session, SessionKind
from marketplace.ids import new_id
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.marketplace.identity.conftest import audited

Collect = Callable[[], AbstractContextManager[list[str]]]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestResolve:
    def test_tells_who_calls_with_a_bearer_token(self, client: FlaskClient) -> None:
        account = make.make_account(role=Role.COOPERATIVE_MANAGER)
        make.sign_in(client, account)
        me = client.get("/api/v1/me").get_json()
        assert me["account"]["id"] == str(account.id)
        assert [m["role"] for m in me["memberships"]] == ["cooperative_manager"]
        assert "product:write" in me["permissions"]

    def test_takes_one_query_however_many_roles(
        self, client: FlaskClient, statements: Collect
    ) -> None:
        account = make.make_account()
        for _ in range(5):
            make.give_role(account, Role.COOPERATIVE_MANAGER)
        make.sign_in(client, account)
        with statements() as seen:
            client.get("/api/v1/regions", headers={})
            public = len(seen)
            assert client.get("/api/v1/memberships").status_code == 200
        assert len([s for s in seen[public:] if "FROM sessions" in s]) == 1
        assert len(seen) - public == 2, "the session, and what was asked for"

    def test_takes_no_query_for_a_stranger(self, client: FlaskClient, statements: Collect) -> None:
        with statements() as seen:
            assert client.get("/api/v1/me").status_code == 401
        assert seen == []

    def test_takes_no_query_where_nobody_asks_who_calls(
        self, client: FlaskClient, statements: Collect
    ) -> None:
        make.sign_in(client, make.make_account())
        with statements() as seen:
            client.get("/healthz")
        assert seen == []

    @pytest.mark.parametrize(
        "header",
        ["Bearer", "Bearer ", "Bearer x", "Bearer 令牌", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 300,
         "bearer\tx"],
    )  # fmt: skip
    def test_knows_nobody_by_a_wrong_header(self, client: FlaskClient, header: str) -> None:
        client.environ_base["HTTP_AUTHORIZATION"] = header.encode().decode("latin-1")
        assert client.get("/api/v1/me").status_code == 401

    def test_takes_no_cookie_at_the_api_and_no_header_at_the_pages(
        self, client: FlaskClient
    ) -> None:
        make.sign_in_page(client, make.make_account())
        assert client.get("/api/v1/me").status_code == 401
        assert client.get("/me").status_code == 200
        client.delete_cookie(carriers.cookie_name())
        make.sign_in(client, make.make_account())
        assert client.get("/api/v1/me").status_code == 200
        assert client.get("/me").status_code == 302

    def test_takes_each_token_as_what_it_is_only(self, client: FlaskClient) -> None:
        account = make.make_account()
        page = sessions.open_session(account, SessionKind.PAGE).token
        program = sessions.open_session(account, SessionKind.TOKEN).token
        assert client.get("/api/v1/me", headers=bearer(page)).status_code == 401
        client.set_cookie(carriers.cookie_name(), program)
        assert make.browse(client).get("/me").status_code == 302

    def test_keeps_the_token_in_no_row(self, client: FlaskClient) -> None:
        token = make.sign_in(client, make.make_account())
        row = str(db.session.execute(text("select * from sessions")).one())
        assert token not in row

    def test_refuses_a_digest_in_place_of_the_token(self, client: FlaskClient) -> None:
        token = make.sign_in(client, make.make_account())
        stolen = secrets.digest(token).hex()
        assert client.get("/api/v1/me", headers=bearer(stolen)).status_code == 401


class TestLifetime:
    def test_of_a_shopper_ends_after_two_weeks_without_use(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        start = clock.now()
        with clock.travel(start + timedelta(days=13)):
            assert client.get("/api/v1/me").status_code == 200
        with clock.travel(start + timedelta(days=26)):
            assert client.get("/api/v1/me").status_code == 200
        with clock.travel(start + timedelta(days=41)):
            assert client.get("/api/v1/me").status_code == 401

    def test_of_staff_ends_after_an_hour_without_use(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.OFFICE_OFFICER))
        with clock.travel(clock.now() + timedelta(minutes=61)):
            assert client.get("/api/v1/me").status_code == 401

    def test_of_staff_ends_after_twelve_hours_of_use(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(login_name="officer"))
        start = clock.now()
        for i in range(1, 15):
            with clock.travel(start + timedelta(minutes=50 * i)):
                status = client.get("/api/v1/me").status_code
                assert status == (200 if 50 * i < 12 * 60 else 401)

    def test_of_sellers_and_buyers_ends_after_a_day_without_use(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.BUYING_UNIT_CLERK))
        start = clock.now()
        with clock.travel(start + timedelta(hours=23)):
            assert client.get("/api/v1/me").status_code == 200
        with clock.travel(start + timedelta(hours=48)):
            assert client.get("/api/v1/me").status_code == 401

    def test_is_shortened_by_a_role_that_comes_later(self, client: FlaskClient) -> None:
        account = make.make_account()
        make.sign_in(client, account)
        start = clock.now()
        with clock.travel(start + timedelta(hours=2)):
            assert client.get("/api/v1/me").status_code == 200
            make.give_role(account, Role.OFFICE_OFFICER)
        with clock.travel(start + timedelta(hours=3, minutes=5)):
            assert client.get("/api/v1/me").status_code == 401

    def test_notes_its_use_at_most_every_five_minutes(
        self, client: FlaskClient, statements: Collect
    ) -> None:
        make.sign_in(client, make.make_account())
        start = clock.now()
        for minutes, writes in ((4, 0), (6, 1), (7, 0), (12, 1)):
            with clock.travel(start + timedelta(minutes=minutes)), statements() as seen:
                client.get("/api/v1/me")
            assert sum("UPDATE sessions" in s for s in seen) == writes, minutes

    def test_ends_with_sign_out(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        assert client.post("/api/v1/sign-out").status_code == 204
        assert client.get("/api/v1/me").status_code == 401
        assert len(audited("session.revoke")) == 1

    def test_ends_when_the_account_is_disabled(self, client: FlaskClient) -> None:
        account = make.make_account()
        make.sign_in(client, account)
        account.state = AccountState.DISABLED
        assert client.get("/api/v1/me").status_code == 401


class TestMemberships:
    def test_revoked_in_mid_session_are_gone_at_the_next_request(self, client: FlaskClient) -> None:
        scope = new_id()
        account = make.make_account()
        membership = make.give_role(account, Role.COOPERATIVE_STAFF, scope)
        make.sign_in(client, account)
        assert "product:write" in client.get("/api/v1/me").get_json()["permissions"]
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        memberships.revoke_membership(manager, membership.id)
        assert "product:write" not in client.get("/api/v1/me").get_json()["permissions"]

    def test_granted_in_mid_session_count_at_the_next_request(self, client: FlaskClient) -> None:
        account = make.make_account()
        make.sign_in(client, account)
        make.give_role(account, Role.COOPERATIVE_STAFF)
        assert "product:write" in client.get("/api/v1/me").get_json()["permissions"]


class TestMySessions:
    def test_lists_ones_own_live_sessions_only(self, client: FlaskClient) -> None:
        account = make.make_account()
        sessions.open_session(make.make_account(), SessionKind.TOKEN)
        ended = sessions.open_session(account, SessionKind.TOKEN)
        ended.session.revoked_at = clock.now()
        page = sessions.open_session(account, SessionKind.PAGE, user_agent="Mozilla" * 100)
        make.sign_in(client, account)
        listed = client.get("/api/v1/me/sessions").get_json()
        ids = {item["id"] for item in listed["items"]}
        assert ids == {str(page.session.id), listed["current_id"]}
        assert "token" not in str(listed).replace("'kind': 'token'", "")

    def test_ends_one_and_not_another(self, client: FlaskClient) -> None:
        account = make.make_account()
        kept = make.sign_in(client, account)
        lost = make.sign_in(client, account)
        lost_id = db.session.scalars(
            select(Session.id).where(Session.token_digest == secrets.digest(lost))
        ).one()
        address = f"/api/v1/me/sessions/{lost_id}"
        assert client.delete(address, headers=bearer(kept)).status_code == 204
        assert client.get("/api/v1/me", headers=bearer(lost)).status_code == 401
        assert client.get("/api/v1/me", headers=bearer(kept)).status_code == 200
        assert client.delete(address, headers=bearer(kept)).status_code == 204
