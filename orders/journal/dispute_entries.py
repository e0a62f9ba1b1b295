"""What a payment disputed at the bank means in double entry, from the first notice to its end."""

import uuid

from orders.journal.entries import Entry, OrderTotal, Side, provider_owner, taken_back
from orders.journal.models import AccountKind, EntryKind


def dispute_moved(movement_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """The provider took a disputed payment out of what it holds (below zero), or gave it back."""
    return Entry(
        EntryKind.DISPUTE_MOVED,
        movement_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, provider_owner(provider)),
            Side(AccountKind.DISPUTED_FUNDS, -amount_fen),
        ),
    )


def dispute_held(cause_id: uuid.UUID, order: OrderTotal) -> Entry:
    """What is payable for a disputed sale is held until the dispute has ended."""
    return Entry(
        EntryKind.DISPUTE_HELD,
        cause_id,
        (
            Side(
                AccountKind.COOPERATIVE_PAYABLE,
                order.amount_fen,
                order.cooperative_id,
                order.order_id,
            ),
            Side(AccountKind.HELD_FOR_DISPUTES, -order.amount_fen, None, order.order_id),
        ),
    )


def dispute_released(cause_id: uuid.UUID, order: OrderTotal) -> Entry:
    """The dispute was won: what was held is payable again."""
    return Entry(
        EntryKind.DISPUTE_RELEASED,
        cause_id,
        (
            Side(AccountKind.HELD_FOR_DISPUTES, order.amount_fen, None, order.order_id),
            Side(
                AccountKind.COOPERATIVE_PAYABLE,
                -order.amount_fen,
                order.cooperative_id,
                order.order_id,
            ),
        ),
    )


def dispute_lost(cause_id: uuid.UUID, order: OrderTotal, *, is_held: bool) -> Entry:
    """The buyer keeps the money: it is taken from what is held, or from what is pending.

    As with a refund, what the platform's coupons added goes back to the platform.
    """
    owner = (order.cooperative_id, order.order_id)
    coupon = AccountKind.COOPERATIVE_PAYABLE if is_held else AccountKind.COOPERATIVE_PENDING
    taken = (
        Side(AccountKind.HELD_FOR_DISPUTES, order.amount_fen, None, order.order_id)
        if is_held
        else Side(AccountKind.COOPERATIVE_PENDING, order.amount_fen, *owner)
    )
    return Entry(
        EntryKind.DISPUTE_LOST,
        cause_id,
        (
            taken,
            Side(AccountKind.DISPUTED_FUNDS, -order.amount_fen),
            *([Side(coupon, order.coupon_fen, *owner)] if order.coupon_fen else []),
            *taken_back(order),
        ),
    )


def dispute_borne(cause_id: uuid.UUID, amount_fen: int) -> Entry:
    """What of a lost dispute falls on no order is the platform's loss; below zero, less of one."""
    return Entry(
        EntryKind.DISPUTE_BORNE,
        cause_id,
        (
            Side(AccountKind.DISPUTE_LOSSES, amount_fen),
            Side(AccountKind.DISPUTED_FUNDS, -amount_fen),
        ),
    )


def refund_charged_back(refund_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """A refund still owed was paid by the buyer's bank out of a lost dispute, not by the provider."""
    return Entry(
        EntryKind.REFUND_CHARGED_BACK,
        refund_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, provider_owner(provider)),
            Side(AccountKind.DISPUTED_FUNDS, -amount_fen),
        ),
    )
