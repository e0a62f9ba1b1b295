"""Invoices in and out."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.fields import FenField, IdField, Matches, RateField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from marketplace.money import MAX_FEN
from orders.invoice_titles.schemas import DetailsOutSchema
from orders.invoices.issuing import NUMBER
from orders.invoices.states import (
    InvoiceKind,
    InvoiceState,
    InvoiceType,
    OrderInvoicing,
    TaxTreatment,
)

MONTH = r"\A20[0-9]{2}-(0[1-9]|1[0-2])\Z"
_A_MONTH = Matches(MONTH, Text("应为月份，如 2026-03", "Enter a month such as 2026-03"))
NUMBER_EXPECTED = Text(
    "发票号码应为 20 位数字（数电票）；旧版发票为代码加号码，18 或 20 位",
    "An invoice number has 20 digits; an older invoice's is code and number together, 18 or 20",
)
# No rate of this tax comes near; what is above is a slip of the pen.
MAX_RATE_BP = 3000
MAX_ORDERS = 100


class WishSchema(Schema):
    """To whom an invoice is to be made out, and of which type."""

    title_id = IdField(required=True)
    invoice_type = fields.Enum(InvoiceType, by_value=True, load_default=InvoiceType.ORDINARY)
    note = TextField(minimum=0, maximum=200, load_default=None, allow_none=True)


class RequestInvoiceSchema(WishSchema):
    """Of which orders: one, or several of one unit and one cooperative."""

    order_ids = fields.List(
        IdField(), required=True, validate=validate.Length(min=1, max=MAX_ORDERS)
    )


class RequestMonthSchema(WishSchema):
    """Of what a unit bought of a cooperative in a month."""

    buying_unit_id = IdField(required=True)
    cooperative_id = IdField(required=True)
    month = fields.String(required=True, validate=_A_MONTH)


class MonthQuerySchema(Schema):
    """Whose purchases of which month."""

    buying_unit_id = IdField(required=True)
    month = fields.String(required=True, validate=_A_MONTH)


class ReasonSchema(Schema):
    """Why a request is declined, or an invoice taken back."""

    reason = TextField(minimum=2, maximum=200, required=True)


class LineTaxSchema(Schema):
    """How a line is declared; an exempt one has no rate and says what the exemption rests on."""

    line_id = IdField(required=True)
    treatment = fields.Enum(TaxTreatment, by_value=True, required=True)
    rate_bp = RateField(maximum=MAX_RATE_BP, load_default=0)
    basis = TextField(minimum=0, maximum=100, load_default=None, allow_none=True)


class IssueInvoiceSchema(Schema):
    """What was issued, as the file states it; a red invoice's taxes are those of the blue one."""

    number = fields.String(
        required=True, validate=Matches(rf"\A(?:{NUMBER.pattern})\Z", NUMBER_EXPECTED)
    )
    issued_on = fields.Date(required=True)
    amount_fen = FenField(
        required=True,
        minimum=-MAX_FEN,
        metadata={"description": "Tax included; a red invoice's with its minus or without it"},
    )
    taxes = fields.List(fields.Nested(LineTaxSchema), load_default=list)


class InvoiceFileSchema(Schema):
    """The issued file as a multipart upload: PDF, OFD or XML, up to 5 MB."""

    # Looked for after the invoice: a stranger hears that it is not there, whatever is sent.
    file = Upload()


class InvoiceQuerySchema(ListQuerySchema):
    """Whose invoices; ``overdue`` leaves those that their seller should have issued."""

    standing = fields.String(
        load_default="buyer", validate=validate.OneOf(["buyer", "seller", "all"])
    )
    kind = fields.Enum(InvoiceKind, by_value=True, load_default=None)
    state = fields.Enum(InvoiceState, by_value=True, load_default=None)
    buying_unit_id = IdField(load_default=None)
    cooperative_id = IdField(load_default=None)
    overdue = fields.Boolean(load_default=False)


class InvoiceLineSchema(Schema):
    """A line as it is printed; amounts include the tax."""

    id = fields.UUID(attribute="line.id")
    order_id = fields.UUID(attribute="line.order_id")
    order_no = fields.String()
    order_line_id = fields.UUID(attribute="line.order_line_id", allow_none=True)
    name = fields.String(attribute="line.name")
    spec = fields.String(attribute="line.spec")
    unit = fields.String(attribute="line.unit")
    quantity = fields.Integer(attribute="line.quantity")
    price_fen = fields.Integer(attribute="line.price_fen")
    unit_price = fields.String(allow_none=True)
    amount_fen = fields.Integer(attribute="line.amount_fen")
    tax_treatment = fields.Enum(
        TaxTreatment, by_value=True, attribute="line.tax_treatment", allow_none=True
    )
    tax_rate_bp = fields.Integer(attribute="line.tax_rate_bp", allow_none=True)
    tax_basis = fields.String(attribute="line.tax_basis", allow_none=True)
    tax_fen = fields.Integer(attribute="line.tax_fen")
    reversed_fen = fields.Integer(attribute="line.reversed_fen")


class InvoiceSchema(Schema):
    """An invoice as the caller may see it; ``actions`` is what the caller may do with it now."""

    id = fields.UUID(attribute="invoice.id")
    request_no = fields.String(attribute="invoice.request_no")
    kind = fields.Enum(InvoiceKind, by_value=True, attribute="invoice.kind")
    invoice_type = fields.Enum(InvoiceType, by_value=True, attribute="invoice.invoice_type")
    state = fields.Enum(InvoiceState, by_value=True, attribute="invoice.state")
    state_title = fields.String()
    actions = fields.List(fields.String())
    cooperative_id = fields.UUID(attribute="invoice.cooperative_id")
    cooperative_name = fields.String(attribute="invoice.cooperative_name")
    buying_unit_id = fields.UUID(attribute="invoice.buying_unit_id", allow_none=True)
    buying_unit_name = fields.String(attribute="invoice.buying_unit_name", allow_none=True)
    month = fields.String(attribute="invoice.month", allow_none=True)
    title = fields.Nested(DetailsOutSchema, allow_none=True)
    amount_fen = fields.Integer(attribute="invoice.amount_fen")
    tax_fen = fields.Integer(attribute="invoice.tax_fen")
    reversed_fen = fields.Integer()
    replaced_by_id = fields.UUID(
        attribute="successor_id",
        allow_none=True,
        metadata={"description": "The request in its place, where it was made out anew"},
    )
    note = fields.String(attribute="invoice.note", allow_none=True)
    answer = fields.String(attribute="invoice.answer", allow_none=True)
    original_id = fields.UUID(attribute="invoice.original_id", allow_none=True)
    requested_at = fields.AwareDateTime(attribute="invoice.requested_at")
    due_at = fields.AwareDateTime(attribute="invoice.due_at")
    is_overdue = fields.Boolean()
    number = fields.String(attribute="invoice.number", allow_none=True)
    issued_on = fields.Date(attribute="invoice.issued_on", allow_none=True)
    has_file = fields.Boolean()
    file_type = fields.String(attribute="invoice.file_type", allow_none=True)
    lines = fields.List(fields.Nested(InvoiceLineSchema), attribute="printed_lines")


class InvoiceReceiptSchema(Schema):
    """What was asked for, without the title: answers to creating requests are stored for a while."""

    id = fields.UUID()
    request_no = fields.String()
    kind = fields.Enum(InvoiceKind, by_value=True)
    state = fields.Enum(InvoiceState, by_value=True)
    amount_fen = fields.Integer()
    tax_fen = fields.Integer()
    due_at = fields.AwareDateTime()
    number = fields.String(allow_none=True)
    file_type = fields.String(allow_none=True)


class InvoicePageSchema(Schema):
    """One page of invoices, and what the seller still has to issue of all of them."""

    items = fields.List(fields.Nested(InvoiceSchema))
    next = fields.String(allow_none=True)
    open = fields.Dict(keys=fields.String(), values=fields.Integer())


class OpenMonthSchema(Schema):
    """What may be asked of one cooperative in one invoice."""

    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    order_count = fields.Integer()
    line_count = fields.Integer()
    amount_fen = fields.Integer()


class OpenMonthListSchema(Schema):
    """What a unit bought in a month and has no invoice of, per cooperative."""

    items = fields.List(fields.Nested(OpenMonthSchema))


class OrderInvoicingSchema(Schema):
    """What the invoices of an order come to; ``open_fen`` may still be asked for."""

    standing = fields.Enum(OrderInvoicing, by_value=True)
    open_fen = fields.Integer()
    invoices = fields.List(fields.Nested(InvoiceReceiptSchema))
