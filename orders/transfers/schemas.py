"""What the form for a connected account says."""

from marshmallow import validate

from marketplace.fields import IdField, TextField
from marketplace.http import Schema


class ProposeAccountSchema(Schema):
    """A cooperative's account with the provider."""

    cooperative_id = IdField(required=True)
    reference = TextField(
        required=True,
        maximum=100,
        validate=validate.Regexp(r"\Aacct_[A-Za-z0-9]{4,64}\Z", error="Not a connected account."),
    )
