"""Every select on certificates; who may see and take a step on which."""

import uuid
from typing import Any

from sqlalchemy import Select, false, or_, select, true

from marketplace.cursors import Page, paginate
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission, ScopeKind
from partners.offices.queries import governed_by
from products.catalogue.models import Product
from products.certificates.errors import CertificateNotFound
from products.certificates.models import IN_PROGRESS, LIVE, Certificate, CertificateState


def visible_to(actor: Actor) -> Select[Any]:
    """Return the certificates of the actor's cooperatives and of the regions it answers for."""
    mine = actor.scopes(Permission.CERTIFICATE_APPLY, ScopeKind.COOPERATIVE)
    is_auditor = actor.is_platform(Permission.COOPERATIVE_READ)
    return select(Certificate).where(
        or_(
            Certificate.cooperative_id.in_(mine),
            true() if is_auditor else false(),
            _governed(actor, Permission.CERTIFICATE_CERTIFY),
            _governed(actor, Permission.CERTIFICATE_APPROVE),
        )
    )


def manageable_by(actor: Actor, permission: Permission) -> Select[Any]:
    """Return the certificates on which the actor may act with a permission, by its regions."""
    return select(Certificate).where(_governed(actor, permission))


def _governed(actor: Actor, permission: Permission) -> Any:
    return governed_by(actor, permission, Certificate.origin_code)


def get_certificate(actor: Actor, certificate_id: uuid.UUID) -> Certificate:
    """Return a certificate that the actor may see."""
    return _one(visible_to(actor).where(Certificate.id == certificate_id))


def lock_certificate(
    actor: Actor, certificate_id: uuid.UUID, permission: Permission
) -> Certificate:
    """Return a certificate on which the actor may act, locked."""
    statement = manageable_by(actor, permission).where(Certificate.id == certificate_id)
    return _one(statement.with_for_update(of=Certificate))


def lock_product_of(certificate: Certificate) -> None:
    """Lock the certified product, so that two activations of it stand in line."""
    statement = select(Product.id).where(
        Product.cooperative_id == certificate.cooperative_id, Product.id == certificate.product_id
    )
    db.session.execute(statement.with_for_update(key_share=True))


def _one(statement: Select[Any]) -> Certificate:
    certificate: Certificate | None = db.session.scalar(
        statement.execution_options(populate_existing=True)
    )
    if certificate is None:
        raise CertificateNotFound
    return certificate


def list_certificates(
    actor: Actor,
    *,
    state: CertificateState | None = None,
    product_id: uuid.UUID | None = None,
    limit: int = 20,
    after: str | None = None,
) -> Page[Certificate]:
    """Return the certificates that the actor may see, newest application first."""
    statement = visible_to(actor)
    if state is not None:
        statement = statement.where(Certificate.state == state)
    if product_id is not None:
        statement = statement.where(Certificate.product_id == product_id)
    return paginate(statement, [(Certificate.id, "desc")], limit, after)


def has_live_certificate(product_id: uuid.UUID) -> bool:
    """Tell whether a product is certified or being certified."""
    return _exists(Certificate.product_id == product_id, Certificate.state.in_(LIVE))


def has_application(product_id: uuid.UUID) -> bool:
    """Tell whether an application for a product is being examined."""
    return _exists(Certificate.product_id == product_id, Certificate.state.in_(IN_PROGRESS))


def has_overlap(certificate: Certificate) -> bool:
    """Tell whether another certificate of the product stands in the same period."""
    return _exists(
        Certificate.product_id == certificate.product_id,
        Certificate.id != certificate.id,
        Certificate.state.in_((CertificateState.ACTIVE, CertificateState.SUSPENDED)),
        Certificate.valid_from <= certificate.valid_to,
        Certificate.valid_to >= certificate.valid_from,
    )


def _exists(*conditions: Any) -> bool:
    return db.session.scalar(select(Certificate.id).where(*conditions).limit(1)) is not None
