"""Use cases of the catalogue: draft, submit, review, list, price; callers hold the row's lock."""

import uuid
from typing import Any

from sqlalchemy import ARRAY, cast, func
from sqlalchemy import Text as TextType

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import NotFound, Unprocessable
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from partners.cooperatives.models import Cooperative
from partners.credits.facts import ProductKind
from partners.regions.queries import tree
from products.catalogue import queries
from products.catalogue.errors import (
    LastSku,
    ListingIncomplete,
    ListingStepRefused,
    ProductCertified,
    ProductNotEditable,
    SelfReview,
    SpecTaken,
)
from products.catalogue.label_rules import listing_gaps
from products.catalogue.models import (
    EDITABLE,
    ListingState,
    PriceChange,
    Product,
    Sku,
)
from products.certificates.queries import has_live_certificate
from products.listings.service import refresh_listings
from products.search.terms import product_terms, sort_key
from products.stock.models import StockMoveKind
from products.stock.service import adjust_stock

# What an office vouches for; frozen while a certificate lives.
CERTIFIED_FACTS = frozenset({"name", "kind", "category_code", "origin_code", "main_material_code"})


def create_product(actor: Actor, *, cooperative_id: uuid.UUID, **facts: Any) -> Product:
    """Draft a product of a cooperative that the actor writes for."""
    if cooperative_id not in queries.writable_cooperatives(actor):
        raise NotFound
    product = Product(
        cooperative_id=cooperative_id,
        state=ListingState.DRAFT,
        created_by=actor.account_id,
        created_at=clock.now(),
        name_key=sort_key(facts["name"]),
        terms=_no_terms(),
        **facts,
    )
    _check_facts(product)
    db.session.add(product)
    db.session.flush()
    audit.record("product.drafted", "product", product.id, actor=actor, after=_audited(product))
    return product


def update_product(actor: Actor, product: Product, **changes: Any) -> Product:
    """Change facts of a product that is not in the window; a paused one becomes a draft again."""
    if product.state not in EDITABLE:
        raise ProductNotEditable
    changes = {k: v for k, v in changes.items() if getattr(product, k) != v}
    if not changes:
        return product
    if changes.keys() & CERTIFIED_FACTS and has_live_certificate(product.id):
        raise ProductCertified(
            fields=dict.fromkeys(sorted(changes.keys() & CERTIFIED_FACTS), ProductCertified.title)
        )
    before = _audited(product)
    with db.session.no_autoflush:
        for name, value in changes.items():
            setattr(product, name, value)
        _check_facts(product)
    product.name_key = sort_key(product.name)
    product.version += 1
    if product.state is ListingState.PAUSED:
        product.state = ListingState.DRAFT
    db.session.flush()
    audit.record(
        "product.updated", "product", product.id, actor=actor,
        before=before, after=_audited(product),
    )  # fmt: skip
    return product


def _audited(product: Product) -> dict[str, Any]:
    return {
        "state": str(product.state),
        "version": product.version,
        "name": product.name,
        "kind": str(product.kind),
        "category_code": product.category_code,
        "origin_code": product.origin_code,
        "main_material_code": product.main_material_code,
        "return_class": str(product.return_class),
    }


def _check_facts(product: Product) -> None:
    """Refuse codes that name nothing, or nothing precise enough; ``fields`` names each."""
    fields: dict[str, Text] = {}
    category = queries.categories().get(product.category_code)
    if category is None or not category.is_leaf:
        fields["category_code"] = Text(
            "请选择最末一级的品类", "Choose a category of the last level"
        )
    for field in ("origin_code", "main_material_code"):
        code = getattr(product, field)
        if code is not None and not _is_precise_place(code):
            fields[field] = Text(
                "请填写县级行政区划代码", "Give the code of a county-level division"
            )
    if product.kind is ProductKind.AGRICULTURAL and product.main_material_code is not None:
        fields["main_material_code"] = Text(
            "农产品没有主要原料产地，请只填写产地",
            "Farm goods have no main material; give their origin only",
        )
    if fields:
        raise Unprocessable(fields=fields)


def _is_precise_place(code: str) -> bool:
    """Tell whether a code names a county, or a city that has none below it."""
    region = tree().find(code)
    return region is not None and not region.is_grouping and not tree().children(code)


def submit_product(actor: Actor, product: Product) -> None:
    """Hand a draft in for review; raises ListingIncomplete with every gap."""
    _require(product, ListingState.DRAFT, ListingState.RETURNED)
    category = queries.get_category(product.category_code)
    has_sku = any(sku.is_active for sku in queries.list_skus(product))
    if gaps := listing_gaps(product, category, has_sku=has_sku):
        raise ListingIncomplete(fields=gaps)
    product.submitted_by = actor.account_id
    product.submitted_at = clock.now()
    product.return_reason = None
    _step(actor, product, ListingState.SUBMITTED, "product.submitted")


def approve_product(actor: Actor, product: Product) -> None:
    """List a submitted product."""
    _review(actor, product)
    product.listed_at = clock.now()
    index_product(product)
    _step(actor, product, ListingState.LISTED, "product.approved")
    refresh_listings([product.id])


def return_product(actor: Actor, product: Product, *, reason: str) -> None:
    """Send a submitted product back to its cooperative with the reason."""
    _review(actor, product)
    product.return_reason = reason
    _step(actor, product, ListingState.RETURNED, "product.returned")


def _review(actor: Actor, product: Product) -> None:
    _require(product, ListingState.SUBMITTED)
    if actor.account_id in (product.submitted_by, product.created_by):
        raise SelfReview
    product.reviewed_by = actor.account_id
    product.reviewed_at = clock.now()


def pause_product(actor: Actor, product: Product) -> None:
    """Take a listed product out of the window for a while."""
    _require(product, ListingState.LISTED)
    _step(actor, product, ListingState.PAUSED, "product.paused")
    refresh_listings([product.id])


def resume_product(actor: Actor, product: Product) -> None:
    """List a paused product again, unchanged since its review."""
    _require(product, ListingState.PAUSED)
    product.listed_at = clock.now()
    _step(actor, product, ListingState.LISTED, "product.resumed")
    refresh_listings([product.id])


def withdraw_product(actor: Actor, product: Product) -> None:
    """Give a product up for good; its row stays, since orders and credits name it."""
    _require(product, *(set(ListingState) - {ListingState.WITHDRAWN}))
    _step(actor, product, ListingState.WITHDRAWN, "product.withdrawn")
    refresh_listings([product.id])


def _require(product: Product, *states: ListingState) -> None:
    if product.state not in states:
        raise ListingStepRefused(state=str(product.state))


def _step(actor: Actor, product: Product, state: ListingState, action: str) -> None:
    before = {"state": str(product.state), "version": product.version}
    product.state = state
    product.version += 1
    db.session.flush()
    after = {"state": str(state), "version": product.version}
    if product.return_reason and state is ListingState.RETURNED:
        after["reason"] = product.return_reason
    audit.record(action, "product", product.id, actor=actor, before=before, after=after)
    announce(
        EventKind(action),
        subject_id=product.id,
        cooperative_id=product.cooperative_id,
        facts={"state": state},
    )


def _no_terms() -> Any:
    return func.array_to_tsvector(cast([], ARRAY(TextType)))


def index_product(product: Product) -> None:
    """Renew the terms by which a product is found: its name, category, places and cooperative."""
    category = queries.categories()[product.category_code]
    cooperative = db.session.get_one(Cooperative, product.cooperative_id)
    origin = product.judged_origin_code
    region_codes = tree().path(origin) if origin else ()
    texts = [*category.search_texts, cooperative.name]
    texts += [tree().name(code) for code in region_codes]
    terms = product_terms(
        product.name,
        other_texts=texts,
        region_codes=region_codes,
        category_codes=category.path,
    )
    product.terms = func.array_to_tsvector(cast(terms, ARRAY(TextType)))


def add_sku(
    actor: Actor,
    product: Product,
    *,
    spec: str,
    unit: str,
    weight_g: int,
    price_fen: int,
    on_hand: int = 0,
    volume_cm3: int | None = None,
) -> Sku:
    """Add a spec to a product, with its first price and what is on the shelf."""
    _require_open(product)
    if any(sku.spec == spec for sku in queries.list_skus(product)):
        raise SpecTaken(fields={"spec": SpecTaken.title})
    sku = Sku(
        cooperative_id=product.cooperative_id, product_id=product.id, spec=spec, unit=unit,
        weight_g=weight_g, volume_cm3=volume_cm3, price_fen=price_fen, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(sku)
    db.session.flush()
    _note_price(actor, sku)
    after = {"product_id": str(product.id), "spec": spec, "price_fen": price_fen}
    audit.record("sku.added", "sku", sku.id, actor=actor, after=after)
    if on_hand:
        adjust_stock(actor, sku, kind=StockMoveKind.RECEIVED, quantity=on_hand)
    _renew_price_from(product)
    return sku


def update_sku(actor: Actor, product: Product, sku: Sku, **changes: Any) -> Sku:
    """Change a SKU's spec, unit, weight, price, or whether it is on sale."""
    _require_open(product)
    before = {name: getattr(sku, name) for name in changes}
    if before == changes:
        return sku
    spec = changes.get("spec", sku.spec)
    if any(other.spec == spec and other.id != sku.id for other in queries.list_skus(product)):
        raise SpecTaken(fields={"spec": SpecTaken.title})
    for name, value in changes.items():
        setattr(sku, name, value)
    sku.version += 1
    if changes.get("price_fen", before.get("price_fen")) != before.get("price_fen"):
        _note_price(actor, sku)
    db.session.flush()
    audit.record("sku.updated", "sku", sku.id, actor=actor, before=before, after=changes)
    _renew_price_from(product)
    return sku


def _require_open(product: Product) -> None:
    if product.state in (ListingState.SUBMITTED, ListingState.WITHDRAWN):
        raise ProductNotEditable


def _note_price(actor: Actor, sku: Sku) -> None:
    db.session.add(
        PriceChange(
            cooperative_id=sku.cooperative_id,
            sku_id=sku.id,
            price_fen=sku.price_fen,
            changed_by=actor.account_id,
            changed_at=clock.now(),
        )
    )


def _renew_price_from(product: Product) -> None:
    """Keep the lowest price on sale on the product; a listed one must have one."""
    prices = [sku.price_fen for sku in queries.list_skus(product) if sku.is_active]
    lowest = min(prices, default=None)
    if lowest is None and product.state is ListingState.LISTED:
        raise LastSku
    if lowest != product.price_from_fen:
        product.price_from_fen = lowest
        if product.state is ListingState.LISTED:
            refresh_listings([product.id])
    db.session.flush()
