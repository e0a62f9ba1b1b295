"""Writing payable lines, in the transaction of the event that makes something payable."""

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import func, select, text

from marketplace.database import db
from marketplace.ids import new_id
from marketplace.money import split
from orders.aftersales.models import AftersalesCase
from orders.fees.amounts import fee_of
from orders.journal import entries
from orders.journal import service as journal
from orders.payments.models import Refund
from orders.settlements.models import (
    CorrectionPart,
    LineKind,
    SettlementLine,
    StatementCorrection,
)
from orders.trades.models import Order, OrderLine

# The day is that of the journal entry of the same event, whose transaction keeps it open until
# the commit: a line never appears on a day that is folded, and so never in a closed window.
_RECORD = text("""
INSERT INTO settlement_lines (id, cooperative_id, kind, order_id, order_line_id, cause_id,
    booked_on, gross_fen, refunds_fen, fee_fen, fee_refunded_fen, payable_fen, correction_fen,
    own_discount_fen, coupon_fen, coupon_back_fen)
SELECT n.id, :cooperative_id, :kind, :order_id, n.line_id, n.cause_id, e.booked_on,
    n.gross, n.refunds, n.fee, n.fee_back,
    n.gross - n.refunds - n.fee + n.fee_back + n.correction, n.correction,
    n.own_discount, n.coupon, n.coupon_back
FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS n (
    id uuid, line_id uuid, cause_id uuid, gross bigint, refunds bigint, fee bigint,
    fee_back bigint, correction bigint, own_discount bigint, coupon bigint, coupon_back bigint)
JOIN journal_entries e ON e.kind = :entry_kind AND e.cause_id = :entry_cause_id
ON CONFLICT (cooperative_id, kind, cause_id) DO NOTHING
""")

NOTHING = dict.fromkeys(
    ("gross", "refunds", "fee", "fee_back", "correction", "own_discount", "coupon", "coupon_back"),
    0,
)


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
    _record(
        order.cooperative_id,
        order.id,
        LineKind.SALE,
        ("order_completed", order.id),
        [
            _line(
                line.id,
                line.id,
                gross=line.net_fen + line.platform_discount_fen + line.freight_fen,
                refunds=line.refunded_fen + line.platform_returned_fen + back,
                fee=fee_of_line(line),
                own_discount=line.discount_fen - line.platform_discount_fen,
                coupon=line.platform_discount_fen,
                coupon_back=line.platform_returned_fen,
            )
            for line, back in zip(lines, freight_back, strict=True)
        ],
    )


def _line(order_line_id: uuid.UUID, cause_id: uuid.UUID, **amounts: int) -> dict[str, Any]:
    """Return a payable line as ``_RECORD`` takes it; amounts that are not given are zero."""
    return {"id": new_id(), "line_id": order_line_id, "cause_id": cause_id} | NOTHING | amounts


def _record(
    cooperative_id: uuid.UUID,
    order_id: uuid.UUID,
    kind: LineKind,
    entry: tuple[str, uuid.UUID],
    lines: Sequence[dict[str, Any]],
) -> None:
    db.session.execute(
        _RECORD,
        {
            "cooperative_id": cooperative_id,
            "kind": kind,
            "order_id": order_id,
            "entry_kind": entry[0],
            "entry_cause_id": entry[1],
            "lines": orjson.dumps(lines).decode(),
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
    coupon_back = db.session.scalars(select(Refund.coupon_fen).where(Refund.id == refund_id)).one()
    fee_back = max(charged_fee(order.cooperative_id, line.id) - fee_of_line(line), 0)
    _record(
        order.cooperative_id,
        order.id,
        LineKind.REFUND,
        ("refund_agreed", refund_id),
        [
            _line(
                line.id,
                refund_id,
                refunds=amount_fen,
                fee_back=fee_back,
                coupon_back=coupon_back,
            )
        ],
    )
    owner = journal.OrderTotal(
        order_id=order.id, cooperative_id=order.cooperative_id, amount_fen=fee_back
    )
    journal.post([entries.fee_refunded(refund_id, owner)])


def charged_fee(cooperative_id: uuid.UUID, order_line_id: uuid.UUID) -> int:
    """Return the fee that an order line has been charged so far, corrections and refunds counted."""
    charged = func.sum(SettlementLine.fee_fen - SettlementLine.fee_refunded_fen)
    of_line = select(func.coalesce(charged, 0)).where(
        SettlementLine.cooperative_id == cooperative_id,
        SettlementLine.order_line_id == order_line_id,
    )
    return int(db.session.scalars(of_line).one())


def standing_payable(cooperative_id: uuid.UUID, order_line_id: uuid.UUID) -> int:
    """Return what an order line stands for so far, corrections and refunds counted."""
    standing = select(func.coalesce(func.sum(SettlementLine.payable_fen), 0)).where(
        SettlementLine.cooperative_id == cooperative_id,
        SettlementLine.order_line_id == order_line_id,
    )
    return int(db.session.scalars(standing).one())


def record_correction(correction: StatementCorrection, line: SettlementLine) -> None:
    """Put a line right that is in an issued statement: by a line of its own, booked today."""
    amount, is_fee = correction.amount_fen, correction.part is CorrectionPart.FEE
    owner = journal.OrderTotal(
        order_id=line.order_id, cooperative_id=line.cooperative_id, amount_fen=amount
    )
    journal.post([entries.statement_corrected(correction.id, owner, is_fee=is_fee)])
    amounts = {"correction": amount}
    if is_fee:
        amounts = {"fee_back": amount} if amount > 0 else {"fee": -amount}
    _record(
        line.cooperative_id,
        line.order_id,
        LineKind.CORRECTION,
        ("statement_corrected", correction.id),
        [_line(line.order_line_id, correction.id, **amounts)],
    )


def record_dispute(
    order: Order,
    order_line_id: uuid.UUID,
    *,
    cause_id: uuid.UUID,
    entry_kind: str,
    correction_fen: int = 0,
    coupon_fen: int = 0,
) -> None:
    """Hold, give free or take what a buyer disputes of a completed order's line; it is booked.

    ``correction_fen``: what is held (below zero) or free again. ``coupon_fen``: what of the
    platform's coupons goes back because it is lost; the fee's share follows what the line has left.
    """
    is_lost = correction_fen == 0
    fee_back = 0
    if is_lost:
        line = next(each for each in order.lines if each.id == order_line_id)
        fee_back = max(charged_fee(order.cooperative_id, line.id) - fee_of_line(line), 0)
        owner = journal.OrderTotal(
            order_id=order.id, cooperative_id=order.cooperative_id, amount_fen=fee_back
        )
        journal.post([entries.fee_refunded(cause_id, owner)])
    amounts = {"correction": correction_fen, "refunds": coupon_fen, "coupon_back": coupon_fen}
    _record(
        order.cooperative_id,
        order.id,
        LineKind.DISPUTE,
        (entry_kind, cause_id),
        [_line(order_line_id, cause_id, fee_back=fee_back, **amounts)],
    )
