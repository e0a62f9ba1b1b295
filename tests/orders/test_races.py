"""People and the provider at the same moment, on real parallel connections."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from marketplace.database import db, transaction
from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from orders.aftersales.errors import AftersalesStateForbids, NothingLeftToClaim
from orders.aftersales.service import agree_to_refund, apply_for_refund
from orders.checkout.errors import QuoteChanged
from orders.checkout.quoting import make_quote
from orders.checkout.service import place_trade
from orders.fulfilment.service import accept_order, complete_order, ship_order
from orders.payments.models import Refund
from orders.trades.models import Order, Trade
from orders.trades.service import close_trade
from orders.trades.states import CANCEL_TRADE, EXPIRE_TRADE, OrderState, TradeState
from products.catalogue.models import Sku
from products.stock.errors import StockShort
from tests.conftest import Committed
from tests.factories.identity import make_actor, sign_in
from tests.factories.orders import (
    RECIPIENT,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    request_for,
    ship,
    start_attempt,
    succeed,
    trade_of,
)
from tests.orders.invariants import broken


def committing(work: Callable[[], object]) -> Callable[[], object]:
    """Run work in a transaction of its own, as an entry point does."""

    def run() -> object:
        with transaction():
            return work()

    return run


@dataclass(frozen=True, slots=True)
class Sale:
    """A committed sale, by ids that any session may use."""

    buyer: Actor
    seller: Actor
    trade_id: uuid.UUID
    order_id: uuid.UUID
    line_id: uuid.UUID


def sold(step: Callable[[Market, Order], object] | None = None, quantity: int = 2) -> Sale:
    """Commit a paid order of mutton, brought further by ``step``."""
    with transaction():
        market = make_market()
        [order] = buy(market.buyer, [(market.mutton, quantity)])
        if step is not None:
            step(market, order)
        return Sale(
            market.buyer,
            market.nanjiang.actor,
            order.trade_id,
            order.id,
            lines_of(order)[0].id,
        )


def order_of(sale: Sale) -> Order:
    return orders_of(sale.trade_id)[0]


def failures(results: list[object]) -> list[type]:
    """Return the kinds of the refusals; anything but a stated problem is raised."""
    raised = [result for result in results if isinstance(result, Exception)]
    for each in raised:
        if not isinstance(each, Problem):
            raise each
    return [type(each) for each in raised]


def apply(sale: Sale, quantity: int) -> uuid.UUID:
    with transaction():
        return apply_for_refund(
            sale.buyer,
            sale.order_id,
            order_line_id=sale.line_id,
            quantity=quantity,
            reason="不想要了",
        ).id


class TestLastUnits:
    def test_sixteen_buyers_never_buy_more_than_there_is(self, committed: Committed) -> None:
        with committed.context():
            with transaction():
                market = make_market(on_hand=5)
                sku_id = market.mutton.id
                buyers = [make_actor() for _ in range(16)]
                request = request_for([(market.mutton, 1)])
            digest = make_quote(buyers[0], request).digest

        def purchase(buyer: Actor) -> Callable[[], object]:
            return committing(
                lambda: place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest)
            )

        results = committed.in_parallel(*(purchase(buyer) for buyer in buyers))
        assert set(failures(list(results))) <= {QuoteChanged, StockShort}
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Trade)) == 5
            sku = db.session.get_one(Sku, sku_id)
            assert (sku.on_hand, sku.reserved) == (5, 5)
            assert broken() == []

    def test_baskets_that_cross_do_not_deadlock(self, committed: Committed) -> None:
        with committed.context(), transaction():
            market = make_market(on_hand=1000)
            buyers = [make_actor() for _ in range(8)]
            forth = [(market.mutton, 1), (market.tea, 1), (market.rawap, 1)]
            requests = [request_for(forth), request_for(forth[::-1])]
            digests = [make_quote(market.buyer, request).digest for request in requests]

        def purchase(number: int, buyer: Actor) -> Callable[[], object]:
            turn = number % 2
            return committing(
                lambda: place_trade(
                    buyer, requests[turn], recipient=RECIPIENT, quote_digest=digests[turn]
                )
            )

        results = committed.in_parallel(
            *(purchase(number, buyer) for number, buyer in enumerate(buyers))
        )
        assert failures(list(results)) == []


class TestIdempotencyKey:
    def test_twice_at_once_makes_one_trade(self, committed: Committed) -> None:
        with committed.context():
            with transaction():
                market = make_market()
                digest = make_quote(market.buyer, request_for([(market.mutton, 1)])).digest
                body = {
                    "lines": [{"sku_id": str(market.mutton.id), "quantity": 1}],
                    "ship_to_code": "331102",
                    "ship_to": {"name": "收货人", "phone": "13800138000", "address": "路 1 号"},
                    "quote_digest": digest,
                }
            clients = [committed.client() for _ in range(4)]
            for client in clients:
                sign_in(client, market.shopper)

        def post(number: int) -> Callable[[], int]:
            def send() -> int:
                return (
                    clients[number]
                    .post("/api/v1/trades", json=body, headers={"Idempotency-Key": "one"})
                    .status_code
                )

            return send

        answers = committed.in_parallel(*(post(number) for number in range(4)))
        assert 201 in answers
        assert set(answers) <= {201, 409}
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Trade)) == 1
            again = clients[0].post("/api/v1/trades", json=body, headers={"Idempotency-Key": "one"})
            assert again.status_code == 201
            assert db.session.scalar(select(func.count()).select_from(Trade)) == 1


class TestPaymentAgainstTheEnd:
    @pytest.mark.parametrize("move", [CANCEL_TRADE, EXPIRE_TRADE], ids=["cancel", "expire"])
    def test_one_of_them_wins_and_late_money_goes_back(
        self, committed: Committed, move: object
    ) -> None:
        with committed.context(), transaction():
            market = make_market()
            trades = [place(market.buyer, [(market.mutton, 1)]).trade.id for _ in range(4)]
            attempts = [start_attempt(market.buyer, trade_id) for trade_id in trades]
        calls: list[Callable[[], object]] = []
        for trade_id, attempt in zip(trades, attempts, strict=True):
            calls.append(committing(lambda trade_id=trade_id: close_trade(trade_id, move)))  # type: ignore[misc]
            calls.append(committing(lambda attempt=attempt: succeed(attempt)))  # type: ignore[misc]
        results = committed.in_parallel(*calls)
        assert failures(list(results)) == []
        with committed.context():
            for trade_id, is_closed, effect in zip(
                trades, results[::2], results[1::2], strict=True
            ):
                state = trade_of(trade_id).state
                assert (state is TradeState.PAID) is (effect == "accepted") is (not is_closed)
            refunds = db.session.scalar(select(func.count()).select_from(Refund))
            assert refunds == results[::2].count(True)
            assert broken() == []

    def test_two_payments_of_one_trade_leave_one(self, committed: Committed) -> None:
        with committed.context(), transaction():
            market = make_market()
            trade_id = place(market.buyer, [(market.mutton, 1)]).trade.id
            first = start_attempt(market.buyer, trade_id)
        results = committed.in_parallel(*(committing(lambda: succeed(first)) for _ in range(4)))
        assert sorted(str(each) for each in results) == ["accepted"] + ["repeated"] * 3
        with committed.context():
            assert broken() == []


class TestRefundAgainstTheRest:
    def test_applications_at_once_claim_the_line_once(self, committed: Committed) -> None:
        with committed.context():
            sale = sold()
        results = committed.in_parallel(*(lambda: apply(sale, 2) for _ in range(6)))
        assert failures(list(results)) == [NothingLeftToClaim] * 5
        with committed.context():
            assert broken() == []

    def test_agreements_at_once_refund_once(self, committed: Committed) -> None:
        with committed.context():
            sale = sold()
            case_id = apply(sale, 1)
        results = committed.in_parallel(
            *(committing(lambda: agree_to_refund(sale.seller, case_id)) for _ in range(6))
        )
        assert failures(list(results)) == [AftersalesStateForbids] * 5
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Refund)) == 1
            assert broken() == []

    def test_acceptance_and_agreement_both_stand(self, committed: Committed) -> None:
        with committed.context():
            sale = sold(lambda market, order: ship(market.nanjiang, order))
            case_id = apply(sale, 1)
        results = committed.in_parallel(
            committing(lambda: accept_order(sale.buyer, sale.order_id)),
            committing(lambda: agree_to_refund(sale.seller, case_id)),
        )
        assert failures(list(results)) == []
        with committed.context():
            assert order_of(sale).state is OrderState.ACCEPTED
            assert broken() == []

    def test_shipping_and_application_do_not_cross(self, committed: Committed) -> None:
        with committed.context():
            sale = sold()

        def send() -> object:
            return ship_order(
                sale.seller, sale.order_id, courier_code="sf", waybill_no="SF0000000001"
            )

        results = committed.in_parallel(committing(send), lambda: apply(sale, 2))
        assert isinstance(results[1], uuid.UUID)
        failures(list(results))
        with committed.context():
            shipped = order_of(sale).state is OrderState.SHIPPED
            assert shipped is (not isinstance(results[0], Exception))
            assert broken() == []
            with transaction():
                agree_to_refund(sale.seller, results[1])
            expected = OrderState.SHIPPED if shipped else OrderState.CANCELLED
            assert order_of(sale).state is expected
            assert broken() == []

    def test_completion_and_agreement_book_each_fen_once(self, committed: Committed) -> None:
        with committed.context():
            sale = sold(lambda market, order: deliver(market.buyer, market.nanjiang, order))
            case_id = apply(sale, 1)
            with transaction():
                order_of(sale).window_closes_at = order_of(sale).accepted_at
        results = committed.in_parallel(
            committing(lambda: complete_order(sale.order_id)),
            committing(lambda: agree_to_refund(sale.seller, case_id)),
            committing(lambda: complete_order(sale.order_id)),
        )
        assert failures(list(results)) == []
        with committed.context():
            with transaction():
                complete_order(sale.order_id)
            assert order_of(sale).state is OrderState.COMPLETED
            assert broken() == []
