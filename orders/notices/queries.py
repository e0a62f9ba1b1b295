"""Every select of what is told: the rows behind events, and the people who may act on them."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from marketplace.database import Model, db
from marketplace.notices.queries import list_members
from marketplace.permissions import Role, ScopeKind
from orders.aftersales.models import AftersalesCase
from orders.cancellations.models import REASON_TITLES, Cancellation
from orders.payments.models import PaymentAttempt, Refund
from orders.trades.models import Order, Trade
from orders.trades.states import CancellationState
from partners.offices.queries import list_offices_over

M = TypeVar("M", bound=Model)

SELLERS = (Role.COOPERATIVE_MANAGER, Role.COOPERATIVE_STAFF)
MANAGERS = (Role.COOPERATIVE_MANAGER,)
APPROVERS = (Role.BUYING_UNIT_APPROVER,)
UNITS = (Role.BUYING_UNIT_CLERK, Role.BUYING_UNIT_APPROVER)
OFFICERS = (Role.OFFICE_OFFICER, Role.OFFICE_APPROVER)


def load(model: type[M], ids: Iterable[Any]) -> dict[uuid.UUID, M]:
    """Return rows by id; ids that name none are left out."""
    wanted = {uuid.UUID(str(one)) for one in ids if one}
    if not wanted:
        return {}
    column: Any = model.__table__.c["id"]
    rows = db.session.execute(select(column, model).where(column.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def list_of_cooperative(
    cooperative_ids: Collection[uuid.UUID | None], roles: Collection[Role]
) -> dict[uuid.UUID | None, list[uuid.UUID]]:
    """Return who works for each cooperative."""
    return _of_scopes(ScopeKind.COOPERATIVE, cooperative_ids, roles)


def list_of_unit(
    unit_ids: Collection[uuid.UUID | None], roles: Collection[Role]
) -> dict[uuid.UUID | None, list[uuid.UUID]]:
    """Return who buys or approves for each unit."""
    return _of_scopes(ScopeKind.BUYING_UNIT, unit_ids, roles)


def list_finance_officers() -> list[uuid.UUID]:
    """Return the platform's finance officers."""
    return list_members(ScopeKind.PLATFORM, [], [Role.FINANCE_OFFICER]).get(None, [])


def list_officers_over(region_code: str) -> list[uuid.UUID]:
    """Return the officers of the nearest office over a region that has any."""
    offices = [office.id for office in list_offices_over(region_code)]
    found = _of_scopes(ScopeKind.OFFICE, offices, OFFICERS)
    return next((found[office] for office in offices if office in found), [])


def list_refunds_of(order: Order) -> Sequence[Refund]:
    """Return all refunds of an order."""
    return db.session.scalars(
        select(Refund).where(Refund.order_id == order.id).order_by(Refund.id)
    ).all()


def is_of_cancellation(case: AftersalesCase) -> bool:
    """Tell whether a case was opened and agreed to because its order was called off."""
    agreed = select(Cancellation).where(
        Cancellation.cooperative_id == case.cooperative_id,
        Cancellation.order_id == case.order_id,
        Cancellation.state == CancellationState.AGREED,
        Cancellation.opened_by == case.opened_by,
        Cancellation.answered_at <= case.applied_at,
    )
    # Its case carries its words, also where a later one of the same order does not.
    return any(
        case.reason == (one.note or REASON_TITLES[one.reason].zh)
        for one in db.session.scalars(agreed)
    )


def get_trade_of(refund: Refund) -> Trade:
    """Return the trade whose payment a refund gives back, or some of it."""
    statement = (
        select(Trade)
        .join(
            PaymentAttempt,
            (PaymentAttempt.account_id == Trade.account_id) & (PaymentAttempt.trade_id == Trade.id),
        )
        .where(
            PaymentAttempt.account_id == refund.account_id,
            PaymentAttempt.id == refund.attempt_id,
        )
    )
    return db.session.scalars(statement).one()


def _of_scopes(
    kind: ScopeKind, ids: Collection[uuid.UUID | None], roles: Collection[Role]
) -> dict[uuid.UUID | None, list[uuid.UUID]]:
    named = [one for one in ids if one is not None]
    return list_members(kind, named, roles) if named else {}
