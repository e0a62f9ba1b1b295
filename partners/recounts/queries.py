"""What is read of recounts: the runs, and what one would change."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, select

from marketplace import cursors
from marketplace.cursors import Page
from marketplace.database import db
from partners.credits.attributions import judge_again
from partners.credits.models import Decision, Sale
from partners.credits.queries import list_outcomes
from partners.credits.rules import Outcome
from partners.credits.surroundings import surroundings_at
from partners.recounts.errors import RecountUnknown
from partners.recounts.models import Recount
from partners.regions.queries import get_versions

LIST_ORDER: cursors.Keys = [(Recount.id, "desc")]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a recount would make of one sale: its decision as it stands, and as it would be."""

    sale: Sale
    before: Outcome
    after: Outcome


def select_recounts() -> Select[Recount]:
    """Select every recount."""
    return select(Recount)


def get_recount(recount_id: UUID) -> Recount:
    """Return a recount; raises RecountUnknown."""
    recount = db.session.get(Recount, recount_id, populate_existing=True)
    if recount is None:
        raise RecountUnknown
    return recount


def list_differences(recount: Recount, *, limit: int, after: str | None) -> Page[Difference]:
    """Return what the next ``limit`` sales of a recount's range would become, where it differs.

    A page may be empty and not the last: it covers sales, most of which stay as they are.
    """
    last_seen = cursors.decode(after, [UUID])[0] if after is not None else None
    rows = _judged(recount, last_seen, limit + 1)
    surroundings = surroundings_at(get_versions())
    found = []
    for sale, decision in rows[:limit]:
        outcome = judge_again(surroundings, sale, decision)
        if outcome is not None:
            found.append((sale, outcome))
    standing = {
        outcome.line_id: outcome
        for outcome in list_outcomes([sale.id for sale, _ in found])
        if outcome.scheme is recount.scheme
    }
    items = [Difference(sale, standing[sale.id], outcome) for sale, outcome in found]
    is_last = len(rows) <= limit
    return Page(items, None if is_last else cursors.encode([rows[limit - 1][0].id]))


def list_sales(recount: Recount, after: UUID | None, limit: int) -> list[Sale]:
    """Return the next sales of a recount's range, in order of id."""
    return [sale for sale, _ in _judged(recount, after, limit)]


def _judged(recount: Recount, after: UUID | None, limit: int) -> list[tuple[Sale, Decision]]:
    statement = (
        select(Sale, Decision)
        .join(
            Decision,
            and_(Decision.cooperative_id == Sale.cooperative_id, Decision.sale_id == Sale.id),
        )
        .where(
            Sale.sale_on.between(recount.first_on, recount.last_on),
            Decision.scheme == recount.scheme,
            Decision.closed_on.is_(None),
        )
        .order_by(Sale.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    if after is not None:
        statement = statement.where(Sale.id > after)
    return [(row.Sale, row.Decision) for row in db.session.execute(statement)]
