"""Commands in: what is said about an order."""

from marketplace.fields import TextField
from marketplace.http import Schema


class RemarkSchema(Schema):
    """The buyer's words to the cooperative; null takes them back."""

    remark = TextField(required=True, allow_none=True, maximum=200, multiline=True)


class SellerNoteSchema(Schema):
    """The cooperative's own note; null takes it away."""

    note = TextField(required=True, allow_none=True, maximum=500, multiline=True)
