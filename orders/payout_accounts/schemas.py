"""A bank account in, and out as far as anybody may see it."""

from typing import Any

from marshmallow import fields, post_load, validate

from marketplace.fields import TextField
from marketplace.http import Schema


class SetPayoutAccountSchema(Schema):
    """A bank account; blanks between its digits are fine."""

    bank_name = TextField(required=True, minimum=2, maximum=100)
    holder = TextField(required=True, minimum=2, maximum=100)
    account_no = TextField(
        required=True,
        maximum=40,
        validate=validate.Regexp(
            r"\A[0-9](?: ?[0-9]){7,31}\Z", error="Not a valid bank account number."
        ),
    )

    @post_load
    def _close_up(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"account_no": data["account_no"].replace(" ", "")}


class PayoutAccountSchema(Schema):
    """The account in use; its number is never shown in full."""

    cooperative_id = fields.UUID()
    bank_name = fields.String()
    account_masked = fields.String()
    set_at = fields.DateTime()
