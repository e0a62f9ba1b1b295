"""The public API of the shop window."""

import hashlib
import uuid
from typing import Any

import msgspec
from flask import Response, request

from marketplace.cursors import MAX_LIMIT
from marketplace.errors import Unprocessable
from marketplace.http import ApiBlueprint, json_response, requires
from marketplace.language import Text, language
from marketplace.permissions import Permission
from products.catalogue.queries import categories
from products.listings import queries
from products.listings.queries import CardPage
from products.listings.schemas import (
    CategoryListSchema,
    ProductCardPageSchema,
    ProductDetailSchema,
)
from products.listings.statements import Sort
from products.search.terms import QUERY_LENGTH

blp = ApiBlueprint(
    "listings", __name__, url_prefix="/api/v1", description="上架产品：浏览、筛选、搜索"
)

_encode = msgspec.json.Encoder().encode
_HEADERS = {"Vary": "Accept-Language", "Cache-Control": "public, max-age=0, must-revalidate"}
_SORTS = {str(sort): sort for sort in Sort}
_TEXT_PARAMETERS = {
    "q": f"Words, pinyin or pinyin initials; the first {QUERY_LENGTH} characters are read",
    "region": "Division code of a province, city or county: products whose origin lies in it",
    "category": "Category code, with all below it",
    "after": "The cursor `next` of the page before",
}
_PARAMETERS: list[dict[str, Any]] = [
    {
        "in": "query", "name": "limit", "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 20},
    },
    *(
        {
            "in": "query", "name": name, "required": False, "description": description,
            "schema": {"type": "string", "minLength": 1, "maxLength": 500},
        }
        for name, description in _TEXT_PARAMETERS.items()
    ),
    {
        "in": "query", "name": "sort", "required": False,
        "schema": {"type": "string", "enum": list(_SORTS), "default": "newest"},
    },
]  # fmt: skip
_KNOWN = frozenset(parameter["name"] for parameter in _PARAMETERS)


def _list_arguments() -> dict[str, Any]:
    """Read the query by hand: this route is asked for more often than all others together."""
    given = request.args
    arguments: dict[str, Any] = {}
    fields: dict[str, Text] = {}
    for name, value in given.items():
        if name not in _KNOWN:
            fields[name] = Text("没有这个参数", "There is no such parameter")
        elif name == "limit":
            if value.isdecimal() and len(value) <= 3 and 1 <= int(value) <= MAX_LIMIT:
                arguments[name] = int(value)
            else:
                fields[name] = Text(
                    f"须为 1 到 {MAX_LIMIT} 的整数", f"Must be a whole number from 1 to {MAX_LIMIT}"
                )
        elif name == "sort":
            if value in _SORTS:
                arguments[name] = _SORTS[value]
            else:
                fields[name] = Text("没有这种排序", "There is no such order")
        elif not 1 <= len(value) <= 500 or "\x00" in value:
            fields[name] = Text("须为 1 到 500 个字符", "Must have 1 to 500 characters")
        else:
            arguments[name] = value
    if fields:
        raise Unprocessable(fields=fields)
    return arguments


@blp.route("/products", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.doc(parameters=_PARAMETERS)
@blp.response(200, ProductCardPageSchema)
@blp.alt_response(422, description="A parameter is unknown or malformed; `fields` names it")
def list_products() -> Response:
    """List products on sale."""
    page = queries.list_page(**_list_arguments())
    return json_response(_encode(CardPage(page.items, page.next)), headers=_HEADERS)


@blp.route("/products/<uuid:product_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, ProductDetailSchema)
@blp.alt_response(304, description="Unchanged since the entity tag sent in If-None-Match")
def get_product(product_id: uuid.UUID) -> Response:
    """Return a product on sale in full; the entity tag changes with anything that is shown."""
    body = _encode(queries.get_detail(product_id))
    response = json_response(body, headers=_HEADERS)
    response.set_etag(hashlib.blake2b(body, digest_size=16).hexdigest())
    response.make_conditional(request)
    return response


@blp.route("/categories", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, CategoryListSchema)
def list_categories() -> Response:
    """List the tree of categories."""
    is_chinese = language() == "zh"
    items = [
        {
            "code": node.code,
            "parent_code": node.parent_code,
            "path": node.path,
            "name": node.name.zh if is_chinese else node.name.en,
            "is_leaf": node.is_leaf,
            "is_food": node.is_food,
            "needs_quarantine": node.needs_quarantine,
        }
        for node in categories().values()
    ]
    return json_response(_encode({"items": items}), headers=_HEADERS)
