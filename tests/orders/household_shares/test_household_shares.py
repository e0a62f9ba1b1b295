"""Household shares: counts and sums only, revised until attested, published without small cells."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from marketplace import clock
from marketplace.database import db
from marketplace.permissions import Role
from orders.household_shares import service, summary
from orders.household_shares.errors import (
    ExcessUnexplained,
    HouseholdPlaceUnknown,
    HouseholdShareFrozen,
    HouseholdShareStateForbids,
    HouseholdShareUnknown,
    LineRepeated,
)
from orders.household_shares.kinds import ExcessReason, HouseholdKind, ReturnReason, ShareState
from orders.household_shares.queries import list_revisions
from orders.settlements.models import Statement
from tests.factories.households import make_attester, make_household_share, returned
from tests.factories.identity import actor_of, make_account, sign_in, sign_in_page
from tests.factories.orders import Seller, make_seller
from tests.factories.partners import office_of
from tests.factories.settlements import make_statement
from tests.orders.invariants import broken


@pytest.fixture
def seller() -> Seller:
    return make_seller("示例合作社 · 通江", "511921")


@pytest.fixture
def statement(seller: Seller) -> Statement:
    return make_statement(seller)


class TestEnterShare:
    def test_keeps_every_revision(self, seller: Seller, statement: Statement) -> None:
        make_household_share(seller, returned(3, 5000), statement=statement)
        make_household_share(
            seller, returned(4, 6000), returned(1, 1000, kind=HouseholdKind.MONITORED),
            statement=statement,
        )  # fmt: skip
        assert [
            (r.revision, r.state, r.households, r.amount_fen) for r in list_revisions(statement)
        ] == [
            (2, ShareState.ENTERED, 5, 7000),
            (1, ShareState.REPLACED, 3, 5000),
        ]
        assert [line for line in broken() if "返还农户" in line] == []
        with pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text("update household_shares set amount_fen = 1"))

    def test_asks_why_it_is_more_than_the_statement_pays(
        self, seller: Seller, statement: Statement
    ) -> None:
        lines = [returned(3, statement.payable_fen + 1)]
        with pytest.raises(ExcessUnexplained):
            service.enter_share(seller.actor, statement.id, lines=lines)
        share = service.enter_share(
            seller.actor, statement.id, lines=lines, excess_reason=ExcessReason.ADVANCE
        )
        assert share.excess_reason is ExcessReason.ADVANCE

    def test_takes_codes_of_counties_townships_and_villages_only(
        self, seller: Seller, statement: Statement
    ) -> None:
        for wrong in ("999999", "510000", "511900"[:2] + "9999"):
            with pytest.raises(HouseholdPlaceUnknown):
                service.enter_share(seller.actor, statement.id, lines=[returned(place_code=wrong)])
        with pytest.raises(LineRepeated):
            service.enter_share(seller.actor, statement.id, lines=[returned(), returned(1, 1)])
        village = returned(place_code="511921100201")
        assert service.enter_share(seller.actor, statement.id, lines=[village]).households == 3

    @pytest.mark.parametrize(
        "extra",
        [{"name": "某某"}, {"note": "某某家"}, {"households": "某某"}, {"place_code": "某村"}],
    )
    def test_has_no_place_for_a_name(
        self, client: FlaskClient, seller: Seller, statement: Statement, extra: dict[str, str]
    ) -> None:
        sign_in(client, seller.manager)
        line = {"place_code": "511921", "kind": "lifted", "households": 3, "amount_fen": 5000}
        address = f"/api/v1/settlements/statements/{statement.id}/household-shares"
        assert client.post(address, json={"lines": [line | extra]}).status_code == 422
        assert client.post(address, json={"lines": [line], **extra}).status_code == 422
        assert client.get(address).json == {"items": []}


class TestReview:
    def test_freezes_what_the_office_attests(self, seller: Seller, statement: Statement) -> None:
        share = make_household_share(seller, statement=statement)
        with pytest.raises(HouseholdShareUnknown):
            service.attest_share(make_attester("511922"), share.id)
        attester = make_attester()
        assert service.attest_share(attester, share.id).share.state is ShareState.ATTESTED
        with pytest.raises(HouseholdShareFrozen):
            make_household_share(seller, statement=statement)
        with pytest.raises(HouseholdShareStateForbids):
            service.return_share(attester, share.id, reason=ReturnReason.PLACE_WRONG)

    def test_sends_back_to_be_corrected(self, seller: Seller, statement: Statement) -> None:
        share = make_household_share(seller, statement=statement)
        service.return_share(make_attester(), share.id, reason=ReturnReason.COUNT_DOUBTFUL)
        again = make_household_share(seller, returned(2, 4000), statement=statement)
        assert (again.revision, again.state) == (2, ShareState.ENTERED)

    def test_does_not_attest_what_was_replaced(self, seller: Seller, statement: Statement) -> None:
        first = make_household_share(seller, statement=statement)
        make_household_share(seller, statement=statement)
        with pytest.raises(HouseholdShareStateForbids):
            service.attest_share(make_attester(), first.id)


class TestPublished:
    def test_keeps_small_counties_together(self, seller: Seller, statement: Statement) -> None:
        share = make_household_share(
            seller,
            returned(12, 3000),
            returned(5, 1000, kind=HouseholdKind.OTHER),
            returned(6, 1000, place_code="511922"),
            returned(7, 2000, place_code="511902"),
            statement=statement,
        )
        assert summary.get_published(share.year).counties == []
        service.attest_share(make_attester(), share.id)
        published = summary.get_published(share.year)
        assert [(c.county_code, c.households, c.amount_fen) for c in published.counties] == [
            ("511921", 17, 4000),
            ("", 13, 3000),
        ]
        assert (published.households, published.amount_fen) == (30, 7000)

    def test_leaves_out_what_one_small_county_would_tell(
        self, seller: Seller, statement: Statement
    ) -> None:
        share = make_household_share(
            seller, returned(12, 3000), returned(6, 1000, place_code="511922"), statement=statement
        )
        service.attest_share(make_attester(), share.id)
        published = summary.get_published(share.year)
        assert (published.households, published.amount_fen) == (12, 3000)


class TestListForOffice:
    def test_gives_both_ends_of_a_pairing_their_sums(
        self, seller: Seller, statement: Statement
    ) -> None:
        share = make_household_share(seller, statement=statement)
        service.attest_share(make_attester(), share.id)
        western = summary.list_for_office(make_attester("511900"), share.year)
        assert [(row.region_code, row.households) for row in western] == [("511900", 3)]
        # Bazhong is paired with Jinhua.
        eastern = actor_of(make_account(role=Role.OFFICE_OFFICER, scope=office_of("330700").id))
        rows = summary.list_for_office(eastern, share.year)
        assert ("511900", 3, 5000) in [(r.region_code, r.households, r.amount_fen) for r in rows]
        assert all(row.pairing_id is not None for row in rows)


class TestPages:
    def test_lead_from_the_statement_to_what_is_published(
        self, client: FlaskClient, seller: Seller, statement: Statement
    ) -> None:
        token = sign_in_page(client, seller.manager)
        address = f"/desk/statements/{statement.id}/households"
        assert address in client.get(f"/desk/statements/{statement.id}").text
        assert 'value="511921" selected' in client.get(address).text
        form = {
            "csrf_token": token, "place-2-1": "510000", "place-2-2": "511900",
            "place-2-3": "511921", "kind_2": "lifted",
            "households_2": "15", "amount_2": "200.00", "vouchers": "2",
        }  # fmt: skip
        refused = client.post(address, data=form)
        assert refused.status_code == 422
        assert "返还金额高于结算单应付金额" in refused.text
        assert 'value="200.00"' in refused.text
        several = {"place-2-3": "", "part_2": "10", "households_2": "十五", "vouchers": "两份"}
        wrong = client.post(address, data=form | several).text
        for said in (
            "第 2 行地区：请选择到县（市、区）",
            "第 2 行乡镇、村代码：乡镇填 3 位",
            "第 2 行户数：请填写整数",
            'value="十五"',
            'value="两份"',
            'value="511900" selected',
        ):
            assert said in wrong
        again = {
            f"{name}_3": form.get(f"{name}_2", "") for name in ("kind", "households", "amount")
        }
        again |= {f"place-3-{n}": form[f"place-2-{n}"] for n in (1, 2, 3)}
        wrong = client.post(address, data=form | again).text
        assert "第 3 行地区：同一地区同一类农户只填一行" in wrong
        assert "返还金额高于结算单应付金额" in wrong, "said together, not one after the other"
        longer = client.post(address, data=form | {"step": "more"})
        assert longer.status_code == 200
        assert 'name="households_5"' in longer.text
        assert 'value="200.00"' in longer.text
        village = {"amount_2": "80.00", "part_2": "103201"}
        assert client.post(address, data=form | village).status_code == 303
        assert "511921103201" in client.get(address).text
        assert "15 户，80.00 元" in client.get(f"/desk/statements/{statement.id}").text

        approver = make_account(
            role=Role.OFFICE_APPROVER, scope=office_of("511921").id, has_totp=True
        )
        token = sign_in_page(client, approver)
        [share] = list_revisions(statement)
        listed = client.get("/office/households").text
        assert f"/office/households/{share.id}" in listed
        assert "待对口办认定" in client.get(f"/office/households/{share.id}").text
        done = client.post(f"/office/households/{share.id}/attest", data={"csrf_token": token})
        assert done.status_code == 303
        published = client.get(f"/households?year={share.year}").text
        assert "通江县" in published
        assert "80.00" in published
        assert clock.today().year - share.year in (0, 1)
