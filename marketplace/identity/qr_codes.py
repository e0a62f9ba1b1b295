"""The picture by which an authenticator takes up its secret; drawn here, sent to nobody else."""

import segno
from markupsafe import Markup


def draw(uri: str) -> Markup:
    """Return a QR code as inline SVG: dark on light in every theme, as cameras want it."""
    picture = segno.make(uri, error="m").svg_inline(scale=5, border=4, light="#fff")
    return Markup(picture)  # noqa: S704 - made of numbers, no part of the address is in it
