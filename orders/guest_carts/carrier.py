"""How a browser carries its guest cart: a cookie with the token, handed in at sign-in."""

import logging
import uuid

from flask import current_app, g, request
from werkzeug.wrappers import Response

from marketplace.database import transaction
from marketplace.identity import carriers
from marketplace.identity.actor import current_actor
from orders.guest_carts import queries, service
from orders.guest_carts.errors import GuestCartNotFound

LONGEST_TOKEN = 100

log = logging.getLogger(__name__)


def cookie_name() -> str:
    """Return the cookie's name; ``__Host-`` binds it to this very host, over https."""
    return "__Host-guest_cart" if current_app.config["SETTINGS"].secure_cookies else "guest_cart"


def carried_token() -> str | None:
    """Return the token that this browser carries, if any."""
    token = request.cookies.get(cookie_name(), "")
    return token if 1 <= len(token) <= LONGEST_TOKEN and token.isascii() else None


def find_holder() -> uuid.UUID | None:
    """Return whose cart this request looks at: the account, else the guest cart, else nobody's."""
    actor = current_actor()
    if not actor.is_anonymous:
        return actor.account_id
    return find_left_cart()


def find_left_cart() -> uuid.UUID | None:
    """Return the guest cart that this browser carries, also while somebody is signed in."""
    token = carried_token()
    cart = queries.find_guest_cart(token) if token is not None else None
    return None if cart is None else cart.id


def hold_cart() -> uuid.UUID:
    """Return whose cart this request changes, inside its transaction; opens one for a new visitor.

    Somebody signed in who still carries a guest cart (filled in another tab meanwhile) has it
    merged first. ``carry`` must follow on the answer.
    """
    actor, token = current_actor(), carried_token()
    if not actor.is_anonymous:
        if token is not None:
            service.merge_guest_cart(actor.account_id, token)
            g.guest_cart_is_done = True
        return actor.account_id
    if token is not None:
        try:
            return service.hold_guest_cart(token).id
        except GuestCartNotFound:
            # Merged or swept since: begin anew.
            pass
    opened = service.open_guest_cart()
    g.guest_cart_token = opened.token
    return opened.cart.id


def carry(response: Response) -> Response:
    """Give the browser the cart that was opened, or take away the one that was merged."""
    is_secure = current_app.config["SETTINGS"].secure_cookies
    token: str | None = g.get("guest_cart_token")
    if token is not None:
        response.set_cookie(
            cookie_name(), token, max_age=int(service.KEPT_FOR.total_seconds()), path="/",
            secure=is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
    elif g.get("guest_cart_is_done"):
        response.delete_cookie(
            cookie_name(), path="/", secure=is_secure, httponly=True, samesite="Lax"
        )
    return response


def hand_in(account_id: uuid.UUID, response: Response) -> None:
    """Merge what this browser carries into the account that has just signed in.

    A cart that cannot be merged now stays with the browser: signing in never fails of it.
    """
    token = carried_token()
    if token is None:
        return
    try:
        with transaction():
            service.merge_guest_cart(account_id, token)
    except Exception:
        log.exception("a guest cart waits to be merged")
        return
    g.guest_cart_is_done = True
    carry(response)


carriers.greet_with(hand_in)
