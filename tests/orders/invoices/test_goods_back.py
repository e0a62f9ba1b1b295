"""Invoices and papers where goods come back: the money decides, not the application."""

import orjson
import pytest

from marketplace import secrets
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    confirm_replacement,
    receive_goods,
    send_goods_back,
    send_replacement,
)
from orders.invoices.queries import list_reds
from orders.papers.models import PaperKind
from orders.papers.service import make_paper
from orders.trades.models import Order
from tests.factories import invoices as make
from tests.factories.orders import Market, deliver, lines_of, make_market
from tests.factories.units import Unit, make_unit
from tests.orders.invariants import broken

DEPOT = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")


@pytest.fixture
def market() -> Market:
    market = make_market()
    set_return_address(market.nanjiang.actor, market.nanjiang.id, DEPOT)
    return market


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def order(market: Market, unit: Unit) -> Order:
    [order] = unit.buy([(market.mutton, 3)])
    return deliver(unit.actor, market.nanjiang, order)


def send_back(market: Market, unit: Unit, order: Order, kind: CaseKind) -> AftersalesCase:
    """Ask for one piece to be taken back, and send it."""
    case = apply_for_refund(
        unit.actor,
        order.id,
        order_line_id=lines_of(order)[0].id,
        kind=kind,
        cause=CaseCause.WRONG_GOODS,
        quantity=1,
        reason="发错了",
    )
    agree_to_refund(market.nanjiang.actor, case.id)
    send_goods_back(unit.actor, case.id, courier_code="sf", waybill_no="SF1234567890")
    return case


class TestReturn:
    def test_makes_the_red_invoice_when_the_money_goes_back(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        blue = make.issue(market.nanjiang.actor, make.ask(unit.actor, [order]))
        case = send_back(market, unit, order, CaseKind.RETURN)
        assert list_reds(blue) == []
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        [red] = list_reds(blue)
        assert make.printed(red) == [("南江黄羊肉", 1, 58_00)]
        assert broken() == []


class TestExchange:
    def test_leaves_invoice_and_acceptance_note_as_they_are(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        blue = make.issue(market.nanjiang.actor, make.ask(unit.actor, [order]))
        case = send_back(market, unit, order, CaseKind.EXCHANGE)
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        send_replacement(
            market.nanjiang.actor, case.id, courier_code="zto", waybill_no="ZT9876543210"
        )
        confirm_replacement(unit.actor, case.id)
        assert list_reds(blue) == []
        paper = make_paper(unit.actor, order.id, kind=PaperKind.ACCEPTANCE)
        content = orjson.loads(secrets.unseal(paper.content_sealed))
        assert content["lines"][0]["accepted_quantity"] == 3
        assert [one["waybill_no"] for one in content["parcels"]] != ["ZT9876543210"]
        assert len(content["parcels"]) == 1
        assert broken() == []
