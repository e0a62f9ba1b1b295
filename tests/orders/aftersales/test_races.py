"""The clock against a person, and two people about one case, on real parallel connections."""

import uuid
from datetime import timedelta

from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db, transaction
from orders.aftersales.errors import AftersalesStateForbids
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import (
    apply_for_refund,
    receive_goods,
    refuse_goods,
    refuse_refund,
    settle_due_case,
    withdraw_application,
)
from orders.payments.models import Refund
from orders.trades.models import Order
from orders.trades.states import AftersalesState
from tests.conftest import Committed
from tests.factories.orders import Market, deliver
from tests.orders.invariants import broken
from tests.orders.test_races import Sale, committing, failures, sold


def delivered(market: Market, order: Order) -> object:
    return deliver(market.buyer, market.nanjiang, order)


def open_case(sale: Sale, kind: CaseKind) -> uuid.UUID:
    with transaction():
        return apply_for_refund(
            sale.buyer,
            sale.order_id,
            order_line_id=sale.line_id,
            quantity=1,
            kind=kind,
            cause=CaseCause.QUALITY,
            reason="坏了",
        ).id


def make_due(case_id: uuid.UUID, **values: object) -> None:
    with transaction():
        case = db.session.get_one(AftersalesCase, case_id)
        case.due_at = clock.now() - timedelta(seconds=1)
        for name, value in values.items():
            setattr(case, name, value)


class TestSettleDueCase:
    def test_against_refusal_withdrawal_and_itself_one_wins(self, committed: Committed) -> None:
        with committed.context():
            sale = sold(delivered)
            case_id = open_case(sale, CaseKind.REFUND_ONLY)
            make_due(case_id)
        results = committed.in_parallel(
            committing(lambda: settle_due_case(case_id)),
            committing(lambda: refuse_refund(sale.seller, case_id, answer="没坏")),
            committing(lambda: withdraw_application(sale.buyer, case_id)),
            committing(lambda: settle_due_case(case_id)),
        )
        refusals = failures(list(results))
        assert set(refusals) <= {AftersalesStateForbids}
        assert len(refusals) + results.count(False) == 3
        with committed.context():
            state = db.session.get_one(AftersalesCase, case_id).state
            paid = db.session.scalar(select(func.count()).select_from(Refund))
            assert paid == int(state is AftersalesState.AWAITING_REFUND)
            assert broken() == []

    def test_against_receipt_and_refusal_of_goods_refunds_at_most_once(
        self, committed: Committed
    ) -> None:
        with committed.context():
            sale = sold(delivered)
            case_id = open_case(sale, CaseKind.RETURN)
            make_due(case_id)
            with transaction():
                settle_due_case(case_id)  # no address to send to: it is about the money now
            other_id = open_case(sale, CaseKind.REFUND_ONLY)
            make_due(other_id, kind=CaseKind.RETURN, state=AftersalesState.RETURNING)
        results = committed.in_parallel(
            committing(lambda: settle_due_case(other_id)),
            committing(lambda: receive_goods(sale.seller, other_id, put_back_quantity=1)),
            committing(lambda: refuse_goods(sale.seller, other_id, answer="空包裹")),
        )
        refusals = failures(list(results))
        assert len(refusals) + results.count(False) == 2
        with committed.context():
            state = db.session.get_one(AftersalesCase, other_id).state
            paid = db.session.scalar(
                select(func.count()).select_from(Refund).where(Refund.cause_id == other_id)
            )
            assert paid == int(state is AftersalesState.AWAITING_REFUND)
            assert broken() == []
