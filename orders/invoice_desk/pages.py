"""The desk's pages: the list of tasks, first due first, and one invoice with the form that issues it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import ScopeKind, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.invoice_replacements import queries as replacement_queries
from orders.invoice_replacements.wording import replacing_view
from orders.invoices import files, issuing, queries, reversing, service, showing
from orders.invoices.issuing import Issued, LineTax
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.queries import InvoiceFilter
from orders.invoices.schemas import MAX_RATE_BP, IssueInvoiceSchema, ReasonSchema
from orders.invoices.showing import ShownInvoice
from orders.invoices.states import InvoiceKind, InvoiceState, TaxTreatment
from orders.invoices.wording import invoice_view

blueprint = PageBlueprint("invoice_desk_pages", __name__)

HOME = "/desk/invoices"
PAGE = 20
RED, OVERDUE, ANEW, ISSUED = "red", "overdue", "anew", "issued"
# Farmers' cooperatives selling what their own members grew (Ministry of Finance and tax office, 2008).
EXEMPTION = "财税〔2008〕81号"
# Where what the schema says of a line's tax stands in the form.
_TAX_OF_LINE = re.compile(r"taxes\.([0-9]+)\.(treatment|rate_bp|basis)")
_TAX_FIELDS = {"treatment": "treatment", "rate_bp": "rate", "basis": "basis"}
EXEMPT_ON_SPECIAL = Text(
    "这张专用发票登记了免税的商品。销售免税货物一般不得开具专用发票（国税发〔2006〕156号第十条），"
    "买方也不能抵扣。请核对：确实开错的，整张红冲后改开普通发票。",
    "This special invoice was written down with exempt goods. As a rule exempt goods come with no special"
    " invoice (Guoshuifa 2006 no. 156, article 10), and the buyer has nothing to deduct. Please check: if it"
    " was issued wrongly, take all of it back and issue an ordinary one.",
)
RATE_UNREADABLE = Text("请填写税率，单位为百分比，如 9", "Enter the rate in per cent, such as 9")

layout.add_workplace(25, Text("发票", "Invoices"), HOME, "orders", Permission.INVOICE_ISSUE)
add_queue(
    HOME,
    Text("待开具", "to issue"),
    lambda actor: queries.narrow(
        queries.sold_by(actor),
        InvoiceFilter(kind=InvoiceKind.BLUE, states=[InvoiceState.REQUESTED]),
    ),
)
add_queue(
    HOME,
    Text("待红冲", "to reverse"),
    lambda actor: queries.narrow(
        queries.sold_by(actor),
        InvoiceFilter(kind=InvoiceKind.RED, states=[InvoiceState.REQUESTED]),
    ),
    href=f"{HOME}?tab={RED}",
)
add_queue(
    HOME,
    Text("换开申请", "to make out anew"),
    lambda actor: queries.narrow(queries.sold_by(actor), InvoiceFilter()).where(
        replacement_queries.wished()
    ),
    href=f"{HOME}?tab={ANEW}",
)


@blueprint.get(HOME)
@requires(Permission.INVOICE_ISSUE)
def show_invoices_to_issue() -> Response:
    """List what is to be issued, first due first; then what was."""
    actor, now = current_actor(), clock.now()
    seen = queries.sold_by(actor)
    counts = queries.count_open(seen, now)
    sellers = actor.scopes(Permission.INVOICE_ISSUE, ScopeKind.COOPERATIVE)
    tabs = {
        "": (Text("待开具", "To issue"), counts["blue"]),
        RED: (Text("待红冲", "To reverse"), counts["red"]),
        OVERDUE: (Text("已超期", "Overdue"), counts["overdue"]),
        ANEW: (Text("换开申请", "To make out anew"), replacement_queries.count_asked(sellers)),
        ISSUED: (Text("已开具", "Issued"), 0),
    }
    tab = request.args.get("tab", "")
    tab = tab if tab in tabs else ""
    open_only = [InvoiceState.REQUESTED]
    wanted = {
        "": InvoiceFilter(kind=InvoiceKind.BLUE, states=open_only),
        RED: InvoiceFilter(kind=InvoiceKind.RED, states=open_only),
        OVERDUE: InvoiceFilter(overdue_at=now),
        ANEW: InvoiceFilter(),
        ISSUED: InvoiceFilter(states=[InvoiceState.ISSUED, InvoiceState.REVERSED]),
    }[tab]
    found = queries.narrow(seen, wanted)
    if tab == ANEW:
        found = found.where(replacement_queries.wished())
    keys = queries.INVOICE_ORDER if tab == ISSUED else queries.DUE_ORDER
    page = paginate(found, keys, PAGE, request.args.get("after"))
    return render(
        "invoice_desk/to_issue.html",
        tabs=[
            {"href": f"{HOME}?tab={name}" if name else HOME, "label": label, "count": count,
             "is_chosen": name == tab}
            for name, (label, count) in tabs.items()
        ],
        invoices=[invoice_view(one, HOME) for one in showing.show_invoices(actor, page.items)],
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.get(f"{HOME}/<uuid:invoice_id>")
@requires(Permission.INVOICE_ISSUE)
def show_invoice_to_issue(invoice_id: uuid.UUID) -> Response:
    """Show an invoice to the cooperative that issues it, with the form."""
    return _page(_mine(invoice_id), {}, {})


@blueprint.post(f"{HOME}/<uuid:invoice_id>/issue")
@requires(Permission.INVOICE_ISSUE)
def issue_invoice(invoice_id: uuid.UUID) -> Response:
    """Write down what was issued, with its file."""
    actor, invoice = current_actor(), _mine(invoice_id)
    shown = showing.show_invoice(actor, invoice)
    raw = request.form.to_dict()
    errors = _rate_errors(shown, raw)
    entered = forms.load_values(IssueInvoiceSchema(), _issued_values(shown, raw), raw)
    errors |= _beside_lines(shown, raw, entered.errors)
    if errors:
        return _page(invoice, raw, errors)
    taxes = [LineTax(**tax) for tax in entered.values.pop("taxes")]
    issued = Issued(issuer=issuing.REGISTER, taxes=taxes, **entered.values)
    try:
        file = _uploaded(invoice)
        with transaction():
            if file is not None:
                issuing.put_file(actor, invoice_id, file)
            issuing.book_issued(actor, invoice_id, issued)
    except (Conflict, Unprocessable, PayloadTooLarge, NotFound) as problem:
        return _page(_mine(invoice_id), raw, forms.refused(problem), problem)
    layout.tell(Text("已登记，买方可以下载了", "On file; the buyer can take it now"))
    if issuing.is_exempt_on_special(invoice, taxes):
        layout.tell(EXEMPT_ON_SPECIAL, "waiting")
    return redirect(HOME, 303)


def _uploaded(invoice: Invoice) -> files.InvoiceFile | None:
    """Check and store the posted file; None where none was chosen and one is there already."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    file = files.read_file(upload.stream.read(files.MAX_BYTES + 1))
    files.keep_file(invoice.cooperative_id, file)
    return file


def _issued_values(shown: ShownInvoice, raw: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": "".join(raw.get("number", "").split()),
        "issued_on": raw.get("issued_on", ""),
        "amount_fen": forms.signed_fen_of(raw.get("amount_yuan", "")) or 0,
    }
    if shown.invoice.kind is InvoiceKind.BLUE:
        values["taxes"] = [_tax(line.line, raw) for line in shown.printed_lines]
    return values


def _tax(line: InvoiceLine, raw: Mapping[str, str]) -> dict[str, Any]:
    """Read how a line is declared: by its own fields, else by those for all lines."""
    suffix = f"-{line.id}" if raw.get(f"treatment-{line.id}") else ""
    treatment = raw.get(f"treatment{suffix}", "")
    is_taxed = treatment == TaxTreatment.TAXED
    return {
        "line_id": str(line.id),
        "treatment": treatment,
        "rate_bp": _rate(raw.get(f"rate{suffix}", "")) or 0 if is_taxed else 0,
        "basis": None if is_taxed else raw.get("basis") or None,
    }


def _beside_lines(
    shown: ShownInvoice, raw: Mapping[str, str], errors: Mapping[str, str]
) -> dict[str, str]:
    """Put what is wrong with a line's tax beside the field that it was read from."""
    placed = {}
    for name, said in errors.items():
        match = _TAX_OF_LINE.fullmatch(name)
        if match:
            line = shown.printed_lines[int(match[1])].line
            has_own = raw.get(f"treatment-{line.id}") and match[2] != "basis"
            placed[_TAX_FIELDS[match[2]] + (f"-{line.id}" if has_own else "")] = said
        else:
            placed[name] = said
    return placed


def _rate(text: str) -> int | None:
    """Read a rate in per cent (9, 0.5) as hundredths of a per cent."""
    rate = forms.fen_of(text.replace("%", "").replace("％", ""))
    return rate if rate is not None and rate <= MAX_RATE_BP else None


def _rate_errors(shown: ShownInvoice, raw: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if shown.invoice.kind is InvoiceKind.BLUE:
        for one in shown.printed_lines:
            suffix = f"-{one.line.id}" if raw.get(f"treatment-{one.line.id}") else ""
            is_taxed = raw.get(f"treatment{suffix}") == TaxTreatment.TAXED
            if is_taxed and _rate(raw.get(f"rate{suffix}", "")) is None:
                errors[f"rate{suffix}"] = str(RATE_UNREADABLE)
    if not forms.signed_fen_of(raw.get("amount_yuan", "")):
        errors["amount_fen"] = str(forms.AMOUNT_UNREADABLE)
    return errors


@blueprint.post(f"{HOME}/<uuid:invoice_id>/decline")
@requires(Permission.INVOICE_ISSUE)
def decline_invoice(invoice_id: uuid.UUID) -> Response:
    """Decline a request, saying why."""
    return _act(
        invoice_id,
        lambda reason: service.decline_request(current_actor(), invoice_id, reason=reason),
        Text("已退回申请，买方会看到原因", "Declined; the buyer reads why"),
    )


@blueprint.post(f"{HOME}/<uuid:invoice_id>/reverse")
@requires(Permission.INVOICE_ISSUE)
def reverse_invoice(invoice_id: uuid.UUID) -> Response:
    """Begin to take a whole invoice back."""
    return _act(
        invoice_id,
        lambda reason: reversing.reverse_invoice(current_actor(), invoice_id, reason=reason),
        Text("已列入待红冲，开好后请上传", "It is among those to reverse; upload it once issued"),
    )


def _act(invoice_id: uuid.UUID, work: Callable[[str], object], done: Text) -> Response:
    _mine(invoice_id)
    entered = forms.load(ReasonSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请写明原因", "Say why"), "bad")
        return redirect(f"{HOME}/{invoice_id}", 303)
    try:
        with transaction():
            work(entered.values["reason"])
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{HOME}/{invoice_id}", 303)


def _mine(invoice_id: uuid.UUID) -> Invoice:
    return queries.get_invoice(invoice_id, queries.sold_by(current_actor()))


def _page(
    invoice: Invoice, raw: dict[str, str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    actor = current_actor()
    shown = showing.show_invoice(actor, invoice)
    original = None
    if invoice.original_id is not None:
        original = queries.get_invoice(invoice.original_id, queries.sold_by(actor))
    reds = showing.show_invoices(actor, queries.list_reds(invoice))
    return render(
        "invoice_desk/invoice.html",
        422 if errors or problem else 200,
        invoice=invoice_view(shown, HOME),
        replacing=replacing_view(shown, HOME),
        original=original,
        reds=[invoice_view(one, HOME) for one in reds],
        form=raw or _known_taxes(shown),
        errors=errors,
        problem_here=problem,
        treatments=[(one, one.label) for one in TaxTreatment],
        exemption=EXEMPTION,
        today=clock.today(),
        first_day=queries.find_first_day(invoice) or date.min,
    )


def _known_taxes(shown: ShownInvoice) -> dict[str, str]:
    """Fill the form in with what the cooperative declared of the same products last."""
    products = {one.line.product_id for one in shown.printed_lines if one.line.product_id}
    known = queries.find_known_taxes(shown.invoice.cooperative_id, products)
    raw = {}
    for one in shown.printed_lines:
        tax = known.get(one.line.product_id) if one.line.product_id else None
        if tax is not None:
            raw[f"treatment-{one.line.id}"] = str(tax.treatment)
            raw[f"rate-{one.line.id}"] = f"{tax.rate_bp / 100:g}"
            if tax.basis:
                raw["basis"] = tax.basis
    return raw
