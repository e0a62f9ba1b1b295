"""Terms of paying later, granted by two officers; debts made by a release, due from acceptance on."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce_all, announcement
from marketplace.working_days.counting import put_off
from orders.receivables import queries
from orders.receivables.errors import (
    ChangeConfirmedBySameOfficer,
    LimitExceeded,
    OverdueBlocks,
    PayLaterNotOffered,
    TermsChangeDecided,
    TermsChangePending,
)
from orders.receivables.models import ChangeState, PayLaterTerms, Receivable, TermsChange
from orders.trades.models import Order
from partners.buying_units.errors import BuyingUnitUnknown


def lock_headroom(unit_id: uuid.UUID, amount_fen: int) -> PayLaterTerms:
    """Return a unit's terms, locked, if they allow it to owe so much more.

    Purchases of one unit follow each other here, so that two at once cannot pass the limit.
    Raises PayLaterNotOffered, OverdueBlocks, LimitExceeded.
    """
    terms = queries.lock_terms(unit_id)
    if terms is None or terms.limit_fen == 0:
        raise PayLaterNotOffered
    if queries.is_blocked(unit_id, clock.today()):
        raise OverdueBlocks
    left = terms.limit_fen - queries.owed_by(unit_id)
    if amount_fen > left:
        raise LimitExceeded(left_fen=max(left, 0))
    return terms


def has_headroom(unit_id: uuid.UUID, amount_fen: int) -> bool:
    """Tell whether a unit may owe so much more, to offer it or not."""
    terms = queries.find_terms(unit_id)
    return (
        terms is not None
        and amount_fen <= terms.limit_fen - queries.owed_by(unit_id)
        and not queries.is_blocked(unit_id, clock.today())
    )


def make_debts(terms: PayLaterTerms, orders: Sequence[Order]) -> None:
    """Write what a unit owes for each order whose goods come first, under today's terms."""
    now = clock.now()
    db.session.add_all(
        Receivable(
            id=new_id(),
            buying_unit_id=terms.buying_unit_id,
            order_id=order.id,
            trade_id=order.trade_id,
            cooperative_id=order.cooperative_id,
            amount_fen=order.total_fen,
            reduced_fen=0,
            paid_fen=0,
            returned_fen=0,
            due_days=terms.due_days,
            grace_days=terms.grace_days,
            released_at=now,
        )
        for order in orders
        if order.total_fen
    )
    db.session.flush()


def make_due(order: Order) -> None:
    """Let the days to pay begin: the goods were accepted. The order is locked.

    A debt that would fall due on a holiday falls due on the next working day.
    """
    receivable = queries.lock_receivable_of(order.id)
    if receivable is not None and receivable.due_on is None:
        receivable.due_on = put_off(clock.today() + timedelta(days=receivable.due_days))
        db.session.flush()


def propose_terms(
    actor: Actor, unit_id: uuid.UUID, *, limit_fen: int, due_days: int, grace_days: int, reason: str
) -> TermsChange:
    """Propose up to how much a unit may owe, and for how long; another officer grants it.

    Raises BuyingUnitUnknown, TermsChangePending.
    """
    if queries.get_debtor(unit_id) is None:
        raise BuyingUnitUnknown
    change = db.session.scalars(
        insert(TermsChange)
        .values(
            id=new_id(),
            buying_unit_id=unit_id,
            limit_fen=limit_fen,
            due_days=due_days,
            grace_days=grace_days,
            reason=reason,
            state=ChangeState.PROPOSED,
            proposed_by=actor.account_id,
            proposed_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(TermsChange)
    ).first()
    if change is None:
        raise TermsChangePending
    audit.record(
        "pay_later.proposed", "buying_unit", unit_id, actor=actor,
        after={"limit_fen": limit_fen, "due_days": due_days, "grace_days": grace_days},
    )  # fmt: skip
    return change


def confirm_terms(actor: Actor, change_id: uuid.UUID) -> TermsChange:
    """Grant terms that another officer proposed; they hold from the next purchase on.

    Raises TermsChangeNotFound, TermsChangeDecided, ChangeConfirmedBySameOfficer.
    """
    change = _decide(actor, change_id, ChangeState.CONFIRMED)
    values = {
        "limit_fen": change.limit_fen,
        "due_days": change.due_days,
        "grace_days": change.grace_days,
        "changed_at": clock.now(),
    }
    db.session.execute(
        insert(PayLaterTerms)
        .values(id=new_id(), buying_unit_id=change.buying_unit_id, **values)
        .on_conflict_do_update(index_elements=["buying_unit_id"], set_=values)
    )
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, PayLaterTerms):
            db.session.expire(loaded)
    return change


def reject_terms(actor: Actor, change_id: uuid.UUID) -> TermsChange:
    """Refuse, or take back, a change of terms. Raises TermsChangeNotFound, TermsChangeDecided."""
    return _decide(actor, change_id, ChangeState.REJECTED)


def _decide(actor: Actor, change_id: uuid.UUID, state: ChangeState) -> TermsChange:
    change = queries.lock_change(change_id)
    if change.state is not ChangeState.PROPOSED:
        raise TermsChangeDecided
    if state is ChangeState.CONFIRMED and change.proposed_by == actor.account_id:
        raise ChangeConfirmedBySameOfficer
    change.state = state
    change.decided_by = actor.account_id
    change.decided_at = clock.now()
    db.session.flush()
    audit.record(
        f"pay_later.{state}", "buying_unit", change.buying_unit_id, actor=actor,
        after={"change_id": str(change.id), "limit_fen": change.limit_fen},
    )  # fmt: skip
    return change


_NOTE = text("""
INSERT INTO receivable_reminders (id, buying_unit_id, receivable_id, stage, owed_fen, noted_at)
SELECT gen_random_uuid(), r.buying_unit_id, r.id, s.stage,
       r.amount_fen - r.reduced_fen - r.paid_fen + r.returned_fen, :now
FROM receivables r
JOIN LATERAL (VALUES
    ('due_soon', r.due_on - 3, r.due_on - 1), ('due', r.due_on, r.due_on),
    ('overdue', r.due_on + 1, r.due_on + r.grace_days),
    ('grace_over', r.due_on + r.grace_days + 1, r.due_on + greatest(r.grace_days, 30)),
    ('long_overdue', r.due_on + greatest(r.grace_days, 30) + 1, NULL)
) AS s (stage, first_on, last_on) ON true
WHERE r.settled_at IS NULL AND :today >= s.first_on AND (s.last_on IS NULL OR :today <= s.last_on)
ON CONFLICT DO NOTHING
RETURNING receivable_id, buying_unit_id, stage, owed_fen
""")


def note_reminders() -> int:
    """Note which debts have reached a stage of which their units should be told; each once."""
    noted = db.session.execute(_NOTE, {"now": clock.now(), "today": clock.today()}).all()
    announce_all(
        [
            announcement(
                EventKind(f"receivable.{row.stage}"),
                subject_id=row.receivable_id,
                buying_unit_id=row.buying_unit_id,
                facts={"owed_fen": row.owed_fen},
            )
            for row in noted
        ]
    )
    return len(noted)
