"""Commands in: applications, answers, and refunds given of the cooperative's own accord."""

from marshmallow import fields

from marketplace.fields import FenField, IdField, QuantityField, TextField
from marketplace.http import ListQuerySchema, Schema
from orders.orderbook.schemas import AftersalesCaseSchema
from orders.trades.states import AftersalesState


class RefundApplicationSchema(Schema):
    """A refund of a line: so many pieces, or an amount, or an amount for so many pieces."""

    order_line_id = IdField(required=True)
    quantity = QuantityField(load_default=0, minimum=0)
    amount_fen = FenField(load_default=None, allow_none=True, minimum=1)
    reason = TextField(minimum=2, maximum=500, required=True, multiline=True)


class GivenRefundSchema(RefundApplicationSchema):
    """The same, given by the cooperative; some shipped pieces may be back and sellable."""

    put_back_quantity = QuantityField(load_default=0, minimum=0)


class AgreementSchema(Schema):
    """An agreement; ``put_back_quantity`` shipped pieces came back and can be sold again."""

    put_back_quantity = QuantityField(load_default=0, minimum=0)
    answer = TextField(load_default=None, allow_none=True, maximum=500, multiline=True)


class RefusalSchema(Schema):
    """A refusal says why."""

    answer = TextField(minimum=2, maximum=500, required=True, multiline=True)


class CaseListQuerySchema(ListQuerySchema):
    """Which cases."""

    state = fields.Enum(AftersalesState, by_value=True, load_default=None)
    order_id = IdField(load_default=None)


class CasePageSchema(Schema):
    """One page of cases."""

    items = fields.List(fields.Nested(AftersalesCaseSchema))
    next = fields.String(allow_none=True)
