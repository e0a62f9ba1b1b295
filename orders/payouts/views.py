"""The API of payouts: batches for the bank, and the bank's answers."""

import uuid
from typing import Any

from flask import Response

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, ListQuerySchema, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import CSV, MAX_BYTES, XLSX, read_rows
from orders.payout_accounts.queries import list_accounts
from orders.payouts import queries, service
from orders.payouts.bank_files import list_instructions, write_bank_csv, write_bank_xlsx
from orders.payouts.errors import ResultFileMissing
from orders.payouts.models import PayoutBatch
from orders.payouts.schemas import (
    PayoutBatchPageSchema,
    PayoutBatchSchema,
    ResultFileSchema,
    TakenSchema,
    WholePayoutBatchSchema,
)
from orders.transfers.making import make_transfers

blp = ApiBlueprint(
    "payouts", __name__, url_prefix="/api/v1/settlements/payout-batches", description="付款 Payouts"
)


@blp.route("", methods=["POST"])
@requires(Permission.PAYOUT_SEND)
@idempotent
@blp.response(201, PayoutBatchSchema)
def make_payout_batch() -> PayoutBatch:
    """Put every released statement that waits to be paid by the bank into a batch for it."""
    with transaction():
        return service.make_batch(current_actor())


@blp.route("/transfers", methods=["POST"])
@requires(Permission.PAYOUT_SEND)
@idempotent
@blp.response(201, PayoutBatchSchema)
def make_transfer_batch() -> PayoutBatch:
    """Have every released statement that is paid inside the payment provider transferred."""
    with transaction():
        return make_transfers(current_actor())


@blp.route("", methods=["GET"])
@requires(Permission.PAYOUT_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, PayoutBatchPageSchema)
def list_payout_batches(query: dict[str, Any]) -> Page[PayoutBatch]:
    """List the batches, newest first."""
    return paginate(queries.select_batches(), queries.BATCH_ORDER, **query)


@blp.route("/<uuid:batch_id>", methods=["GET"])
@requires(Permission.PAYOUT_READ)
@blp.response(200, WholePayoutBatchSchema)
def get_payout_batch(batch_id: uuid.UUID) -> dict[str, Any]:
    """Show a batch with its payouts."""
    batch = queries.get_batch(batch_id)
    return {"batch": batch, "payouts": queries.list_payouts(batch)}


@blp.route("/<uuid:batch_id>/file.xlsx", methods=["GET"])
@requires(Permission.PAYOUT_SEND)
@blp.response(200, FILE, content_type=XLSX)
def download_payout_xlsx(batch_id: uuid.UUID) -> Response:
    """Take a batch's file for the bank, as XLSX, with account numbers in full."""
    with transaction():
        batch = service.take_file(current_actor(), batch_id)
        payouts = queries.list_payouts(batch)
        accounts = list_accounts([payout.payout_account_id for payout in payouts])
        body = write_bank_xlsx(list_instructions(batch, payouts, accounts))
        return attached(body, XLSX, f"{batch.batch_no}.xlsx")


@blp.route("/<uuid:batch_id>/file.csv", methods=["GET"])
@requires(Permission.PAYOUT_SEND)
@blp.response(200, FILE, content_type=CSV)
def download_payout_csv(batch_id: uuid.UUID) -> Response:
    """Take a batch's file for the bank, as CSV, with account numbers in full."""
    with transaction():
        batch = service.take_file(current_actor(), batch_id)
        payouts = queries.list_payouts(batch)
        accounts = list_accounts([payout.payout_account_id for payout in payouts])
        body = write_bank_csv(list_instructions(batch, payouts, accounts))
        return attached(body, CSV, f"{batch.batch_no}.csv")


@blp.route("/<uuid:batch_id>/results", methods=["POST"])
@requires(Permission.PAYOUT_SEND)
@blp.arguments(ResultFileSchema, location="files")
@blp.response(200, TakenSchema)
@blp.alt_response(413, description="The file is over 5 MB")
def read_payout_results(files: dict[str, Any], batch_id: uuid.UUID) -> service.Taken:
    """Read the bank's result file: all rows or none; the same file again changes nothing."""
    if "file" not in files:
        raise ResultFileMissing(fields={"file": ResultFileMissing.title})
    with files["file"].stream as stream:
        rows = read_rows(stream.read(MAX_BYTES + 1))
    with transaction():
        return service.read_results(current_actor(), batch_id, rows)
