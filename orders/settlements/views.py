"""The API of settlement runs and statements."""

import uuid
from typing import Any

from flask import Response

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, ListQuerySchema, attached, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.papers import PDF
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.settlements import correcting, documents, jobs, queries, running, service, showing
from orders.settlements.models import Statement, StatementCorrection
from orders.settlements.queries import StatementFilter
from orders.settlements.schemas import (
    AnswerDisputeSchema,
    CorrectionSchema,
    DisputeLineSchema,
    LineQuerySchema,
    ProposeCorrectionSchema,
    SettlementLinePageSchema,
    SettlementRunPageSchema,
    SettlementRunSchema,
    StartRunSchema,
    StatementPageSchema,
    StatementQuerySchema,
    WholeStatementSchema,
)

blp = ApiBlueprint(
    "settlements", __name__, url_prefix="/api/v1/settlements", description="结算 Settlement"
)


@blp.route("/runs", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@idempotent
@blp.arguments(StartRunSchema)
@blp.response(201, SettlementRunSchema)
def start_settlement_run(command: dict[str, Any]) -> showing.ShownRun:
    """Settle everything up to the beginning of a day; a worker does it, the run tells how far.

    The same day again returns the same run, and has it go on if it was interrupted.
    """
    with transaction():
        run = running.start_run(current_actor(), **command)
        jobs.enqueue_run(run.id)
        return showing.show_run(run)


@blp.route("/runs", methods=["GET"])
@requires(Permission.SETTLEMENT_RUN_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, SettlementRunPageSchema)
def list_settlement_runs(query: dict[str, Any]) -> Page[showing.ShownRun]:
    """List the settlement runs, the latest window first."""
    page = paginate(queries.select_runs(), queries.RUN_ORDER, **query)
    return Page([showing.show_run(run) for run in page.items], page.next)


@blp.route("/runs/<uuid:run_id>", methods=["GET"])
@requires(Permission.SETTLEMENT_RUN_READ)
@blp.response(200, SettlementRunSchema)
def get_settlement_run(run_id: uuid.UUID) -> showing.ShownRun:
    """Show a run and how far it is."""
    return showing.show_run_by_id(run_id)


@blp.route("/runs/<uuid:run_id>/issue", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@blp.response(200, SettlementRunSchema)
def issue_settlement_run(run_id: uuid.UUID) -> showing.ShownRun:
    """Issue a finished run's drafts: a worker freezes them, and cooperatives see them."""
    with transaction():
        run = running.ask_to_issue(current_actor(), run_id)
        jobs.enqueue_issue(run.id)
        return showing.show_run(run)


@blp.route("/statements", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.arguments(StatementQuerySchema, location="query")
@blp.response(200, StatementPageSchema)
def list_statements(query: dict[str, Any]) -> Page[Statement]:
    """List the statements that the caller may read, newest first."""
    limit, after = query.pop("limit"), query.pop("after")
    found = queries.select_statements(current_actor(), StatementFilter(**query))
    return paginate(found, queries.STATEMENT_ORDER, limit, after)


@blp.route("/statements/<uuid:statement_id>", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.response(200, WholeStatementSchema)
def get_statement(statement_id: uuid.UUID) -> dict[str, Any]:
    """Show a statement with what was disputed of it."""
    seen = queries.visible_to(current_actor())
    return showing.show_whole(queries.get_statement(statement_id, seen))


@blp.route("/statements/<uuid:statement_id>/lines", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.arguments(LineQuerySchema, location="query")
@blp.response(200, SettlementLinePageSchema)
def list_statement_lines(query: dict[str, Any], statement_id: uuid.UUID) -> Page[showing.ShownLine]:
    """List what a statement adds up, in order of entry."""
    statement = queries.get_statement(statement_id, queries.visible_to(current_actor()))
    return showing.page_of_lines(statement, query["kind"], query["limit"], query["after"])


@blp.route("/statements/<uuid:statement_id>/statement.xlsx", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.response(200, FILE, content_type=XLSX)
def download_statement_xlsx(statement_id: uuid.UUID) -> Response:
    """Take a statement as a spreadsheet: the statement, the orders in, the refunds."""
    statement = queries.get_statement(statement_id, queries.visible_to(current_actor()))
    body = documents.write_statement_xlsx(statement)
    return attached(body, XLSX, f"{statement.statement_no}.xlsx")


@blp.route("/statements/<uuid:statement_id>/statement.pdf", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.response(200, FILE, content_type=PDF)
def download_statement_pdf(statement_id: uuid.UUID) -> Response:
    """Take a statement as a paper in Chinese."""
    statement = queries.get_statement(statement_id, queries.visible_to(current_actor()))
    body = documents.write_statement_pdf(statement)
    return attached(body, PDF, f"{statement.statement_no}.pdf")


@blp.route("/statements/<uuid:statement_id>/confirm", methods=["POST"])
@requires(Permission.STATEMENT_CONFIRM)
@blp.response(200, WholeStatementSchema)
def confirm_statement(statement_id: uuid.UUID) -> dict[str, Any]:
    """Confirm a statement as its cooperative."""
    with transaction():
        return showing.show_whole(service.confirm_statement(current_actor(), statement_id))


@blp.route("/statements/<uuid:statement_id>/disputes", methods=["POST"])
@requires(Permission.STATEMENT_CONFIRM)
@idempotent
@blp.arguments(DisputeLineSchema)
@blp.response(201, WholeStatementSchema)
def dispute_statement_line(command: dict[str, Any], statement_id: uuid.UUID) -> dict[str, Any]:
    """Dispute a line as the statement's cooperative; nothing is paid before it is answered."""
    with transaction():
        return showing.show_whole(service.dispute_line(current_actor(), statement_id, **command))


@blp.route("/disputes/<uuid:dispute_id>/answer", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@blp.arguments(AnswerDisputeSchema)
@blp.response(200, WholeStatementSchema)
def answer_dispute(command: dict[str, Any], dispute_id: uuid.UUID) -> dict[str, Any]:
    """Answer a dispute; after the last answer the cooperative confirms, or disputes again."""
    with transaction():
        return showing.show_whole(service.answer_dispute(current_actor(), dispute_id, **command))


@blp.route("/statements/<uuid:statement_id>/reissue", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@blp.response(200, WholeStatementSchema)
def reissue_statement(statement_id: uuid.UUID) -> dict[str, Any]:
    """Issue a statement anew for the bank account that its cooperative has now."""
    with transaction():
        return showing.show_whole(service.reissue_statement(current_actor(), statement_id))


@blp.route("/statements/<uuid:statement_id>/release", methods=["POST"])
@requires(Permission.STATEMENT_RELEASE)
@blp.response(200, WholeStatementSchema)
def release_statement(statement_id: uuid.UUID) -> dict[str, Any]:
    """Release a confirmed statement's payout; it takes two different officers."""
    with transaction():
        return showing.show_whole(service.release_statement(current_actor(), statement_id))


@blp.route("/statements/<uuid:statement_id>/corrections", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@idempotent
@blp.arguments(ProposeCorrectionSchema)
@blp.response(201, CorrectionSchema)
def propose_statement_correction(
    command: dict[str, Any], statement_id: uuid.UUID
) -> StatementCorrection:
    """Propose to put a line of an issued statement right, in the next window's statement."""
    with transaction():
        return correcting.propose_correction(current_actor(), statement_id, **command)


@blp.route("/corrections/<uuid:correction_id>/confirm", methods=["POST"])
@requires(Permission.CORRECTION_CONFIRM)
@blp.response(200, CorrectionSchema)
def confirm_statement_correction(correction_id: uuid.UUID) -> StatementCorrection:
    """Agree to what another officer proposed: it is booked today, and answers the dispute."""
    with transaction():
        return correcting.confirm_correction(current_actor(), correction_id)


@blp.route("/corrections/<uuid:correction_id>/reject", methods=["POST"])
@requires(Permission.SETTLEMENT_RUN)
@blp.response(200, CorrectionSchema)
def reject_statement_correction(correction_id: uuid.UUID) -> StatementCorrection:
    """Refuse, or take back, a proposed correction."""
    with transaction():
        return correcting.reject_correction(current_actor(), correction_id)
