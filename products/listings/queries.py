"""The shop window's selects: pages of cards, and one product in full, a statement each.

These are the most asked-for answers of all, so rows go from tuples into msgspec structs without
an ORM object in between; API and pages use the same structs.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import TextClause, text

from marketplace import clock, cursors
from marketplace.cursors import Page
from marketplace.database import db
from marketplace.errors import Unprocessable
from marketplace.language import Text, language
from partners.regions.queries import tree
from products.catalogue.errors import ProductNotFound
from products.catalogue.queries import categories
from products.listings.models import facet_key
from products.media.addresses import photo_url
from products.search.terms import filter_query, search_query


class Sort(StrEnum):
    """The orders in which the shop window can be walked."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class _Order:
    column: str
    direction: str
    beyond: str
    python_type: type


_ORDERS = {
    Sort.NEWEST: _Order("listed_at", "DESC", "<", datetime),
    Sort.PRICE_ASC: _Order("price_from_fen", "ASC", ">", int),
    Sort.PRICE_DESC: _Order("price_from_fen", "DESC", "<", int),
    Sort.NAME: _Order("name_key", "ASC", ">", str),
}


class ProductCard(msgspec.Struct, frozen=True, gc=False):
    """A product as a list shows it; ``origin`` is the judged origin, None when unknown."""

    id: uuid.UUID
    name: str
    kind: str
    category_code: str
    category_name: str
    origin_code: str | None
    origin_name: str | None
    cooperative_id: uuid.UUID
    cooperative_name: str
    price_from_fen: int
    spec: str
    unit: str
    is_in_stock: bool
    certificate_no: str | None
    certificate_valid_to: date | None
    photo_url: str | None
    listed_at: datetime


class CardPage(msgspec.Struct, frozen=True, gc=False):
    """One page of cards as the API answers it."""

    items: list[ProductCard]
    next: str | None


# Laterals instead of joins and groups: each of the twenty rows costs two short index look-ups.
_CARD = """
    SELECT p.id, p.name, p.kind, p.category_code, p.judged_origin_code, p.cooperative_id, c.name,
           p.price_from_fen, s.spec, s.unit, s.is_in_stock, f.certificate_no, f.valid_to,
           p.cover_digest, p.listed_at, {key}
    FROM {source}
    JOIN cooperatives c ON c.id = p.cooperative_id AND c.state = 'active'
    CROSS JOIN LATERAL (
        SELECT spec, unit, bool_or(on_hand > reserved) OVER () AS is_in_stock
        FROM skus
        WHERE product_id = p.id AND is_active
        ORDER BY price_fen, id
        LIMIT 1
    ) s
    LEFT JOIN certificates f ON f.product_id = p.id AND f.state = 'active'
                            AND :today BETWEEN f.valid_from AND f.valid_to
    WHERE {condition}
    ORDER BY {key} {direction}, {row_id} {direction}
    LIMIT :limit
"""


_KEY_COLUMN = 15


@cache
def _statement(sort: Sort, *, is_search: bool, is_first: bool) -> TextClause:
    """Return the select of a page: walked by facet, or found by terms."""
    order = _ORDERS[sort]
    if is_search:
        key, row_id, source = f"p.{order.column}", "p.id", "products p"
        condition = "p.state = 'listed' AND p.terms @@ CAST(:query AS tsquery)"
    else:
        key, row_id = f"w.{order.column}", "w.product_id"
        source = "listing_facets w JOIN products p ON p.id = w.product_id"
        condition = "w.facet = :facet"
    if not is_first:
        condition += f" AND ({key}, {row_id}) {order.beyond} (:after_key, :after_id)"
    return text(
        _CARD.format(
            key=key, row_id=row_id, source=source, condition=condition, direction=order.direction
        )
    )


def list_page(
    *,
    q: str | None = None,
    region: str | None = None,
    category: str | None = None,
    sort: Sort = Sort.NEWEST,
    limit: int = 20,
    after: str | None = None,
) -> Page[ProductCard]:
    """Return one page of listed products, by the words, the place and the category wanted.

    ``region`` is the code of a province, city or county; raises Unprocessable naming what is
    unknown. Words that hold nothing to search for find nothing.
    """
    _check_filters(region, category)
    arguments: dict[str, Any] = {"today": clock.today(), "limit": limit + 1}
    is_search = bool(q)
    if q:
        words, filters = search_query(q), filter_query(region=region, category=category)
        if words is None:
            return Page([], None)
        arguments["query"] = f"{words} & {filters}" if filters else words
    else:
        arguments["facet"] = facet_key(region, category)
    if after is not None:
        types = [_ORDERS[sort].python_type, uuid.UUID]
        arguments["after_key"], arguments["after_id"] = cursors.decode(after, types)
    statement = _statement(sort, is_search=is_search, is_first=after is None)
    rows = db.session.execute(statement, arguments).fetchall()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = cursors.encode([last[_KEY_COLUMN], last[0]])
    return Page(_cards(rows[:limit]), following)


def _check_filters(region: str | None, category: str | None) -> None:
    fields = {}
    if region is not None and region not in tree():
        fields["region"] = Text("没有这个行政区划代码", "There is no such division code")
    if category is not None and category not in categories():
        fields["category"] = Text("没有这个品类", "There is no such category")
    if fields:
        raise Unprocessable(fields=fields)


def _cards(rows: Sequence[Any]) -> list[ProductCard]:
    category_names = _category_names()
    regions = tree()
    return [
        ProductCard(
            row[0], row[1], row[2], row[3], category_names[row[3]],
            row[4], regions.full_name(row[4]) if row[4] else None,
            row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12],
            photo_url(row[13]) if row[13] else None, row[14],
        )
        for row in rows
    ]  # fmt: skip


def _category_names() -> Mapping[str, str]:
    is_chinese = language() == "zh"
    return {
        code: node.name.zh if is_chinese else node.name.en for code, node in categories().items()
    }


class Place(msgspec.Struct, frozen=True):
    """A region by code and full name."""

    code: str
    name: str


class ListedSku(msgspec.Struct, frozen=True):
    """A spec that can be bought."""

    id: uuid.UUID
    spec: str
    unit: str
    weight_g: int
    price_fen: int
    available: int


class ListedPhoto(msgspec.Struct, frozen=True):
    """A photo in its two sizes; width and height are the large one's."""

    large_url: str
    small_url: str
    width: int
    height: int


class ListedCertificate(msgspec.Struct, frozen=True):
    """The certificate in force today: who vouches, until when, and what it does for how many."""

    certificate_no: str
    issuer_name: str
    valid_from: date
    valid_to: date
    linked_households: int
    linked_villages: int
    linked_jobs: int
    linked_income_fen: int


class ProductDetail(msgspec.Struct, frozen=True):
    """A listed product in full.

    ``judged_origin`` is the place whose product it is: for processed goods that of the main
    material, while ``origin`` is where they were processed.
    """

    id: uuid.UUID
    name: str
    kind: str
    category_code: str
    category_name: str
    description: str
    origin: Place
    main_material: Place | None
    judged_origin: Place | None
    cooperative_id: uuid.UUID
    cooperative_name: str
    return_class: str
    is_prepackaged: bool
    sc_licence_no: str | None
    quarantine_certificate_no: str | None
    shelf_life_days: int | None
    storage_conditions: str | None
    net_content: str | None
    price_from_fen: int
    listed_at: datetime
    certificate: ListedCertificate | None
    skus: list[ListedSku]
    photos: list[ListedPhoto]


class _PhotoRow(msgspec.Struct):
    digest: str
    width: int
    height: int


_DETAIL = text(
    """
    SELECT p.id, p.name, p.kind, p.category_code, p.description, p.origin_code,
           p.main_material_code, p.judged_origin_code, p.cooperative_id, c.name, p.return_class,
           p.is_prepackaged, p.sc_licence_no, p.quarantine_certificate_no, p.shelf_life_days,
           p.storage_conditions, p.net_content, p.price_from_fen, p.listed_at,
           (SELECT row_to_json(f) FROM (
                SELECT certificate_no, issuer_name, valid_from, valid_to, linked_households,
                       linked_villages, linked_jobs, linked_income_fen
                FROM certificates
                WHERE product_id = p.id AND state = 'active'
                  AND :today BETWEEN valid_from AND valid_to
           ) f)::text,
           (SELECT json_agg(s) FROM (
                SELECT id, spec, unit, weight_g, price_fen, on_hand - reserved AS available
                FROM skus WHERE product_id = p.id AND is_active ORDER BY price_fen, id
           ) s)::text,
           (SELECT json_agg(f) FROM (
                SELECT digest, width, height
                FROM photos WHERE product_id = p.id ORDER BY position, id
           ) f)::text
    FROM products p
    JOIN cooperatives c ON c.id = p.cooperative_id AND c.state = 'active'
    WHERE p.id = :product_id AND p.state = 'listed'
    """
)
_read_certificate = msgspec.json.Decoder(ListedCertificate).decode
_read_skus = msgspec.json.Decoder(list[ListedSku]).decode
_read_photos = msgspec.json.Decoder(list[_PhotoRow]).decode


def get_detail(product_id: uuid.UUID) -> ProductDetail:
    """Return a listed product with its SKUs, certificate and photos; raises ProductNotFound."""
    arguments = {"product_id": product_id, "today": clock.today()}
    row = db.session.execute(_DETAIL, arguments).fetchone()
    if row is None:
        raise ProductNotFound
    return ProductDetail(
        id=row[0],
        name=row[1],
        kind=row[2],
        category_code=row[3],
        category_name=str(categories()[row[3]].name),
        description=row[4],
        origin=_place(row[5]),
        main_material=_place(row[6]) if row[6] else None,
        judged_origin=_place(row[7]) if row[7] else None,
        cooperative_id=row[8],
        cooperative_name=row[9],
        return_class=row[10],
        is_prepackaged=row[11],
        sc_licence_no=row[12],
        quarantine_certificate_no=row[13],
        shelf_life_days=row[14],
        storage_conditions=row[15],
        net_content=row[16],
        price_from_fen=row[17],
        listed_at=row[18],
        certificate=_read_certificate(row[19]) if row[19] else None,
        skus=_read_skus(row[20]),
        photos=[_photo(photo) for photo in _read_photos(row[21])] if row[21] else [],
    )


def _place(code: str) -> Place:
    return Place(code, tree().full_name(code))


def _photo(row: _PhotoRow) -> ListedPhoto:
    return ListedPhoto(
        photo_url(row.digest, "large"), photo_url(row.digest, "small"), row.width, row.height
    )
