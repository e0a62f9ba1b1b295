"""Commands in: applications, answers, waybills, and refunds given of the cooperative's own accord."""

from marshmallow import fields

from marketplace.fields import FenField, IdField, QuantityField, TextField
from marketplace.http import ListQuerySchema, Schema
from orders.aftersales.models import CaseCause, CaseKind
from orders.fulfilment.schemas import WaybillSchema
from orders.orderbook.schemas import AftersalesCaseSchema
from orders.trades.states import AftersalesState
from partners.return_addresses.schemas import ConsigneeSchema


class _AmountSchema(Schema):
    order_line_id = IdField(required=True)
    quantity = QuantityField(load_default=0, minimum=0)
    amount_fen = FenField(load_default=None, allow_none=True, minimum=1)
    reason = TextField(minimum=2, maximum=500, required=True, multiline=True)


class RefundApplicationSchema(_AmountSchema):
    """What the buyer wants of a line: so many pieces, or an amount, or an amount for so many."""

    kind = fields.Enum(CaseKind, by_value=True, load_default=CaseKind.REFUND_ONLY)
    cause = fields.Enum(CaseCause, by_value=True, load_default=CaseCause.OTHER)


class GivenRefundSchema(_AmountSchema):
    """Money given by the cooperative; some shipped pieces may be back and sellable."""

    put_back_quantity = QuantityField(load_default=0, minimum=0)


class AgreementSchema(Schema):
    """An agreement; ``put_back_quantity`` shipped pieces came back and can be sold again.

    ``return_to`` says where goods are to be sent, and is kept for the next time.
    """

    put_back_quantity = QuantityField(load_default=0, minimum=0)
    answer = TextField(load_default=None, allow_none=True, maximum=500, multiline=True)
    return_to = fields.Nested(ConsigneeSchema, load_default=None, allow_none=True)


class RefusalSchema(Schema):
    """A refusal says why."""

    answer = TextField(minimum=2, maximum=500, required=True, multiline=True)


class EscalationSchema(Schema):
    """What the platform is told."""

    reason = TextField(minimum=2, maximum=500, required=True, multiline=True)


class InterceptionSchema(EscalationSchema):
    """Why what is on its way is not wanted any more."""


class GoodsReceivedSchema(Schema):
    """Goods came back; so many of them can be sold again."""

    put_back_quantity = QuantityField(required=True, minimum=0)
    note = TextField(load_default=None, allow_none=True, maximum=500, multiline=True)


class SentBackSchema(WaybillSchema):
    """The waybill under which goods travel."""


class CaseListQuerySchema(ListQuerySchema):
    """Which cases."""

    state = fields.Enum(AftersalesState, by_value=True, load_default=None)
    order_id = IdField(load_default=None)


class CasePageSchema(Schema):
    """One page of cases."""

    items = fields.List(fields.Nested(AftersalesCaseSchema))
    next = fields.String(allow_none=True)
