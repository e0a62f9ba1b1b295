"""Certificates in words: state, validity, linkage, and the step that one may take."""

from __future__ import annotations

import uuid
from typing import Any

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.money import yuan
from partners.regions.queries import tree
from products.certificates.models import Certificate, CertificateState
from products.certificates.queries import list_certificates
from products.certificates.service import next_step_of

STATES = {
    CertificateState.APPLIED: Text("待县级认定", "Waiting for the county"),
    CertificateState.COUNTY_CERTIFIED: Text(
        "县级已认定，待市级审核", "Certified, waiting for the city"
    ),
    CertificateState.CITY_REVIEWED: Text(
        "市级已审核，待省级复核", "Reviewed, waiting for the province"
    ),
    CertificateState.ACTIVE: Text("已生效", "Active"),
    CertificateState.RETURNED: Text("已退回", "Returned"),
    CertificateState.SUSPENDED: Text("已暂停", "Suspended"),
    CertificateState.REVOKED: Text("已撤销", "Revoked"),
}
_EXPIRED = Text("已过期", "Expired")
_TONES = {
    CertificateState.APPLIED: "pending",
    CertificateState.COUNTY_CERTIFIED: "pending",
    CertificateState.CITY_REVIEWED: "pending",
    CertificateState.ACTIVE: "confirmed",
    CertificateState.RETURNED: "attention",
    CertificateState.SUSPENDED: "attention",
    CertificateState.REVOKED: "attention",
}
_STEPS = {
    CertificateState.COUNTY_CERTIFIED: ("certify", Text("县级认定", "Certify")),
    CertificateState.CITY_REVIEWED: ("approve", Text("市级审核通过", "Review")),
    CertificateState.ACTIVE: ("approve", Text("省级复核，予以生效", "Activate")),
}


def view(certificate: Certificate, actor: Actor) -> dict[str, Any]:
    """Return a certificate as pages show it."""
    is_expired = (
        certificate.state is CertificateState.ACTIVE and certificate.valid_to < clock.today()
    )
    step = next_step_of(certificate, actor)
    return {
        "id": certificate.id,
        "version": certificate.version,
        "product_id": certificate.product_id,
        "cooperative_id": certificate.cooperative_id,
        "certificate_no": certificate.certificate_no,
        "issuer_name": certificate.issuer_name,
        "state_label": _EXPIRED if is_expired else STATES[certificate.state],
        "tone": "" if is_expired else _TONES[certificate.state],
        "origin": tree().full_name(certificate.origin_code),
        "valid_from": certificate.valid_from,
        "valid_to": certificate.valid_to,
        "linkage": _linkage(certificate),
        "reason": certificate.reason,
        "applied_at": certificate.applied_at,
        "step": _STEPS.get(step) if step is not None else None,
    }


def _linkage(certificate: Certificate) -> str:
    said = Text(
        "{households} 户，{villages} 个村，{jobs} 人就业，增收 {income} 元",
        "{households} households, {villages} villages, {jobs} jobs, {income} yuan of income",
    )
    return str(
        said.format(
            households=certificate.linked_households,
            villages=certificate.linked_villages,
            jobs=certificate.linked_jobs,
            income=yuan(certificate.linked_income_fen),
        )
    )


def shown_certificates(actor: Actor, product_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return a product's certificates, the newest first."""
    page = list_certificates(actor, product_id=product_id)
    return [view(certificate, actor) for certificate in page.items]
