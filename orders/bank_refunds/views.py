"""The API of bank refund lists: made, released by another officer, answered by the bank."""

import uuid
from typing import Any

from flask import Response

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, ListQuerySchema, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import CSV, MAX_BYTES, XLSX, read_rows
from orders.bank_refunds import queries, service
from orders.bank_refunds.models import BankRefundList, CorrectedPayee
from orders.bank_refunds.schemas import (
    BankRefundListPageSchema,
    BankRefundListSchema,
    CorrectedPayeeSchema,
    CorrectPayeeSchema,
    RefundResultFileSchema,
    WholeBankRefundListSchema,
)
from orders.bank_refunds.wording import DOCUMENT
from orders.payouts.bank_files import write_bank_csv, write_bank_xlsx
from orders.payouts.errors import ResultFileMissing
from orders.payouts.schemas import TakenSchema
from orders.payouts.service import Taken

blp = ApiBlueprint(
    "bank_refunds", __name__, url_prefix="/api/v1/bank/refund-lists", description="银行退款"
)


@blp.route("", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@idempotent
@blp.response(201, BankRefundListSchema)
def make_bank_refund_list() -> BankRefundList:
    """Put all that waits to go back by the bank into a list, for another officer to release."""
    with transaction():
        return service.make_list(current_actor())


@blp.route("", methods=["GET"])
@requires(Permission.RECEIPT_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, BankRefundListPageSchema)
def list_bank_refund_lists(query: dict[str, Any]) -> Page[BankRefundList]:
    """List the lists, newest first."""
    return paginate(queries.select_lists(), queries.LIST_ORDER, **query)


@blp.route("/<uuid:list_id>", methods=["GET"])
@requires(Permission.RECEIPT_READ)
@blp.response(200, WholeBankRefundListSchema)
def get_bank_refund_list(list_id: uuid.UUID) -> dict[str, Any]:
    """Show a list with its payments."""
    found = queries.get_list(list_id)
    return {"list": found, "payments": queries.list_payments(found)}


@blp.route("/payees/<uuid:entry_id>", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@idempotent
@blp.arguments(CorrectPayeeSchema)
@blp.response(201, CorrectedPayeeSchema)
def correct_bank_refund_payee(command: dict[str, Any], entry_id: uuid.UUID) -> CorrectedPayee:
    """Give another account for the payer of a receipt that the bank could not pay back."""
    with transaction():
        return service.correct_payee(current_actor(), entry_id, **command)


@blp.route("/<uuid:list_id>/release", methods=["POST"])
@requires(Permission.PAYOUT_SEND)
@blp.response(200, BankRefundListSchema)
def release_bank_refund_list(list_id: uuid.UUID) -> BankRefundList:
    """Agree to a list that another officer made."""
    with transaction():
        return service.release_list(current_actor(), list_id)


@blp.route("/<uuid:list_id>/reject", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@blp.response(200, BankRefundListSchema)
def reject_bank_refund_list(list_id: uuid.UUID) -> BankRefundList:
    """Refuse, or take back, a list before it is released."""
    with transaction():
        return service.reject_list(current_actor(), list_id)


@blp.route("/<uuid:list_id>/file.xlsx", methods=["GET"])
@requires(Permission.PAYOUT_SEND)
@blp.response(200, FILE, content_type=XLSX)
def download_bank_refund_xlsx(list_id: uuid.UUID) -> Response:
    """Take a released list for the bank, as XLSX, with account numbers in full."""
    with transaction():
        found, instructions = service.take_file(current_actor(), list_id)
        body = write_bank_xlsx(instructions, DOCUMENT)
        return attached(body, XLSX, f"{found.list_no}.xlsx")


@blp.route("/<uuid:list_id>/file.csv", methods=["GET"])
@requires(Permission.PAYOUT_SEND)
@blp.response(200, FILE, content_type=CSV)
def download_bank_refund_csv(list_id: uuid.UUID) -> Response:
    """Take a released list for the bank, as CSV, with account numbers in full."""
    with transaction():
        found, instructions = service.take_file(current_actor(), list_id)
        return attached(write_bank_csv(instructions, DOCUMENT), CSV, f"{found.list_no}.csv")


@blp.route("/<uuid:list_id>/results", methods=["POST"])
@requires(Permission.PAYOUT_SEND)
@blp.arguments(RefundResultFileSchema, location="files")
@blp.response(200, TakenSchema)
@blp.alt_response(413, description="The file is over 5 MB")
def read_bank_refund_results(files: dict[str, Any], list_id: uuid.UUID) -> Taken:
    """Read the bank's result file: all rows or none; the same file again changes nothing."""
    if "file" not in files:
        raise ResultFileMissing(fields={"file": ResultFileMissing.title})
    with files["file"].stream as stream:
        rows = read_rows(stream.read(MAX_BYTES + 1))
    with transaction():
        return service.read_results(current_actor(), list_id, rows)
