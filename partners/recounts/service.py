"""Changes of recounts: proposed by one person, approved by another, posted in the background."""

from datetime import date
from uuid import UUID

from sqlalchemy import update

from marketplace import audit, clock, jobs
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from partners.credits.attributions import recount_sale
from partners.credits.queries import count_caused_by
from partners.credits.rules import Scheme
from partners.recounts.errors import (
    RecountByOnePerson,
    RecountNotProposed,
    RecountRangeBackwards,
)
from partners.recounts.models import Recount, RecountState
from partners.recounts.queries import get_recount, list_sales

POST_JOB = "recounts.post_recount"
SALES_AT_ONCE = 100


def propose_recount(
    actor: Actor, *, scheme: Scheme, first_on: date, last_on: date, document: str, note: str
) -> Recount:
    """Propose to judge the sales of some days again; nothing changes yet."""
    if last_on < first_on:
        raise RecountRangeBackwards(fields={"last_on": RecountRangeBackwards.title})
    recount = Recount(
        id=new_id(),
        scheme=scheme,
        first_on=first_on,
        last_on=last_on,
        document=document,
        note=note,
        state=RecountState.PROPOSED,
        proposed_by=actor.account_id,
        proposed_at=clock.now(),
    )
    db.session.add(recount)
    db.session.flush()
    _record("recount.proposed", recount, actor)
    return recount


def approve_recount(actor: Actor, recount_id: UUID) -> Recount:
    """Approve another person's recount and have it posted.

    Raises RecountUnknown, RecountByOnePerson, RecountNotProposed.
    """
    recount = get_recount(recount_id)
    if recount.proposed_by == actor.account_id:
        raise RecountByOnePerson
    _move(
        recount,
        RecountState.APPROVED,
        approved_by=actor.account_id,
        approved_at=clock.now(),
    )
    _record("recount.approved", recount, actor)
    jobs.enqueue(jobs.queue.tasks[POST_JOB], recount_id=str(recount_id))
    return recount


def withdraw_recount(actor: Actor, recount_id: UUID) -> Recount:
    """Withdraw a recount that nobody has approved. Raises RecountUnknown, RecountNotProposed."""
    recount = get_recount(recount_id)
    _move(recount, RecountState.WITHDRAWN)
    _record("recount.withdrawn", recount, actor)
    return recount


def post_sales(recount: Recount, after: UUID | None) -> UUID | None:
    """Post the next sales of an approved recount; return the last one seen, None at the end."""
    sales = [(s.cooperative_id, s.id) for s in list_sales(recount, after, SALES_AT_ONCE)]
    scheme, cause_id = recount.scheme, recount.id
    for owner, sale_id in sales:
        recount_sale(cooperative_id=owner, line_id=sale_id, scheme=scheme, cause_id=cause_id)
    return sales[-1][1] if sales else None


def finish_recount(recount_id: UUID) -> None:
    """Note that a recount is posted, and how many decisions came of it (also of runs that died)."""
    changed_count = count_caused_by(recount_id)
    db.session.execute(
        update(Recount)
        .where(Recount.id == recount_id, Recount.state == RecountState.APPROVED)
        .values(state=RecountState.POSTED, posted_at=clock.now(), changed_count=changed_count)
    )


def _move(recount: Recount, state: RecountState, **values: object) -> None:
    """Change a proposed recount's state; the guarded update decides between two at once."""
    moved = db.session.execute(
        update(Recount)
        .where(Recount.id == recount.id, Recount.state == RecountState.PROPOSED)
        .values(state=state, **values)
        .returning(Recount.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise RecountNotProposed
    db.session.refresh(recount)


def _record(action: str, recount: Recount, actor: Actor) -> None:
    audit.record(
        action,
        "recount",
        recount.id,
        actor=actor,
        after={
            "scheme": recount.scheme,
            "first_on": recount.first_on.isoformat(),
            "last_on": recount.last_on.isoformat(),
            "document": recount.document,
        },
    )
