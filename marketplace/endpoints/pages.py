"""Webhooks in pages: endpoints, their secrets shown once, the log, and sending again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout, observing
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.endpoints import figures, queries, service, wording
from marketplace.endpoints.errors import AddressRefused, EndpointNotActive, TooManyEndpoints
from marketplace.endpoints.models import DeliveryState, Endpoint
from marketplace.endpoints.offers import OFFERED
from marketplace.endpoints.schemas import ChangeEndpointSchema, RegisterEndpointSchema
from marketplace.errors import NotFound, Problem
from marketplace.http import requires
from marketplace.identity import memberships
from marketplace.identity.actor import current_actor
from marketplace.identity.models import Membership
from marketplace.identity.role_names import SCOPE_NAMES
from marketplace.language import Text
from marketplace.outbox.kinds import EventKind
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission, ScopeKind

blueprint = PageBlueprint("endpoints_pages", __name__)

HOME = "/desk/webhooks"
PAGE = 20

observing.measure_with(figures.measure)
layout.add_workplace(66, Text("事件推送", "Webhooks"), HOME, "both-ways", Permission.WEBHOOK_READ)


@blueprint.get(HOME)
@requires(Permission.WEBHOOK_READ)
def show_webhook_endpoints() -> Response:
    """List the reader's endpoints with what waits and what failed."""
    actor = current_actor()
    endpoints = queries.list_endpoints(queries.visible_to(actor))
    counted = queries.count_deliveries([one.id for one in endpoints])
    names = _names(endpoints)
    return render(
        "endpoints/list.html",
        endpoints=[
            {
                "endpoint": one,
                "owner": _owner(one, names),
                "counts": counted.get(one.id, {}),
                "pause": wording.PAUSES.get(one.pause_reason) if one.pause_reason else None,
            }
            for one in endpoints
        ],
        can_write=actor.can(Permission.WEBHOOK_WRITE),
    )


def _names(endpoints: Iterable[Endpoint]) -> dict[uuid.UUID, str]:
    return memberships.find_scope_names(
        Membership(scope_kind=one.scope_kind, scope_id=one.scope_id) for one in endpoints
    )


def _owner(endpoint: Endpoint, names: dict[uuid.UUID, str]) -> str:
    kind = str(SCOPE_NAMES[endpoint.scope_kind])
    return names.get(endpoint.scope_id, kind) if endpoint.scope_id else kind


@blueprint.get(f"{HOME}/new")
@requires(Permission.WEBHOOK_WRITE)
def show_new_webhook_endpoint() -> Response:
    """Show the form of a new endpoint."""
    return _new_form(request.args.to_dict(), set(), {})


@blueprint.post(f"{HOME}/new")
@requires(Permission.WEBHOOK_WRITE)
def register_webhook_endpoint() -> Response:
    """Register an endpoint and show its secret, this once."""
    kind, _, scope_id = request.form.get("scope", "").partition(":")
    posted = {**_posted(), "scope_kind": kind, **({"scope_id": scope_id} if scope_id else {})}
    entered = forms.load_values(RegisterEndpointSchema(), posted, request.form)
    chosen = set(request.form.getlist("kinds"))
    if entered.errors:
        return _new_form(entered.raw, chosen, _tidied(entered.errors))
    try:
        service.check_address(entered.values["url"])
        with transaction():
            endpoint, secret = service.register_endpoint(current_actor(), **entered.values)
    except (AddressRefused, TooManyEndpoints) as problem:
        return _new_form(entered.raw, chosen, forms.refused(problem), problem)
    return _secret(endpoint, secret, 201)


def _posted() -> dict[str, Any]:
    form = request.form
    named = {name: form[name] for name in ("label", "url") if form.get(name)}
    return {**named, "kinds": form.getlist("kinds")}


def _tidied(errors: dict[str, str]) -> dict[str, str]:
    """One sentence about the kinds, whichever of them is meant."""
    tidied = {name: said for name, said in errors.items() if not name.startswith("kinds")}
    if len(tidied) < len(errors):
        tidied["kinds"] = str(Text("请至少选一种事件", "Choose at least one kind of event"))
    if "scope_kind" in errors or "scope_id" in errors:
        tidied["scope"] = str(Text("请选择", "Please choose"))
    return tidied


def _new_form(
    raw: dict[str, str], chosen: set[str], errors: dict[str, str], problem: Problem | None = None
) -> Response:
    scopes = _scopes()
    offered = {kind for scope, _ in scopes for kind in OFFERED[ScopeKind(scope.split(":")[0])]}
    status = problem.status if problem else 422 if errors else 200
    return _form(
        None, raw, chosen, errors, status, offered=offered, scopes=scopes, problem_here=problem
    )


def _scopes() -> list[tuple[str, str]]:
    """Return for whom the reader may register endpoints: a value of the form, and a name."""
    actor = current_actor()
    own = [
        (kind, scope_id)
        for kind in queries.SCOPES
        for scope_id in actor.scopes(Permission.WEBHOOK_WRITE, kind)
    ]
    names = memberships.find_scope_names(
        Membership(scope_kind=kind, scope_id=scope_id) for kind, scope_id in own
    )
    found = [
        (f"{kind}:{scope_id}", names.get(scope_id, str(SCOPE_NAMES[kind])))
        for kind, scope_id in own
    ]
    if actor.is_platform(Permission.WEBHOOK_WRITE):
        found.append((f"{ScopeKind.PLATFORM}:", str(Text("平台（全部事件）", "Platform (all)"))))
    return sorted(found, key=lambda pair: pair[1])


def _form(
    endpoint: Endpoint | None,
    raw: dict[str, str],
    chosen: set[str],
    errors: dict[str, str],
    status: int,
    *,
    offered: Iterable[EventKind],
    **context: Any,
) -> Response:
    wanted = set(offered)
    groups: list[tuple[Text, list[tuple[str, Text]], bool]] = []
    for subject, title in wording.SUBJECTS.items():
        kinds = [(str(each), each.label) for each in EventKind
                 if each in wanted and each.subject == subject]  # fmt: skip
        is_open = any(each in chosen for each, _ in kinds) or not (chosen or groups)
        if kinds:
            groups.append((title, kinds, is_open))
    return render(
        "endpoints/form.html",
        status,
        endpoint=endpoint,
        form=raw,
        chosen=chosen,
        errors=errors,
        groups=groups,
        **context,
    )


def _secret(endpoint: Endpoint, secret: str, status: int = 200) -> Response:
    return render("endpoints/secret.html", status, endpoint=endpoint, secret=secret)


@blueprint.get(f"{HOME}/<uuid:endpoint_id>")
@requires(Permission.WEBHOOK_READ)
def show_webhook_endpoint(endpoint_id: uuid.UUID) -> Response:
    """Show an endpoint and its log, the newest first."""
    actor = current_actor()
    endpoint = queries.get_endpoint(endpoint_id, queries.visible_to(actor))
    state = request.args.get("state")
    narrowed = DeliveryState(state) if state in set(DeliveryState) else None
    page = paginate(
        queries.select_deliveries(endpoint, state=narrowed),
        queries.LOG_ORDER,
        limit=PAGE,
        after=request.args.get("after"),
    )
    query = f"?state={narrowed}&" if narrowed else "?"
    return render(
        "endpoints/endpoint.html",
        endpoint=endpoint,
        owner=_owner(endpoint, _names([endpoint])),
        pause=wording.PAUSES.get(endpoint.pause_reason) if endpoint.pause_reason else None,
        kinds=str(wording.COMMA).join(str(EventKind(kind).label) for kind in endpoint.kinds),
        deliveries=[_shown(one) for one in queries.with_attempts(page.items)],
        counts=queries.count_deliveries([endpoint.id]).get(endpoint.id, {}),
        states=[(str(one), one.label) for one in DeliveryState],
        state=str(narrowed) if narrowed else "",
        next_url=f"{HOME}/{endpoint.id}{query}after={page.next}" if page.next else None,
        since=(clock.now() - timedelta(days=1)).astimezone(clock.SHANGHAI),
        can_change=_can_change(endpoint),
    )


def _can_change(endpoint: Endpoint) -> bool:
    try:
        queries.get_endpoint(endpoint.id, queries.manageable_by(current_actor()))
    except NotFound:
        return False
    return True


def _shown(seen: queries.SeenDelivery) -> dict[str, Any]:
    known = {str(kind): kind.label for kind in EventKind}
    return {
        "seen": seen,
        "title": known.get(seen.kind, wording.TEST_TITLE),
        "state": seen.delivery.state,
        "tone": {"delivered": "confirmed", "failed": "bad"}.get(seen.delivery.state, "pending"),
        "attempts": [
            {
                "at": one.at,
                "duration_ms": one.duration_ms,
                "answer": one.answer,
                "said": wording.say_outcome(one.status, one.failure),
            }
            for one in seen.attempts
        ],
    }


@blueprint.get(f"{HOME}/<uuid:endpoint_id>/edit")
@requires(Permission.WEBHOOK_WRITE)
def show_webhook_endpoint_form(endpoint_id: uuid.UUID) -> Response:
    """Show the form that changes an endpoint."""
    endpoint = queries.get_endpoint(endpoint_id, queries.manageable_by(current_actor()))
    raw = {"label": endpoint.label, "url": endpoint.url}
    return _form(endpoint, raw, set(endpoint.kinds), {}, 200, offered=OFFERED[endpoint.scope_kind])


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/edit")
@requires(Permission.WEBHOOK_WRITE)
def change_webhook_endpoint(endpoint_id: uuid.UUID) -> Response:
    """Change what an endpoint is told, and where."""
    actor = current_actor()
    endpoint = queries.get_endpoint(endpoint_id, queries.manageable_by(actor))
    offered = OFFERED[endpoint.scope_kind]
    entered = forms.load_values(ChangeEndpointSchema(), _posted(), request.form)
    chosen = set(request.form.getlist("kinds"))
    if entered.errors:
        return _form(endpoint, entered.raw, chosen, _tidied(entered.errors), 422, offered=offered)
    try:
        service.check_address(entered.values["url"])
        with transaction():
            service.change_endpoint(actor, endpoint_id, **entered.values)
    except AddressRefused as problem:
        errors = forms.refused(problem)
        return _form(endpoint, entered.raw, chosen, errors, 422, offered=offered)
    layout.tell(Text("已保存", "Saved"))
    return redirect(f"{HOME}/{endpoint_id}", 303)


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/secret")
@requires(Permission.WEBHOOK_WRITE)
def rotate_webhook_secret(endpoint_id: uuid.UUID) -> Response:
    """Give an endpoint a new secret and show it, this once."""
    with transaction():
        endpoint, secret = service.rotate_secret(current_actor(), endpoint_id)
    return _secret(endpoint, secret)


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/pause")
@requires(Permission.WEBHOOK_WRITE)
def pause_webhook_endpoint(endpoint_id: uuid.UUID) -> Response:
    """Pause an endpoint."""
    return _try(
        endpoint_id,
        lambda: service.pause_endpoint(current_actor(), endpoint_id),
        Text("已暂停推送", "Paused"),
    )


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/resume")
@requires(Permission.WEBHOOK_WRITE)
def resume_webhook_endpoint(endpoint_id: uuid.UUID) -> Response:
    """Resume an endpoint."""
    return _try(
        endpoint_id,
        lambda: service.resume_endpoint(current_actor(), endpoint_id),
        Text("已恢复推送", "Resumed"),
    )


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/remove")
@requires(Permission.WEBHOOK_WRITE)
def remove_webhook_endpoint(endpoint_id: uuid.UUID) -> Response:
    """Remove an endpoint."""
    with transaction():
        service.remove_endpoint(current_actor(), endpoint_id)
    layout.tell(Text("已删除推送地址", "Removed"))
    return redirect(HOME, 303)


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/test")
@requires(Permission.WEBHOOK_WRITE)
def send_webhook_test(endpoint_id: uuid.UUID) -> Response:
    """Send a test."""
    return _try(
        endpoint_id,
        lambda: service.send_test(current_actor(), endpoint_id),
        Text("测试已发出，稍后刷新看结果", "The test is on its way; look again in a moment"),
    )


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/replay")
@requires(Permission.WEBHOOK_WRITE)
def replay_webhooks_since(endpoint_id: uuid.UUID) -> Response:
    """Send again what was missed since a moment of Shanghai time."""
    try:
        since = datetime.fromisoformat(request.form.get("since", ""))
    except ValueError:
        layout.tell(Text("请填写补发的起始时间", "Say from when on to send again"), "bad")
        return _back(endpoint_id)
    since = since.replace(tzinfo=clock.SHANGHAI)
    return _try(
        endpoint_id,
        lambda: service.replay_since(current_actor(), endpoint_id, since),
        Text("共 {n} 条正在补发", "{n} on their way again"),
    )


@blueprint.post(f"{HOME}/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay")
@requires(Permission.WEBHOOK_WRITE)
def replay_webhook_delivery(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Response:
    """Send one delivery again."""
    return _try(
        endpoint_id,
        lambda: service.replay_delivery(current_actor(), endpoint_id, delivery_id),
        Text("正在重新推送", "On its way again"),
    )


def _try(endpoint_id: uuid.UUID, deed: Callable[[], object], done: Text) -> Response:
    try:
        with transaction():
            made = deed()
    except EndpointNotActive as refused:
        layout.tell(refused.title, "bad")
    else:
        layout.tell(done.format(n=made))
    return _back(endpoint_id)


def _back(endpoint_id: uuid.UUID) -> Response:
    return redirect(f"{HOME}/{endpoint_id}", 303)
