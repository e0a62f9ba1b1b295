"""The shop window's selects: pages of cards, and one product in full, a statement each.

These are the most asked-for answers of all, so rows go from tuples into msgspec structs without
an ORM object in between; API and pages use the same structs.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from marketplace import clock, cursors
from marketplace.cursors import Page
from marketplace.errors import Unprocessable
from marketplace.language import Text, language
from marketplace.reading import fetch_all
from partners.regions.queries import tree
from products.catalogue.errors import ProductNotFound
from products.catalogue.queries import categories
from products.listings.models import facet_key
from products.listings.statements import DETAIL, KEY_COLUMN, Sort, key_types, page_statement
from products.media.addresses import photo_url
from products.search.terms import filter_query, search_query


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
    arguments: dict[str, Any] = {"today": clock.today(), "facet": facet_key(region, category)}
    is_search = bool(q)
    if q:
        words, filters = search_query(q), filter_query(region=region, category=category)
        if words is None:
            return Page([], None)
        arguments["query"] = f"{words} & {filters}" if filters else words
    if after is not None:
        values = cursors.decode(after, key_types(sort))
        arguments["after_key"], arguments["after_id"] = values
    statement = page_statement(sort, limit=limit + 1, is_search=is_search, is_first=after is None)
    rows = fetch_all(statement, arguments)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = cursors.encode([last[KEY_COLUMN], last[0]])
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


_names_by_language: dict[str, dict[str, str]] = {}


def _category_names() -> Mapping[str, str]:
    """Return the categories' names in the request's language; categories never change meanwhile."""
    wanted = language()
    if wanted not in _names_by_language:
        nodes = categories().items()
        _names_by_language["zh"] = {code: node.name.zh for code, node in nodes}
        _names_by_language["en"] = {code: node.name.en for code, node in nodes}
    return _names_by_language[wanted]


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


_read_certificate = msgspec.json.Decoder(ListedCertificate).decode
_read_skus = msgspec.json.Decoder(list[ListedSku]).decode
_read_photos = msgspec.json.Decoder(list[_PhotoRow]).decode


def get_detail(product_id: uuid.UUID) -> ProductDetail:
    """Return a listed product with its SKUs, certificate and photos; raises ProductNotFound."""
    arguments = {"product_id": product_id, "today": clock.today()}
    rows = fetch_all(DETAIL, arguments)
    if not rows:
        raise ProductNotFound
    row = rows[0]
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
