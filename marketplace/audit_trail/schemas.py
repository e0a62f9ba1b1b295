"""What the API asks and shows of the audit trail."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from marketplace.fields import IdField, TextField
from marketplace.http import ListQuerySchema, Schema


class AuditQuerySchema(ListQuerySchema):
    """Which entries; a subject's id needs its kind, as the index does."""

    account_id = IdField(load_default=None)
    action = TextField(maximum=100, load_default=None)
    subject_kind = TextField(maximum=100, load_default=None)
    subject_id = TextField(maximum=200, load_default=None)
    since = fields.AwareDateTime(load_default=None)
    until = fields.AwareDateTime(load_default=None)

    @validates_schema
    def check_subject(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a subject's id without its kind."""
        if data["subject_id"] is not None and data["subject_kind"] is None:
            raise ValidationError("Missing data for required field.", "subject_kind")


class AuditEntrySchema(Schema):
    """One deed. Personal data is never part of it."""

    id = fields.UUID()
    at = fields.DateTime()
    account_id = fields.UUID(allow_none=True)
    # "system" with an account: drawn by the system from what this account did.
    actor_kind = fields.String(allow_none=True)
    action = fields.String()
    subject_kind = fields.String()
    subject_id = fields.String()
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    address = fields.String(allow_none=True)
    request_id = fields.String(allow_none=True)


class AuditPageSchema(Schema):
    """One page of the trail."""

    items = fields.List(fields.Nested(AuditEntrySchema))
    next = fields.String(allow_none=True)
