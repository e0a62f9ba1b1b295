"""Settlement in pages: the cooperative reads, confirms and disputes; finance runs and releases."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, Forbidden, Problem, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.papers import PDF
from marketplace.permissions import Permission
from marketplace.spreadsheets import XLSX
from orders.household_shares.queries import find_live
from orders.settlement_schedules.calendar import in_force, next_closing
from orders.settlement_schedules.queries import list_schedules
from orders.settlement_schedules.wording import RHYTHMS
from orders.settlements import (
    backlog,
    correcting,
    documents,
    jobs,
    offers,
    queries,
    running,
    service,
    showing,
)
from orders.settlements.correction_forms import (
    CORRECTION_TITLES,
    DIRECTIONS,
    PARTS,
    read_correction,
    refuse,
)
from orders.settlements.models import LINE_TITLES, CorrectionState, RunState, Statement
from orders.settlements.queries import StatementFilter
from orders.settlements.schemas import (
    AnswerDisputeSchema,
    DisputeLineSchema,
    StartRunSchema,
)
from orders.settlements.states import STATEMENT_TITLES, StatementState

blueprint = PageBlueprint("settlements_pages", __name__)

HOME = "/desk/statements"
FINANCE = "/desk/settlements"
PAGE = 20
SEARCHED = 60
LINES = 50
_TONES = {
    StatementState.PAID: "confirmed",
    StatementState.FAILED: "attention",
    StatementState.DISPUTED: "attention",
    StatementState.ISSUED: "pending",
}
_ALREADY_SETTLED = Text(
    "这一天此前已经结算过，没有重新计算；结果见下方",
    "Settled before; nothing was computed again, the result stands below",
)

layout.add_workplace(30, Text("结算单", "Statements"), HOME, "wallet", Permission.SETTLEMENT_READ)
_RUNS = Text("结算", "Settlement")
layout.add_workplace(31, _RUNS, FINANCE, "bank", Permission.SETTLEMENT_RUN_READ)
backlog.add_queues(HOME, FINANCE)


def _view(statement: Statement) -> dict[str, Any]:
    return {
        "it": statement,
        "href": f"{HOME}/{statement.id}",
        "state_label": str(STATEMENT_TITLES[statement.state]),
        "tone": _TONES.get(statement.state, ""),
        "last_day": statement.end_on - timedelta(days=1),
        "confirm_until": _confirm_until(statement),
    }


def _confirm_until(statement: Statement) -> date | None:
    if statement.state is not StatementState.ISSUED or statement.confirm_due_at is None:
        return None
    return clock.shanghai_date(statement.confirm_due_at) - timedelta(days=1)


def _state_wanted() -> StatementState | None:
    given = request.args.get("state")
    return StatementState(given) if given in set(StatementState) else None


@blueprint.get(HOME)
@requires(Permission.SETTLEMENT_READ)
def show_statements() -> Response:
    """List the statements that the reader may see, newest first."""
    state, is_correcting = _state_wanted(), request.args.get("state") == backlog.CORRECTING
    text, actor = request.args.get("q", "").strip()[:SEARCHED], current_actor()
    wanted = StatementFilter(state=state, is_correcting=is_correcting, text=text or None)
    found = queries.select_statements(actor, wanted)
    page = paginate(found, queries.STATEMENT_ORDER, PAGE, request.args.get("after"))
    chosen = backlog.CORRECTING if is_correcting else state
    may_release = actor.can(Permission.STATEMENT_RELEASE)
    listed = offers.list_listed(actor, page.items)
    return render(
        "settlements/statements.html",
        tabs=[
            {"href": list_address(each, text), "label": label, "is_chosen": each == chosen}
            for each, label in backlog.list_tabs(actor)
        ],
        state=chosen,
        text=text,
        statements=[_view(one) | listed[one.id] for one in page.items],
        may_release=may_release,
        accounts=queries.list_paid_cooperatives(actor),
        next_url=list_address(chosen, text, page.next) if page.next else None,
    )


def list_address(state: str | None, text: str | None = None, after: str | None = None) -> str:
    """Return where the list of statements is, narrowed as it was."""
    asked = {"state": state, "q": text, "after": after}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{HOME}?{query}" if query else HOME


@blueprint.get(f"{HOME}/<uuid:statement_id>")
@requires(Permission.SETTLEMENT_READ)
def show_statement(statement_id: uuid.UUID) -> Response:
    """Show a statement: its amounts, its lines, and what the reader may do now."""
    return _statement_page(statement_id)


def _statement_page(statement_id: uuid.UUID, entered: forms.Entered | None = None) -> Response:
    """Show a statement; with the correction that was entered wrongly, if one was."""
    actor = current_actor()
    statement = queries.get_statement(statement_id, queries.visible_to(actor))
    page = showing.page_of_lines(statement, None, LINES, request.args.get("after"))
    href = f"{HOME}/{statement.id}"
    return render(
        "settlements/statement.html",
        200 if entered is None else 422,
        statement=_view(statement),
        households=find_live(statement),
        amounts=documents.list_amounts(statement),
        discounts=[one for one in documents.list_discounts(statement) if one[1]],
        lines=page.items,
        next_url=f"{href}?after={page.next}" if page.next else None,
        disputes=queries.list_disputes(statement),
        corrections=_correction_views(actor, statement),
        directions=list(DIRECTIONS.items()),
        parts=list(PARTS.items()),
        kinds=LINE_TITLES,
        releases=offers.list_releases(actor, statement),
        after=request.args.get("after"),
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
        **offers.list_offers(actor, statement),
    )


def _correction_views(actor: Actor, statement: Statement) -> list[dict[str, Any]]:
    is_finance = actor.can(Permission.SETTLEMENT_RUN)
    return [
        {
            "it": correction,
            "part": PARTS[correction.part],
            "state": CORRECTION_TITLES[correction.state],
            "is_waiting": correction.state is CorrectionState.PROPOSED,
            "is_mine": correction.proposed_by == actor.id,
        }
        for correction in queries.list_corrections(statement)
        # What was proposed and refused is the officers' own business.
        if is_finance or correction.state is CorrectionState.CONFIRMED
    ]


@blueprint.get(f"{HOME}/<uuid:statement_id>/statement.xlsx")
@requires(Permission.SETTLEMENT_READ)
def take_statement_xlsx(statement_id: uuid.UUID) -> Response:
    """Take a statement as a spreadsheet."""
    statement = queries.get_statement(statement_id, queries.visible_to(current_actor()))
    body = documents.write_statement_xlsx(statement)
    return attached(body, XLSX, f"{statement.statement_no}.xlsx")


@blueprint.get(f"{HOME}/<uuid:statement_id>/statement.pdf")
@requires(Permission.SETTLEMENT_READ)
def take_statement_pdf(statement_id: uuid.UUID) -> Response:
    """Take a statement as a paper."""
    statement = queries.get_statement(statement_id, queries.visible_to(current_actor()))
    body = documents.write_statement_pdf(statement)
    return attached(body, PDF, f"{statement.statement_no}.pdf")


@blueprint.post(f"{HOME}/<uuid:statement_id>/confirm")
@requires(Permission.STATEMENT_CONFIRM)
def confirm_statement(statement_id: uuid.UUID) -> Response:
    """Confirm a statement as its cooperative."""
    return _act(
        lambda: service.confirm_statement(current_actor(), statement_id),
        offers.say_confirmed,
        f"{HOME}/{statement_id}",
    )


@blueprint.post(f"{HOME}/<uuid:statement_id>/disputes")
@requires(Permission.STATEMENT_CONFIRM)
def dispute_line(statement_id: uuid.UUID) -> Response:
    """Dispute a line of a statement."""
    queries.get_statement(statement_id, queries.manageable_by(current_actor()))
    entered = forms.load(DisputeLineSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请选择一行并写明理由", "Choose a line and say why"), "bad")
        return redirect(f"{HOME}/{statement_id}", 303)
    return _act(
        lambda: service.dispute_line(current_actor(), statement_id, **entered.values),
        Text("异议已提交，等平台财务答复", "Sent; a finance officer will answer"),
        f"{HOME}/{statement_id}",
    )


@blueprint.post("/desk/disputes/<uuid:dispute_id>/answer")
@requires(Permission.SETTLEMENT_RUN)
def answer_dispute(dispute_id: uuid.UUID) -> Response:
    """Answer a dispute."""
    back = f"{HOME}/{queries.get_dispute(dispute_id).statement_id}"
    entered = forms.load(AnswerDisputeSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请写明答复", "Write an answer"), "bad")
        return redirect(back, 303)
    return _act(
        lambda: service.answer_dispute(current_actor(), dispute_id, **entered.values),
        Text("已答复，合作社可以再核对", "Answered; the cooperative can confirm again"),
        back,
    )


@blueprint.post(f"{HOME}/<uuid:statement_id>/corrections")
@requires(Permission.SETTLEMENT_RUN)
def propose_correction(statement_id: uuid.UUID) -> Response:
    """Propose to put a line right, in the next window's statement."""
    queries.get_statement(statement_id, queries.visible_to(current_actor()))
    entered = read_correction(request.form)
    if not entered.errors:
        try:
            with transaction():
                correcting.propose_correction(current_actor(), statement_id, **entered.values)
        except (Conflict, Unprocessable) as problem:
            refuse(entered, problem)
    if entered.errors:
        return _statement_page(statement_id, entered)
    layout.tell(
        Text("更正已提出，等另一位财务复核", "Proposed; another officer decides"), "waiting"
    )
    return redirect(f"{HOME}/{statement_id}", 303)


@blueprint.post("/desk/statement-corrections/<uuid:correction_id>/confirm")
@requires(Permission.CORRECTION_CONFIRM)
def confirm_correction(correction_id: uuid.UUID) -> Response:
    """Agree to what another officer proposed."""
    return _act(
        lambda: correcting.confirm_correction(current_actor(), correction_id),
        Text("更正已入账，列入下一期结算单", "Booked; it stands in the next statement"),
        f"{HOME}/{queries.get_correction(correction_id).statement_id}",
    )


@blueprint.post("/desk/statement-corrections/<uuid:correction_id>/reject")
@requires(Permission.SETTLEMENT_RUN)
def reject_correction(correction_id: uuid.UUID) -> Response:
    """Refuse, or take back, a proposed correction."""
    return _act(
        lambda: correcting.reject_correction(current_actor(), correction_id),
        Text("更正已否决，没有入账", "Rejected; nothing was booked"),
        f"{HOME}/{queries.get_correction(correction_id).statement_id}",
    )


@blueprint.post(f"{HOME}/<uuid:statement_id>/release")
@requires(Permission.STATEMENT_RELEASE)
def release_statement(statement_id: uuid.UUID) -> Response:
    """Release a confirmed statement's payout, as the first or the second officer."""
    return _act(
        lambda: service.release_statement(current_actor(), statement_id),
        offers.say_released,
        f"{HOME}/{statement_id}",
    )


@blueprint.post(f"{HOME}/<uuid:statement_id>/reissue")
@requires(Permission.SETTLEMENT_RUN)
def reissue_statement(statement_id: uuid.UUID) -> Response:
    """Issue a statement anew for the bank account that its cooperative has now."""
    return _act(
        lambda: service.reissue_statement(current_actor(), statement_id),
        Text("已按现在的收款账户重新出具", "Issued anew for the present bank account"),
        f"{HOME}/{statement_id}",
    )


@blueprint.get(FINANCE)
@requires(Permission.SETTLEMENT_RUN_READ)
def show_settlement() -> Response:
    """Show the runs with their progress, and begin one."""
    today, schedules = queries.get_today(), list_schedules()
    standing = in_force(schedules, today)
    try:
        until = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        until = None
    found = queries.select_runs(until)
    page = paginate(found, queries.RUN_ORDER, PAGE, request.args.get("after"))
    return render(
        "settlements/runs.html",
        may_act=current_actor().can(Permission.SETTLEMENT_RUN),
        runs=[_run_view(showing.show_run(run)) for run in page.items],
        today=today,
        rhythms=list(RHYTHMS.items()),
        rhythm=RHYTHMS[standing.rhythm] if standing else None,
        next_run_on=next_closing(schedules, today),
        next_url=f"{FINANCE}?after={page.next}" if page.next else None,
    )


def _run_view(shown: showing.ShownRun) -> dict[str, Any]:
    run = shown.run
    whole = max(run.cooperatives, 1)
    counts = {count.state: count.statements for count in shown.by_state}
    return {
        "it": run,
        "last_day": run.end_on - timedelta(days=1),
        "per_mille": min(1000 * run.cooperatives_done // whole, 1000),
        "is_done": run.finished_at is not None,
        "drafts": counts.get(StatementState.DRAFT, 0),
        "counts": [(STATEMENT_TITLES[state], number) for state, number in counts.items()],
    }


@blueprint.post(f"{FINANCE}/runs")
@requires(Permission.SETTLEMENT_RUN)
def start_run() -> Response:
    """Settle everything up to the beginning of a day."""
    entered = forms.load(StartRunSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请选择结算到哪一天", "Choose the day"), "bad")
        return redirect(FINANCE, 303)

    end_on: date = entered.values["end_on"]
    known = queries.find_run_until(end_on)
    if known is not None and known.state is RunState.DONE:
        layout.tell(_ALREADY_SETTLED, "waiting")
        return redirect(f"{FINANCE}?day={end_on.isoformat()}#run-{known.id}", 303)
    return _act(
        lambda: jobs.enqueue_run(running.start_run(current_actor(), end_on=end_on).id),
        Text("已开始结算，进度见下方", "Begun; the progress stands below"),
        FINANCE,
    )


@blueprint.post(f"{FINANCE}/runs/<uuid:run_id>/issue")
@requires(Permission.SETTLEMENT_RUN)
def issue_run(run_id: uuid.UUID) -> Response:
    """Issue a finished run's drafts."""
    return _act(
        lambda: jobs.enqueue_issue(running.ask_to_issue(current_actor(), run_id).id),
        Text("正在出具，合作社随后可以核对", "Being issued; cooperatives can then confirm"),
        FINANCE,
    )


def _act(work: Callable[[], Any], done: Text | Callable[[Any], Text], back: str) -> Response:
    """Do something and say so on the page it leads to, or say why it could not be done."""
    try:
        with transaction():
            made = work()
    except (Conflict, Unprocessable, Forbidden) as problem:
        layout.tell(_why(problem), "bad")
    else:
        layout.tell(done if isinstance(done, Text) else done(made))
    return redirect(back, 303)


def _why(problem: Problem) -> Text:
    return problem.detail or problem.title
