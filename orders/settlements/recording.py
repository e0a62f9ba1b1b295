"""Writing payable lines, in the transaction of the event that makes something payable."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, text

from marketplace.database import db
from marketplace.ids import new_id
from marketplace.money import split
from orders.aftersales.models import AftersalesCase
from orders.fees.amounts import fee_of
from orders.journal import entries
from orders.journal import service as journal
from orders.settlements.models import LineKind, SettlementLine
from orders.trades.models import Order, OrderLine

# The day is that of the journal entry of the same event, whose transaction keeps it open until
# the commit: a line never appears on a day that is folded, and so never in a closed window.
_RECORD = text("""
INSERT INTO settlement_lines (id, cooperative_id, kind, order_id, order_line_id, cause_id,
    booked_on, gross_fen, refunds_fen, fee_fen, fee_refunded_fen, payable_fen)
SELECT n.id, :cooperative_id, :kind, :order_id, n.line_id, n.cause_id, e.booked_on,
    n.gross, n.refunds, n.fee, n.fee_back, n.gross - n.refunds - n.fee + n.fee_back
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:line_ids AS uuid[]), CAST(:cause_ids AS uuid[]),
    CAST(:gross AS bigint[]), CAST(:refunds AS bigint[]), CAST(:fees AS bigint[]),
    CAST(:fees_back AS bigint[])
) AS n (id, line_id, cause_id, gross, refunds, fee, fee_back)
JOIN journal_entries e ON e.kind = :entry_kind AND e.cause_id = :entry_cause_id
ON CONFLICT (cooperative_id, kind, cause_id) DO NOTHING
""")


def fee_of_line(line: OrderLine) -> int:
    """Return the platform's fee on what the cooperative keeps of a line's goods, freight apart."""
    kept = line.net_fen - line.refunded_fen + line.platform_discount_fen
    return fee_of(kept - line.platform_returned_fen, line.fee_rate_bp)


def fee_of_lines(lines: Sequence[OrderLine]) -> int:
    """Return the fee of an order: the sum of its lines' fees, each rounded for itself."""
    return sum(fee_of_line(line) for line in lines)


def record_completed(order: Order) -> None:
    """Make a completed order's lines payable, less what was refunded of them before.

    The order is locked and its completion is booked. An order that was refunded whole has no
    entry and no lines: nothing of it is payable.
    """
    lines = order.lines
    freight_back = split(order.freight_refunded_fen, [line.freight_fen for line in lines])
    db.session.execute(
        _RECORD,
        {
            "cooperative_id": order.cooperative_id,
            "kind": LineKind.SALE,
            "order_id": order.id,
            "entry_kind": "order_completed",
            "entry_cause_id": order.id,
            "ids": [new_id() for _ in lines],
            "line_ids": [line.id for line in lines],
            "cause_ids": [line.id for line in lines],
            "gross": [
                line.net_fen + line.platform_discount_fen + line.freight_fen for line in lines
            ],
            "refunds": [
                line.refunded_fen + line.platform_returned_fen + back
                for line, back in zip(lines, freight_back, strict=True)
            ],
            "fees": [fee_of_line(line) for line in lines],
            "fees_back": [0] * len(lines),
        },
    )


def record_late_refund(
    order: Order, *, refund_id: uuid.UUID, case_id: uuid.UUID, amount_fen: int
) -> None:
    """Take a refund of a completed order's line from what is payable next, and give its fee back.

    The order is locked, the line's refunded sum holds this refund, and the refund is booked. The
    fee goes back by the cumulative share, so a line refunded whole has paid none.
    """
    line = db.session.scalars(
        select(OrderLine)
        .join(AftersalesCase, AftersalesCase.order_line_id == OrderLine.id)
        .where(AftersalesCase.id == case_id, OrderLine.cooperative_id == order.cooperative_id)
    ).one()
    charged = db.session.scalars(
        select(
            func.coalesce(func.sum(SettlementLine.fee_fen - SettlementLine.fee_refunded_fen), 0)
        ).where(
            SettlementLine.cooperative_id == order.cooperative_id,
            SettlementLine.order_line_id == line.id,
        )
    ).one()
    fee_back = max(int(charged) - fee_of_line(line), 0)
    db.session.execute(
        _RECORD,
        {
            "cooperative_id": order.cooperative_id,
            "kind": LineKind.REFUND,
            "order_id": order.id,
            "entry_kind": "refund_agreed",
            "entry_cause_id": refund_id,
            "ids": [new_id()],
            "line_ids": [line.id],
            "cause_ids": [refund_id],
            "gross": [0],
            "refunds": [amount_fen],
            "fees": [0],
            "fees_back": [fee_back],
        },
    )
    owner = journal.OrderTotal(
        order_id=order.id, cooperative_id=order.cooperative_id, amount_fen=fee_back
    )
    journal.post([entries.fee_refunded(refund_id, owner)])
