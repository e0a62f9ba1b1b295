"""The checkout page: whose purchase it is, where it goes, what it costs and counts for; then placing it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
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
from orders.addresses.service import Details, SeenAddress, keep_address, list_seen
from orders.checkout.attribution import AttributionChoice, find_usual_unit, list_units_bought_for
from orders.checkout.changes import ChangeKind
from orders.checkout.collecting import Collecting, read_collecting
from orders.checkout.coupons import SHOWN, show_choices, suggest_for, ticked_coupons
from orders.checkout.errors import NothingToBuy
from orders.checkout.quoting import Quote, QuoteRequest, make_quote
from orders.checkout.remarks import REMARK, read_remarks
from orders.checkout.schemas import CollectorSchema, RecipientCommandSchema
from orders.checkout.service import Recipient, place_trade
from orders.coupons.queries import HeldCoupon, list_held
from orders.freight.places import find_place
from orders.pickups.offering import address_of
from orders.pickups.told import keeping
from orders.requisitions.errors import ApprovalRequired
from orders.requisitions.schemas import PurposeSchema
from orders.requisitions.service import submit_requisition
from orders.trades.models import AttributionSource
from orders.trades.queries import find_latest_order
from partners.buying_units.models import BuyingUnit
from partners.credits.showing import show_countings
from partners.pairings.places import eastern_places
from partners.regions.picker import Picker, pick, pick_code
from partners.regions.queries import tree
from products.storefront.drawings import drawing_of
from products.storefront.showing import return_note

blueprint = PageBlueprint("checkout_pages", __name__)

UNIT = "unit:"
DELIVERY = "delivery"
REGION = "region"
NEW_ADDRESS = "new"


@dataclass
class _Filled:
    """The form as it stands: what was typed, the region so far, what it comes to, what is wrong."""

    raw: dict[str, str]
    picker: Picker
    units: list[BuyingUnit]
    addresses: list[SeenAddress] = field(default_factory=list)
    quote: Quote | None = None
    held: list[HeldCoupon] = field(default_factory=list)
    coupon_ids: list[uuid.UUID] = field(default_factory=list)
    remarks: dict[uuid.UUID, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def needs_approval(self) -> bool:
        """Tell whether this becomes a requisition: by its size, or with what was bought today."""
        is_large = self.quote is not None and self.quote.needs_approval
        return is_large or isinstance(self.problem, ApprovalRequired)

    @property
    def address(self) -> SeenAddress | None:
        """The address chosen from the book; None where another one is typed."""
        chosen = self.raw.get("address_id")
        return next((one for one in self.addresses if str(one.row.id) == chosen), None)

    @cached_property
    def collecting(self) -> Collecting:
        """The pick-up points to choose from, and the one chosen."""
        near = [find_place(), self.picker.code, *(one.region_code for one in self.addresses)]
        return read_collecting(self.raw, self.units, near)

    @property
    def ship_to_code(self) -> str | None:
        """Where it is sent, once that is known."""
        if self.collecting.is_chosen:
            return self.collecting.point.region_code if self.collecting.point else None
        return self.picker.code if self.address is None else self.address.region_code

    @property
    def request(self) -> QuoteRequest | None:
        """What to price, once the place of delivery is known."""
        if self.ship_to_code is None:
            return None
        return QuoteRequest(
            lines=None,
            ship_to_code=self.ship_to_code,
            attribution=_choice(self.raw),
            coupon_ids=self.coupon_ids,
            remarks=self.remarks,
            pickup_point_id=self.collecting.point.id if self.collecting.point else None,
        )


@blueprint.get("/checkout")
@requires(Permission.TRADE_PLACE)
def show_checkout() -> Response:
    """Show what the cart comes to, with what is known of the buyer filled in."""
    actor = current_actor()
    units, addresses = list(list_units_bought_for(actor)), list_seen(actor)
    raw, code = _remembered(actor, units, addresses)
    return _page(actor, _Filled(raw, pick_code(code), units, addresses))


@blueprint.post("/checkout")
@requires(Permission.TRADE_PLACE)
def send_checkout() -> Response:
    """Price the purchase again, or place it as it was shown."""
    actor = current_actor()
    units = list(list_units_bought_for(actor))
    filled = _Filled(request.form.to_dict(), pick(request.form), units, list_seen(actor))
    filled.coupon_ids = ticked_coupons(request.form)
    if filled.collecting.is_chosen and "name" not in filled.raw and filled.addresses:
        known = filled.addresses[0].details
        filled.raw |= {"name": known.name, "phone": known.phone}
    if request.form.get("step") not in ("place", "requisition"):
        return _page(actor, filled)
    onward = _place(actor, filled, is_requisition=request.form.get("step") == "requisition")
    return _page(actor, filled) if onward is None else redirect(onward, 303)


def _place(actor: Actor, filled: _Filled, *, is_requisition: bool) -> str | None:
    """Place the purchase, or ask for its approval, and return the page that follows; None when
    something has to be put right first.
    """
    recipient = _recipient(filled)
    if recipient is None or filled.request is None:
        return None
    purpose = forms.load(PurposeSchema(), filled.raw)
    filled.remarks, errors = read_remarks(filled.raw)
    filled.errors = purpose.errors | errors
    if filled.errors:
        return None
    accepted: dict[str, Any] = {
        "recipient": recipient,
        "quote_digest": filled.raw.get("quote_digest", ""),
        "quote_token": filled.raw.get("quote_token", ""),
    }
    try:
        with transaction():
            if is_requisition:
                asked = submit_requisition(actor, filled.request, **accepted, **purpose.values)
                onward = f"/requisitions/{asked.id}"
            else:
                placed = place_trade(actor, filled.request, **accepted)
                onward = f"/trades/{placed.trade.id}/pay"
            is_typed = filled.address is None and not filled.collecting.is_chosen
            if is_typed and "keep" in filled.raw:
                details = Details(
                    name=recipient.name, phone=recipient.phone, address=recipient.address
                )
                keep_address(actor, details, region_code=filled.request.ship_to_code)
            return onward
    except (Conflict, Unprocessable) as problem:
        filled.problem = problem
        return None


def _recipient(filled: _Filled) -> Recipient | None:
    """Return who receives the goods: from the book, or as typed; None when something is missing."""
    if filled.collecting.is_chosen:
        return _collector(filled)
    if filled.address is not None:
        known = filled.address.details
        return Recipient(name=known.name, phone=known.phone, address=known.address)
    entered = forms.load(RecipientCommandSchema(), filled.raw)
    filled.errors = entered.errors
    if filled.ship_to_code is None:
        filled.errors["region"] = str(Text("请选择到县（市、区）", "Choose down to the county"))
    return None if filled.errors else Recipient(**entered.values)


def _collector(filled: _Filled) -> Recipient | None:
    """Return who collects the goods at the chosen point; None when something is missing."""
    entered = forms.load(CollectorSchema(), filled.raw)
    filled.errors = entered.errors
    point = filled.collecting.point
    if point is None:
        filled.errors["pickup_point_id"] = str(Text("请选择自提点", "Choose a pick-up point"))
    if filled.errors or point is None:
        return None
    return Recipient(**entered.values, address=address_of(point))


def _page(actor: Actor, filled: _Filled) -> Response:
    if filled.request is not None:
        try:
            filled.held = list_held(actor.account_id)
            filled.coupon_ids = _still_held(filled)
            filled.quote = make_quote(actor, filled.request)
            if SHOWN not in request.form and filled.held:
                filled.coupon_ids = suggest_for(filled.quote, filled.held)
                filled.quote = make_quote(actor, filled.request)
        except NothingToBuy:
            # A second click: the first has taken the goods out of the cart and made an order.
            return redirect("/orders" if request.method == "POST" else "/cart", 303)
        except Unprocessable as problem:
            filled.errors |= {name: str(text) for name, text in problem.fields.items()}
    refused = filled.problem is not None or bool(filled.errors)
    return render(
        "checkout/checkout.html",
        422 if refused and request.form.get("step") in ("place", "requisition") else 200,
        form=filled.raw,
        errors=filled.errors,
        problem_here=filled.problem,
        told=_told(filled.problem),
        missing=_missing(filled) if filled.quote is None else None,
        picker=filled.picker,
        addresses=filled.addresses,
        address=filled.address,
        collecting=filled.collecting,
        collect_outcome=keeping(),
        units=[
            (f"{UNIT}{unit.id}", unit.name, tree().full_name(unit.region_code))
            for unit in filled.units
        ],
        chosen=filled.raw.get("attribution") or _default(actor, filled.units),
        east_regions=eastern_places(clock.today()),
        quote=filled.quote,
        quote_coupons=[
            {"name": one.coupon.name, "discount_fen": one.discount_fen}
            for one in (filled.quote.coupons if filled.quote else ())
        ],
        needs_approval=filled.needs_approval,
        coupons=show_choices(filled.quote, filled.held),
        groups=_groups(filled.quote),
        minutes=current_app.config["SETTINGS"].trade_expires_minutes,
    )


def _still_held(filled: _Filled) -> list[uuid.UUID]:
    """Leave out a chosen coupon that was used or ran out meanwhile; the rest can be quoted."""
    held = {one.holding_id for one in filled.held}
    return [one for one in filled.coupon_ids if one in held]


def _told(problem: Problem | None) -> list[str]:
    """Return what changed, item by item; what cannot be bought is told by the quote itself."""
    changes: list[dict[str, Any]] = problem.extra.get("changes", []) if problem else []
    return [one["text"] for one in changes if one["kind"] != ChangeKind.UNAVAILABLE]


def _missing(filled: _Filled) -> Text:
    """Return what has to be chosen before there is a price."""
    if filled.collecting.is_chosen and filled.collecting.point is None:
        return Text("请先选一个自提点", "First choose a pick-up point")
    if filled.ship_to_code is None:
        return Text("请先选收货地区", "First choose where to deliver")
    if {"buying_unit_id", "region_code"} & filled.errors.keys():
        return Text("请先选这笔采购归谁", "First choose whose purchase it is")
    return Text("请先改正上面指出的问题", "First put right what is pointed out above")


def _groups(quote: Quote | None) -> list[dict[str, Any]]:
    return [
        {
            "name": order.cooperative_name,
            "remark_field": f"{REMARK}{order.cooperative_id}",
            "goods_fen": order.goods_fen,
            "discount_fen": order.discount_fen,
            "freight_fen": order.freight_fen,
            "total_fen": order.total_fen,
            "lines": [
                {
                    "name": line.sku.product_name,
                    "spec": line.sku.spec,
                    "quantity": line.quantity,
                    "unit": line.sku.unit,
                    "amount_fen": line.amount_fen,
                    "price_fen": line.price_fen,
                    "list_price_fen": line.sku.price_fen,
                    "photo_url": line.sku.photo_url,
                    "drawing": drawing_of(line.sku.category_code),
                    "returns": return_note(str(line.sku.return_class)),
                    "countings": show_countings(line.helps, is_paid=False),
                }
                for line in order.lines
            ],
        }
        for order in (quote.orders if quote else ())
    ]


def _default(actor: Actor, units: list[BuyingUnit]) -> str:
    """Return the choice to begin with; none where the buyer must say for which of several units."""
    usual = find_usual_unit(actor, units)
    if usual is not None:
        return f"{UNIT}{usual.id}"
    return "" if units else DELIVERY


def _remembered(
    actor: Actor, units: list[BuyingUnit], addresses: list[SeenAddress]
) -> tuple[dict[str, str], str | None]:
    """Choose from the book: the unit's default where one buys for it, else the own one. With an empty
    book fill in from the last order; without one, the unit's region, or where the cart was reckoned for.
    """
    usual = find_usual_unit(actor, units)
    if addresses:
        whose = [usual.id, None] if usual else [None]
        proposed = min(
            addresses,
            key=lambda one: (one.row.buying_unit_id not in whose,
                             one.row.buying_unit_id != whose[0], not one.row.is_default),
        )  # fmt: skip
        return {"address_id": str(proposed.row.id)}, None
    latest = find_latest_order(actor)
    if latest is None:
        return {"keep": "yes"}, usual.region_code if usual else find_place()
    recipient = Recipient.unseal(latest.ship_to)
    if latest.pickup_point_id is not None:
        return {"name": recipient.name, "phone": recipient.phone, "keep": "yes"}, find_place()
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
