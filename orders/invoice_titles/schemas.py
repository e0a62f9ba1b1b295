"""Invoice titles in, and out to those whose book they stand in."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from marketplace.fields import AccountNumberField, IdField, TelephoneField, TextField
from marketplace.http import Schema
from marketplace.language import Text
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.models import TitleKind
from partners.credit_codes import CREDIT_CODE_MISSING, CreditCodeField

SPECIAL_NEEDS_ALL = Text(
    "开具专用发票须把注册地址、电话、开户银行和账号填全",
    "A special invoice needs address, telephone, bank and account together",
)
PERSON_HAS_NONE = Text("个人抬头不填单位信息", "A person's title has no data of a body")
_OF_A_BODY = ("tax_no", "address", "phone", "bank_name", "account_no")
_FOR_SPECIAL = _OF_A_BODY[1:]


class TitleDetailsSchema(Schema):
    """A title: a person's name, or a body's with its taxpayer's number (GB 32100, 18 characters).

    Address, telephone, bank and account are given together or not at all: special invoices need them.
    """

    kind = fields.Enum(TitleKind, by_value=True, required=True)
    name = TextField(minimum=1, maximum=100, required=True)
    tax_no = CreditCodeField(load_default="")
    address = TextField(minimum=0, maximum=200, load_default="")
    phone = TelephoneField(minimum=0, load_default="")
    bank_name = TextField(minimum=0, maximum=100, load_default="")
    account_no = AccountNumberField(minimum=0, load_default="")

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] is TitleKind.PERSONAL:
            given = {name: [PERSON_HAS_NONE] for name in _OF_A_BODY if data.get(name)}
            if given:
                raise ValidationError(given)
            return
        if not data.get("tax_no"):
            raise ValidationError({"tax_no": [CREDIT_CODE_MISSING]})
        missing = [name for name in _FOR_SPECIAL if not data.get(name)]
        if 0 < len(missing) < len(_FOR_SPECIAL):
            raise ValidationError({name: [SPECIAL_NEEDS_ALL] for name in missing})


class AddTitleSchema(TitleDetailsSchema):
    """A new title, in one's own book or in that of a unit one buys for."""

    buying_unit_id = IdField(load_default=None, allow_none=True)
    is_default = fields.Boolean(load_default=False)


def details_of(command: dict[str, Any]) -> TitleDetails:
    """Take the title's own values out of a command."""
    return TitleDetails(**{name: command.pop(name) for name in ("kind", "name", *_OF_A_BODY)})


class TitleReceiptSchema(Schema):
    """What was written, without its words: answers to creating requests are stored for a while."""

    id = fields.UUID()
    kind = fields.Enum(TitleKind, by_value=True)
    is_default = fields.Boolean()
    version = fields.Integer()


class DetailsOutSchema(Schema):
    """A title in clear, for its book's readers and the seller who makes the invoice out to it."""

    kind = fields.Enum(TitleKind, by_value=True)
    name = fields.String()
    tax_no = fields.String()
    address = fields.String()
    phone = fields.String()
    bank_name = fields.String()
    account_no = fields.String()


class InvoiceTitleSchema(Schema):
    """A title in clear; ``is_fit_for_special``: a special invoice can be made out to it."""

    id = fields.UUID(attribute="row.id")
    buying_unit_id = fields.UUID(attribute="row.buying_unit_id", allow_none=True)
    details = fields.Nested(DetailsOutSchema)
    is_fit_for_special = fields.Boolean(attribute="details.is_fit_for_special")
    is_default = fields.Boolean(attribute="row.is_default")
    version = fields.Integer(attribute="row.version")


class InvoiceTitlePageSchema(Schema):
    """One page of titles, the newest first."""

    items = fields.List(fields.Nested(InvoiceTitleSchema))
    next = fields.String(allow_none=True)
