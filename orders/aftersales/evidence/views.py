"""The API of evidence."""

import uuid
from typing import Any

from flask import Response
from marshmallow import fields

from marketplace.http import FILE, ApiBlueprint, Schema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.aftersales.evidence import queries, service
from orders.aftersales.evidence.models import Evidence
from orders.aftersales.evidence.uploads import take_photo
from orders.trades.states import By
from products.media.schemas import AddPhotoSchema

blp = ApiBlueprint(
    "evidence", __name__, url_prefix="/api/v1/aftersales", description="售后凭证 Evidence"
)


class EvidenceSchema(Schema):
    """A photo of a case."""

    id = fields.UUID()
    case_id = fields.UUID()
    party = fields.Enum(By, by_value=True)
    width = fields.Integer()
    height = fields.Integer()
    uploaded_at = fields.AwareDateTime()


def _take(files: dict[str, Any], case_id: uuid.UUID, party: By) -> Evidence:
    upload = files.get("photo")
    return take_photo(current_actor(), case_id, party, upload.stream if upload else None)


@blp.route("/<uuid:case_id>/evidence", methods=["POST"])
@requires(Permission.AFTER_SALES_APPLY)
@idempotent(steps=True)
@blp.arguments(AddPhotoSchema, location="files")
@blp.response(201, EvidenceSchema)
@blp.alt_response(413, description="The file is over 8 MB")
def add_evidence(files: dict[str, Any], case_id: uuid.UUID) -> Evidence:
    """Add a photo to a case as its buyer."""
    return _take(files, case_id, By.BUYER)


@blp.route("/<uuid:case_id>/answer-evidence", methods=["POST"])
@requires(Permission.AFTER_SALES_ANSWER)
@idempotent(steps=True)
@blp.arguments(AddPhotoSchema, location="files")
@blp.response(201, EvidenceSchema)
@blp.alt_response(413, description="The file is over 8 MB")
def add_answer_evidence(files: dict[str, Any], case_id: uuid.UUID) -> Evidence:
    """Add a photo to a case as its cooperative."""
    return _take(files, case_id, By.COOPERATIVE)


@blp.route("/<uuid:case_id>/evidence/<uuid:evidence_id>", methods=["GET"])
@requires(Permission.ORDER_READ)
@blp.response(200, FILE, content_type="image/webp", description="The photo")
def get_evidence(case_id: uuid.UUID, evidence_id: uuid.UUID) -> Response:
    """Send a photo of a case, to its two sides and the platform only."""
    return photo_response(case_id, evidence_id, "large")


def photo_response(case_id: uuid.UUID, evidence_id: uuid.UUID, size: service.Size) -> Response:
    """Return a photo as an answer that no shared cache keeps."""
    evidence = queries.get_evidence(current_actor(), case_id, evidence_id)
    response = Response(service.read_picture(evidence, size), content_type="image/webp")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
