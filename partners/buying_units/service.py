"""The registration of buying units, their canteens and their yearly filings."""

from uuid import UUID

from marketplace import audit, clock
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import give_membership
from marketplace.language import Text
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Role
from partners.buying_units.errors import (
    BuyingUnitApprovedByApplicant,
    BuyingUnitDoesNotFile,
    BuyingUnitNotInState,
    BuyingUnitParentUnfit,
    BuyingUnitRegistered,
    CanteenFactsUnfit,
)
from partners.buying_units.models import (
    BuyingUnit,
    BuyingUnitFiling,
    BuyingUnitKind,
    BuyingUnitState,
    CanteenArrangement,
)
from partners.buying_units.queries import (
    applied_for_by,
    approvable_by,
    find_active_unit_by_code,
    find_filing,
    is_at_or_below,
    lock_buying_unit,
    manageable_by,
)
from partners.regions.service import check_place

# What the applicant waits to hear.
_TOLD = frozenset({BuyingUnitState.ACTIVE, BuyingUnitState.RETURNED})


def register_buying_unit(
    actor: Actor,
    *,
    name: str,
    kind: BuyingUnitKind,
    region_code: str,
    credit_code: str,
    is_budget_unit: bool = False,
    parent_credit_code: str | None = None,
) -> BuyingUnit:
    """Register a unit that buys; the applicant becomes its clerk once the office approves it.

    Raises ``BuyingUnitRegistered`` when the credit code is registered already.
    """
    check_place(region_code, "region_code")
    parent = _find_parent(None, parent_credit_code)
    unit = BuyingUnit(
        name=name,
        kind=kind,
        is_budget_unit=is_budget_unit,
        region_code=region_code,
        parent_id=parent.id if parent else None,
        credit_code=credit_code,
        canteen=CanteenArrangement.NONE,
        state=BuyingUnitState.APPLIED,
        applied_by=actor.account_id,
        applied_at=clock.now(),
    )
    with refusing_repeats(BuyingUnitRegistered):
        db.session.add(unit)
    _record(actor, "buying_unit.applied", unit, None)
    return unit


def resubmit_buying_unit(
    actor: Actor,
    unit_id: UUID,
    *,
    name: str,
    kind: BuyingUnitKind,
    region_code: str,
    credit_code: str,
    is_budget_unit: bool = False,
    parent_credit_code: str | None = None,
) -> BuyingUnit:
    """Register again with corrected facts after the registration was returned."""
    unit = lock_buying_unit(unit_id, applied_for_by(actor))
    _require(unit, BuyingUnitState.RETURNED)
    check_place(region_code, "region_code")
    parent = _find_parent(unit, parent_credit_code)
    with refusing_repeats(BuyingUnitRegistered):
        unit.name = name
        unit.kind = kind
        unit.region_code = region_code
        unit.credit_code = credit_code
        unit.is_budget_unit = is_budget_unit
        unit.parent_id = parent.id if parent else None
        unit.state = BuyingUnitState.APPLIED
        unit.applied_at = clock.now()
    _record(actor, "buying_unit.applied", unit, BuyingUnitState.RETURNED)
    return unit


def approve_buying_unit(actor: Actor, unit_id: UUID) -> BuyingUnit:
    """Approve a registration and make its applicant the unit's clerk."""
    unit = lock_buying_unit(unit_id, approvable_by(actor))
    _require(unit, BuyingUnitState.APPLIED)
    if unit.applied_by == actor.account_id:
        raise BuyingUnitApprovedByApplicant
    unit.approved_by = actor.account_id
    unit.approved_at = clock.now()
    _move(actor, unit, BuyingUnitState.ACTIVE, None)
    give_membership(
        account_id=unit.applied_by,
        role=Role.BUYING_UNIT_CLERK,
        scope_id=unit.id,
        granted_by=actor,
    )
    return unit


def return_buying_unit(actor: Actor, unit_id: UUID, *, note: str) -> BuyingUnit:
    """Return a registration to the applicant, saying what is wrong with it."""
    unit = lock_buying_unit(unit_id, approvable_by(actor))
    _require(unit, BuyingUnitState.APPLIED)
    return _move(actor, unit, BuyingUnitState.RETURNED, note)


def close_buying_unit(actor: Actor, unit_id: UUID, *, note: str) -> BuyingUnit:
    """Close a unit that is gone or merged; what was bought for it keeps counting for it."""
    unit = lock_buying_unit(unit_id, approvable_by(actor))
    _require(unit, BuyingUnitState.ACTIVE)
    return _move(actor, unit, BuyingUnitState.CLOSED, note)


def lock_managed_unit(actor: Actor, unit_id: UUID) -> BuyingUnit:
    """Return an active unit that the actor is a clerk of, locked; raises ``BuyingUnitUnknown``."""
    unit = lock_buying_unit(unit_id, manageable_by(actor))
    _require(unit, BuyingUnitState.ACTIVE)
    return unit


def describe_canteen(
    actor: Actor,
    unit: BuyingUnit,
    *,
    canteen: CanteenArrangement,
    filed_by_credit_code: str | None = None,
    contractor: str | None = None,
) -> BuyingUnit:
    """Say whether a unit (from ``lock_managed_unit``) has a canteen, who files it and who runs it."""
    if (canteen is CanteenArrangement.OUTSOURCED) != (contractor is not None):
        raise CanteenFactsUnfit(
            fields={
                "contractor": Text(
                    "食堂对外承包时填写承包单位名称，其他情况不填",
                    "Name the contractor of an outsourced canteen, and only then",
                )
            }
        )
    filer = _find_filer(unit, canteen, filed_by_credit_code)
    before = unit.canteen
    unit.canteen = canteen
    unit.canteen_filed_by_id = filer.id if filer else None
    unit.canteen_contractor = contractor
    db.session.flush()
    audit.record(
        "buying_unit.canteen_described", "buying_unit", unit.id, actor=actor,
        before={"canteen": before}, after={"canteen": canteen},
    )  # fmt: skip
    return unit


def _find_filer(
    unit: BuyingUnit, canteen: CanteenArrangement, credit_code: str | None
) -> BuyingUnit | None:
    """Return the unit that files for a shared canteen; raises ``CanteenFactsUnfit``."""
    if canteen is not CanteenArrangement.SHARED and credit_code is None:
        return None
    filer = find_active_unit_by_code(credit_code) if credit_code else None
    is_shared = canteen is CanteenArrangement.SHARED
    if not is_shared or filer is None or filer.id == unit.id or not filer.files_itself:
        raise CanteenFactsUnfit(
            fields={
                "filed_by_credit_code": Text(
                    "共用食堂时填写代为申报的单位（须已登记并自行申报食堂采购），其他情况不填",
                    "For a shared canteen name the active unit that files it itself, and only then",
                )
            }
        )
    return filer


def file_purchasing(
    actor: Actor,
    unit_id: UUID,
    *,
    year: int,
    canteen_purchasing_fen: int,
    share_basis_points: int,
    union_purchasing_fen: int = 0,
    remark: str = "",
) -> BuyingUnitFiling:
    """File a unit's canteen purchasing and reserved share of a year; filing again is a revision.

    ``share_basis_points``: 1000 is 10 %. Raises ``BuyingUnitDoesNotFile`` without an own canteen.
    """
    unit = lock_managed_unit(actor, unit_id)
    if not unit.files_itself:
        raise BuyingUnitDoesNotFile
    earlier = find_filing(unit.id, year)
    filing = BuyingUnitFiling(
        unit_id=unit.id,
        year=year,
        revision=earlier.revision + 1 if earlier else 1,
        canteen=unit.canteen,
        canteen_purchasing_fen=canteen_purchasing_fen,
        share_basis_points=share_basis_points,
        union_purchasing_fen=union_purchasing_fen,
        remark=remark,
        filed_by=actor.account_id,
        filed_at=clock.now(),
    )
    db.session.add(filing)
    db.session.flush()
    audit.record(
        "buying_unit.filed", "buying_unit", unit.id, actor=actor,
        after={"year": year, "revision": filing.revision, "reserved_fen": filing.reserved_fen},
    )  # fmt: skip
    return filing


def _find_parent(unit: BuyingUnit | None, credit_code: str | None) -> BuyingUnit | None:
    if credit_code is None:
        return None
    parent = find_active_unit_by_code(credit_code)
    if parent is None or (unit is not None and is_at_or_below(parent.id, unit.id)):
        raise BuyingUnitParentUnfit
    return parent


def _require(unit: BuyingUnit, state: BuyingUnitState) -> None:
    if unit.state is not state:
        raise BuyingUnitNotInState(unit.state)


def _move(actor: Actor, unit: BuyingUnit, state: BuyingUnitState, note: str | None) -> BuyingUnit:
    before = unit.state
    unit.state = state
    unit.note = note
    db.session.flush()
    _record(actor, f"buying_unit.{state}", unit, before)
    if state in _TOLD:
        announce(
            EventKind(f"buying_unit.{state}"),
            subject_id=unit.id,
            account_id=unit.applied_by,
            buying_unit_id=unit.id,
            facts={"state": state},
        )
    return unit


def _record(actor: Actor, action: str, unit: BuyingUnit, before: BuyingUnitState | None) -> None:
    audit.record(
        action, "buying_unit", unit.id, actor=actor,
        before={"state": before} if before else None,
        after={"state": unit.state, "region_code": unit.region_code},
    )  # fmt: skip
