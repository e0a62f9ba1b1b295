"""What each event in money means in double entry: pure functions from facts to entries.

Debits are positive, credits negative. Money that arrives is owed to buyers until it pays a
trade; then it is owed to the cooperatives, first pending, and due once their order is completed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from orders.journal.models import OWNED, AccountKind, EntryKind

_PROVIDERS = uuid.UUID("7c0e4bd5-98a6-4a5e-9e5e-0d6f3ac2b0f1")


@dataclass(frozen=True, slots=True)
class Side:
    """An amount on one account; ``owner_id`` is set exactly for the kinds that have owners."""

    account: AccountKind
    amount_fen: int
    owner_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if (self.account in OWNED) is (self.owner_id is None):
            raise ValueError(f"{self.account} with owner {self.owner_id}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in money: its sides sum to zero; sides of nothing are left out."""

    kind: EntryKind
    cause_id: uuid.UUID
    sides: tuple[Side, ...]

    def __post_init__(self) -> None:
        if sum(side.amount_fen for side in self.sides) != 0:
            raise ValueError(f"{self.kind} of {self.cause_id} does not balance")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTotal:
    """A cooperative's order and what is booked for it, in fen.

    ``coupon_fen``: what the platform adds for its coupons, or on a refund takes back.
    """

    order_id: uuid.UUID
    cooperative_id: uuid.UUID
    amount_fen: int
    coupon_fen: int = 0


def provider_owner(provider: str) -> uuid.UUID:
    """Return the owner under which a provider's accounts are kept."""
    return uuid.uuid5(_PROVIDERS, provider)


def _held_for_buyers(kind: EntryKind, cause_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    return Entry(
        kind,
        cause_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, provider_owner(provider)),
            Side(AccountKind.BUYERS_CLEARING, -amount_fen),
        ),
    )


def payment_captured(attempt_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """Money came in: the provider holds it, and it is owed to the buyer until it pays a trade."""
    return _held_for_buyers(EntryKind.PAYMENT_CAPTURED, attempt_id, provider, amount_fen)


def trade_paid(trade_id: uuid.UUID, orders: Sequence[OrderTotal]) -> Entry:
    """The buyer's money pays the trade: each cooperative has its order's total pending.

    What the platform's coupons took off is the platform's cost, and pending beside the total.
    """
    return Entry(
        EntryKind.TRADE_PAID,
        trade_id,
        (
            Side(AccountKind.BUYERS_CLEARING, sum(order.amount_fen for order in orders)),
            *(
                Side(AccountKind.COUPON_COST, order.coupon_fen, None, order.order_id)
                for order in orders
                if order.coupon_fen
            ),
            *(
                Side(
                    AccountKind.COOPERATIVE_PENDING,
                    -order.amount_fen - order.coupon_fen,
                    order.cooperative_id,
                    order.order_id,
                )
                for order in orders
            ),
        ),
    )


def order_completed(
    order_id: uuid.UUID, cooperative_id: uuid.UUID, *, pending_fen: int, fee_fen: int
) -> Entry:
    """The window has closed: what is still pending becomes payable, less the platform's fee."""
    return Entry(
        EntryKind.ORDER_COMPLETED,
        order_id,
        (
            Side(AccountKind.COOPERATIVE_PENDING, pending_fen, cooperative_id, order_id),
            Side(AccountKind.COOPERATIVE_PAYABLE, fee_fen - pending_fen, cooperative_id, order_id),
            Side(AccountKind.PLATFORM_FEE, -fee_fen, None, order_id),
        ),
    )


def refund_agreed(refund_id: uuid.UUID, order: OrderTotal, *, is_due: bool) -> Entry:
    """A cooperative gives money back: it owes it from what is pending, or from what is due.

    With the goods goes what the platform's coupons added to them: back to the platform.
    """
    account = AccountKind.COOPERATIVE_PAYABLE if is_due else AccountKind.COOPERATIVE_PENDING
    return Entry(
        EntryKind.REFUND_AGREED,
        refund_id,
        (
            Side(
                account,
                order.amount_fen + order.coupon_fen,
                order.cooperative_id,
                order.order_id,
            ),
            Side(AccountKind.BUYERS_CLEARING, -order.amount_fen),
            *taken_back(order),
        ),
    )


def taken_back(order: OrderTotal) -> list[Side]:
    """Return the side by which the platform gets back what its coupons added."""
    if order.coupon_fen == 0:
        return []
    return [Side(AccountKind.COUPON_COST, -order.coupon_fen, None, order.order_id)]


def fee_refunded(refund_id: uuid.UUID, order: OrderTotal) -> Entry:
    """A line was refunded after its fee was taken: the fee's share (``amount_fen``) goes back."""
    return Entry(
        EntryKind.FEE_REFUNDED,
        refund_id,
        (
            Side(AccountKind.PLATFORM_FEE, order.amount_fen, None, order.order_id),
            Side(
                AccountKind.COOPERATIVE_PAYABLE,
                -order.amount_fen,
                order.cooperative_id,
                order.order_id,
            ),
        ),
    )


def statement_corrected(correction_id: uuid.UUID, order: OrderTotal, *, is_fee: bool) -> Entry:
    """Officers put a settled line right: more (or less) is payable for it than was said.

    A wrong fee changes the platform's income; anything else is the platform's to bear or to keep.
    """
    account = AccountKind.PLATFORM_FEE if is_fee else AccountKind.SETTLEMENT_CORRECTIONS
    return Entry(
        EntryKind.STATEMENT_CORRECTED,
        correction_id,
        (
            Side(account, order.amount_fen, None, order.order_id),
            Side(
                AccountKind.COOPERATIVE_PAYABLE,
                -order.amount_fen,
                order.cooperative_id,
                order.order_id,
            ),
        ),
    )


def statement_paid(statement_id: uuid.UUID, cooperative_id: uuid.UUID, amount_fen: int) -> Entry:
    """The bank paid a statement: what was payable to the cooperative has left the account."""
    return Entry(
        EntryKind.STATEMENT_PAID,
        statement_id,
        (
            Side(AccountKind.COOPERATIVE_PAYABLE, amount_fen, cooperative_id),
            Side(AccountKind.BANK, -amount_fen),
        ),
    )


def refund_paid(refund_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """The provider gave the buyer the money that it held for us."""
    holder = provider_owner(provider)
    return Entry(
        EntryKind.REFUND_PAID,
        refund_id,
        (
            Side(AccountKind.BUYERS_CLEARING, amount_fen),
            Side(AccountKind.PROVIDER_CLEARING, -amount_fen, holder),
        ),
    )


def refund_returned(return_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """The buyer's bank did not take a refund: the provider holds it again, and it is owed again."""
    return _held_for_buyers(EntryKind.REFUND_RETURNED, return_id, provider, amount_fen)


def bank_received(entry_id: uuid.UUID, amount_fen: int) -> Entry:
    """Money stands on the bank account, and nobody has said yet what it is for."""
    return Entry(
        EntryKind.BANK_RECEIVED,
        entry_id,
        (
            Side(AccountKind.BANK, amount_fen),
            Side(AccountKind.UNIDENTIFIED_RECEIPTS, -amount_fen),
        ),
    )


def receipt_identified(match_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """Two officers said what a receipt, or a part of it, is for: it waits for an attempt."""
    holder = provider_owner(provider)
    return Entry(
        EntryKind.RECEIPT_IDENTIFIED,
        match_id,
        (
            Side(AccountKind.UNIDENTIFIED_RECEIPTS, amount_fen),
            Side(AccountKind.PROVIDER_CLEARING, -amount_fen, holder),
        ),
    )


def receipt_returned(bank_refund_id: uuid.UUID, amount_fen: int) -> Entry:
    """A receipt that belongs to nothing has gone back to who sent it."""
    return Entry(
        EntryKind.RECEIPT_RETURNED,
        bank_refund_id,
        (
            Side(AccountKind.UNIDENTIFIED_RECEIPTS, amount_fen),
            Side(AccountKind.BANK, -amount_fen),
        ),
    )


def bank_refund_paid(bank_refund_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """The bank paid a refund out of the account."""
    holder = provider_owner(provider)
    return Entry(
        EntryKind.BANK_REFUND_PAID,
        bank_refund_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, holder),
            Side(AccountKind.BANK, -amount_fen),
        ),
    )


def refund_paid_otherwise(settlement_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """The bank paid what a provider would not give back: the provider keeps it for us."""
    holder = provider_owner(provider)
    return Entry(
        EntryKind.REFUND_PAID_OTHERWISE,
        settlement_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, holder),
            Side(AccountKind.BANK, -amount_fen),
        ),
    )


def goods_released(unit_id: uuid.UUID, provider: str, order: OrderTotal) -> Entry:
    """An order's goods come first: its unit owes what no money has paid."""
    return Entry(
        EntryKind.GOODS_RELEASED,
        order.order_id,
        (
            Side(AccountKind.UNIT_RECEIVABLES, order.amount_fen, unit_id),
            Side(AccountKind.PROVIDER_CLEARING, -order.amount_fen, provider_owner(provider)),
        ),
    )


def receivable_paid(
    attempt_id: uuid.UUID, unit_id: uuid.UUID, owed_fen: int, recovered_fen: int = 0
) -> Entry:
    """Captured money settles what a unit owes; what was written off before is income."""
    return Entry(
        EntryKind.RECEIVABLE_PAID,
        attempt_id,
        (
            Side(AccountKind.BUYERS_CLEARING, owed_fen + recovered_fen),
            Side(AccountKind.UNIT_RECEIVABLES, -owed_fen, unit_id),
            Side(AccountKind.BAD_DEBTS_RECOVERED, -recovered_fen),
        ),
    )


def debt_written_off(write_off_id: uuid.UUID, unit_id: uuid.UUID, amount_fen: int) -> Entry:
    """Two officers gave up what a unit owes: the platform bears it, its cooperatives do not."""
    return Entry(
        EntryKind.DEBT_WRITTEN_OFF,
        write_off_id,
        (
            Side(AccountKind.BAD_DEBTS, amount_fen),
            Side(AccountKind.UNIT_RECEIVABLES, -amount_fen, unit_id),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """A refund of goods that came first: what is owed less, and what was repaid and goes back."""

    owed_fen: int
    back_fen: int
    is_written_off: bool = False


def receivable_reduced(
    refund_id: uuid.UUID, unit_id: uuid.UUID, provider: str, parts: Reduction
) -> Entry:
    """A refund is taken off a debt, or off its loss; what was repaid already is owed back."""
    debt = Side(AccountKind.UNIT_RECEIVABLES, -parts.owed_fen, unit_id)
    loss = Side(AccountKind.BAD_DEBTS, -parts.owed_fen)
    whole = parts.owed_fen + parts.back_fen
    return Entry(
        EntryKind.RECEIVABLE_REDUCED,
        refund_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, whole, provider_owner(provider)),
            loss if parts.is_written_off else debt,
            Side(AccountKind.BUYERS_CLEARING, -parts.back_fen),
        ),
    )


def provider_fee_taken(movement_id: uuid.UUID, provider: str, fee_fen: int) -> Entry:
    """A provider kept a fee of what it holds for us; below zero it gave one back."""
    holder = provider_owner(provider)
    return Entry(
        EntryKind.PROVIDER_FEE_TAKEN,
        movement_id,
        (
            Side(AccountKind.PROVIDER_FEE, fee_fen, holder),
            Side(AccountKind.PROVIDER_CLEARING, -fee_fen, holder),
        ),
    )


def provider_paid_out(movement_id: uuid.UUID, provider: str, amount_fen: int) -> Entry:
    """A provider sent what it held to our bank, where it arrives days later; below zero: back."""
    return Entry(
        EntryKind.PROVIDER_PAID_OUT,
        movement_id,
        (
            Side(AccountKind.MONEY_IN_TRANSIT, amount_fen),
            Side(AccountKind.PROVIDER_CLEARING, -amount_fen, provider_owner(provider)),
        ),
    )


def provider_payout_arrived(match_id: uuid.UUID, amount_fen: int) -> Entry:
    """Two officers said that a receipt is what a provider sent: it is on its way no longer."""
    return Entry(
        EntryKind.PROVIDER_PAYOUT_ARRIVED,
        match_id,
        (
            Side(AccountKind.UNIDENTIFIED_RECEIPTS, amount_fen),
            Side(AccountKind.MONEY_IN_TRANSIT, -amount_fen),
        ),
    )
