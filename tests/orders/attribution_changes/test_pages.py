"""A buyer asks that a paid order count elsewhere; the office that would lose it decides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from orders.attribution_changes import queries, service
from orders.attribution_changes.errors import (
    AttributionUnchanged,
    ChangeUnderWay,
    DecidedByApplicant,
    OrderDoesNotCount,
)
from orders.checkout.errors import BuyingUnitNotYours, RegionIsWestern
from orders.trades.models import Order
from partners.credits import reviews
from partners.credits.queries import list_outcomes
from tests.factories import identity as make
from tests.factories.orders import Market, buy, lines_of, make_market, orders_of, place
from tests.factories.partners import make_buying_unit, office_of
from tests.orders.invariants import broken

HOME = "/office/attribution-changes"
LIANDU, DONGYANG, NANJIANG = "331102", "330783", "511922"


@dataclass
class Sold:
    """Mutton bought by a shopper in Liandu, which is not paired with Nanjiang."""

    market: Market
    order: Order

    @property
    def path(self) -> str:
        return f"/orders/{self.order.id}/attribution"

    @property
    def counts_for(self) -> tuple[str | None, str | None]:
        """The region and the kind of what stands under the pairing scheme."""
        [line] = lines_of(self.order)
        [found] = [one for one in list_outcomes([line.id]) if one.scheme == "pairing"]
        return found.region_code, found.kind

    def ask(self, **said: Any) -> Any:
        wanted = {"reason": "下单时选错了", "region_code": DONGYANG} | said
        return service.apply_for_change(self.market.buyer, self.order.id, **wanted)


@pytest.fixture
def sold() -> Sold:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)], LIANDU)
    return Sold(market, order)


def approver(client: FlaskClient, region_code: str = LIANDU) -> str:
    office = office_of(region_code)
    return make.sign_in_page(client, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id))


class TestAskingAndApproving:
    def test_moves_the_order_and_its_credit(self, client: FlaskClient, sold: Sold) -> None:
        token = make.sign_in_page(client, sold.market.shopper)
        assert sold.path in client.get(f"/orders/{sold.order.id}").text
        form = {"csrf_token": token, "to": DONGYANG, "reason": "下单时选错了"}
        assert client.post(sold.path, data=form).status_code == 303
        assert "待对口办审核" in client.get(sold.path).text
        assert sold.counts_for == (None, None)
        token = approver(client)
        page = client.get(HOME).text
        assert "浙江省金华市东阳市" in page
        [change] = queries.list_of_order(sold.order)
        address = f"{HOME}/{change.id}/approve"
        assert client.post(address, data={"csrf_token": token}).status_code == 422
        for _ in range(2):
            client.post(address, data={"csrf_token": token, "note": "情况属实"})
        assert sold.counts_for == (DONGYANG, "assisted_sale")
        [order] = orders_of(sold.order.trade_id)
        assert order.attribution_code == DONGYANG
        assert broken() == []

    def test_for_ones_own_unit_makes_it_a_direct_purchase(self, sold: Sold) -> None:
        unit = make_buying_unit(name="示例中学 · 东阳", region_code=DONGYANG)
        make.give_role(sold.market.shopper, Role.BUYING_UNIT_CLERK, unit.id)
        change = sold.ask(region_code=None, buying_unit_id=unit.id)
        office = make.make_actor(Role.OFFICE_APPROVER, office_of(LIANDU).id)
        service.approve_change(office, change.id, note="属实")
        assert sold.counts_for == (DONGYANG, "direct_purchase")

    def test_refused_leaves_it_and_says_why(self, client: FlaskClient, sold: Sold) -> None:
        change = sold.ask()
        token = approver(client)
        form = {"csrf_token": token, "note": "收货地在本区"}
        client.post(f"{HOME}/{change.id}/refuse", data=form)
        assert sold.counts_for == (None, None)
        make.sign_in_page(client, sold.market.shopper)
        assert "收货地在本区" in client.get(sold.path).text

    def test_withdrawn_can_be_asked_anew(self, client: FlaskClient, sold: Sold) -> None:
        sold.ask()
        token = make.sign_in_page(client, sold.market.shopper)
        client.post(f"{sold.path}/withdraw", data={"csrf_token": token})
        sold.ask()

    def test_is_not_for_the_office_that_would_gain(self, client: FlaskClient, sold: Sold) -> None:
        change = sold.ask()
        token = approver(client, DONGYANG)
        form = {"csrf_token": token, "note": "同意"}
        assert client.post(f"{HOME}/{change.id}/approve", data=form).status_code == 404


class TestRefusals:
    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ({"region_code": LIANDU}, AttributionUnchanged),
            ({"region_code": NANJIANG}, RegionIsWestern),
        ],
    )
    def test_of_a_place_that_makes_no_sense(
        self, sold: Sold, said: dict[str, Any], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            sold.ask(**said)

    def test_of_somebody_elses_unit_and_of_a_second_application(self, sold: Sold) -> None:
        with pytest.raises(BuyingUnitNotYours):
            sold.ask(region_code=None, buying_unit_id=make_buying_unit().id)
        sold.ask()
        with pytest.raises(ChangeUnderWay):
            sold.ask()

    def test_of_an_order_that_is_not_paid(self) -> None:
        market = make_market()
        whole = place(market.buyer, [(market.mutton, 1)], LIANDU)
        with pytest.raises(OrderDoesNotCount):
            Sold(market, whole.orders[0]).ask()

    def test_of_deciding_on_the_own(self, sold: Sold) -> None:
        change = sold.ask()
        make.give_role(sold.market.shopper, Role.OFFICE_APPROVER, office_of(LIANDU).id)
        with pytest.raises(DecidedByApplicant):
            service.approve_change(sold.market.buyer, change.id, note="同意")


def test_has_its_api(client: FlaskClient, sold: Sold) -> None:
    make.sign_in(client, sold.market.shopper)
    path = f"/api/v1/orders/{sold.order.id}/attribution-changes"
    made = client.post(path, json={"region_code": DONGYANG, "reason": "选错了"})
    assert (made.status_code, made.json["state"]) == (201, "applied")
    office = office_of(LIANDU)
    make.sign_in(client, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id))
    [listed] = client.get("/api/v1/attribution-changes?state=applied").json["items"]
    answer: Callable[..., Any] = client.post
    decided = answer(f"/api/v1/attribution-changes/{listed['id']}/approve", json={"note": "属实"})
    assert decided.json["state"] == "approved"


class TestMovingByTheOfficeItself:
    def test_moves_the_order_and_the_credit_of_all_its_lines(self) -> None:
        market = make_market()
        [order] = buy(market.buyer, [(market.mutton, 1), (market.tea, 2)], LIANDU)
        first, second = sorted(line.id for line in lines_of(order))
        officer = make.make_actor(role=Role.OFFICE_APPROVER, scope=office_of(LIANDU).id)
        reviews.reattribute_sale(officer, first, note="按采购单位更正", attribution_code=DONGYANG)
        [moved] = orders_of(order.trade_id)
        assert (moved.attribution_code, moved.attribution_source) == (DONGYANG, "chosen")
        for line_id in (first, second):
            [pairing] = [one for one in list_outcomes([line_id]) if one.scheme == "pairing"]
            assert pairing.region_code == DONGYANG
        assert broken() == []
