"""What the API takes in and shows of certificates."""

from typing import Any

from marshmallow import fields

from marketplace import clock
from marketplace.fields import FenField, IdField, QuantityField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.regions.queries import tree
from products.certificates.models import CertificateState

MAX_INCOME_FEN = 10**12


class ApplyForCertificateSchema(Schema):
    """An application with its linkage counts; names of beneficiaries are never asked for."""

    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    linked_households = QuantityField(required=True, minimum=0)
    linked_villages = QuantityField(required=True, minimum=0)
    linked_jobs = QuantityField(required=True, minimum=0)
    linked_income_fen = FenField(required=True, maximum=MAX_INCOME_FEN)


class CertificateReasonSchema(Schema):
    """Why a certificate is returned, suspended, reinstated or revoked."""

    reason = TextField(required=True, maximum=500, multiline=True)


class CertificateQuerySchema(ListQuerySchema):
    """Which certificates: in a state, of a product."""

    state = fields.Enum(CertificateState, by_value=True, load_default=None)
    product_id = IdField(load_default=None)


def _is_in_force(certificate: Any) -> bool:
    return bool(certificate.is_in_force(clock.today()))


class CertificateSchema(Schema):
    """A certificate with its papers."""

    id = fields.UUID()
    cooperative_id = fields.UUID()
    product_id = fields.UUID()
    certificate_no = fields.String(allow_none=True)
    state = fields.Enum(CertificateState, by_value=True)
    is_in_force = fields.Function(_is_in_force, metadata={"type": "boolean"})
    origin_code = fields.String()
    origin_name = fields.Function(
        lambda row: tree().full_name(row.origin_code), metadata={"type": "string"}
    )
    issuer_name = fields.String(allow_none=True)
    valid_from = fields.Date()
    valid_to = fields.Date()
    linked_households = fields.Integer()
    linked_villages = fields.Integer()
    linked_jobs = fields.Integer()
    linked_income_fen = fields.Integer()
    applied_at = fields.AwareDateTime()
    county_certified_at = fields.AwareDateTime(allow_none=True)
    city_reviewed_at = fields.AwareDateTime(allow_none=True)
    activated_at = fields.AwareDateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    version = fields.Integer()


class CertificatePageSchema(Schema):
    """One page of certificates."""

    items = fields.List(fields.Nested(CertificateSchema))
    next = fields.String(allow_none=True)
