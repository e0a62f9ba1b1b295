"""Signed notices: HMAC-SHA256 over the moment of sending and the raw bytes, as Stripe signs them."""

import hashlib
import hmac

from marketplace import clock
from orders.payments.provider import EventRefused

TOLERANCE_SECONDS = 300
SHORTEST_SECRET = 16


def check_signature(secret: str, raw: bytes, header: str) -> None:
    """Check a header ``t=seconds,v1=hex[,v1=hex]`` over the raw bytes, and the notice's age.

    Raises EventRefused. Docs: https://docs.stripe.com/webhooks#verify-manually
    """
    moment, given = _read(header)
    if abs(clock.now().timestamp() - moment) > TOLERANCE_SECONDS:
        raise EventRefused("the notice is too old, or from the future")
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256)
    expected = signed.hexdigest().encode()
    # Every signature is compared: while a secret is being changed there are two.
    matches = [hmac.compare_digest(expected, each) for each in given]
    if not any(matches):
        raise EventRefused("the signature does not match")


def _read(header: str) -> tuple[int, list[bytes]]:
    parts = [part.partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value.encode() for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not moments[0].isdecimal() or len(moments[0]) > 12 or not signatures:
        raise EventRefused("the notice is not signed")
    return int(moments[0]), signatures
