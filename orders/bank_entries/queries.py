"""Every select on the bank's entries and matches; finance officers and auditors see them whole."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from marketplace import cursors
from marketplace.database import db
from orders.bank_entries.errors import BankEntryNotFound, BankMatchNotFound
from orders.bank_entries.models import (
    BankEntry,
    BankMatch,
    EntryState,
    MatchState,
)
from orders.payments.models import CURRENCY
from orders.payments.movements import MovementKind
from orders.reconciliation.models import ProviderMovement
from orders.trades.models import Order, Trade

ENTRY_ORDER: cursors.Keys = [(BankEntry.occurred_at, "desc"), (BankEntry.id, "desc")]


def select_entries(state: EntryState | None = None) -> Select[BankEntry]:
    """Select the bank's entries, in one state if given."""
    found = select(BankEntry)
    return found if state is None else found.where(BankEntry.state == state)


def count_by_state() -> dict[EntryState, int]:
    """Count the entries in each state that waits for somebody."""
    waiting = (EntryState.UNIDENTIFIED, EntryState.PROPOSED)
    rows = db.session.execute(
        select(BankEntry.state, func.count().label("entries"))
        .where(BankEntry.state.in_(waiting))
        .group_by(BankEntry.state)
    )
    found = {row.state: row.entries for row in rows}
    return {state: found.get(state, 0) for state in waiting}


def get_entry(entry_id: uuid.UUID) -> BankEntry:
    """Return an entry; raises BankEntryNotFound."""
    entry = db.session.get(BankEntry, entry_id)
    if entry is None:
        raise BankEntryNotFound
    return entry


def list_entries(entry_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, BankEntry]:
    """Return entries by id."""
    found = select(BankEntry).where(BankEntry.id.in_(entry_ids))
    return {entry.id: entry for entry in db.session.scalars(found)}


def lock_entry(entry_id: uuid.UUID) -> BankEntry:
    """Return an entry, locked until the transaction ends; raises BankEntryNotFound."""
    entry = db.session.get(BankEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None:
        raise BankEntryNotFound
    return entry


def get_match(match_id: uuid.UUID) -> BankMatch:
    """Return a match; raises BankMatchNotFound."""
    match = db.session.get(BankMatch, match_id, populate_existing=True)
    if match is None:
        raise BankMatchNotFound
    return match


def list_live_matches(entry_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[BankMatch]]:
    """Return the matches of each entry that were not rejected, first said first."""
    statement = (
        select(BankMatch)
        .where(BankMatch.bank_entry_id.in_(entry_ids), BankMatch.state != MatchState.REJECTED)
        .order_by(BankMatch.id)
    )
    found: dict[uuid.UUID, list[BankMatch]] = {}
    for match in db.session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(match.bank_entry_id, []).append(match)
    return found


def rest_of(entry: BankEntry) -> int:
    """Return how much of a receipt nobody has said anything of."""
    said = select(func.coalesce(func.sum(BankMatch.amount_fen), 0)).where(
        BankMatch.bank_entry_id == entry.id, BankMatch.state != MatchState.REJECTED
    )
    return entry.amount_fen - int(db.session.scalars(said).one())


def list_matches(entry: BankEntry) -> Sequence[BankMatch]:
    """Return all that was ever said about an entry, first said first."""
    statement = select(BankMatch).where(BankMatch.bank_entry_id == entry.id)
    return db.session.scalars(statement.order_by(BankMatch.id)).all()


def list_known(serials: Collection[str]) -> dict[str, BankEntry]:
    """Return the entries that are known already, by serial."""
    statement = select(BankEntry).where(BankEntry.serial.in_(serials))
    return {entry.serial: entry for entry in db.session.scalars(statement)}


def select_payouts() -> Select[ProviderMovement]:
    """Select what providers sent to our bank and nobody has seen arrive."""
    arrived = select(BankMatch.id).where(
        BankMatch.movement_id == ProviderMovement.id, BankMatch.state != MatchState.REJECTED
    )
    return select(ProviderMovement).where(
        ProviderMovement.kind == MovementKind.PAYOUT,
        ProviderMovement.currency == CURRENCY,
        ProviderMovement.amount < 0,
        ~arrived.exists(),
    )


def find_payout(reference: str) -> ProviderMovement | None:
    """Return what a provider sent and nobody has seen arrive, by the provider's number of it."""
    named = (ProviderMovement.source_reference == reference) | (
        ProviderMovement.reference == reference
    )
    return db.session.scalars(
        select_payouts().where(named).order_by(ProviderMovement.id).limit(1)
    ).first()


def list_payouts(limit: int) -> Sequence[ProviderMovement]:
    """Return what is on its way from providers, the latest sent first."""
    found = select_payouts().order_by(ProviderMovement.occurred_at.desc(), ProviderMovement.id)
    return db.session.scalars(found.limit(limit)).all()


def find_trade_by_number(trade_no: str) -> Trade | None:
    """Return a trade by the number that people read."""
    return db.session.scalar(select(Trade).where(Trade.trade_no == trade_no))


def list_trades(trade_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Trade]:
    """Return trades by id."""
    found = db.session.scalars(select(Trade).where(Trade.id.in_(trade_ids)))
    return {trade.id: trade for trade in found}


def list_unit_names(trade_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return for which unit each trade was placed; those of persons are left out."""
    statement = (
        select(Order.trade_id, func.min(Order.buying_unit_name))
        .where(Order.trade_id.in_(trade_ids), Order.buying_unit_name.is_not(None))
        .group_by(Order.trade_id)
    )
    return {trade_id: name for trade_id, name in db.session.execute(statement) if name}
