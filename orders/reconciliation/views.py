"""The JSON API of reconciliation."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.reconciliation import jobs, queries, running, service, showing
from orders.reconciliation.schemas import (
    CloseDifferenceSchema,
    MatchOutgoingSchema,
    ReconciliationDifferencePageSchema,
    ReconciliationDifferenceQuerySchema,
    ReconciliationRunPageSchema,
    ReconciliationRunQuerySchema,
    ReconciliationRunSchema,
    StartReconciliationSchema,
    WholeReconciliationDifferenceSchema,
)

blp = ApiBlueprint(
    "reconciliation", __name__, url_prefix="/api/v1/reconciliation",
    description="对账 Reconciliation",
)  # fmt: skip


@blp.route("/runs", methods=["POST"])
@requires(Permission.RECONCILIATION_RUN)
@idempotent
@blp.arguments(StartReconciliationSchema)
@blp.response(201, ReconciliationRunSchema)
def start_reconciliation(command: dict[str, Any]) -> showing.ShownRun:
    """Compare a channel's day, or compare it again; a worker does it, the run tells how far.

    What people said of its differences stays.
    """
    with transaction():
        run = running.start_run(current_actor(), **command)
        jobs.enqueue_run(run.id)
        return showing.show_run(run)


@blp.route("/runs", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.arguments(ReconciliationRunQuerySchema, location="query")
@blp.response(200, ReconciliationRunPageSchema)
def list_reconciliations(query: dict[str, Any]) -> Page[showing.ShownRun]:
    """List the days that were compared, the latest first."""
    found = queries.select_runs(query.pop("channel"))
    page = paginate(found, queries.RUN_ORDER, **query)
    return Page([showing.show_run(run) for run in page.items], page.next)


@blp.route("/runs/<uuid:reconciliation_id>", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.response(200, ReconciliationRunSchema)
def get_reconciliation(reconciliation_id: uuid.UUID) -> showing.ShownRun:
    """Show a channel's day and how it stands."""
    return showing.show_run(queries.get_run(reconciliation_id))


@blp.route("/runs/<uuid:reconciliation_id>/differences", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.arguments(ReconciliationDifferenceQuerySchema, location="query")
@blp.response(200, ReconciliationDifferencePageSchema)
def list_differences(
    query: dict[str, Any], reconciliation_id: uuid.UUID
) -> Page[showing.ShownDifference]:
    """List what a day's two sides disagree on, or disagreed on."""
    run = queries.get_run(reconciliation_id)
    found = queries.select_differences(run, query.pop("state"))
    page = paginate(found, queries.DIFFERENCE_ORDER, **query)
    return Page(showing.show(page.items), page.next)


@blp.route("/differences/<uuid:difference_id>", methods=["GET"])
@requires(Permission.RECONCILIATION_READ)
@blp.response(200, WholeReconciliationDifferenceSchema)
def get_difference(difference_id: uuid.UUID) -> showing.WholeDifference:
    """Show a difference with its history."""
    return showing.show_whole(difference_id)


@blp.route("/differences/<uuid:difference_id>/close", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@blp.arguments(CloseDifferenceSchema)
@blp.response(200, WholeReconciliationDifferenceSchema)
def close_difference(command: dict[str, Any], difference_id: uuid.UUID) -> showing.WholeDifference:
    """Close a difference with a reason; it is opened again when its facts change."""
    with transaction():
        service.close_difference(current_actor(), difference_id, **command)
        return showing.show_whole(difference_id)


@blp.route("/differences/<uuid:difference_id>/match", methods=["POST"])
@requires(Permission.DIFFERENCE_CLOSE)
@blp.arguments(MatchOutgoingSchema)
@blp.response(200, WholeReconciliationDifferenceSchema)
def match_outgoing(command: dict[str, Any], difference_id: uuid.UUID) -> showing.WholeDifference:
    """Say which payment of ours an outgoing bank entry was; its day is compared again."""
    with transaction():
        service.match_difference(current_actor(), difference_id, **command)
        return showing.show_whole(difference_id)
