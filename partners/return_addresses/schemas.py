"""Return addresses in and out."""

from marshmallow import fields, validate

from marketplace.fields import TELEPHONE, TextField
from marketplace.http import Schema


class ConsigneeSchema(Schema):
    """Who takes returned goods in, and where."""

    name = TextField(minimum=1, maximum=40, required=True)
    phone = fields.String(
        required=True, validate=validate.Regexp(TELEPHONE, error="Not a valid telephone number.")
    )
    address = TextField(minimum=4, maximum=200, required=True)
