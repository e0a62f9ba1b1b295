"""The API of certification."""

import uuid
from collections.abc import Callable
from typing import Any

from marketplace.cursors import Page
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, idempotent, requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.permissions import Permission
from products.catalogue.queries import lock_product
from products.certificates import queries, service
from products.certificates.models import Certificate
from products.certificates.schemas import (
    ApplyForCertificateSchema,
    CertificatePageSchema,
    CertificateQuerySchema,
    CertificateReasonSchema,
    CertificateSchema,
)

blp = ApiBlueprint(
    "certificates", __name__, url_prefix="/api/v1", description="帮扶产品认定 Certificates"
)

Answer = tuple[Certificate, int, dict[str, str]]


def _shown(certificate: Certificate, status: int = 200) -> Answer:
    return certificate, status, {"ETag": etag_of(certificate.version)}


@blp.route("/products/<uuid:product_id>/certificates", methods=["POST"])
@requires(Permission.CERTIFICATE_APPLY)
@idempotent
@blp.arguments(ApplyForCertificateSchema)
@blp.response(201, CertificateSchema)
def apply_for_certificate(command: dict[str, Any], product_id: uuid.UUID) -> Answer:
    """Apply for the certification of a product."""
    actor = current_actor()
    with transaction():
        product = lock_product(actor, product_id, Permission.CERTIFICATE_APPLY)
        return _shown(service.apply_for_certificate(actor, product, **command), 201)


@blp.route("/certificates", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.arguments(CertificateQuerySchema, location="query")
@blp.response(200, CertificatePageSchema)
def list_certificates(query: dict[str, Any]) -> Page[Certificate]:
    """List the certificates of one's cooperative, or of the region one answers for."""
    return queries.list_certificates(current_actor(), **query)


@blp.route("/certificates/<uuid:certificate_id>", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.response(200, CertificateSchema)
def get_certificate(certificate_id: uuid.UUID) -> Answer:
    """Show a certificate with its papers."""
    return _shown(queries.get_certificate(current_actor(), certificate_id))


def _step(
    certificate_id: uuid.UUID,
    permission: Permission,
    take: Callable[[Actor, Certificate], None],
) -> Answer:
    actor = current_actor()
    with transaction():
        certificate = queries.lock_certificate(actor, certificate_id, permission)
        check_if_match(certificate.version)
        take(actor, certificate)
        return _shown(certificate)


@blp.route("/certificates/<uuid:certificate_id>/certify", methods=["POST"])
@requires(Permission.CERTIFICATE_CERTIFY)
@blp.response(200, CertificateSchema)
def certify_certificate(certificate_id: uuid.UUID) -> Answer:
    """The county certifies: the linkage counts are right, the product is from here."""
    return _step(certificate_id, Permission.CERTIFICATE_CERTIFY, service.certify)


@blp.route("/certificates/<uuid:certificate_id>/approve", methods=["POST"])
@requires(Permission.CERTIFICATE_APPROVE)
@blp.response(200, CertificateSchema)
def approve_certificate(certificate_id: uuid.UUID) -> Answer:
    """The city reviews, then the province (or the platform) activates."""
    return _step(certificate_id, Permission.CERTIFICATE_APPROVE, service.approve)


def _reasoned_step(
    certificate_id: uuid.UUID,
    permission: Permission,
    take: Callable[..., None],
    command: dict[str, Any],
) -> Answer:
    return _step(certificate_id, permission, lambda actor, row: take(actor, row, **command))


@blp.route("/certificates/<uuid:certificate_id>/return", methods=["POST"])
@requires(Permission.CERTIFICATE_CERTIFY)
@blp.arguments(CertificateReasonSchema)
@blp.response(200, CertificateSchema)
def return_application(command: dict[str, Any], certificate_id: uuid.UUID) -> Answer:
    """Send an application back with the reason; the cooperative may apply again."""
    return _reasoned_step(
        certificate_id, Permission.CERTIFICATE_CERTIFY, service.return_application, command
    )


@blp.route("/certificates/<uuid:certificate_id>/suspend", methods=["POST"])
@requires(Permission.CERTIFICATE_APPROVE)
@blp.arguments(CertificateReasonSchema)
@blp.response(200, CertificateSchema)
def suspend_certificate(command: dict[str, Any], certificate_id: uuid.UUID) -> Answer:
    """Stop a certificate from vouching for sales while something is looked into."""
    return _reasoned_step(
        certificate_id, Permission.CERTIFICATE_APPROVE, service.suspend_certificate, command
    )


@blp.route("/certificates/<uuid:certificate_id>/reinstate", methods=["POST"])
@requires(Permission.CERTIFICATE_APPROVE)
@blp.arguments(CertificateReasonSchema)
@blp.response(200, CertificateSchema)
def reinstate_certificate(command: dict[str, Any], certificate_id: uuid.UUID) -> Answer:
    """Let a suspended certificate vouch again."""
    return _reasoned_step(
        certificate_id, Permission.CERTIFICATE_APPROVE, service.reinstate_certificate, command
    )


@blp.route("/certificates/<uuid:certificate_id>/revoke", methods=["POST"])
@requires(Permission.CERTIFICATE_APPROVE)
@blp.arguments(CertificateReasonSchema)
@blp.response(200, CertificateSchema)
def revoke_certificate(command: dict[str, Any], certificate_id: uuid.UUID) -> Answer:
    """End a certificate for good."""
    return _reasoned_step(
        certificate_id, Permission.CERTIFICATE_APPROVE, service.revoke_certificate, command
    )
