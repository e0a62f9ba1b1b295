"""The API of the books: balances, trial balance, ledgers, entries, exports."""

import uuid
from typing import Any

from flask import Response

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import (
    FILE,
    ApiBlueprint,
    ListQuerySchema,
    attached_file,
    idempotent,
    requires,
)
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from marketplace.spreadsheets import CSV, XLSX
from orders.books import jobs, queries, service, showing, trial
from orders.books.models import JournalExport
from orders.books.queries import EntryFilter
from orders.books.schemas import (
    AskForExportSchema,
    BalanceQuerySchema,
    ChartOfAccountsSchema,
    EntryQuerySchema,
    JournalBalancesSchema,
    JournalEntryPageSchema,
    JournalEntrySchema,
    JournalExportPageSchema,
    JournalExportSchema,
    LedgerPageSchema,
    LedgerQuerySchema,
    TrialBalanceSchema,
    TrialQuerySchema,
)
from orders.journal.chart import CHART

blp = ApiBlueprint("books", __name__, url_prefix="/api/v1/journal", description="账簿 The books")


@blp.route("/accounts", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.response(200, ChartOfAccountsSchema)
def list_journal_accounts() -> dict[str, Any]:
    """List the chart of accounts in order of code."""
    return {"items": CHART}


@blp.route("/balances", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.arguments(BalanceQuerySchema, location="query")
@blp.response(200, JournalBalancesSchema)
def get_journal_balances(query: dict[str, Any]) -> showing.Balances:
    """Show what accounts hold: now, at the end of a past day, or at a past moment."""
    code = query.pop("account_code")
    return showing.get_balances(account=showing.get_account(code) if code else None, **query)


@blp.route("/trial-balance", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.arguments(TrialQuerySchema, location="query")
@blp.response(200, TrialBalanceSchema)
def get_trial_balance(query: dict[str, Any]) -> trial.TrialBalance:
    """Show a period's trial balance, and whether debits and credits agree."""
    return trial.get_trial_balance(**query)


@blp.route("/accounts/<account_code>/postings", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.arguments(LedgerQuerySchema, location="query")
@blp.response(200, LedgerPageSchema)
def list_account_postings(query: dict[str, Any], account_code: str) -> showing.LedgerPage:
    """List what was booked on one account in a period, with its running balance."""
    account = showing.get_account(account_code)
    start_on, end_on = showing.default_period()
    return showing.show_ledger(
        account,
        query["owner_id"],
        query["start_on"] or start_on,
        query["end_on"] or end_on,
        limit=query["limit"],
        after=query["after"],
    )


@blp.route("/entries", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.arguments(EntryQuerySchema, location="query")
@blp.response(200, JournalEntryPageSchema)
def list_journal_entries(query: dict[str, Any]) -> Page[showing.ShownEntry]:
    """List the journal's entries with their postings, the newest first."""
    limit, after = query.pop("limit"), query.pop("after")
    return showing.page_of_entries(EntryFilter(**query), limit, after)


@blp.route("/entries/<uuid:journal_entry_id>", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.response(200, JournalEntrySchema)
def get_journal_entry(journal_entry_id: uuid.UUID) -> showing.ShownEntry:
    """Show one entry with its postings and its cause."""
    return showing.show_entry(journal_entry_id)


@blp.route("/exports", methods=["POST"])
@requires(Permission.JOURNAL_READ)
@idempotent
@blp.arguments(AskForExportSchema)
@blp.response(201, JournalExportSchema)
def ask_for_journal_export(command: dict[str, Any]) -> JournalExport:
    """Have a period's vouchers written into files; a worker does it, the export tells when."""
    with transaction():
        export = service.ask_for_export(current_actor(), **command)
        jobs.enqueue_export(export.id)
        return export


@blp.route("/exports", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, JournalExportPageSchema)
def list_journal_exports(query: dict[str, Any]) -> Page[JournalExport]:
    """List the exports of the books, the newest first."""
    return paginate(queries.select_exports(), queries.EXPORT_ORDER, **query)


@blp.route("/exports/<uuid:journal_export_id>", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.response(200, JournalExportSchema)
def get_journal_export(journal_export_id: uuid.UUID) -> JournalExport:
    """Show an export: whether its files are written, and their hashes."""
    return queries.get_export(journal_export_id)


@blp.route("/exports/<uuid:journal_export_id>/journal.xlsx", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.response(200, FILE, content_type=XLSX)
def download_journal_xlsx(journal_export_id: uuid.UUID) -> Response:
    """Take an export as a spreadsheet: vouchers, trial balance by owner, chart of accounts."""
    file, name = service.open_file(journal_export_id, "xlsx")
    return attached_file(file, XLSX, name)


@blp.route("/exports/<uuid:journal_export_id>/journal.csv", methods=["GET"])
@requires(Permission.JOURNAL_READ)
@blp.response(200, FILE, content_type=CSV)
def download_journal_csv(journal_export_id: uuid.UUID) -> Response:
    """Take an export's vouchers as CSV."""
    file, name = service.open_file(journal_export_id, "csv")
    return attached_file(file, CSV, name)
