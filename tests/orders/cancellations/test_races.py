"""Calling off against shipping, and twice at once, on real parallel connections."""

from sqlalchemy import func, select

from marketplace.database import db
from orders.cancellations.errors import OrderNotCancellable
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order, cancel_sale
from orders.fulfilment.picking import pick_orders
from orders.fulfilment.service import ship_order
from orders.payments.models import Refund
from orders.trades.states import OrderState
from tests.conftest import Committed
from tests.orders.invariants import broken
from tests.orders.test_races import Sale, committing, failures, order_of, sold


def call_off(sale: Sale) -> object:
    return cancel_order(sale.buyer, sale.order_id, reason=CancellationReason.NOT_WANTED)


class TestCancelOrder:
    def test_against_shipping_and_packing_one_of_them_wins(self, committed: Committed) -> None:
        with committed.context():
            sales = [sold() for _ in range(3)]

        def send(sale: Sale, number: int) -> object:
            waybill_no = f"SF000000000{number}"
            return ship_order(sale.seller, sale.order_id, courier_code="sf", waybill_no=waybill_no)

        calls = []
        for number, sale in enumerate(sales):
            calls.append(committing(lambda sale=sale: call_off(sale)))  # type: ignore[misc]
            calls.append(committing(lambda sale=sale, n=number: send(sale, n)))  # type: ignore[misc]
            calls.append(committing(lambda sale=sale: pick_orders(sale.seller, [sale.order_id])))  # type: ignore[misc]
        failures(list(committed.in_parallel(*calls)))
        with committed.context():
            for sale in sales:
                refunds = select(func.count()).where(Refund.order_id == sale.order_id)
                is_over = order_of(sale).state is OrderState.CANCELLED
                assert db.session.scalar(refunds) == int(is_over)
            assert broken() == []

    def test_by_both_sides_at_once_refunds_once(self, committed: Committed) -> None:
        with committed.context():
            sale = sold()
        by_seller = committing(
            lambda: cancel_sale(sale.seller, sale.order_id, reason=CancellationReason.OUT_OF_STOCK)
        )
        by_buyer = committing(lambda: call_off(sale))
        results = committed.in_parallel(by_buyer, by_seller, by_buyer, by_seller)
        assert failures(list(results)) == [OrderNotCancellable] * 3
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Refund)) == 1
            assert broken() == []
