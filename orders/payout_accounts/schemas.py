"""A bank account in, and out as far as anybody may see it."""

from marshmallow import fields

from marketplace.fields import AccountNumberField, TextField
from marketplace.http import Schema


class SetPayoutAccountSchema(Schema):
    """A bank account; blanks between its digits are fine."""

    bank_name = TextField(required=True, minimum=2, maximum=100)
    holder = TextField(required=True, minimum=2, maximum=100)
    account_no = AccountNumberField(required=True)


class PayoutAccountSchema(Schema):
    """The account in use; its number is never shown in full."""

    cooperative_id = fields.UUID()
    bank_name = fields.String()
    account_masked = fields.String()
    set_at = fields.DateTime()
