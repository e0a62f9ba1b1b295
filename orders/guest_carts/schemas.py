"""The token of a guest cart, in and (once) out."""

from marshmallow import fields

from marketplace.fields import Matches
from marketplace.http import Schema
from marketplace.language import Text

HEADER = "X-Guest-Cart"
_TOKEN = Matches(
    r"\A[A-Za-z0-9_-]{20,100}\Z",
    Text("应为打开购物车时得到的令牌", "The token that was given out when the cart was opened"),
)


class GuestCartHeaderSchema(Schema):
    """Which guest cart: the token that it was opened with, in a header, never in an address."""

    token = fields.String(
        required=True,
        data_key=HEADER,
        validate=_TOKEN,
    )


class OpenedGuestCartSchema(Schema):
    """A new guest cart; the token is shown once."""

    token = fields.String()


class MergeGuestCartSchema(Schema):
    """The guest cart to be put into one's own."""

    guest_cart_token = fields.String(
        required=True,
        validate=_TOKEN,
    )
