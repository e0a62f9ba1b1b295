"""What happens to the bank's entries: imported once, said to be something, confirmed by another."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.money import yuan
from orders.bank_entries import queries
from orders.bank_entries.errors import (
    ConfirmedBySameOfficer,
    EntryNotIdentifiable,
    MatchAlreadyDecided,
    PartExceedsRest,
    PayoutUnknown,
    TargetUnknown,
    TradeTakenAlready,
)
from orders.bank_entries.matching import Guess, guess
from orders.bank_entries.models import (
    DIRECT,
    BankEntry,
    BankImport,
    BankMatch,
    EntryState,
    MatchKind,
    MatchState,
)
from orders.bank_entries.statement_files import Line, read_lines, wrong_rows
from orders.journal import entries
from orders.journal import service as journal
from orders.journal.direct_entries import Purpose, directly_booked
from orders.journal.entries import Side
from orders.journal.models import AccountKind
from orders.payments.bank_transfer import queries as transfer_queries
from orders.payments.bank_transfer import service as transfers
from orders.payments.bank_transfer.references import find_codes
from orders.reconciliation.matching import match_by_rule

# In which somebody may say what a receipt, or the rest of it, is.
OPEN_STATES = (EntryState.UNIDENTIFIED, EntryState.PROPOSED)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought: new entries, how many of them found a trade, and those known before."""

    fresh: int
    matched: int
    repeated: int


def import_statement(actor: Actor, rows: Sequence[Sequence[str]]) -> Imported:
    """Take the bank's entries, all of a file or nothing; what is known already changes nothing.

    Receipts that name a trade are proposed for it in the importing officer's name. Raises
    StatementFileWrong.
    """
    lines = read_lines(rows)
    # Two imports at once would both take a serial for new, and one of them fail in the middle.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('bank_entries'))"))
    known = queries.list_known([line.serial for line in lines])
    _check_repeats(lines, known)
    fresh = [line for line in lines if line.serial not in known]
    record = BankImport(
        id=new_id(),
        rows=len(lines),
        fresh=len(fresh),
        imported_by=actor.account_id,
        imported_at=clock.now(),
    )
    db.session.add(record)
    db.session.flush()
    guesses = guess([line for line in fresh if line.is_incoming])
    ids = _write(record, fresh, set(guesses))
    _propose_guesses(actor, guesses, fresh, ids)
    if any(not line.is_incoming for line in fresh):
        # The bank's answer may have told the serial before; its day is compared only later.
        match_by_rule()
    audit.record(
        "bank_statement.imported", "bank_import", record.id, actor=actor,
        after={"rows": record.rows, "fresh": record.fresh, "matched": len(guesses)},
    )  # fmt: skip
    return Imported(fresh=len(fresh), matched=len(guesses), repeated=len(lines) - len(fresh))


def _check_repeats(lines: Sequence[Line], known: dict[str, BankEntry]) -> None:
    other = Text(
        "这个流水号此前导入过，金额或收支方向不同",
        "This serial was imported before with another amount or direction",
    )
    wrong = []
    for line in lines:
        entry = known.get(line.serial)
        if entry is None:
            continue
        is_same_way = (entry.state is not EntryState.OUTGOING) == line.is_incoming
        if entry.amount_fen != line.amount_fen or not is_same_way:
            wrong.append((line.row, other))
    if wrong:
        raise wrong_rows(wrong)


def _write(record: BankImport, lines: Sequence[Line], matched: set[str]) -> dict[str, uuid.UUID]:
    """Write new entries and book the receipts among them; returns their ids by serial."""
    ids = {line.serial: new_id() for line in lines}
    if lines:
        db.session.execute(
            insert(BankEntry),
            [
                {
                    "id": ids[line.serial],
                    "import_id": record.id,
                    "serial": line.serial,
                    "state": _first_state(line, matched),
                    "amount_fen": line.amount_fen,
                    "occurred_at": line.occurred_at,
                    "balance_fen": line.balance_fen,
                    "other_side": line.other_side.seal(),
                    "account_tail": line.other_side.account_no[-4:],
                }
                for line in lines
            ],
        )
    journal.post(
        [
            entries.bank_received(ids[line.serial], line.amount_fen)
            for line in lines
            if line.is_incoming
        ]
    )
    return ids


def _first_state(line: Line, matched: set[str]) -> EntryState:
    if not line.is_incoming:
        return EntryState.OUTGOING
    return EntryState.PROPOSED if line.serial in matched else EntryState.UNIDENTIFIED


def _propose_guesses(
    actor: Actor,
    guesses: dict[str, Guess],
    lines: Sequence[Line],
    ids: dict[str, uuid.UUID],
) -> None:
    """Say in the importing officer's name that receipts are for the trades they name, whole."""
    proposals = [
        _proposal(
            actor,
            ids[line.serial],
            MatchKind.TRADE,
            trade_id=guesses[line.serial].trade_id,
            amount_fen=line.amount_fen,
            reason=guesses[line.serial].reason,
        )
        for line in lines
        if line.serial in guesses
    ]
    if proposals:
        db.session.execute(insert(BankMatch), proposals)
        audit.record_all([_proposed(actor, each) for each in proposals])


def _proposed(actor: Actor, proposal: dict[str, Any]) -> dict[str, Any]:
    trade_id = proposal["trade_id"]
    return audit.entry(
        "bank_match.proposed", "bank_entry", proposal["bank_entry_id"], actor=actor,
        after={"kind": proposal["kind"], "trade_id": str(trade_id) if trade_id else None,
               "amount_fen": proposal["amount_fen"]},
    )  # fmt: skip


def _proposal(
    actor: Actor,
    entry_id: uuid.UUID,
    kind: MatchKind,
    *,
    trade_id: uuid.UUID | None,
    amount_fen: int,
    reason: str,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "bank_entry_id": entry_id,
        "kind": kind,
        "trade_id": trade_id,
        "amount_fen": amount_fen,
        "state": MatchState.PROPOSED,
        "reason": reason,
        "proposed_by": actor.account_id,
        "proposed_at": clock.now(),
    }


def propose_match(
    actor: Actor,
    entry_id: uuid.UUID,
    *,
    target: str,
    reason: str,
    amount_fen: int | None = None,
) -> BankMatch:
    """Say that a receipt, or so much of it, is for a trade, named by its number or by its code.

    Without an amount: all that nobody has said anything of. Raises BankEntryNotFound,
    EntryNotIdentifiable, TargetUnknown, PartExceedsRest, TradeTakenAlready.
    """
    part: dict[str, Any] = {"trade_id": _find_target(target), "amount_fen": amount_fen}
    return _propose(actor, entry_id, MatchKind.TRADE, **part, reason=reason)


def propose_payout(actor: Actor, entry_id: uuid.UUID, *, target: str, reason: str) -> BankMatch:
    """Say that a receipt, or as much of it, is what a provider sent, by the provider's number of it.

    Raises BankEntryNotFound, EntryNotIdentifiable, PayoutUnknown, PartExceedsRest.
    """
    payout = queries.find_payout(target.strip())
    if payout is None:
        raise PayoutUnknown(fields={"target": PayoutUnknown.title})
    part: dict[str, Any] = {"movement_id": payout.id, "amount_fen": -payout.amount}
    return _propose(actor, entry_id, MatchKind.PAYOUT, **part, reason=reason)


def propose_return(actor: Actor, entry_id: uuid.UUID, *, reason: str) -> BankMatch:
    """Say that a receipt, or what is left of it, is not ours and goes back to who sent it."""
    return _propose(actor, entry_id, MatchKind.RETURN, reason=reason)


def propose_direct(
    actor: Actor,
    entry_id: uuid.UUID,
    kind: MatchKind,
    *,
    reason: str,
    amount_fen: int | None = None,
) -> BankMatch:
    """Say that a receipt, or so much of it, is money of no sale: interest, own funds, another gain."""
    return _propose(actor, entry_id, kind, reason=reason, amount_fen=amount_fen)


def _find_target(target: str) -> uuid.UUID:
    codes = find_codes(target)
    by_code = transfer_queries.list_trades_by_code(codes)
    if len(by_code) == 1:
        return next(iter(by_code.values()))
    trade = queries.find_trade_by_number(target.strip().upper())
    if trade is None:
        raise TargetUnknown(fields={"target": TargetUnknown.title})
    return trade.id


def _propose(
    actor: Actor,
    entry_id: uuid.UUID,
    kind: MatchKind,
    *,
    reason: str,
    trade_id: uuid.UUID | None = None,
    movement_id: uuid.UUID | None = None,
    amount_fen: int | None = None,
) -> BankMatch:
    entry = queries.lock_entry(entry_id)
    rest = queries.rest_of(entry)
    if entry.state not in OPEN_STATES or rest == 0:
        raise EntryNotIdentifiable
    amount = rest if amount_fen is None else amount_fen
    if not 0 < amount <= rest:
        why = PartExceedsRest.title.format(rest=yuan(rest))
        raise PartExceedsRest(why, fields={"amount_fen": why})
    values = _proposal(actor, entry.id, kind, trade_id=trade_id, amount_fen=amount, reason=reason)
    values["movement_id"] = movement_id
    said = pg_insert(BankMatch).values(values).on_conflict_do_nothing().returning(BankMatch)
    match = db.session.scalars(said).first()
    if match is None:
        raise TradeTakenAlready
    _restate(entry)
    audit.record_all([_proposed(actor, values)])
    return match


def confirm_match(actor: Actor, match_id: uuid.UUID) -> BankMatch:
    """Confirm what another officer said of a receipt: its money reaches the trade.

    Raises BankMatchNotFound, ConfirmedBySameOfficer, MatchAlreadyDecided.
    """
    match = queries.get_match(match_id)
    if match.proposed_by == actor.account_id and match.state is MatchState.PROPOSED:
        raise ConfirmedBySameOfficer
    entry = queries.lock_entry(match.bank_entry_id)
    _decide(actor, match, MatchState.CONFIRMED)
    _restate(entry)
    if match.movement_id is not None:
        journal.post([entries.provider_payout_arrived(match.id, match.amount_fen)])
    if match.kind in DIRECT:
        received = Side(AccountKind.UNIDENTIFIED_RECEIPTS, match.amount_fen)
        journal.post([directly_booked(match.id, Purpose(match.kind), received)])
    if match.trade_id is not None:
        journal.post(
            [entries.receipt_identified(match.id, transfer_queries.PROVIDER, match.amount_fen)]
        )
        transfers.receive(match.trade_id, entry.id, match.amount_fen)
    audit.record(
        "bank_match.confirmed", "bank_entry", entry.id, actor=actor,
        after={"match_id": str(match.id)},
    )  # fmt: skip
    return match


def reject_match(actor: Actor, match_id: uuid.UUID) -> BankMatch:
    """Reject, or take back, what was said of a receipt: that part is unidentified again.

    Raises BankMatchNotFound, MatchAlreadyDecided.
    """
    match = queries.get_match(match_id)
    entry = queries.lock_entry(match.bank_entry_id)
    _decide(actor, match, MatchState.REJECTED)
    _restate(entry)
    audit.record(
        "bank_match.rejected", "bank_entry", entry.id, actor=actor,
        after={"match_id": str(match.id)},
    )  # fmt: skip
    return match


def _restate(entry: BankEntry) -> None:
    """Let a locked receipt's state follow from what was said of its parts."""
    live = queries.list_live_matches([entry.id]).get(entry.id, [])
    if any(match.state is MatchState.PROPOSED for match in live):
        target = EntryState.PROPOSED
    elif sum(match.amount_fen for match in live) < entry.amount_fen:
        target = EntryState.UNIDENTIFIED
    elif any(match.kind is MatchKind.RETURN for match in live):
        target = EntryState.RETURNING
    else:
        target = EntryState.IDENTIFIED
    if target is not entry.state:
        _move(entry, entry.state, target)


def finish_return(entry_id: uuid.UUID) -> None:
    """Write that a receipt which belonged to nothing has gone back to who sent it."""
    _move(queries.lock_entry(entry_id), EntryState.RETURNING, EntryState.RETURNED)


def _decide(actor: Actor, match: BankMatch, state: MatchState) -> None:
    decided = db.session.execute(
        update(BankMatch)
        .where(BankMatch.id == match.id, BankMatch.state == MatchState.PROPOSED)
        .values(state=state, decided_by=actor.account_id, decided_at=clock.now())
        .returning(BankMatch.id)
        .execution_options(synchronize_session=False)
    ).first()
    if decided is None:
        raise MatchAlreadyDecided
    db.session.refresh(match)


def _move(entry: BankEntry, source: EntryState, target: EntryState) -> bool:
    moved = db.session.execute(
        update(BankEntry)
        .where(BankEntry.id == entry.id, BankEntry.state == source)
        .values(state=target)
        .returning(BankEntry.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(entry)
    return moved is not None
