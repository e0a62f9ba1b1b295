"""Who gives and takes roles in pages, and where."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.identity.queries import find_account_by_login_name, list_memberships_of
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.factories.partners import make_buying_unit, make_cooperative, office_of

HOME = "/desk/people"


def roles_of(login_name: str) -> list[Role]:
    account = find_account_by_login_name(login_name)
    assert account is not None
    return [one.role for one in list_memberships_of(account.id)]


def give(client: FlaskClient, token: str, where: str, **said: str) -> Any:
    return client.post(f"{HOME}{where}", data={"csrf_token": token, **said})


class TestACooperativesManager:
    def test_adds_staff_by_phone_and_removes_them(self, client: FlaskClient) -> None:
        cooperative = make_cooperative()
        manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
        helper = make.make_account(phone="13700000001")
        token = make.sign_in_page(client, manager)
        where = f"?kind=cooperative&scope={cooperative.id}"
        assert cooperative.name in client.get(HOME).text
        added = give(client, token, where, who="137 0000 0001", role="cooperative_staff")
        assert added.status_code == 303
        [membership] = list_memberships_of(helper.id)
        page = client.get(HOME).text
        assert "137****0001" in page
        assert "合作社店员" in page
        again = give(client, token, where, who="13700000001", role="cooperative_staff")
        assert "该账号已拥有此角色" in again.text
        client.post(f"{HOME}/{membership.id}/revoke{where}", data={"csrf_token": token})
        assert list_memberships_of(helper.id) == []

    @pytest.mark.parametrize(
        ("who", "said"),
        [("12345", "应为 11 位手机号码"), ("nobody-here", "没有用这个登录名的账号")],
    )
    def test_is_told_what_is_wrong_with_a_name(
        self, client: FlaskClient, who: str, said: str
    ) -> None:
        cooperative = make_cooperative()
        manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
        token = make.sign_in_page(client, manager)
        where = f"?kind=cooperative&scope={cooperative.id}"
        refused = give(client, token, where, who=who, role="cooperative_staff")
        assert refused.status_code == 422
        assert said in refused.text

    def test_gives_no_role_that_is_not_theirs_to_give(self, client: FlaskClient) -> None:
        cooperative, other = make_cooperative(), make_cooperative()
        manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
        token = make.sign_in_page(client, manager)
        own = f"?kind=cooperative&scope={cooperative.id}"
        more = give(client, token, own, who="13700000002", role="cooperative_manager")
        assert more.status_code == 403
        foreign = f"?kind=cooperative&scope={other.id}"
        there = give(client, token, foreign, who="13700000002", role="cooperative_staff")
        assert there.status_code == 404


class TestAnOfficesApprover:
    def test_makes_officers_by_login_name(self, client: FlaskClient) -> None:
        office = office_of("330783")
        make.make_account(login_name="clerk-dongyang")
        token = make.sign_in_page(
            client, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id)
        )
        where = f"?kind=office&scope={office.id}"
        give(client, token, where, who="Clerk-Dongyang", role="office_officer")
        assert roles_of("clerk-dongyang") == [Role.OFFICE_OFFICER]


class TestAUnitsApprover:
    def test_makes_clerks_and_no_approvers(self, client: FlaskClient) -> None:
        unit = make_buying_unit()
        make.make_account(login_name="unit-buyer")
        approver = make.make_account(role=Role.BUYING_UNIT_APPROVER, scope=unit.id)
        token = make.sign_in_page(client, approver)
        where = f"?kind=buying_unit&scope={unit.id}"
        assert unit.name in client.get(HOME).text
        give(client, token, where, who="unit-buyer", role="buying_unit_approver")
        assert roles_of("unit-buyer") == []
        give(client, token, where, who="unit-buyer", role="buying_unit_clerk")
        assert roles_of("unit-buyer") == [Role.BUYING_UNIT_CLERK]


class TestThePlatform:
    def test_makes_clerks_of_a_unit_and_auditors(self, client: FlaskClient) -> None:
        unit = make_buying_unit()
        for name in ("unit-clerk", "new-auditor"):
            make.make_account(login_name=name)
        token = make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        where = f"?kind=buying_unit&scope={unit.id}"
        assert unit.name in client.get(f"{HOME}{where}").text
        give(client, token, where, who="unit-clerk", role="buying_unit_clerk")
        give(client, token, "", who="new-auditor", role="auditor")
        assert roles_of("unit-clerk") == [Role.BUYING_UNIT_CLERK]
        assert roles_of("new-auditor") == [Role.AUDITOR]
        assert "new-auditor" in client.get(HOME).text

    @pytest.mark.parametrize("where", ["?kind=buying_unit", "?kind=office&scope=x"])
    def test_asks_for_no_scope_that_is_none(self, client: FlaskClient, where: str) -> None:
        make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        assert client.get(f"{HOME}{where}").status_code == 404
