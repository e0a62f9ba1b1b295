"""The admission of cooperatives: applied, recommended by the county, approved by the platform."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from marketplace import audit, clock
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import give_membership
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Permission, Role
from partners.cooperatives.errors import (
    CooperativeDecidedTwice,
    CooperativeNeedsCreditCode,
    CooperativeNotACounty,
    CooperativeNotInState,
    CooperativeRegistered,
)
from partners.cooperatives.models import Cooperative, CooperativeKind, CooperativeState
from partners.cooperatives.queries import (
    applied_for_by,
    approvable_by,
    lock_cooperative,
    manageable_by,
    recommendable_by,
)
from partners.offices.queries import find_governing_office
from partners.regions.models import RegionLevel
from partners.regions.queries import tree
from partners.regions.service import check_place
from partners.return_addresses.service import Consignee, keep_return_address

# Measures for the Supervision of Online Transactions, article 24: at least every six months.
VERIFIED_FOR = timedelta(days=180)
# What the applicant waits to hear.
_TOLD = frozenset({CooperativeState.ACTIVE, CooperativeState.RETURNED, CooperativeState.SUSPENDED})


def apply_for_cooperative(
    actor: Actor,
    *,
    name: str,
    kind: CooperativeKind,
    region_code: str,
    credit_code: str | None = None,
    introduction: str = "",
    return_address: dict[str, str] | None = None,
) -> Cooperative:
    """Apply for admission as a seller; the applicant becomes its manager once it is admitted.

    Raises ``CooperativeRegistered`` when the credit code has applied already.
    """
    _check_facts(kind, region_code, credit_code)
    cooperative = Cooperative(
        name=name,
        kind=kind,
        region_code=region_code,
        credit_code=credit_code,
        introduction=introduction,
        state=CooperativeState.APPLIED,
        applied_by=actor.account_id,
        applied_at=clock.now(),
    )
    with refusing_repeats(CooperativeRegistered):
        db.session.add(cooperative)
    _record(actor, "cooperative.applied", cooperative, None)
    _keep(actor, cooperative, return_address)
    return cooperative


def resubmit_cooperative(
    actor: Actor,
    cooperative_id: UUID,
    *,
    name: str,
    kind: CooperativeKind,
    region_code: str,
    credit_code: str | None = None,
    introduction: str = "",
    return_address: dict[str, str] | None = None,
) -> Cooperative:
    """Apply again with corrected facts after the application was returned."""
    cooperative = lock_cooperative(cooperative_id, applied_for_by(actor))
    _require(cooperative, CooperativeState.RETURNED)
    _check_facts(kind, region_code, credit_code)
    before = cooperative.state
    with refusing_repeats(CooperativeRegistered):
        cooperative.name = name
        cooperative.kind = kind
        cooperative.region_code = region_code
        cooperative.credit_code = credit_code
        cooperative.introduction = introduction
        cooperative.state = CooperativeState.APPLIED
        cooperative.applied_at = clock.now()
        cooperative.recommended_office_id = None
        cooperative.recommended_by = cooperative.recommended_at = None
    _record(actor, "cooperative.applied", cooperative, before)
    _keep(actor, cooperative, return_address)
    return cooperative


def _keep(actor: Actor, cooperative: Cooperative, return_address: dict[str, str] | None) -> None:
    if return_address is not None:
        keep_return_address(actor, cooperative.id, Consignee(**return_address))


def recommend_cooperative(actor: Actor, cooperative_id: UUID, *, note: str) -> Cooperative:
    """Recommend an applicant of the office's region to the platform."""
    cooperative = lock_cooperative(cooperative_id, recommendable_by(actor))
    _require(cooperative, CooperativeState.APPLIED)
    _require_other_people(actor, cooperative.applied_by)
    office = find_governing_office(actor, Permission.COOPERATIVE_RECOMMEND, cooperative.region_code)
    cooperative.recommended_office_id = office.id if office else None
    cooperative.recommended_by = actor.account_id
    cooperative.recommended_at = clock.now()
    return _move(actor, cooperative, CooperativeState.RECOMMENDED, note)


def return_cooperative(actor: Actor, cooperative_id: UUID, *, note: str) -> Cooperative:
    """Return an application to the applicant, saying what is wrong with it (county office)."""
    cooperative = lock_cooperative(cooperative_id, recommendable_by(actor))
    _require(cooperative, CooperativeState.APPLIED)
    return _move(actor, cooperative, CooperativeState.RETURNED, note)


def return_recommendation(actor: Actor, cooperative_id: UUID, *, note: str) -> Cooperative:
    """Return a recommended application to the applicant, saying what is wrong with it (platform)."""
    cooperative = lock_cooperative(cooperative_id, approvable_by(actor))
    _require(cooperative, CooperativeState.RECOMMENDED)
    return _move(actor, cooperative, CooperativeState.RETURNED, note)


def approve_cooperative(actor: Actor, cooperative_id: UUID) -> Cooperative:
    """Admit a recommended cooperative and make its applicant the manager."""
    cooperative = lock_cooperative(cooperative_id, approvable_by(actor))
    _require(cooperative, CooperativeState.RECOMMENDED)
    _require_other_people(actor, cooperative.applied_by, cooperative.recommended_by)
    cooperative.approved_by = actor.account_id
    cooperative.approved_at = clock.now()
    cooperative.verify_again_on = clock.today() + VERIFIED_FOR
    _move(actor, cooperative, CooperativeState.ACTIVE, None)
    give_membership(
        account_id=cooperative.applied_by,
        role=Role.COOPERATIVE_MANAGER,
        scope_id=cooperative.id,
        granted_by=actor,
    )
    return cooperative


def suspend_cooperative(actor: Actor, cooperative_id: UUID, *, note: str) -> Cooperative:
    """Take a cooperative off the market at once; its open orders go on."""
    cooperative = lock_cooperative(cooperative_id, approvable_by(actor))
    _require(cooperative, CooperativeState.ACTIVE)
    return _move(actor, cooperative, CooperativeState.SUSPENDED, note)


def resume_cooperative(actor: Actor, cooperative_id: UUID, *, note: str) -> Cooperative:
    """Let a suspended cooperative sell again."""
    cooperative = lock_cooperative(cooperative_id, approvable_by(actor))
    _require(cooperative, CooperativeState.SUSPENDED)
    return _move(actor, cooperative, CooperativeState.ACTIVE, note)


def verify_cooperative(actor: Actor, cooperative_id: UUID) -> Cooperative:
    """Note that identity and licence were looked at again today; the next date follows."""
    cooperative = lock_cooperative(cooperative_id, approvable_by(actor))
    _require(cooperative, CooperativeState.ACTIVE)
    cooperative.verify_again_on = clock.today() + VERIFIED_FOR
    db.session.flush()
    _record(actor, "cooperative.verified", cooperative, cooperative.state)
    return cooperative


def lock_managed_cooperative(actor: Actor, cooperative_id: UUID) -> Cooperative:
    """Return a cooperative that the actor runs, locked; raises ``CooperativeUnknown``."""
    return lock_cooperative(cooperative_id, manageable_by(actor))


def introduce_cooperative(
    actor: Actor, cooperative: Cooperative, *, introduction: str
) -> Cooperative:
    """Change what a cooperative (from ``lock_managed_cooperative``) says of itself."""
    cooperative.introduction = introduction
    db.session.flush()
    _record(actor, "cooperative.introduced", cooperative, cooperative.state)
    return cooperative


def _check_facts(kind: CooperativeKind, region_code: str, credit_code: str | None) -> None:
    region = check_place(region_code, "region_code")
    if region.level is not RegionLevel.COUNTY and tree().children(region.code):
        raise CooperativeNotACounty
    if region.level is RegionLevel.PROVINCE:
        raise CooperativeNotACounty
    if kind.needs_registration and credit_code is None:
        raise CooperativeNeedsCreditCode


def _require(cooperative: Cooperative, state: CooperativeState) -> None:
    if cooperative.state is not state:
        raise CooperativeNotInState(cooperative.state)


def _require_other_people(actor: Actor, *earlier: UUID | None) -> None:
    if actor.account_id in earlier:
        raise CooperativeDecidedTwice


def _move(
    actor: Actor, cooperative: Cooperative, state: CooperativeState, note: str | None
) -> Cooperative:
    before = cooperative.state
    cooperative.state = state
    cooperative.note = note
    db.session.flush()
    _record(actor, f"cooperative.{state}", cooperative, before)
    if state in _TOLD:
        announce(
            EventKind(f"cooperative.{state}"),
            subject_id=cooperative.id,
            account_id=cooperative.applied_by,
            cooperative_id=cooperative.id,
            facts={"state": state},
        )
    return cooperative


def _record(
    actor: Actor, action: str, cooperative: Cooperative, before: CooperativeState | None
) -> None:
    after: dict[str, Any] = {"state": cooperative.state, "region_code": cooperative.region_code}
    audit.record(
        action,
        "cooperative",
        cooperative.id,
        actor=actor,
        before={"state": before} if before else None,
        after=after,
    )
