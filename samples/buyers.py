"""Sample buyers: two units with a canteen and their clerks, and a private shopper."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from partners.buying_units import service
from partners.buying_units.models import BuyingUnit, BuyingUnitKind, CanteenArrangement
from samples import people
from samples.sellers import credit_code_of


@dataclass(frozen=True, slots=True)
class Unit:
    """A sample unit and what it files for its canteen."""

    name: str
    kind: BuyingUnitKind
    region_code: str
    clerk_phone: str
    canteen_purchasing_fen: int


UNITS = (
    Unit("示例中学 · 东阳", BuyingUnitKind.SCHOOL, "330783", people.DONGYANG_CLERK_PHONE, 120_000_000),
    Unit("示例医院 · 缙云", BuyingUnitKind.HOSPITAL, "331122", people.JINYUN_CLERK_PHONE, 80_000_000),
)  # fmt: skip


def register_buyers() -> None:
    """Register the units, approved by their counties' offices, and the shopper."""
    for unit in UNITS:
        with transaction():
            if find_unit(unit) is None:
                _register(unit)
    with transaction():
        people.by_phone(people.SHOPPER_PHONE)


def find_unit(unit: Unit) -> BuyingUnit | None:
    code = credit_code_of(unit.region_code)
    return db.session.scalar(select(BuyingUnit).where(BuyingUnit.credit_code == code))


def _register(unit: Unit) -> None:
    registered = service.register_buying_unit(
        people.by_phone(unit.clerk_phone),
        name=unit.name,
        kind=unit.kind,
        region_code=unit.region_code,
        credit_code=credit_code_of(unit.region_code),
        is_budget_unit=True,
    )
    service.approve_buying_unit(people.approver(unit.region_code), registered.id)
    clerk = people.by_phone(unit.clerk_phone)
    locked = service.lock_managed_unit(clerk, registered.id)
    service.describe_canteen(clerk, locked, canteen=CanteenArrangement.OWN)
    service.file_purchasing(
        clerk,
        registered.id,
        year=clock.today().year,
        canteen_purchasing_fen=unit.canteen_purchasing_fen,
        share_basis_points=1000,
        remark="示例数据",
    )
