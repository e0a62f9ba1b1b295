"""Commands in and requisitions out."""

from marshmallow import fields, validate

from marketplace.fields import TextField
from marketplace.http import ListQuerySchema, Schema
from orders.checkout.schemas import PlaceTradeSchema, RecipientCommandSchema
from orders.requisitions.models import RequisitionState


class PurposeSchema(Schema):
    """What the goods are for, in the clerk's words."""

    purpose = TextField(minimum=0, maximum=200, load_default="", multiline=True)


class SubmitRequisitionSchema(PlaceTradeSchema, PurposeSchema):
    """A quote accepted by the clerk, like placing a trade, and what the goods are for."""


class ResubmitRequisitionSchema(Schema):
    """The quote of now, accepted by the clerk."""

    quote_digest = fields.String(required=True, validate=validate.Length(1, 64))


class RefuseRequisitionSchema(Schema):
    """Why it is refused."""

    reason = TextField(required=True, minimum=1, maximum=200, multiline=True)


class RequisitionQuerySchema(ListQuerySchema):
    """Which requisitions: one's own, those that wait for one's decision, or all one may see."""

    show = fields.String(load_default="all", validate=validate.OneOf(("all", "mine", "waiting")))
    state = fields.Enum(RequisitionState, by_value=True, load_default=None)


class RequisitionSchema(Schema):
    """A requisition with the quote as it was shown. Without the person who receives the goods."""

    id = fields.UUID()
    requisition_no = fields.String()
    buying_unit_id = fields.UUID()
    buying_unit_name = fields.String()
    state = fields.Enum(RequisitionState, by_value=True)
    state_name = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    requested_by = fields.UUID()
    requested_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    purpose = fields.String()
    ship_to_code = fields.Function(
        lambda row: row.request["ship_to_code"], metadata={"type": "string"}
    )
    # JSON already: kept as it was shown, described as what it was.
    quote = fields.Raw(attribute="shown", metadata={"type": "object"})
    total_fen = fields.Integer()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    answer = fields.String(allow_none=True)
    trade_id = fields.UUID(allow_none=True)
    version = fields.Integer()


class ShownRequisitionSchema(RequisitionSchema):
    """One requisition with its recipient, for the people of the unit, and what the caller may do."""

    ship_to = fields.Nested(RecipientCommandSchema, allow_none=True)
    actions = fields.List(fields.String())


class RequisitionPageSchema(Schema):
    """One page of requisitions, the newest first."""

    items = fields.List(fields.Nested(RequisitionSchema))
    next = fields.String(allow_none=True)
