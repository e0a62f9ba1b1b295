"""A cooperative's products in pages: list, draft, edit, specs and stock, hand in, pause, resume."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, PreconditionFailed, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.cooperatives.queries import find_names
from partners.credits.facts import ProductKind
from partners.regions.picker import pick, pick_code
from products.catalogue import queries, service, wording
from products.catalogue.models import EDITABLE, ListingState, Product
from products.catalogue.schemas import AddSkuSchema, CreateProductSchema, UpdateProductSchema
from products.certificates.wording import shown_certificates
from products.stock.models import StockMoveKind
from products.stock.service import adjust_stock

blueprint = PageBlueprint("catalogue_pages", __name__)

HOME = "/desk/products"
PAGE = 20
_NULLABLE = (
    "sc_licence_no", "quarantine_certificate_no", "storage_conditions", "net_content",
)  # fmt: skip

layout.add_workplace(5, Text("我的商品", "My products"), HOME, "box", Permission.PRODUCT_WRITE)


@blueprint.get(HOME)
@requires(Permission.PRODUCT_WRITE)
def show_my_products() -> Response:
    """List the cooperative's products with their states and stock."""
    given = request.args.get("state", "")
    state = ListingState(given) if given in set(ListingState) else None
    page = queries.list_managed(
        current_actor(), state=state, limit=PAGE, after=request.args.get("after")
    )
    tabs = [{"href": HOME, "label": Text("全部", "All"), "is_chosen": state is None}]
    tabs += [
        {"href": f"{HOME}?state={one}", "label": label, "is_chosen": one is state}
        for one, label in wording.STATES.items()
    ]
    following = f"{HOME}?state={given}&after={page.next}" if page.next else None
    return render(
        "catalogue/mine.html",
        tabs=tabs,
        products=[wording.card(one) for one in queries.describe(page.items)],
        next_url=following,
    )


@blueprint.get(f"{HOME}/new")
@requires(Permission.PRODUCT_WRITE)
def show_new_product() -> Response:
    """Show the form of a new product."""
    return _form(None, {}, {})


@blueprint.post(HOME)
@requires(Permission.PRODUCT_WRITE)
def draft_product() -> Response:
    """Draft a product; specs and photos follow on its page."""
    raw = request.form.to_dict()
    values = {**_facts(raw), "cooperative_id": raw.get("cooperative_id", "")}
    entered = forms.load_values(CreateProductSchema(), values, raw)
    if raw.get("step") != "save":
        return _form(None, raw, {})
    if entered.errors:
        return _form(None, raw, entered.errors)
    try:
        with transaction():
            product = service.create_product(current_actor(), **entered.values)
            product_id = product.id
    except Unprocessable as problem:
        return _form(None, raw, forms.refused(problem), problem)
    layout.tell(
        Text("已存为草稿，请添加规格和图片后送审", "Saved; add specs and photos, then hand it in")
    )
    return redirect(f"{HOME}/{product_id}", 303)


@blueprint.get(f"{HOME}/<uuid:product_id>")
@requires(Permission.PRODUCT_WRITE)
def show_my_product(product_id: uuid.UUID) -> Response:
    """Show one product with its specs, photos, certificates and what can be done."""
    return _detail(product_id)


def _detail(
    product_id: uuid.UUID, raw: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    actor = current_actor()
    product = queries.get_own_product(actor, product_id)
    managed = queries.describe([product])[0]
    return render(
        "catalogue/one.html",
        422 if errors else 200,
        product=wording.card(managed),
        can_edit=product.state in EDITABLE,
        can_submit=product.state in (ListingState.DRAFT, ListingState.RETURNED),
        can_add=product.state not in (ListingState.SUBMITTED, ListingState.WITHDRAWN),
        certificates=shown_certificates(actor, product_id),
        can_certify=product.judged_origin_code is not None,
        form=raw or {},
        errors=errors or {},
    )


@blueprint.get(f"{HOME}/<uuid:product_id>/edit")
@requires(Permission.PRODUCT_WRITE)
def show_edit_product(product_id: uuid.UUID) -> Response:
    """Show the facts of a product to change."""
    return _form(queries.get_own_product(current_actor(), product_id), {}, {})


@blueprint.post(f"{HOME}/<uuid:product_id>/edit")
@requires(Permission.PRODUCT_WRITE)
def change_product(product_id: uuid.UUID) -> Response:
    """Change the facts of a product that is not on sale."""
    actor, raw = current_actor(), request.form.to_dict()
    product = queries.get_own_product(actor, product_id)
    entered = forms.load_values(UpdateProductSchema(), _facts(raw), raw)
    if raw.get("step") != "save" or entered.errors:
        return _form(product, raw, entered.errors if raw.get("step") == "save" else {})
    try:
        with transaction():
            locked = queries.lock_product(actor, product_id)
            forms.check_version(raw, locked.version)
            service.update_product(actor, locked, **entered.values)
    except (Conflict, Unprocessable, PreconditionFailed) as problem:
        return _form(product, raw, forms.refused(problem), problem)
    layout.tell(Text("已保存", "Saved"))
    return redirect(f"{HOME}/{product_id}", 303)


@blueprint.post(f"{HOME}/<uuid:product_id>/submit")
@requires(Permission.PRODUCT_WRITE)
def hand_in_product(product_id: uuid.UUID) -> Response:
    """Hand a product in for review."""
    return _step(
        product_id, service.submit_product, Text("已送审，请等审核", "Handed in for review")
    )


@blueprint.post(f"{HOME}/<uuid:product_id>/pause")
@requires(Permission.PRODUCT_WRITE)
def take_off_sale(product_id: uuid.UUID) -> Response:
    """Take a product off sale for a while."""
    return _step(product_id, service.pause_product, Text("已下架", "Off sale"))


@blueprint.post(f"{HOME}/<uuid:product_id>/resume")
@requires(Permission.PRODUCT_WRITE)
def put_back_on_sale(product_id: uuid.UUID) -> Response:
    """Put a paused product on sale again."""
    return _step(product_id, service.resume_product, Text("已重新上架", "On sale again"))


def _step(product_id: uuid.UUID, take: Callable[[Actor, Product], None], done: Text) -> Response:
    actor = current_actor()
    try:
        with transaction():
            product = queries.lock_product(actor, product_id)
            forms.check_version(request.form, product.version)
            take(actor, product)
    except (Conflict, PreconditionFailed) as problem:
        layout.tell(problem.title, "bad")
    except Unprocessable as problem:
        return _detail(product_id, {}, forms.refused(problem))
    else:
        layout.tell(done)
    return redirect(f"{HOME}/{product_id}", 303)


@blueprint.post(f"{HOME}/<uuid:product_id>/skus")
@requires(Permission.PRODUCT_WRITE)
def add_spec(product_id: uuid.UUID) -> Response:
    """Add a spec with its price and what is on the shelf."""
    actor, raw = current_actor(), request.form.to_dict()
    values = {
        "spec": raw.get("spec", ""),
        "unit": raw.get("unit", ""),
        "weight_g": forms.whole_typed(raw.get("weight_g", "")),
        "volume_cm3": forms.whole_typed(raw.get("volume_cm3", "")),
        "price_fen": forms.fen_typed(raw.get("price_yuan", "")),
        "on_hand": forms.whole_typed(raw.get("on_hand", "")) or 0,
    }
    with transaction():
        queries.lock_product(actor, product_id)
    entered = forms.load_values(AddSkuSchema(), values, raw)
    if values["price_fen"] is None:
        entered.errors["price_fen"] = str(forms.AMOUNT_UNREADABLE)
    if entered.errors:
        return _detail(product_id, raw, entered.errors)
    try:
        with transaction():
            service.add_sku(actor, queries.lock_product(actor, product_id), **entered.values)
    except (Conflict, Unprocessable) as problem:
        return _detail(product_id, raw, forms.refused(problem) or {"spec": str(problem.title)})
    layout.tell(Text("规格已添加", "The spec is added"))
    return redirect(f"{HOME}/{product_id}", 303)


@blueprint.post("/desk/skus/<uuid:sku_id>/stock")
@requires(Permission.STOCK_WRITE)
def receive_stock(sku_id: uuid.UUID) -> Response:
    """Take pieces into stock."""
    actor = current_actor()
    quantity = forms.whole_of(request.form.get("quantity", ""))
    sku = queries.get_sku(actor, sku_id, Permission.STOCK_WRITE)
    product_id = sku.product_id
    if not quantity:
        layout.tell(forms.NUMBER_UNREADABLE, "bad")
    else:
        with transaction():
            sku = queries.get_sku(actor, sku_id, Permission.STOCK_WRITE)
            adjust_stock(actor, sku, kind=StockMoveKind.RECEIVED, quantity=quantity)
        layout.tell(Text("库存已更新", "The stock is renewed"))
    return redirect(f"{HOME}/{product_id}", 303)


def _facts(raw: dict[str, str]) -> dict[str, Any]:
    """Make the facts of a product from its form; what is left empty is cleared."""
    kind = raw.get("kind", "")
    is_processed = kind == ProductKind.PROCESSED
    facts: dict[str, Any] = {
        "name": raw.get("name", ""),
        "kind": kind,
        "category_code": raw.get("category_code", ""),
        "description": raw.get("description", ""),
        "origin_code": pick(raw, "origin").code or "",
        "main_material_code": pick(raw, "material").code if is_processed else None,
        "return_class": raw.get("return_class", ""),
        "is_prepackaged": raw.get("is_prepackaged") == "yes",
        "shelf_life_days": forms.whole_typed(raw.get("shelf_life_days", "")),
    }
    return facts | {name: raw.get(name, "").strip() or None for name in _NULLABLE}


def _form(
    product: Product | None,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    shown = raw or (_raw_of(product) if product else {})
    origin = (
        pick(raw, "origin")
        if raw
        else pick_code(product.origin_code if product else None, "origin")
    )
    material_code = product.main_material_code if product else None
    material = pick(raw, "material") if raw else pick_code(material_code, "material")
    mine = queries.writable_cooperatives(current_actor())
    return render(
        "catalogue/form.html",
        422 if errors or problem else 200,
        product=product,
        form=shown,
        errors=errors,
        problem_here=problem,
        cooperatives=sorted(find_names(mine).items(), key=lambda pair: pair[1]),
        categories=wording.leaf_categories(),
        kinds=wording.KIND_CHOICES,
        returns=wording.RETURN_CHOICES,
        origin=origin,
        material=material,
    )


def _raw_of(product: Product) -> dict[str, str]:
    names = ("name", "kind", "category_code", "description", "return_class", "shelf_life_days")
    raw = {name: str(getattr(product, name) or "") for name in (*names, *_NULLABLE)}
    return raw | {
        "is_prepackaged": "yes" if product.is_prepackaged else "",
        "version": str(product.version),
    }
