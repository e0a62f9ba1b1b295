"""The token of a guest cart, in and (once) out."""

from marshmallow import fields, validate

from marketplace.http import Schema

HEADER = "X-Guest-Cart"


class GuestCartHeaderSchema(Schema):
    """Which guest cart: the token that it was opened with, in a header, never in an address."""

    token = fields.String(
        required=True,
        data_key=HEADER,
        validate=validate.Regexp(r"\A[A-Za-z0-9_-]{20,100}\Z", error="Not a valid cart token."),
    )


class OpenedGuestCartSchema(Schema):
    """A new guest cart; the token is shown once."""

    token = fields.String()


class MergeGuestCartSchema(Schema):
    """The guest cart to be put into one's own."""

    guest_cart_token = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[A-Za-z0-9_-]{20,100}\Z", error="Not a valid cart token."),
    )
