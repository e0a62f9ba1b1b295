"""The address book's pages: one's own addresses, those shared in a unit, and the form of one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.identity.returning import safe_target
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.addresses import queries, service
from orders.addresses.models import Address
from orders.addresses.schemas import DetailsSchema
from orders.addresses.service import Details, SeenAddress
from orders.shared_books.models import MOST
from orders.shared_books.showing import group_by_book, list_units, read_unit_id
from partners.regions.picker import Picker, pick, pick_code

blueprint = PageBlueprint("addresses_pages", __name__)

BOOK = "/addresses"
_CHOOSE_COUNTY = Text("请选择到县（市、区）", "Choose down to the county")


@dataclass(slots=True)
class _Filled:
    """The form of an address as it stands."""

    raw: dict[str, str]
    picker: Picker
    seen: SeenAddress | None = None
    errors: dict[str, str] = field(default_factory=dict)
    problem: Unprocessable | None = None


@blueprint.get("/addresses")
@requires(Permission.ADDRESS_WRITE)
def show_addresses() -> Response:
    """List one's own addresses, then each unit's."""
    actor = current_actor()
    seen = service.list_seen(actor)
    books = group_by_book(list_units(Address, actor), seen)
    return render("addresses/addresses.html", books=books, most=MOST)


@blueprint.get("/addresses/new")
@requires(Permission.ADDRESS_WRITE)
def new_address() -> Response:
    """Show an empty form."""
    raw = {"buying_unit_id": request.args.get("unit", "")}
    return _form(_Filled(raw, pick({})))


@blueprint.post("/addresses/new")
@requires(Permission.ADDRESS_WRITE)
def add_address() -> Response:
    """Write a new address, or go on choosing its division."""
    filled = _Filled(request.form.to_dict(), pick(request.form))
    details = _read(filled)
    if details is None or filled.picker.code is None:
        return _form(filled)
    try:
        with transaction():
            service.add_address(
                current_actor(),
                details,
                region_code=filled.picker.code,
                buying_unit_id=read_unit_id(filled.raw.get("buying_unit_id", "")),
                is_default="is_default" in filled.raw,
            )
    except Unprocessable as problem:
        filled.problem, filled.errors = problem, forms.refused(problem)
        return _form(filled)
    layout.tell(Text("地址已保存", "The address is saved"))
    return redirect(safe_target(filled.raw.get("next"), BOOK), 303)


@blueprint.get("/addresses/<uuid:address_id>")
@requires(Permission.ADDRESS_WRITE)
def edit_address(address_id: uuid.UUID) -> Response:
    """Show an address in its form."""
    seen = service.get_seen(current_actor(), address_id)
    known = seen.details
    raw = {"name": known.name, "phone": known.phone, "address": known.address,
           "label": known.label, "version": str(seen.row.version)}  # fmt: skip
    return _form(_Filled(raw, pick_code(seen.region_code), seen))


@blueprint.post("/addresses/<uuid:address_id>")
@requires(Permission.ADDRESS_WRITE)
def change_address(address_id: uuid.UUID) -> Response:
    """Change an address, or go on choosing its division."""
    actor = current_actor()
    seen = service.get_seen(actor, address_id)
    filled = _Filled(request.form.to_dict(), pick(request.form), seen)
    details = _read(filled)
    if details is None or filled.picker.code is None:
        return _form(filled)
    with transaction():
        address = queries.lock_address(actor, address_id)
        forms.check_version(request.form, address.version)
        service.change_address(actor, address, details, region_code=filled.picker.code)
    layout.tell(Text("地址已修改，已下的订单不受影响", "Changed; orders placed before keep theirs"))
    return redirect(BOOK, 303)


@blueprint.post("/addresses/<uuid:address_id>/default")
@requires(Permission.ADDRESS_WRITE)
def make_default_address(address_id: uuid.UUID) -> Response:
    """Let an address be proposed first."""
    with transaction():
        service.make_default(current_actor(), address_id)
    return redirect(BOOK, 303)


@blueprint.post("/addresses/<uuid:address_id>/remove")
@requires(Permission.ADDRESS_WRITE)
def remove_address(address_id: uuid.UUID) -> Response:
    """Delete an address."""
    with transaction():
        service.remove_address(current_actor(), address_id)
    layout.tell(Text("地址已删除", "The address is deleted"))
    return redirect(BOOK, 303)


def _read(filled: _Filled) -> Details | None:
    """Read the form when it is to be saved; None while the division is being chosen or it is wrong."""
    if filled.raw.get("step") != "save":
        return None
    entered = forms.load(DetailsSchema(), filled.raw)
    filled.errors = entered.errors
    if filled.picker.code is None:
        filled.errors["region"] = str(_CHOOSE_COUNTY)
    return None if filled.errors else Details(**entered.values)


def _form(filled: _Filled) -> Response:
    refused = filled.problem is not None or bool(filled.errors)
    return render(
        "addresses/address.html",
        422 if refused else 200,
        form=filled.raw,
        errors=filled.errors,
        problem_here=filled.problem,
        picker=filled.picker,
        seen=filled.seen,
        units=[(str(unit.id), unit.name) for unit in list_units(Address, current_actor())],
        target=safe_target(request.values.get("next"), ""),
    )
