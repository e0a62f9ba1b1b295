"""The checkout page: whose purchase it is, where it goes, what it costs and counts for; then placing it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms
from marketplace.database import transaction
from marketplace.errors import Conflict, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.checkout.attribution import AttributionChoice, list_units_bought_for
from orders.checkout.errors import NothingToBuy
from orders.checkout.quoting import Quote, QuoteRequest, make_quote
from orders.checkout.schemas import RecipientCommandSchema
from orders.checkout.service import Recipient, place_trade
from orders.trades.models import AttributionSource
from orders.trades.queries import find_latest_order
from partners.buying_units.models import BuyingUnit
from partners.credits.showing import show_countings
from partners.pairings.places import eastern_places
from partners.regions.picker import Picker, pick, pick_code
from partners.regions.queries import tree
from products.storefront.drawings import drawing_of

blueprint = PageBlueprint("checkout_pages", __name__)

UNIT = "unit:"
DELIVERY = "delivery"
REGION = "region"


@dataclass(slots=True)
class _Filled:
    """The form as it stands: what was typed, the region so far, what it comes to, what is wrong."""

    raw: dict[str, str]
    picker: Picker
    units: list[BuyingUnit]
    quote: Quote | None = None
    errors: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def request(self) -> QuoteRequest | None:
        """What to price, once the place of delivery is known."""
        if self.picker.code is None:
            return None
        return QuoteRequest(
            lines=None, ship_to_code=self.picker.code, attribution=_choice(self.raw)
        )


@blueprint.get("/checkout")
@requires(Permission.TRADE_PLACE)
def show_checkout() -> Response:
    """Show what the cart comes to, with what is known of the buyer filled in."""
    actor = current_actor()
    units = list(list_units_bought_for(actor))
    raw, code = _remembered(actor, units)
    filled = _Filled(raw, pick_code(code), units)
    return _page(actor, filled)


@blueprint.post("/checkout")
@requires(Permission.TRADE_PLACE)
def send_checkout() -> Response:
    """Price the purchase again, or place it as it was shown."""
    actor = current_actor()
    filled = _Filled(request.form.to_dict(), pick(request.form), list(list_units_bought_for(actor)))
    if request.form.get("step") != "place":
        return _page(actor, filled)
    trade_id = _place(actor, filled)
    return _page(actor, filled) if trade_id is None else redirect(f"/trades/{trade_id}/pay", 303)


def _place(actor: Actor, filled: _Filled) -> uuid.UUID | None:
    """Place the purchase and return its trade; None when something has to be put right first."""
    entered = forms.load(RecipientCommandSchema(), filled.raw)
    filled.errors = entered.errors
    if filled.request is None:
        filled.errors["region"] = str(Text("请选择到县（市、区）", "Choose down to the county"))
    if filled.errors or filled.request is None:
        return None
    try:
        with transaction():
            placed = place_trade(
                actor,
                filled.request,
                recipient=Recipient(**entered.values),
                quote_digest=filled.raw.get("quote_digest", ""),
            )
            return placed.trade.id
    except (Conflict, Unprocessable) as problem:
        filled.problem = problem
        return None


def _page(actor: Actor, filled: _Filled) -> Response:
    if filled.request is not None:
        try:
            filled.quote = make_quote(actor, filled.request)
        except NothingToBuy:
            # A second click: the first has taken the goods out of the cart and made an order.
            return redirect("/orders" if request.method == "POST" else "/cart", 303)
        except Unprocessable as problem:
            filled.errors |= {name: str(text) for name, text in problem.fields.items()}
    refused = filled.problem is not None or bool(filled.errors)
    return render(
        "checkout/checkout.html",
        422 if refused and request.form.get("step") == "place" else 200,
        form=filled.raw,
        errors=filled.errors,
        problem_here=filled.problem,
        picker=filled.picker,
        units=[
            (f"{UNIT}{unit.id}", unit.name, tree().full_name(unit.region_code))
            for unit in filled.units
        ],
        chosen=filled.raw.get("attribution") or _default(filled.units),
        east_regions=eastern_places(clock.today()),
        quote=filled.quote,
        groups=_groups(filled.quote),
        minutes=current_app.config["SETTINGS"].trade_expires_minutes,
    )


def _groups(quote: Quote | None) -> list[dict[str, Any]]:
    return [
        {
            "name": order.cooperative_name,
            "freight_fen": order.freight_fen,
            "lines": [
                {
                    "name": line.sku.product_name,
                    "spec": line.sku.spec,
                    "quantity": line.quantity,
                    "net_fen": line.net_fen,
                    "photo_url": line.sku.photo_url,
                    "drawing": drawing_of(line.sku.category_code),
                    "countings": show_countings(line.helps, is_paid=False),
                }
                for line in order.lines
            ],
        }
        for order in (quote.orders if quote else ())
    ]


def _default(units: list[BuyingUnit]) -> str:
    return f"{UNIT}{units[0].id}" if units else DELIVERY


def _remembered(actor: Actor, units: list[BuyingUnit]) -> tuple[dict[str, str], str | None]:
    """Fill in from the last order; without one, the unit's region."""
    latest = find_latest_order(actor)
    if latest is None:
        return {}, units[0].region_code if units else None
    recipient = Recipient.unseal(latest.ship_to)
    raw = {"name": recipient.name, "phone": recipient.phone, "address": recipient.address}
    return raw, latest.ship_to_code


def _choice(raw: dict[str, str]) -> AttributionChoice:
    """Read for whom it counts; nothing chosen leaves it to the default."""
    chosen = raw.get("attribution", "")
    if chosen.startswith(UNIT):
        try:
            unit_id = uuid.UUID(chosen.removeprefix(UNIT))
        except ValueError:
            return AttributionChoice()
        return AttributionChoice(source=AttributionSource.BUYING_UNIT, buying_unit_id=unit_id)
    if chosen == REGION:
        code = raw.get("attribution_code") or None
        return AttributionChoice(source=AttributionSource.CHOSEN, region_code=code)
    if chosen == DELIVERY:
        return AttributionChoice(source=AttributionSource.DELIVERY)
    return AttributionChoice()
