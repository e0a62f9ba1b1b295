"""Entering, attesting and returning household shares."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import Unprocessable
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.household_shares import queries
from orders.household_shares.errors import (
    AttestedByEnterer,
    ExcessUnexplained,
    HouseholdPlaceUnknown,
    HouseholdShareFrozen,
    HouseholdShareStateForbids,
    LineRepeated,
)
from orders.household_shares.kinds import ExcessReason, HouseholdKind, ReturnReason, ShareState
from orders.household_shares.models import HouseholdShare, HouseholdShareLine
from orders.household_shares.queries import ListedShare
from orders.settlements.queries import lock_statement
from partners.regions.models import RegionLevel
from partners.regions.queries import tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """How many households of a kind in a place got how much."""

    place_code: str
    kind: HouseholdKind
    households: int
    amount_fen: int


def enter_share(
    actor: Actor,
    statement_id: uuid.UUID,
    *,
    lines: Sequence[Returned],
    vouchers: int = 0,
    excess_reason: ExcessReason | None = None,
) -> HouseholdShare:
    """Enter what of a statement went back to households; the revision before is replaced.

    Raises StatementNotFound, HouseholdShareFrozen, HouseholdPlaceUnknown, LineRepeated, ExcessUnexplained.
    """
    statement = lock_statement(statement_id, queries.statements_written_by(actor))
    amount_fen = sum(line.amount_fen for line in lines)
    is_unexplained = amount_fen > statement.payable_fen and excess_reason is None
    _check(lines, is_unexplained=is_unexplained)
    before = queries.find_live(statement)
    if before is not None and before.state is ShareState.ATTESTED:
        raise HouseholdShareFrozen
    if before is not None:
        _move(before, ShareState.REPLACED)
    share = HouseholdShare(
        id=new_id(),
        cooperative_id=statement.cooperative_id,
        statement_id=statement.id,
        revision=queries.count_revisions(statement) + 1,
        state=ShareState.ENTERED,
        year=(statement.end_on - timedelta(days=1)).year,
        statement_fen=statement.payable_fen,
        households=sum(line.households for line in lines),
        amount_fen=amount_fen,
        excess_reason=excess_reason if amount_fen > statement.payable_fen else None,
        vouchers=vouchers,
        entered_by=actor.account_id,
        entered_at=clock.now(),
    )
    db.session.add(share)
    db.session.flush()
    _write_lines(share, lines)
    audit.record(
        "household_share.entered", "household_share", share.id, actor=actor,
        after={"revision": share.revision, "households": share.households,
               "amount_fen": share.amount_fen},
    )  # fmt: skip
    return share


def _check(lines: Sequence[Returned], *, is_unexplained: bool) -> None:
    """Refuse with everything that is wrong at once; the first of it names the problem."""
    faults: list[tuple[str, type[Unprocessable]]] = []
    regions = tree()
    seen = set()
    for number, line in enumerate(lines):
        county = regions.find(line.place_code[:6])
        if county is None or county.level is RegionLevel.PROVINCE or county.is_grouping:
            faults.append((f"lines.{number}.place_code", HouseholdPlaceUnknown))
        elif (line.place_code, line.kind) in seen:
            faults.append((f"lines.{number}.place_code", LineRepeated))
        seen.add((line.place_code, line.kind))
    if is_unexplained:
        faults.append(("excess_reason", ExcessUnexplained))
    if faults:
        raise faults[0][1](fields={name: kind.title for name, kind in faults})


def _write_lines(share: HouseholdShare, lines: Sequence[Returned]) -> None:
    db.session.execute(
        insert(HouseholdShareLine),
        [
            {
                "id": new_id(),
                "cooperative_id": share.cooperative_id,
                "share_id": share.id,
                "place_code": line.place_code,
                "kind": line.kind,
                "households": line.households,
                "amount_fen": line.amount_fen,
            }
            for line in lines
        ],
    )


def attest_share(actor: Actor, share_id: uuid.UUID) -> ListedShare:
    """Attest a share as the office of its cooperative's region: from now on it stays.

    Raises HouseholdShareUnknown, HouseholdShareStateForbids, AttestedByEnterer.
    """
    listed = _review(actor, share_id, ShareState.ATTESTED)
    audit.record("household_share.attested", "household_share", share_id, actor=actor)
    return listed


def return_share(actor: Actor, share_id: uuid.UUID, *, reason: ReturnReason) -> ListedShare:
    """Send a share back to its cooperative, saying why.

    Raises HouseholdShareUnknown, HouseholdShareStateForbids, AttestedByEnterer.
    """
    listed = _review(actor, share_id, ShareState.RETURNED, return_reason=reason)
    audit.record(
        "household_share.returned", "household_share", share_id, actor=actor,
        after={"reason": reason},
    )  # fmt: skip
    return listed


def _review(actor: Actor, share_id: uuid.UUID, state: ShareState, **values: Any) -> ListedShare:
    listed = queries.get_share(share_id, queries.attestable_by(actor))
    if listed.share.entered_by == actor.account_id:
        raise AttestedByEnterer
    _move(listed.share, state, reviewed_by=actor.account_id, reviewed_at=clock.now(), **values)
    return listed


def _move(share: HouseholdShare, state: ShareState, **values: Any) -> None:
    """Decide on a revision that waits, in the moment of the change."""
    changed = db.session.execute(
        update(HouseholdShare)
        .where(
            HouseholdShare.cooperative_id == share.cooperative_id,
            HouseholdShare.id == share.id,
            HouseholdShare.state == ShareState.ENTERED,
        )
        .values(state=state, **values)
        .returning(HouseholdShare.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise HouseholdShareStateForbids
    db.session.refresh(share)
