"""What an issuer brings: the number, the day, the taxes and the file of an invoice it has issued.

The one door is ``book_issued``, whoever issued. The first issuer is the **register**: a person of the
cooperative issues in the tax office's own system and writes down here what came of it, with the file.
A connected service would fetch the same facts and pass the same door.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from marketplace import audit, clock, storage
from marketplace.database import db
from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from marketplace.money import prorate
from marketplace.outbox.kinds import EventKind
from orders.invoice_replacements.following import follow_reversal
from orders.invoices import files, queries
from orders.invoices.errors import (
    InvoiceAmountChanged,
    InvoiceDayWrong,
    InvoiceFileMissing,
    InvoiceFileRepeated,
    InvoiceNumberTaken,
    InvoiceStateForbids,
    TaxesIncomplete,
)
from orders.invoices.files import InvoiceFile
from orders.invoices.models import Invoice, InvoiceLine
from orders.invoices.service import release_lines, tell
from orders.invoices.states import InvoiceKind, InvoiceState, InvoiceType, TaxTreatment

REGISTER = "register"
# A digital invoice has 20 digits; older ones a code of 10 or 12 digits and a number of 8.
NUMBER = re.compile(r"[0-9]{18}|[0-9]{20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTax:
    """How one line is declared; the rate in hundredths of a per cent."""

    line_id: uuid.UUID
    treatment: TaxTreatment
    rate_bp: int
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An invoice as it was issued. ``amount_fen``, tax included, is what the file states.

    The file of a red one prints a minus, which people copy or leave out: its size counts.
    """

    issuer: str
    number: str
    issued_on: date
    amount_fen: int
    taxes: Sequence[LineTax]


def put_file(actor: Actor, invoice_id: uuid.UUID, file: InvoiceFile) -> Invoice:
    """Name the file (kept before) of an invoice that is being issued; another one replaces it.

    Raises InvoiceStateForbids, InvoiceFileRepeated.
    """
    invoice = queries.lock_invoice(invoice_id, queries.sold_by(actor))
    if invoice.state is not InvoiceState.REQUESTED:
        raise InvoiceStateForbids
    other = queries.find_by_file(invoice.cooperative_id, file.digest)
    if other is not None and other.id != invoice.id:
        raise InvoiceFileRepeated
    invoice.file_type = file.content_type
    invoice.file_digest = file.digest
    invoice.file_bytes = len(file.data)
    _flush("uq_invoices_file", InvoiceFileRepeated)
    audit.record(
        "invoice.file_put", "invoice", invoice.id, actor=actor, after={"digest": file.digest}
    )
    return invoice


def book_issued(actor: Actor, invoice_id: uuid.UUID, issued: Issued) -> Invoice:
    """Book that an invoice, blue or red, was issued; from now on the buyer can take its file.

    Told the same again, nothing happens: the answers of services repeat.

    Raises InvoiceStateForbids, InvoiceAmountChanged (a refund came in between: what was issued is
    not what is to be issued), InvoiceFileMissing, InvoiceDayWrong, InvoiceNumberTaken,
    TaxesIncomplete.
    """
    invoice = queries.lock_invoice(invoice_id, queries.sold_by(actor))
    is_red = invoice.kind is InvoiceKind.RED
    stated_fen = abs(issued.amount_fen) if is_red else issued.amount_fen
    told = (issued.issuer, issued.number, stated_fen)
    if told == (invoice.issuer, invoice.number, invoice.amount_fen):
        return invoice
    if invoice.state is not InvoiceState.REQUESTED:
        raise InvoiceStateForbids
    if stated_fen != invoice.amount_fen:
        raise InvoiceAmountChanged(invoice.amount_fen, is_red=is_red)
    if invoice.file_digest is None:
        raise InvoiceFileMissing
    first = queries.find_first_day(invoice)
    if issued.issued_on > clock.today() or (first is not None and issued.issued_on < first):
        raise InvoiceDayWrong
    if queries.find_by_number(invoice.cooperative_id, issued.number) is not None:
        raise InvoiceNumberTaken
    _declare(invoice, issued.taxes)
    invoice.state = InvoiceState.ISSUED
    invoice.issuer = issued.issuer
    invoice.number = issued.number
    invoice.issued_on = issued.issued_on
    invoice.issued_at = clock.now()
    invoice.issued_by = actor.account_id
    _flush("uq_invoices_number", InvoiceNumberTaken)
    if is_red:
        _close_reversed(invoice)
    audit.record(
        "invoice.issued", "invoice", invoice.id, actor=actor,
        after={"number": invoice.number, "amount_fen": invoice.amount_fen,
               "tax_fen": invoice.tax_fen, "kind": str(invoice.kind)},
    )  # fmt: skip
    tell(EventKind.INVOICE_ISSUED, invoice)
    return invoice


def is_exempt_on_special(invoice: Invoice, taxes: Sequence[LineTax]) -> bool:
    """Tell whether a special invoice has a line declared exempt, which as a rule none may have.

    Source: 增值税专用发票使用规定 (国税发〔2006〕156号), article 10: exempt goods come with no special
    invoice, unless laws, regulations or the State Taxation Administration say otherwise. Because of
    that exception the issuer is warned and not refused.
    """
    is_special = invoice.invoice_type is InvoiceType.SPECIAL
    return is_special and any(tax.treatment is TaxTreatment.EXEMPT for tax in taxes)


def _flush(constraint: str, refusal: type[Problem]) -> None:
    """Write what is pending; of two who name the same thing at once the later is refused."""
    try:
        db.session.flush()
    except IntegrityError as error:
        if constraint in str(error.orig):
            raise refusal from None
        raise


def tax_in(amount_fen: int, rate_bp: int) -> int:
    """Return the tax contained in an amount, half-up: at 9 per cent 109.00 contains 9.00."""
    return prorate(amount_fen, rate_bp, 10_000 + rate_bp)


def _declare(invoice: Invoice, taxes: Sequence[LineTax]) -> None:
    """Write each line's tax; a red invoice's stands already, as it was on the blue one."""
    lines = [line for line in queries.list_lines([invoice.id]) if line.amount_fen]
    if invoice.kind is InvoiceKind.BLUE:
        by_line: Mapping[uuid.UUID, LineTax] = {tax.line_id: tax for tax in taxes}
        if set(by_line) != {line.id for line in lines} or len(by_line) != len(taxes):
            raise TaxesIncomplete
        for line in lines:
            _declare_line(line, by_line[line.id])
    invoice.tax_fen = sum(line.tax_fen for line in lines)


def _declare_line(line: InvoiceLine, tax: LineTax) -> None:
    is_exempt = tax.treatment is TaxTreatment.EXEMPT
    line.tax_treatment = tax.treatment
    line.tax_rate_bp = 0 if is_exempt else tax.rate_bp
    line.tax_basis = tax.basis
    line.tax_fen = 0 if is_exempt else tax_in(line.amount_fen, tax.rate_bp)


def _close_reversed(red: Invoice) -> None:
    """Make a blue invoice reversed when its issued red ones have taken all of it back."""
    if red.original_id is None:
        return
    blue = queries.relock_invoice(red.original_id)
    back = sum(
        one.amount_fen for one in queries.list_reds(blue) if one.state is InvoiceState.ISSUED
    )
    if back == blue.amount_fen and blue.state is InvoiceState.ISSUED:
        blue.state = InvoiceState.REVERSED
        blue.closed_at = clock.now()
        release_lines(blue)
        follow_reversal(blue)


def read_file_of(invoice: Invoice) -> tuple[bytes, str]:
    """Return an issued invoice's file and its type; raises InvoiceFileMissing."""
    is_issued = invoice.state in (InvoiceState.ISSUED, InvoiceState.REVERSED)
    if not is_issued or invoice.file_digest is None or invoice.file_type is None:
        raise InvoiceFileMissing
    key = files.storage_key(invoice.cooperative_id, invoice.file_digest, invoice.file_type)
    return storage.read(key), invoice.file_type
