"""The pages of invoice titles: one's own, those shared in a unit, and the form of one."""

from __future__ import annotations

import uuid

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
from orders.invoice_titles import queries, service
from orders.invoice_titles.models import InvoiceTitle, TitleKind
from orders.invoice_titles.schemas import TitleDetailsSchema, details_of
from orders.invoice_titles.service import SeenTitle
from orders.shared_books.models import MOST
from orders.shared_books.showing import group_by_book, list_units, read_unit_id

blueprint = PageBlueprint("invoice_titles_pages", __name__)

BOOK = "/invoice-titles"


@blueprint.get(BOOK)
@requires(Permission.INVOICE_REQUEST)
def show_invoice_titles() -> Response:
    """List one's own titles, then each unit's."""
    actor = current_actor()
    seen = service.see(queries.list_titles(actor))
    books = group_by_book(list_units(InvoiceTitle, actor), seen)
    return render("invoice_titles/titles.html", books=books, most=MOST)


@blueprint.get(f"{BOOK}/new")
@requires(Permission.INVOICE_REQUEST)
def new_invoice_title() -> Response:
    """Show the form, filled in from the unit's registration where it is for a unit."""
    wanted = request.args.get("unit", "")
    unit = next(
        (unit for unit in list_units(InvoiceTitle, current_actor()) if str(unit.id) == wanted), None
    )
    if unit is None:
        return _form({"kind": TitleKind.COMPANY}, {})
    raw = {"kind": TitleKind.COMPANY, "name": unit.name, "tax_no": unit.credit_code}
    return _form({**raw, "buying_unit_id": str(unit.id)}, {})


@blueprint.post(f"{BOOK}/new")
@requires(Permission.INVOICE_REQUEST)
def add_invoice_title() -> Response:
    """Write a new title."""
    raw = request.form.to_dict()
    entered = forms.load(TitleDetailsSchema(), raw)
    if entered.errors:
        return _form(raw, entered.errors)
    try:
        with transaction():
            service.add_title(
                current_actor(),
                details_of(entered.values),
                buying_unit_id=read_unit_id(raw.get("buying_unit_id", "")),
                is_default="is_default" in raw,
            )
    except Unprocessable as problem:
        return _form(raw, forms.refused(problem), problem=problem)
    layout.tell(Text("发票抬头已保存", "The invoice title is saved"))
    return redirect(safe_target(raw.get("next"), BOOK), 303)


@blueprint.get(f"{BOOK}/<uuid:title_id>")
@requires(Permission.INVOICE_REQUEST)
def edit_invoice_title(title_id: uuid.UUID) -> Response:
    """Show a title in its form."""
    seen = _seen(title_id)
    known = seen.details
    raw = {"kind": str(known.kind), "name": known.name, "tax_no": known.tax_no,
           "address": known.address, "phone": known.phone, "bank_name": known.bank_name,
           "account_no": known.account_no, "version": str(seen.row.version)}  # fmt: skip
    return _form(raw, {}, seen)


@blueprint.post(f"{BOOK}/<uuid:title_id>")
@requires(Permission.INVOICE_REQUEST)
def change_invoice_title(title_id: uuid.UUID) -> Response:
    """Change a title."""
    actor, seen, raw = current_actor(), _seen(title_id), request.form.to_dict()
    entered = forms.load(TitleDetailsSchema(), raw)
    if entered.errors:
        return _form(raw, entered.errors, seen)
    with transaction():
        title = queries.lock_title(actor, title_id)
        forms.check_version(request.form, title.version)
        service.change_title(actor, title, details_of(entered.values))
    layout.tell(Text("抬头已修改，已申请的发票不受影响", "Changed; earlier requests keep theirs"))
    return redirect(BOOK, 303)


@blueprint.post(f"{BOOK}/<uuid:title_id>/default")
@requires(Permission.INVOICE_REQUEST)
def make_default_invoice_title(title_id: uuid.UUID) -> Response:
    """Let a title be proposed first."""
    with transaction():
        service.make_default(current_actor(), title_id)
    return redirect(BOOK, 303)


@blueprint.post(f"{BOOK}/<uuid:title_id>/remove")
@requires(Permission.INVOICE_REQUEST)
def remove_invoice_title(title_id: uuid.UUID) -> Response:
    """Delete a title."""
    with transaction():
        service.remove_title(current_actor(), title_id)
    layout.tell(Text("抬头已删除", "The title is deleted"))
    return redirect(BOOK, 303)


def _seen(title_id: uuid.UUID) -> SeenTitle:
    return service.see([queries.get_title(current_actor(), title_id)])[0]


def _form(
    raw: dict[str, str],
    errors: dict[str, str],
    seen: SeenTitle | None = None,
    problem: Unprocessable | None = None,
) -> Response:
    return render(
        "invoice_titles/title.html",
        422 if errors or problem else 200,
        form=raw,
        errors=errors,
        problem_here=problem,
        seen=seen,
        kinds=[(kind, kind.label) for kind in (TitleKind.COMPANY, TitleKind.PERSONAL)],
        units=[(str(unit.id), unit.name) for unit in list_units(InvoiceTitle, current_actor())],
        target=safe_target(request.values.get("next"), ""),
    )
