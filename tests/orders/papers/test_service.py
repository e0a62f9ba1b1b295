"""Papers of a unit's order: what they say, when they are made, and that they stay the same."""

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales.service import agree_to_refund, apply_for_refund
from orders.fulfilment.service import accept_order
from orders.papers import contents
from orders.papers.errors import PaperForUnitsOnly, PaperNotFound, PaperTooEarly
from orders.papers.models import OrderPaper, PaperKind
from orders.papers.queries import get_paper_by_code
from orders.papers.service import is_intact, list_offers, make_paper, write_paper
from orders.trades.models import Order
from orders.trades.queries import list_orders_with_lines
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative
from tests.factories.identity import make_actor
from tests.factories.orders import Market, buy, lines_of, make_market, orders_of, place, ship
from tests.factories.units import Unit, make_unit
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def order(market: Market, unit: Unit) -> Order:
    """Two pieces of mutton at 58.00 and three of tea at 33.33."""
    return unit.buy([(market.mutton, 2), (market.tea, 3)])[0]


def said(paper: OrderPaper) -> contents.Content:
    """What a paper says."""
    content: contents.Content = orjson.loads(secrets.unseal(paper.content_sealed))
    return content


def refund(market: Market, buyer: Actor, order: Order, position: int, quantity: int) -> None:
    line = lines_of(order)[position]
    case = apply_for_refund(
        buyer, order.id, order_line_id=line.id, quantity=quantity, reason="破损"
    )
    agree_to_refund(market.nanjiang.actor, case.id)


class TestMakePaper:
    def test_a_contract_is_true_to_the_order(self, unit: Unit, order: Order) -> None:
        paper = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        content = said(paper)
        assert [
            (line["name"], line["quantity"], line["price_fen"], line["net_fen"])
            for line in content["lines"]
        ] == [("南江黄羊肉", 2, 58_00, 116_00), ("南江大叶茶", 3, 33_33, 99_99)]
        assert content["total_fen"] == order.total_fen == 215_99
        assert content["total_in_capitals"] == "贰佰壹拾伍元玖角玖分"
        assert content["buyer"] == {"name": "示例小学 · 东阳", "credit_code": unit.unit.credit_code}
        assert content["seller"]["kind"] == "农民专业合作社"
        assert content["delivery"]["phone"] == "138****8000"
        assert content["lines"][0]["certificate_no"]
        assert [pairing["relation"] for pairing in content["pairings"]] == ["东西部协作"]
        assert paper.content_hash == contents.digest(secrets.unseal(paper.content_sealed))
        assert is_intact(paper)

    def test_is_the_same_paper_and_the_same_bytes_for_either_side(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        first = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        second = make_paper(market.nanjiang.actor, order.id, kind=PaperKind.CONTRACT)
        assert second.id == first.id
        assert write_paper(first) == write_paper(second)
        assert write_paper(first).startswith(b"%PDF-")

    def test_a_contract_does_not_change_with_what_comes_later(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        before = contents.content_of(PaperKind.CONTRACT, _loaded(order), _parties(order), "HT1")
        refund(market, unit.actor, order, 0, 1)
        market.mutton.price_fen = 1
        db.session.flush()
        after = contents.content_of(PaperKind.CONTRACT, _loaded(order), _parties(order), "HT1")
        assert contents.write(after) == contents.write(before)

    def test_an_acceptance_note_has_what_was_accepted(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        refund(market, unit.actor, order, 0, 1)  # never shipped
        ship(market.nanjiang, order)
        refund(market, unit.actor, order, 1, 1)  # shipped and sent back
        accept_order(unit.actor, order.id)
        refund(market, unit.actor, order, 1, 1)  # after acceptance: no part of the note
        content = said(make_paper(unit.actor, order.id, kind=PaperKind.ACCEPTANCE))
        assert [
            (line["shipped_quantity"], line["accepted_quantity"], line["accepted_fen"])
            for line in content["lines"]
        ] == [(1, 1, 58_00), (3, 2, 66_66)]
        assert content["total_fen"] == 124_66
        assert content["accepted_on"] == clock.shanghai_date(order.accepted_at).isoformat()
        assert len(content["parcels"]) == 1
        assert broken() == []

    def test_waits_for_the_payment_and_for_the_acceptance(
        self, market: Market, unit: Unit, order: Order
    ) -> None:
        with pytest.raises(PaperTooEarly):
            make_paper(unit.actor, order.id, kind=PaperKind.ACCEPTANCE)
        trade = place(unit.actor, [(market.tea, 1)], buying_unit_id=unit.unit.id).trade
        with pytest.raises(PaperTooEarly):
            make_paper(unit.actor, orders_of(trade.id)[0].id, kind=PaperKind.CONTRACT)

    def test_is_for_units_only(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.tea, 1)])
        assert list_offers(order) == []
        with pytest.raises(PaperForUnitsOnly):
            make_paper(market.buyer, order.id, kind=PaperKind.CONTRACT)

    def test_stays_when_the_order_counts_for_another_later(self, unit: Unit, order: Order) -> None:
        paper = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        order.buying_unit_id = order.buying_unit_name = None
        db.session.flush()
        assert [offer.paper for offer in list_offers(order)] == [paper]
        assert make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT) is paper

    def test_is_for_the_two_sides_only(self, market: Market, order: Order) -> None:
        for stranger in (make_actor(), market.xinhe.actor, make_unit().actor):
            with pytest.raises(PaperNotFound):
                make_paper(stranger, order.id, kind=PaperKind.CONTRACT)

    def test_can_be_changed_by_nobody(self, unit: Unit, order: Order) -> None:
        make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
            db.session.execute(text("update order_papers set total_fen = 1"))


class TestGetPaperByCode:
    def test_finds_it_however_it_is_typed(self, unit: Unit, order: Order) -> None:
        paper = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        for typed in (paper.code, paper.code.lower(), f" {paper.code.replace('-', '')} "):
            assert get_paper_by_code(typed).id == paper.id

    @pytest.mark.parametrize("typed", ["", "7K2M-9QX4-RTH8", "0" * 12, "<script>", "壹" * 12])
    def test_knows_no_other(self, typed: str) -> None:
        with pytest.raises(PaperNotFound):
            get_paper_by_code(typed)


def _loaded(order: Order) -> Order:
    db.session.expire_all()
    return list_orders_with_lines(order_ids=[order.id])[0]


def _parties(order: Order) -> contents.Parties:
    return contents.Parties(
        db.session.get_one(Cooperative, order.cooperative_id),
        db.session.get_one(BuyingUnit, order.buying_unit_id),
    )
