"""Open a cart for a visitor, and hand what lies in it over at sign-in."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.fields import MAX_QUANTITY
from marketplace.ids import new_id
from orders.carts.models import CartLine
from orders.carts.queries import list_lines
from orders.guest_carts import queries
from orders.guest_carts.errors import GuestCartNotFound
from orders.guest_carts.models import GuestCart

KEPT_FOR = timedelta(days=30)
EMPTY_KEPT_FOR = timedelta(days=1)
# The instant of use is coarse, so that looking around does not write a row each time.
TOUCHED_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class OpenedGuestCart:
    """A new guest cart with its token, which is known here and to its visitor only."""

    cart: GuestCart
    token: str = field(repr=False)


def open_guest_cart() -> OpenedGuestCart:
    """Open an empty cart for a visitor."""
    token, now = secrets.token(), clock.now()
    cart = GuestCart(token_digest=secrets.digest(token), opened_at=now, used_at=now)
    db.session.add(cart)
    db.session.flush()
    return OpenedGuestCart(cart, token)


def get_guest_cart(token: str) -> GuestCart:
    """Return the cart of a token to look at; raises GuestCartNotFound."""
    cart = queries.find_guest_cart(token)
    if cart is None:
        raise GuestCartNotFound
    return cart


def hold_guest_cart(token: str) -> GuestCart:
    """Return the cart of a token to change, locked; raises GuestCartNotFound."""
    cart = queries.lock_guest_cart(token)
    if cart is None:
        raise GuestCartNotFound
    if cart.used_at < clock.now() - TOUCHED_EVERY:
        cart.used_at = clock.now()
        db.session.flush()
    return cart


def merge_guest_cart(account_id: uuid.UUID, token: str) -> int:
    """Put what lies in a guest cart into an account's cart, and end the guest cart.

    Pieces of one SKU are added up, at most to what a line may hold; nothing else is refused: a cart
    that grows too long says so at checkout. Returns how many lines came over; 0 also when the cart
    was merged before, so that a repeated sign-in changes nothing.
    """
    cart = queries.lock_guest_cart(token)
    if cart is None:
        return 0
    lines = list_lines(cart.id)
    rows = [
        {
            "id": new_id(),
            "account_id": account_id,
            "sku_id": line.sku_id,
            "quantity": line.quantity,
            "price_seen_fen": line.price_seen_fen,
            "added_at": line.added_at,
        }
        for line in lines
    ]
    _drop([cart.id])
    if rows:
        # In the order of the SKUs: two carts that go into one account never wait for each other.
        adding = insert(CartLine).values(sorted(rows, key=lambda row: str(row["sku_id"])))
        db.session.execute(
            adding.on_conflict_do_update(
                index_elements=["account_id", "sku_id"],
                set_={
                    "quantity": func.least(
                        CartLine.quantity + adding.excluded.quantity, MAX_QUANTITY
                    )
                },
            )
        )
    db.session.expire_all()
    return len(rows)


def sweep_guest_carts(limit: int) -> int:
    """Delete carts whose visitors did not come back; returns how many went."""
    now = clock.now()
    unused = queries.lock_unused_carts(now - KEPT_FOR, now - EMPTY_KEPT_FOR, limit)
    if unused:
        _drop(list(unused))
    return len(unused)


def _drop(cart_ids: list[uuid.UUID]) -> None:
    for statement in (
        delete(CartLine).where(CartLine.account_id.in_(cart_ids)),
        delete(GuestCart).where(GuestCart.id.in_(cart_ids)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
