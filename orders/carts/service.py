"""Put things into a cart, change and remove them, and tell what changed since."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock
from marketplace.database import db
from marketplace.fields import MAX_QUANTITY
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.money import yuan
from orders.carts import queries
from orders.carts.errors import CartFull, CartLineNotFound, QuantityTooLarge, SkuNotSold
from orders.carts.models import CartLine
from orders.pricing.freight import Goods
from orders.pricing.limits import Buyer, over_limit
from orders.pricing.shortage import say_left
from orders.pricing.terms import load_terms
from products.catalogue.queries import SellableSku, list_sellable

MAX_LINES = 100


class StaleReason(StrEnum):
    """Why a line of the cart is no longer what was put there."""

    UNLISTED = "unlisted"
    SHORT = "short"
    PRICE_CHANGED = "price_changed"
    OVER_LIMIT = "over_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLine:
    """A line of the cart beside what the SKU is now; ``sku`` is None when it is gone.

    ``price_fen`` is of one piece in this quantity: the bulk price where one is reached.
    """

    line: CartLine
    sku: SellableSku | None
    stale: tuple[StaleReason, ...]
    notes: tuple[Text, ...]
    price_fen: int = 0

    @property
    def is_buyable(self) -> bool:
        gone = {StaleReason.UNLISTED, StaleReason.SHORT, StaleReason.OVER_LIMIT}
        return self.sku is not None and gone.isdisjoint(self.stale)

    @property
    def amount_fen(self) -> int:
        return self.price_fen * self.line.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it stands today."""

    lines: Sequence[SeenLine]

    @property
    def goods_fen(self) -> int:
        """The sum of the lines that can be bought as they stand."""
        return sum(line.amount_fen for line in self.lines if line.is_buyable)


def show_cart(account_id: uuid.UUID, *, unit_id: uuid.UUID | None = None) -> Cart:
    """Return the cart as it stands today, telling for each line what changed since.

    At the prices of these quantities, and with the limits of an order and of a period; a buying
    unit has bulk prices of its own. A visitor has ordered nothing in the period so far.
    """
    lines = queries.list_lines(account_id)
    skus = {sku.sku_id: sku for sku in list_sellable([line.sku_id for line in lines])}
    terms = load_terms(skus.values(), None)
    is_for_unit = unit_id is not None
    goods = {
        line.sku_id: Goods(
            sku, line.quantity, terms.price_of(sku, line.quantity, is_for_unit=is_for_unit)
        )
        for line in lines
        if (sku := skus.get(line.sku_id)) is not None and sku.is_listed
    }
    over = over_limit(terms, list(goods.values()), Buyer(account_id, unit_id), is_placing=False)
    return Cart(
        [
            _priced(_seen(line, skus.get(line.sku_id)), goods.get(line.sku_id), over)
            for line in lines
        ]
    )


def _priced(seen: SeenLine, goods: Goods | None, over: Mapping[uuid.UUID, Text]) -> SeenLine:
    if goods is None:
        return seen
    refusal = over.get(goods.sku.sku_id)
    if refusal is not None:
        stale, notes = (*seen.stale, StaleReason.OVER_LIMIT), (*seen.notes, refusal)
        seen = replace(seen, stale=stale, notes=notes)
    return replace(seen, price_fen=goods.price_fen)


def _seen(line: CartLine, sku: SellableSku | None) -> SeenLine:
    if sku is None or not sku.is_listed:
        note = Text("商品已下架", "No longer sold")
        return SeenLine(line=line, sku=sku, stale=(StaleReason.UNLISTED,), notes=(note,))
    stale: list[StaleReason] = []
    notes: list[Text] = []
    if sku.available < line.quantity:
        stale.append(StaleReason.SHORT)
        notes.append(say_left(sku.available))
    if sku.price_fen != line.price_seen_fen:
        stale.append(StaleReason.PRICE_CHANGED)
        notes.append(
            Text("价格由 {old} 元变为 {new} 元", "The price went from {old} to {new} yuan").format(
                old=yuan(line.price_seen_fen), new=yuan(sku.price_fen)
            )
        )
    return SeenLine(line=line, sku=sku, stale=tuple(stale), notes=tuple(notes))


def add_to_cart(account_id: uuid.UUID, sku_id: uuid.UUID, quantity: int) -> None:
    """Add pieces of a SKU; those already in the cart are added to, at today's price.

    Raises SkuNotSold, QuantityTooLarge, CartFull.
    """
    row = _row(account_id, sku_id, quantity)
    added = (
        insert(CartLine)
        .values(row)
        .on_conflict_do_update(
            index_elements=["account_id", "sku_id"],
            set_={
                "quantity": CartLine.quantity + quantity,
                "price_seen_fen": row["price_seen_fen"],
            },
            where=CartLine.quantity + quantity <= MAX_QUANTITY,
        )
        .returning(CartLine.id)
    )
    if db.session.execute(added).first() is None:
        raise QuantityTooLarge(MAX_QUANTITY)
    _check_room(account_id)


def set_cart_line(account_id: uuid.UUID, sku_id: uuid.UUID, quantity: int) -> None:
    """Make the cart hold exactly this many pieces of a SKU; raises SkuNotSold, CartFull."""
    row = _row(account_id, sku_id, quantity)
    db.session.execute(
        insert(CartLine)
        .values(row)
        .on_conflict_do_update(
            index_elements=["account_id", "sku_id"],
            set_={"quantity": quantity, "price_seen_fen": row["price_seen_fen"]},
        )
    )
    _check_room(account_id)


def remove_cart_line(account_id: uuid.UUID, sku_id: uuid.UUID) -> None:
    """Take a SKU out of the cart; raises CartLineNotFound."""
    if take_bought(account_id, [sku_id]) == 0:
        raise CartLineNotFound


def take_bought(account_id: uuid.UUID, sku_ids: Collection[uuid.UUID]) -> int:
    """Take SKUs that were just ordered out of the cart; returns how many lines went."""
    taken = db.session.execute(
        delete(CartLine)
        .where(CartLine.account_id == account_id, CartLine.sku_id.in_(sku_ids))
        .returning(CartLine.id)
        .execution_options(synchronize_session=False)
    ).all()
    _forget_lines()
    return len(taken)


def _row(account_id: uuid.UUID, sku_id: uuid.UUID, quantity: int) -> dict[str, object]:
    found: Sequence[SellableSku] = list_sellable([sku_id])
    if not found or not found[0].is_listed:
        raise SkuNotSold
    return {
        "id": new_id(),
        "account_id": account_id,
        "sku_id": sku_id,
        "quantity": quantity,
        "price_seen_fen": found[0].price_fen,
        "added_at": clock.now(),
    }


def _check_room(account_id: uuid.UUID) -> None:
    _forget_lines()
    if queries.count_lines(account_id) > MAX_LINES:
        raise CartFull(MAX_LINES)


def _forget_lines() -> None:
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, CartLine):
            db.session.expunge(loaded)
