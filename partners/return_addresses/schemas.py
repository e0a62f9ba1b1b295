"""Return addresses in and out."""

from marketplace.fields import TelephoneField, TextField
from marketplace.http import Schema


class ConsigneeSchema(Schema):
    """Who takes returned goods in, and where."""

    name = TextField(minimum=1, maximum=40, required=True)
    phone = TelephoneField(required=True)
    address = TextField(minimum=4, maximum=200, required=True)
