"""What the form for a connected account says."""

from marketplace.fields import IdField, Matches, TextField
from marketplace.http import Schema
from marketplace.language import Text

_CONNECTED = Text(
    "应为服务商给出的账户编号，以 acct_ 开头",
    "The provider's id of the account, beginning with acct_",
)


class ProposeAccountSchema(Schema):
    """A cooperative's account with the provider."""

    cooperative_id = IdField(required=True)
    reference = TextField(
        required=True,
        maximum=100,
        validate=Matches(r"\Aacct_[A-Za-z0-9]{4,64}\Z", _CONNECTED),
    )
