"""Releasing several statements, as the API takes and tells it."""

from marshmallow import fields, validate

from marketplace.fields import IdField
from marketplace.http import Schema
from orders.releases.service import MOST
from orders.settlements.states import StatementState


class ReleaseStatementsSchema(Schema):
    """Which statements."""

    statement_ids = fields.List(IdField(), required=True, validate=validate.Length(min=1, max=MOST))


class ReleaseOutcomeSchema(Schema):
    """What became of one: its state now, and why it was not released, if it was not."""

    statement_id = fields.UUID()
    statement_no = fields.String(
        attribute="statement.statement_no", dump_default=None, allow_none=True
    )
    state = fields.Enum(
        StatementState,
        by_value=True,
        attribute="statement.state",
        dump_default=None,
        allow_none=True,
    )
    refusal = fields.String(
        attribute="refusal.code", dump_default=None, allow_none=True,
        metadata={"description": "The code of the problem; null where the officer's word is noted"},
    )  # fmt: skip


class ReleaseOutcomesSchema(Schema):
    """One row for each statement."""

    items = fields.List(fields.Nested(ReleaseOutcomeSchema))
