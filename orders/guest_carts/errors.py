"""The ways in which a guest cart refuses."""

from marketplace.errors import NotFound
from marketplace.language import Text


class GuestCartNotFound(NotFound):
    """No guest cart has this token: it was merged at sign-in, or not used for long."""

    title = Text(
        "没有这个购物车，可能已并入账号或过期", "No such cart; it was merged or has expired"
    )
