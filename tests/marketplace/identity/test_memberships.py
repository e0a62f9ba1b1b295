"""Memberships: each role is granted by those the table names, in their own scope, never to oneself."""

import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.errors import NotFound
from marketplace.identity import memberships
from marketplace.identity.actor import SYSTEM, ScopeKind
from marketplace.identity.errors import (
    GrantNotAllowed,
    LastAdministrator,
    MembershipExists,
    ScopeMismatch,
    SelfGrantRefused,
    StepUpRequired,
    TotpNotEnrolled,
)
from marketplace.identity.models import Membership
from marketplace.identity.queries import list_memberships_of
from marketplace.ids import new_id
from marketplace.permissions import MAY_GRANT, SCOPE_OF_ROLE, Permission, Role
from tests.conftest import Committed
from tests.factories import identity as make
from tests.marketplace.identity.conftest import audited


@pytest.fixture(autouse=True)
def _any_scope_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a scope exists is for the owner of its rows to say, and tested there."""
    monkeypatch.setattr(memberships, "_scope_checks", {})


@pytest.fixture
def scope() -> uuid.UUID:
    return new_id()


class TestGrantMembership:
    def test_gives_a_role_and_says_who_gave_it(self, scope: uuid.UUID) -> None:
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        someone = make.make_account()
        membership = memberships.grant_membership(
            manager, account_id=someone.id, role=Role.COOPERATIVE_STAFF, scope_id=scope
        )
        assert membership.granted_by == manager.id
        actor = make.actor_of(someone)
        assert actor.scopes(Permission.PRODUCT_WRITE, ScopeKind.COOPERATIVE) == {scope}
        assert audited("membership.grant")[-1].account_id == manager.id

    @pytest.mark.parametrize("granter", list(SCOPE_OF_ROLE))
    @pytest.mark.parametrize("role", list(SCOPE_OF_ROLE))
    def test_follows_the_table_for_every_pair_of_roles(
        self, scope: uuid.UUID, granter: Role, role: Role
    ) -> None:
        is_platform = SCOPE_OF_ROLE[granter] is ScopeKind.PLATFORM
        actor = make.actor_of(
            make.make_account(role=granter, scope=None if is_platform else scope, has_totp=True)
        )
        scope_id = None if SCOPE_OF_ROLE[role] is ScopeKind.PLATFORM else scope

        def grant() -> Membership:
            return memberships.grant_membership(
                actor, account_id=make.make_account().id, role=role, scope_id=scope_id
            )

        if role in MAY_GRANT.get(granter, ()):
            assert grant().role is role
        else:
            with pytest.raises((NotFound, GrantNotAllowed)):
                grant()

    def test_finds_no_scope_but_ones_own(self, scope: uuid.UUID) -> None:
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        with pytest.raises(NotFound):
            memberships.grant_membership(
                manager, account_id=make.make_account().id, role=Role.COOPERATIVE_STAFF,
                scope_id=new_id(),
            )  # fmt: skip

    def test_is_refused_to_oneself(self, scope: uuid.UUID) -> None:
        for role, at in ((Role.COOPERATIVE_MANAGER, scope), (Role.PLATFORM_ADMIN, None)):
            actor = make.make_actor(role, at)
            with pytest.raises(SelfGrantRefused):
                memberships.grant_membership(
                    actor, account_id=actor.account_id, role=Role.COOPERATIVE_STAFF, scope_id=scope
                )

    def test_is_refused_to_oneself_by_the_database_too(self, scope: uuid.UUID) -> None:
        someone = make.make_account()
        row = memberships.give_membership(
            account_id=someone.id, role=Role.COOPERATIVE_STAFF, scope_id=scope, granted_by=SYSTEM
        )
        row.granted_by = someone.id
        with pytest.raises(Exception, match="ck_memberships_not_by_oneself"):
            db.session.flush()
        db.session.rollback()

    def test_needs_a_second_factor_of_an_administrator(self, scope: uuid.UUID) -> None:
        bare = make.actor_of(make.make_account(role=Role.PLATFORM_ADMIN, has_totp=False))
        stale = make.actor_of(make.make_account(role=Role.PLATFORM_ADMIN), stepped_up=False)
        for actor, refusal in ((bare, TotpNotEnrolled), (stale, StepUpRequired)):
            with pytest.raises(refusal):
                memberships.grant_membership(
                    actor, account_id=make.make_account().id, role=Role.OFFICE_APPROVER,
                    scope_id=scope,
                )  # fmt: skip

    def test_is_refused_twice(self, scope: uuid.UUID) -> None:
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        someone = make.make_account(role=Role.COOPERATIVE_STAFF, scope=scope)
        with pytest.raises(MembershipExists):
            memberships.grant_membership(
                manager, account_id=someone.id, role=Role.COOPERATIVE_STAFF, scope_id=scope
            )
        assert len(list_memberships_of(someone.id)) == 1

    def test_needs_a_scope_for_all_but_platform_roles(self, scope: uuid.UUID) -> None:
        admin = make.make_actor(Role.PLATFORM_ADMIN)
        for role, at in ((Role.OFFICE_OFFICER, None), (Role.AUDITOR, scope)):
            with pytest.raises(ScopeMismatch):
                memberships.grant_membership(
                    admin, account_id=make.make_account().id, role=role, scope_id=at
                )

    def test_asks_the_owner_of_a_scope_whether_it_exists(
        self, scope: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        admin = make.make_actor(Role.PLATFORM_ADMIN)
        monkeypatch.setitem(memberships._scope_checks, ScopeKind.OFFICE, lambda id_: id_ == scope)
        someone = make.make_account()
        with pytest.raises(NotFound):
            memberships.grant_membership(
                admin, account_id=someone.id, role=Role.OFFICE_OFFICER, scope_id=new_id()
            )
        memberships.grant_membership(
            admin, account_id=someone.id, role=Role.OFFICE_OFFICER, scope_id=scope
        )

    def test_makes_one_of_two_given_at_once(self, committed: Committed) -> None:
        scope_id = new_id()
        with committed.context(), transaction():
            account_id = make.make_account().id

        def give() -> None:
            with transaction():
                memberships.give_membership(
                    account_id=account_id, role=Role.COOPERATIVE_STAFF, scope_id=scope_id,
                    granted_by=SYSTEM,
                )  # fmt: skip

        outcomes = committed.in_parallel(*[give] * 4)
        assert outcomes.count(None) == 1
        assert sum(isinstance(o, MembershipExists) for o in outcomes) == 3


class TestRevokeMembership:
    def test_keeps_the_row_and_says_who_took_it(self, scope: uuid.UUID) -> None:
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        someone = make.make_account()
        row = make.give_role(someone, Role.COOPERATIVE_STAFF, scope)
        memberships.revoke_membership(manager, row.id)
        assert row.revoked_by == manager.id
        assert row.revoked_at is not None
        assert list_memberships_of(someone.id) == []
        assert audited("membership.revoke")[-1].before is not None

    def test_lets_it_be_granted_again(self, scope: uuid.UUID) -> None:
        manager = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        someone = make.make_account()
        row = make.give_role(someone, Role.COOPERATIVE_STAFF, scope)
        memberships.revoke_membership(manager, row.id)
        make.give_role(someone, Role.COOPERATIVE_STAFF, scope)
        rows = db.session.scalars(select(Membership).where(Membership.account_id == someone.id))
        assert len(list(rows)) == 2

    def test_finds_no_membership_of_another_cooperative(self, scope: uuid.UUID) -> None:
        stranger = make.make_actor(Role.COOPERATIVE_MANAGER)
        row = make.give_role(make.make_account(), Role.COOPERATIVE_STAFF, scope)
        with pytest.raises(NotFound):
            memberships.revoke_membership(stranger, row.id)

    def test_does_not_let_staff_put_out_a_manager(self, scope: uuid.UUID) -> None:
        one = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope)
        other = make.make_actor(Role.COOPERATIVE_MANAGER, scope)
        with pytest.raises(NotFound):
            memberships.revoke_membership(other, list_memberships_of(one.id)[0].id)

    def test_keeps_the_last_administrator(self) -> None:
        admin = make.make_actor(Role.PLATFORM_ADMIN)
        other = make.make_account(role=Role.PLATFORM_ADMIN)
        memberships.revoke_membership(admin, list_memberships_of(other.id)[0].id)
        with pytest.raises((SelfGrantRefused, LastAdministrator)):
            memberships.revoke_membership(admin, list_memberships_of(admin.account_id)[0].id)

    def test_does_not_let_two_administrators_put_each_other_out(self, committed: Committed) -> None:
        with committed.context(), transaction():
            accounts = [make.make_account(role=Role.PLATFORM_ADMIN) for _ in range(2)]
            actors = [make.actor_of(account) for account in accounts]
            ids = [list_memberships_of(account.id)[0].id for account in accounts]

        def put_out(i: int) -> None:
            with transaction():
                memberships.revoke_membership(actors[i], ids[1 - i])

        outcomes = committed.in_parallel(lambda: put_out(0), lambda: put_out(1))
        with committed.context():
            left = [row for row in db.session.scalars(select(Membership)) if not row.revoked_at]
        assert len(left) == 1
        assert sorted(type(o).__name__ for o in outcomes) == ["LastAdministrator", "NoneType"]


class TestViews:
    def test_a_phone_is_granted_a_role_before_it_ever_signed_in(
        self, client: FlaskClient, scope: uuid.UUID
    ) -> None:
        make.sign_in(client, make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope))
        body = {"phone": "13812345678", "role": "cooperative_staff", "scope_id": str(scope)}
        first = client.post("/api/v1/memberships", json=body, headers={"Idempotency-Key": "k"})
        again = client.post("/api/v1/memberships", json=body, headers={"Idempotency-Key": "k"})
        assert first.status_code == again.status_code == 201
        assert first.get_json() == again.get_json()
        assert client.post("/api/v1/memberships", json=body).status_code == 409

    @pytest.mark.parametrize(
        "body",
        [{"role": "cooperative_staff"},
         {"role": "cooperative_staff", "phone": "13812345678", "account_id": str(uuid.uuid4())},
         {"role": "king", "phone": "13812345678"},
         {"role": "shopper", "phone": "13812345678"},
         {"role": "cooperative_staff", "phone": "13812345678", "granted_by": str(uuid.uuid4())}],
    )  # fmt: skip
    def test_a_malformed_grant_writes_nothing(
        self, client: FlaskClient, scope: uuid.UUID, body: dict[str, str]
    ) -> None:
        make.sign_in(client, make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope))
        before = len(list(db.session.scalars(select(Membership.id))))
        answer = client.post("/api/v1/memberships", json={"scope_id": str(scope), **body})
        assert answer.status_code == 422
        assert len(list(db.session.scalars(select(Membership.id)))) == before

    def test_the_list_shows_ones_own_and_those_one_grants(
        self, client: FlaskClient, scope: uuid.UUID
    ) -> None:
        manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope)
        staff = [make.make_account(role=Role.COOPERATIVE_STAFF, scope=scope) for _ in range(3)]
        make.make_account(role=Role.COOPERATIVE_STAFF)
        make.sign_in(client, manager)
        seen: list[str] = []
        after: str | None = None
        while True:
            query = {"limit": 2} | ({"after": after} if after else {})
            page = client.get("/api/v1/memberships", query_string=query).get_json()
            seen += [item["account_id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(seen) == sorted(str(a.id) for a in [manager, *staff])

    def test_the_auditor_sees_all_and_grants_nothing(
        self, client: FlaskClient, scope: uuid.UUID
    ) -> None:
        someone = make.make_account(role=Role.COOPERATIVE_STAFF, scope=scope)
        make.sign_in(client, make.make_account(role=Role.AUDITOR))
        query = {"scope_kind": "cooperative", "scope_id": str(scope)}
        listed = client.get("/api/v1/memberships", query_string=query).get_json()
        assert [item["account_id"] for item in listed["items"]] == [str(someone.id)]
        address = f"/api/v1/memberships/{listed['items'][0]['id']}"
        assert client.delete(address).status_code == 403
        assert len(audited("access.denied")) == 1
