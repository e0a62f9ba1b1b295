"""The JSON API of the bank's entries."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import MAX_BYTES, read_rows
from orders.bank_entries import queries, service
from orders.bank_entries.errors import StatementFileMissing
from orders.bank_entries.models import DIRECT, BankEntry, BankMatch, MatchKind
from orders.bank_entries.schemas import (
    BankEntryPageSchema,
    BankMatchSchema,
    EntryQuerySchema,
    ImportedSchema,
    ProposeMatchSchema,
    StatementFileSchema,
    WholeBankEntrySchema,
)

blp = ApiBlueprint(
    "bank_entries", __name__, url_prefix="/api/v1/bank", description="银行流水 Bank entries"
)


@blp.route("/statements", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@blp.arguments(StatementFileSchema, location="files")
@blp.response(200, ImportedSchema)
@blp.alt_response(413, description="The file is over 5 MB")
def import_bank_statement(files: dict[str, Any]) -> service.Imported:
    """Import the bank's entries: all rows or none; entries known before change nothing."""
    if "file" not in files:
        raise StatementFileMissing(fields={"file": StatementFileMissing.title})
    with files["file"].stream as stream:
        rows = read_rows(stream.read(MAX_BYTES + 1))
    with transaction():
        return service.import_statement(current_actor(), rows)


@blp.route("/entries", methods=["GET"])
@requires(Permission.RECEIPT_READ)
@blp.arguments(EntryQuerySchema, location="query")
@blp.response(200, BankEntryPageSchema)
def list_bank_entries(query: dict[str, Any]) -> Page[BankEntry]:
    """List the bank's entries, newest first."""
    found = queries.select_entries(query.pop("state"))
    return paginate(found, queries.ENTRY_ORDER, **query)


@blp.route("/entries/<uuid:entry_id>", methods=["GET"])
@requires(Permission.RECEIPT_READ)
@blp.response(200, WholeBankEntrySchema)
def get_bank_entry(entry_id: uuid.UUID) -> dict[str, Any]:
    """Show an entry and all that was said about it."""
    entry = queries.get_entry(entry_id)
    return {"entry": entry, "matches": queries.list_matches(entry)}


@blp.route("/entries/<uuid:entry_id>/matches", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@idempotent
@blp.arguments(ProposeMatchSchema)
@blp.response(201, BankMatchSchema)
def propose_bank_match(command: dict[str, Any], entry_id: uuid.UUID) -> BankMatch:
    """Say what a receipt, or a part of it, is for; another officer confirms it."""
    with transaction():
        kind, actor = command.pop("kind"), current_actor()
        if kind is MatchKind.RETURN:
            return service.propose_return(actor, entry_id, reason=command["reason"])
        if kind is MatchKind.PAYOUT:
            target, reason = command["target"], command["reason"]
            return service.propose_payout(actor, entry_id, target=target, reason=reason)
        if kind in DIRECT:
            del command["target"]
            return service.propose_direct(actor, entry_id, kind, **command)
        return service.propose_match(actor, entry_id, **command)


@blp.route("/matches/<uuid:match_id>/confirm", methods=["POST"])
@requires(Permission.RECEIPT_CONFIRM)
@blp.response(200, BankMatchSchema)
def confirm_bank_match(match_id: uuid.UUID) -> BankMatch:
    """Confirm what another officer said of a receipt."""
    with transaction():
        return service.confirm_match(current_actor(), match_id)


@blp.route("/matches/<uuid:match_id>/reject", methods=["POST"])
@requires(Permission.RECEIPT_PROPOSE)
@blp.response(200, BankMatchSchema)
def reject_bank_match(match_id: uuid.UUID) -> BankMatch:
    """Reject, or take back, what was said of a receipt."""
    with transaction():
        return service.reject_match(current_actor(), match_id)
