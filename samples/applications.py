"""Sample applications that wait for a decision: a cooperative, a unit, a change of attribution."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.database import db, transaction
from orders.attribution_changes.models import AttributionChange
from orders.attribution_changes.service import apply_for_change
from orders.trades.models import Order
from orders.trades.states import OrderState
from partners.buying_units.models import BuyingUnit, BuyingUnitKind
from partners.buying_units.service import register_buying_unit
from partners.cooperatives.models import Cooperative, CooperativeKind
from partners.cooperatives.service import apply_for_cooperative
from samples import people
from samples.sellers import WORDS, credit_code_of

NANJIANG, DONGYANG, LISHUI = "511922", "330783", "331100"
APPLICANT_PHONE = "19900000090"


def apply_for_things() -> None:
    """Make the applications that are missing."""
    for apply in (_cooperative, _unit, _attribution):
        with transaction():
            apply()


def _cooperative() -> None:
    code = credit_code_of(NANJIANG, 2)
    if _is_there(Cooperative, Cooperative.credit_code == code):
        return
    apply_for_cooperative(
        people.by_phone(APPLICANT_PHONE), name="示例合作社 · 光雾山", kind=CooperativeKind.COOPERATIVE,
        region_code=NANJIANG, credit_code=code, introduction=WORDS,
    )  # fmt: skip


def _unit() -> None:
    code = credit_code_of(DONGYANG, 2)
    if _is_there(BuyingUnit, BuyingUnit.credit_code == code):
        return
    register_buying_unit(
        people.by_phone(APPLICANT_PHONE), name="示例小学 · 东阳", kind=BuyingUnitKind.SCHOOL,
        region_code=DONGYANG, credit_code=code, is_budget_unit=True,
    )  # fmt: skip


def _attribution() -> None:
    """The shopper of Lishui's Liandu asks that an order count for the whole city."""
    shopper = people.by_phone(people.SHOPPER_PHONE)
    if _is_there(AttributionChange, AttributionChange.applied_by == shopper.id):
        return
    sold = select(Order.id).where(
        Order.account_id == shopper.id,
        Order.sale_on.is_not(None),
        Order.state != OrderState.CANCELLED,
        Order.attribution_code != LISHUI,
    )
    order_id = db.session.scalar(sold.order_by(Order.id).limit(1))
    if order_id is not None:
        apply_for_change(
            shopper, order_id, region_code=LISHUI, reason="示例：下单时没有选归属，应计入全市任务"
        )


def _is_there(table: type, condition: object) -> bool:
    found = select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
    return bool(db.session.scalar(found))
