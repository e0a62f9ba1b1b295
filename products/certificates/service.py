"""Use cases of certification: apply, certify, review, activate; return, suspend, reinstate, revoke.

County certifies, city reviews, province (or the platform for it) activates. A higher office may
take a lower one's step, since municipalities have no city level and not every county has an
office; the four people are always different.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import Unprocessable
from marketplace.identity.actor import Actor
from marketplace.ids import new_number
from marketplace.language import Text
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from marketplace.permissions import Permission, ScopeKind
from partners.offices.models import Office
from partners.offices.queries import list_offices_over
from partners.regions.models import RegionLevel
from products.catalogue.models import ListingState, Product
from products.certificates import queries
from products.certificates.errors import (
    ApplicationPending,
    CertificateOverlaps,
    CertificateStepNotYours,
    CertificateStepRefused,
    OriginUnknown,
    SameExaminer,
)
from products.certificates.models import Certificate, CertificateState

NUMBER_PREFIX = "RD"
LONGEST_VALIDITY = timedelta(days=5 * 366)


# The steps of the examination in between concern the offices only.
_TOLD = frozenset(
    {
        CertificateState.ACTIVE,
        CertificateState.RETURNED,
        CertificateState.SUSPENDED,
        CertificateState.REVOKED,
    }
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the examination: from which state to which, and who takes it."""

    to: CertificateState
    permission: Permission
    levels: frozenset[RegionLevel]
    by: str
    at: str
    action: str


_STEPS = {
    CertificateState.APPLIED: _Step(
        CertificateState.COUNTY_CERTIFIED,
        Permission.CERTIFICATE_CERTIFY,
        frozenset(RegionLevel),
        "county_certified_by",
        "county_certified_at",
        "certificate.county_certified",
    ),
    CertificateState.COUNTY_CERTIFIED: _Step(
        CertificateState.CITY_REVIEWED,
        Permission.CERTIFICATE_APPROVE,
        frozenset({RegionLevel.CITY, RegionLevel.PROVINCE}),
        "city_reviewed_by",
        "city_reviewed_at",
        "certificate.city_reviewed",
    ),
    CertificateState.CITY_REVIEWED: _Step(
        CertificateState.ACTIVE,
        Permission.CERTIFICATE_APPROVE,
        frozenset({RegionLevel.PROVINCE}),
        "activated_by",
        "activated_at",
        "certificate.activated",
    ),
}
PLATFORM_NAME = "平台（代省级复核）"


def apply_for_certificate(
    actor: Actor, product: Product, *, valid_from: date, valid_to: date, **linkage: int
) -> Certificate:
    """Apply for a product's certification; the product is locked, so its facts stand still.

    Linkage: ``linked_households``, ``linked_villages``, ``linked_jobs``, ``linked_income_fen``.
    """
    if product.state is ListingState.WITHDRAWN:
        raise CertificateStepRefused(state=str(product.state))
    if product.judged_origin_code is None:
        raise OriginUnknown(fields={"main_material_code": OriginUnknown.title})
    _check_validity(valid_from, valid_to)
    if queries.has_application(product.id):
        raise ApplicationPending
    certificate = Certificate(
        cooperative_id=product.cooperative_id,
        product_id=product.id,
        origin_code=product.judged_origin_code,
        state=CertificateState.APPLIED,
        valid_from=valid_from,
        valid_to=valid_to,
        applied_by=actor.account_id,
        applied_at=clock.now(),
        **linkage,
    )
    db.session.add(certificate)
    db.session.flush()
    after = {"product_id": str(product.id), "valid_to": valid_to.isoformat(), **linkage}
    audit.record("certificate.applied", "certificate", certificate.id, actor=actor, after=after)
    return certificate


def _check_validity(valid_from: date, valid_to: date) -> None:
    if valid_to < valid_from:
        raise Unprocessable(
            fields={"valid_to": Text("不能早于有效期起始日", "Must not be before valid_from")}
        )
    if valid_to < clock.today():
        raise Unprocessable(fields={"valid_to": Text("有效期已过", "This period is over")})
    if valid_to - valid_from > LONGEST_VALIDITY:
        raise Unprocessable(
            fields={
                "valid_to": Text("有效期最长五年", "A certificate is valid for five years at most")
            }
        )


def certify(actor: Actor, certificate: Certificate) -> None:
    """Certify an application for the county: counts attested, product from here."""
    _require(certificate, CertificateState.APPLIED)
    _advance(actor, certificate)


def approve(actor: Actor, certificate: Certificate) -> None:
    """Review for the city, or activate for the province, whichever is next."""
    _require(certificate, CertificateState.COUNTY_CERTIFIED, CertificateState.CITY_REVIEWED)
    _advance(actor, certificate)


def _advance(actor: Actor, certificate: Certificate) -> None:
    step, office = _next_step(actor, certificate)
    setattr(certificate, step.by, actor.account_id)
    setattr(certificate, step.at, clock.now())
    if step.to is CertificateState.ACTIVE:
        queries.lock_product_of(certificate)
        if queries.has_overlap(certificate):
            raise CertificateOverlaps
        certificate.certificate_no = new_number(NUMBER_PREFIX)
        certificate.issuer_office_id = office.id if office else None
        certificate.issuer_name = office.name if office else PLATFORM_NAME
    _move(actor, certificate, step.to, step.action)


def return_application(actor: Actor, certificate: Certificate, *, reason: str) -> None:
    """Send an application back with the reason; the cooperative may apply again."""
    _next_step(actor, certificate)
    _move(actor, certificate, CertificateState.RETURNED, "certificate.returned", reason)


def _next_step(actor: Actor, certificate: Certificate) -> tuple[_Step, Office | None]:
    """Return the step that comes next and the office by which the actor takes it."""
    step = _STEPS.get(certificate.state)
    if step is None:
        raise CertificateStepRefused(state=str(certificate.state))
    mine = actor.scopes(step.permission, ScopeKind.OFFICE)
    offices = [o for o in list_offices_over(certificate.origin_code) if o.id in mine]
    office = next((o for o in offices if o.level in step.levels), None)
    is_last = step.to is CertificateState.ACTIVE
    if office is None and not (is_last and actor.is_platform(step.permission)):
        raise CertificateStepNotYours
    earlier = (
        certificate.applied_by, certificate.county_certified_by, certificate.city_reviewed_by,
    )  # fmt: skip
    if actor.account_id in earlier:
        raise SameExaminer
    return step, office


def suspend_certificate(actor: Actor, certificate: Certificate, *, reason: str) -> None:
    """Stop a certificate from vouching for sales while something is looked into."""
    _require(certificate, CertificateState.ACTIVE)
    _move(actor, certificate, CertificateState.SUSPENDED, "certificate.suspended", reason)


def reinstate_certificate(actor: Actor, certificate: Certificate, *, reason: str) -> None:
    """Let a suspended certificate vouch again, from now on."""
    _require(certificate, CertificateState.SUSPENDED)
    _move(actor, certificate, CertificateState.ACTIVE, "certificate.reinstated", reason)


def revoke_certificate(actor: Actor, certificate: Certificate, *, reason: str) -> None:
    """End a certificate for good; sales already judged stay as they were judged."""
    _require(certificate, CertificateState.ACTIVE, CertificateState.SUSPENDED)
    _move(actor, certificate, CertificateState.REVOKED, "certificate.revoked", reason)


def _require(certificate: Certificate, *states: CertificateState) -> None:
    if certificate.state not in states:
        raise CertificateStepRefused(state=str(certificate.state))


def _move(
    actor: Actor,
    certificate: Certificate,
    state: CertificateState,
    action: str,
    reason: str | None = None,
) -> None:
    before = {"state": str(certificate.state), "version": certificate.version}
    certificate.state = state
    certificate.reason = reason
    certificate.version += 1
    db.session.flush()
    after: dict[str, Any] = {"state": str(state), "version": certificate.version}
    if reason:
        after["reason"] = reason
    audit.record(action, "certificate", certificate.id, actor=actor, before=before, after=after)
    if state in _TOLD:
        announce(
            EventKind(f"certificate.{state}"),
            subject_id=certificate.id,
            cooperative_id=certificate.cooperative_id,
            facts={"state": state, "product_id": certificate.product_id},
        )


def next_step_of(certificate: Certificate, actor: Actor) -> CertificateState | None:
    """Return the state into which the actor may bring a certificate, or None (for pages)."""
    try:
        step, _ = _next_step(actor, certificate)
    except (CertificateStepRefused, CertificateStepNotYours, SameExaminer):
        return None
    return step.to
