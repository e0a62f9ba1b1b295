"""A product's bulk prices and limits in one page of its cooperative."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import PreconditionFailed, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from products.catalogue.models import Product, Sku
from products.catalogue.queries import get_own_product, list_skus, lock_product
from products.offers import service
from products.offers.models import Period
from products.offers.queries import Offers, find_offers
from products.offers.schemas import SetBuyerLimitsSchema, SetPriceStepsSchema

blueprint = PageBlueprint("offers_pages", __name__)

# Rows to fill in beside those that there are.
BLANK_STEPS = 2
MOST_STEPS = 20

Raw = dict[str, str]


@blueprint.get("/desk/products/<uuid:product_id>/offers")
@requires(Permission.PRODUCT_WRITE)
def show_offers(product_id: uuid.UUID) -> Response:
    """Show a product's bulk prices and limits to change."""
    product = get_own_product(current_actor(), product_id)
    skus = list_skus(product)
    offers = find_offers(product.id, [sku.id for sku in skus])
    return _page(product, _raw_of(offers) | {"version": str(offers.version)}, {})


@blueprint.post("/desk/products/<uuid:product_id>/offers")
@requires(Permission.PRODUCT_WRITE)
def save_offers(product_id: uuid.UUID) -> Response:
    """Save all bulk prices and limits of a product; rows left empty are none."""
    actor, raw = current_actor(), request.form.to_dict()
    product = get_own_product(actor, product_id)
    skus = list(list_skus(product))
    errors: dict[str, str] = {}
    steps = {sku.id: _steps(raw, sku, errors) for sku in skus}
    limits = _limits(raw, skus, errors)
    if errors:
        return _page(product, raw, errors)
    try:
        with transaction():
            locked = lock_product(actor, product_id)
            standing = find_offers(product_id, [sku.id for sku in skus])
            forms.check_version(raw, standing.version)
            for sku in list_skus(locked):
                try:
                    service.set_price_steps(actor, sku, steps.get(sku.id, []))
                except Unprocessable as problem:
                    errors |= _at(raw, sku, forms.refused(problem))
                    raise
            service.set_buyer_limits(actor, locked, limits)
    except Unprocessable as problem:
        return _page(product, raw, errors or forms.refused(problem))
    except PreconditionFailed as problem:
        return _page(product, raw, {"version": str(problem.detail or problem.title)})
    layout.tell(Text("批量价与限购已保存", "Bulk prices and limits are saved"))
    return redirect(f"/desk/products/{product_id}", 303)


def _filled(raw: Raw, sku: Sku) -> list[int]:
    return [
        number
        for number in range(MOST_STEPS)
        if raw.get(f"{sku.id}-{number}-quantity", "").strip()
        or raw.get(f"{sku.id}-{number}-price", "").strip()
    ]


def _steps(raw: Raw, sku: Sku, errors: dict[str, str]) -> list[dict[str, Any]]:
    values = [
        {
            "from_quantity": forms.whole_typed(raw.get(f"{sku.id}-{number}-quantity", "")),
            "price_fen": forms.fen_typed(raw.get(f"{sku.id}-{number}-price", "")),
            "is_for_units": raw.get(f"{sku.id}-{number}-units") == "yes",
        }
        for number in _filled(raw, sku)
    ]
    entered = forms.load_values(SetPriceStepsSchema(), {"steps": values}, raw)
    errors |= _at(raw, sku, entered.errors)
    steps: list[dict[str, Any]] = entered.values.get("steps", [])
    return steps


def _at(raw: Raw, sku: Sku, errors: dict[str, str]) -> dict[str, str]:
    """Return errors by the form's field names: steps.0.price_fen stands at <sku>-2-price."""
    filled = _filled(raw, sku)
    moved = {}
    for name, said in errors.items():
        parts = name.split(".")
        if len(parts) == 3 and parts[1].isdigit():
            field = "quantity" if parts[2] == "from_quantity" else "price"
            moved[f"{sku.id}-{filled[int(parts[1])]}-{field}"] = said
        else:
            moved[name] = said
    return moved


def _limits(raw: Raw, skus: list[Sku], errors: dict[str, str]) -> list[dict[str, Any]]:
    values, keys = [], []
    for key, sku_id in (("all", None), *((str(sku.id), str(sku.id)) for sku in skus)):
        given = {
            name: raw.get(f"limit-{key}-{name}", "").strip() for name in ("per_order", "per_period")
        }
        if not any(given.values()):
            continue
        numbers = {name: forms.whole_typed(text) for name, text in given.items()}
        period = (raw.get(f"limit-{key}-period") or None) if given["per_period"] else None
        values.append({"sku_id": sku_id, **numbers, "period": period})
        keys.append(key)
    entered = forms.load_values(SetBuyerLimitsSchema(), {"limits": values}, raw)
    for name, said in entered.errors.items():
        parts = name.split(".")
        at = f"limit-{keys[int(parts[1])]}-{parts[2]}" if len(parts) == 3 else name
        errors.setdefault(at, said)
    limits: list[dict[str, Any]] = entered.values.get("limits", [])
    return limits


def _raw_of(offers: Offers) -> Raw:
    raw: Raw = {}
    for sku_id in {step.sku_id for step in offers.price_steps}:
        for number, step in enumerate(offers.steps_of(sku_id)):
            raw[f"{sku_id}-{number}-quantity"] = str(step.from_quantity)
            raw[f"{sku_id}-{number}-price"] = yuan(step.price_fen).replace(",", "")
            raw[f"{sku_id}-{number}-units"] = "yes" if step.is_for_units else ""
    for limit in offers.buyer_limits:
        key = f"limit-{limit.sku_id or 'all'}"
        raw[f"{key}-per_order"] = str(limit.per_order or "")
        raw[f"{key}-per_period"] = str(limit.per_period or "")
        raw[f"{key}-period"] = str(limit.period or "")
    return raw


def _page(product: Product, raw: Raw, errors: dict[str, str]) -> Response:
    skus = [
        {
            "id": sku.id,
            "spec": sku.spec,
            "unit": sku.unit,
            "price_fen": sku.price_fen,
            "numbers": range(min(max([*_filled(raw, sku), -1]) + 1 + BLANK_STEPS, MOST_STEPS)),
        }
        for sku in list_skus(product)
    ]
    return render(
        "offers/offers.html",
        422 if errors else 200,
        product=product,
        skus=skus,
        periods=[(str(period), period.label) for period in Period],
        form=raw,
        errors=errors,
    )
