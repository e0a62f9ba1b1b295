"""A cooperative's freight templates in pages: list, preview, write, choose products; and what a product's page says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, PreconditionFailed, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.freight import entering, queries, service, wording
from orders.freight.models import Basis
from orders.freight.places import find_place
from orders.freight.queries import WholeTemplate
from orders.freight.schemas import FreightTemplateCommandSchema
from orders.pricing.preview import FreightPreview, preview_freight, preview_of
from partners.cooperatives.queries import get_cooperative, manageable_by
from partners.regions.picker import pick, pick_code
from partners.regions.queries import tree
from products.catalogue.queries import list_sellable, lock_product
from products.storefront.delivery import Delivery, tell_delivery_with

blueprint = PageBlueprint("freight_pages", __name__)

HOME = "/desk/freight"

layout.add_workplace(6, Text("运费模板", "Freight"), HOME, "truck", Permission.COOPERATIVE_WRITE)


@blueprint.get(HOME)
@requires(Permission.COOPERATIVE_WRITE)
def show_freight_templates() -> Response:
    """List the templates of the actor's cooperatives, and say what sending something would cost."""
    names = queries.list_own_cooperatives(current_actor())
    templates = queries.list_templates(names)
    counted = queries.count_products([whole.template.id for whole in templates])
    return render(
        "freight/list.html",
        cooperatives=[
            {
                "id": cooperative_id,
                "name": name,
                "templates": [
                    _card(whole, counted.get(whole.template.id, 0))
                    for whole in templates
                    if whole.template.cooperative_id == cooperative_id
                ],
            }
            for cooperative_id, name in sorted(names.items(), key=lambda pair: pair[1])
        ],
        skus=queries.list_sku_choices(names),
        form=request.args,
        picker=pick(request.args),
        preview=_preview(),
    )


def _card(whole: WholeTemplate, products: int) -> dict[str, Any]:
    template = whole.template
    return {
        "id": template.id,
        "name": template.name,
        "basis": template.basis.label,
        "is_default": template.is_default,
        "products": products,
        "zones": wording.describe(whole),
    }


def _preview() -> FreightPreview | None:
    """Answer the question in the address, if there is a whole one."""
    place = pick(request.args).code
    quantity = forms.whole_of(request.args.get("quantity", ""))
    try:
        sku_id = uuid.UUID(request.args.get("sku_id", ""))
        return (
            preview_freight(sku_id, min(quantity, 1_000_000), place) if place and quantity else None
        )
    except (ValueError, NotFound):
        return None


@blueprint.get(f"{HOME}/new")
@requires(Permission.COOPERATIVE_WRITE)
def show_new_freight_template() -> Response:
    """Show the form of a new template."""
    return _form(None, entering.blank(request.args.get("cooperative_id", "")), {})


@blueprint.post(HOME)
@requires(Permission.COOPERATIVE_WRITE)
def write_freight_template() -> Response:
    """Write a new template, or show one more region to fill in."""
    actor, raw = current_actor(), request.form.to_dict()
    if raw.get("step") != "save":
        return _form(None, entering.grown(raw), {})
    entered = _entered(raw)
    try:
        owner = get_cooperative(uuid.UUID(raw.get("cooperative_id", "")), manageable_by(actor))
    except (ValueError, NotFound):
        entered.errors["cooperative_id"] = str(Text("请选择合作社", "Choose a cooperative"))
    if entered.errors:
        return _form(None, raw, entered.errors)
    try:
        with transaction():
            service.create_template(actor, owner.id, **entered.values)
    except (Conflict, Unprocessable) as problem:
        return _form(None, raw, forms.refused(problem), problem)
    layout.tell(Text("运费模板已保存", "The freight template is saved"))
    return redirect(HOME, 303)


@blueprint.get(f"{HOME}/<uuid:template_id>")
@requires(Permission.COOPERATIVE_WRITE)
def show_freight_template(template_id: uuid.UUID) -> Response:
    """Show a template to change, and the products it sends."""
    whole = queries.get_template(template_id, queries.manageable_by(current_actor()))
    return _form(whole, entering.raw_of(whole), {})


@blueprint.post(f"{HOME}/<uuid:template_id>")
@requires(Permission.COOPERATIVE_WRITE)
def change_freight_template(template_id: uuid.UUID) -> Response:
    """Write a template anew; orders already placed keep what they agreed."""
    actor, raw = current_actor(), request.form.to_dict()
    whole = queries.get_template(template_id, queries.manageable_by(actor))
    if raw.get("step") != "save":
        return _form(whole, entering.grown(raw), {})
    entered = _entered(raw)
    if entered.errors:
        return _form(whole, raw, entered.errors)
    try:
        with transaction():
            template = queries.lock_template(template_id, queries.manageable_by(actor))
            forms.check_version(raw, template.version)
            service.change_template(actor, template, **entered.values)
    except (Conflict, Unprocessable, PreconditionFailed) as problem:
        return _form(whole, raw, forms.refused(problem), problem)
    layout.tell(Text("运费模板已保存", "The freight template is saved"))
    return redirect(HOME, 303)


@blueprint.post(f"{HOME}/<uuid:template_id>/remove")
@requires(Permission.COOPERATIVE_WRITE)
def remove_freight_template(template_id: uuid.UUID) -> Response:
    """Drop a template that no product has chosen."""
    actor = current_actor()
    try:
        with transaction():
            template = queries.lock_template(template_id, queries.manageable_by(actor))
            service.remove_template(actor, template)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
        return redirect(f"{HOME}/{template_id}", 303)
    layout.tell(Text("运费模板已删除", "The freight template is gone"))
    return redirect(HOME, 303)


@blueprint.post(f"{HOME}/<uuid:template_id>/products")
@requires(Permission.COOPERATIVE_WRITE)
def choose_products_of_template(template_id: uuid.UUID) -> Response:
    """Have exactly the ticked products of those shown sent by a template."""
    actor = current_actor()
    ticked = set(request.form.getlist("product"))
    with transaction():
        own = queries.get_template(template_id, queries.manageable_by(actor)).template
        changed = {
            choice.id: str(choice.id) in ticked
            for choice in queries.list_product_choices(own.cooperative_id)
            if (str(choice.id) in ticked) is not (choice.template_id == own.id)
        }
        # All products before the template, in one order: as anybody does who chooses for one.
        products = [
            lock_product(actor, product_id, Permission.COOPERATIVE_WRITE)
            for product_id in sorted(changed)
        ]
        for product in products:
            service.choose_template(actor, product, own.id if changed[product.id] else None)
    layout.tell(Text("已保存使用这个模板的商品", "The products of this template are saved"))
    return redirect(f"{HOME}/{template_id}", 303)


def _entered(raw: dict[str, str]) -> forms.Entered:
    values, errors = entering.values_of(raw)
    entered = forms.load_values(FreightTemplateCommandSchema(), values, raw)
    entered.errors = entering.at_fields(raw, entered.errors) | errors
    return entered


def _form(
    whole: WholeTemplate | None,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    names = queries.list_own_cooperatives(current_actor())
    products = queries.list_product_choices(whole.template.cooperative_id) if whole else []
    return render(
        "freight/form.html",
        422 if errors or problem else 200,
        saved=whole.template if whole else None,
        cooperatives=sorted(names.items(), key=lambda pair: pair[1]),
        bases=[(str(basis), basis.label) for basis in Basis],
        form=raw,
        numbers=range(entering.count_zones(raw)),
        errors=errors,
        problem_here=problem,
        products=products,
        unit=entering.basis_of(raw).unit,
    )


def _deliver(sku_ids: Sequence[uuid.UUID]) -> Delivery:
    """Say on a product's page what sending one piece of each spec to the reader costs."""
    place = find_place()
    words: dict[uuid.UUID, Text] = {}
    refused: set[uuid.UUID] = set()
    for preview in preview_of(list_sellable(sku_ids), 1, place) if place else ():
        if preview.reason is not None:
            refused.add(preview.sku_id)
            words[preview.sku_id] = preview.reason
        elif preview.freight_fen:
            words[preview.sku_id] = Text("运费 {yuan} 元", "Freight {yuan} yuan").format(
                yuan=yuan(preview.freight_fen)
            )
        else:
            words[preview.sku_id] = Text("免运费", "Free delivery")
    picker = pick(request.args) if "region-1" in request.args else pick_code(place)
    return Delivery(
        picker=picker,
        place_name=tree().full_name(place) if place else None,
        words=words,
        refused=frozenset(refused),
    )


tell_delivery_with(_deliver)
