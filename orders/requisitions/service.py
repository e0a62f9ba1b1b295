"""Ask for a purchase, decide it as a second person, take it back: each step locks the requisition."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import Conflict, Unprocessable
from marketplace.identity.actor import SYSTEM, Actor, Grant
from marketplace.identity.models import AccountState
from marketplace.identity.queries import get_account, list_memberships_of
from marketplace.ids import new_number
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.carts import service as carts
from orders.carts.errors import CartFull, SkuNotSold
from orders.carts.queries import list_lines
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import Quote, QuoteRequest, make_quote
from orders.checkout.schemas import QuoteSchema
from orders.checkout.service import Recipient, changed, place_trade
from orders.checkout.sifting import Wanted
from orders.coupons.queries import list_held
from orders.requisitions import queries
from orders.requisitions.errors import (
    ApprovalNotUsed,
    PurchaseNotOfAUnit,
    RequisitionDecidedByRequester,
    RequisitionNotFound,
    RequisitionNotInState,
)
from orders.requisitions.models import OPEN, Requisition, RequisitionState
from partners.buying_units.approval import require_other_approver

OPEN_FOR = timedelta(days=7)
# Nobody sits waiting for an approval: once it is given, there are days to pay, not minutes.
PAY_WITHIN = timedelta(days=3)


def submit_requisition(
    actor: Actor,
    request: QuoteRequest,
    *,
    recipient: Recipient,
    quote_digest: str,
    quote_token: str = "",
    purpose: str = "",
) -> Requisition:
    """Freeze a quote and ask for its approval. The goods leave the cart but are not reserved.

    Raises QuoteChanged, PurchaseNotOfAUnit, ApprovalNotUsed, ApproverMissing.
    """
    quote = _same_quote(actor, request, quote_digest, quote_token)
    unit_id, unit_name = quote.attribution.buying_unit_id, quote.attribution.buying_unit_name
    if unit_id is None or unit_name is None:
        raise PurchaseNotOfAUnit
    if quote.attribution.approval_from_fen is None:
        raise ApprovalNotUsed
    require_other_approver(unit_id, actor.account_id)
    frozen = _explicit(request, quote)
    requisition = Requisition(
        buying_unit_id=unit_id,
        buying_unit_name=unit_name,
        requisition_no=new_number("SQ"),
        state=RequisitionState.SUBMITTED,
        requested_by=actor.account_id,
        requested_at=clock.now(),
        expires_at=clock.now() + OPEN_FOR,
        purpose=purpose,
        request=msgspec.to_builtins(frozen),
        shown=QuoteSchema().dump(quote),
        quote_digest=quote.digest,
        total_fen=quote.total_fen,
        ship_to=recipient.seal(),
    )
    db.session.add(requisition)
    db.session.flush()
    if request.lines is None:
        carts.take_bought(actor.account_id, [line.sku_id for line in frozen.lines or ()])
    _record(actor, "requisition.submitted", requisition)
    return requisition


def resubmit_requisition(
    actor: Actor, requisition: Requisition, *, quote_digest: str
) -> Requisition:
    """Ask again, at what it costs now, for what was returned (row from ``lock_requested``).

    A coupon that is used or over meanwhile is left out: it would return the purchase again the day
    it came back.
    """
    _require(requisition, RequisitionState.RETURNED)
    request = _without_gone_coupons(actor, read_request(requisition))
    quote = _same_quote(actor, request, quote_digest)
    requisition.request = msgspec.to_builtins(request)
    requisition.shown = QuoteSchema().dump(quote)
    requisition.quote_digest = quote.digest
    requisition.total_fen = quote.total_fen
    requisition.expires_at = clock.now() + OPEN_FOR
    requisition.answer = None
    return _move(actor, requisition, RequisitionState.SUBMITTED)


def approve_requisition(actor: Actor, requisition: Requisition) -> Requisition:
    """Place the purchase exactly as it was shown, for whoever asked (row from ``lock_to_decide``).

    If price, stock or the clerk's rights are not what they were, nothing is placed: the requisition
    goes back to the clerk and says what changed. Returns it in the state that it came to.
    """
    _require(requisition, RequisitionState.SUBMITTED)
    try:
        # A savepoint: stock that others took a moment ago must not undo the return.
        with db.session.begin_nested():
            placed = place_trade(
                _actor_of(requisition.requested_by),
                read_request(requisition),
                recipient=Recipient.unseal(requisition.ship_to),
                quote_digest=requisition.quote_digest,
                quote_token=requisition.shown.get("quote_token", ""),
                is_approved=True,
                pay_within=PAY_WITHIN,
            )
    except (Conflict, Unprocessable) as problem:
        requisition.answer = str(problem.detail or problem.title)
        return _move(actor, requisition, RequisitionState.RETURNED)
    requisition.trade_id = placed.trade.id
    return _decide(actor, requisition, RequisitionState.APPROVED)


def refuse_requisition(actor: Actor, requisition: Requisition, *, reason: str) -> Requisition:
    """Refuse a purchase, saying why (row from ``lock_to_decide``)."""
    _require(requisition, RequisitionState.SUBMITTED)
    requisition.answer = reason
    return _decide(actor, requisition, RequisitionState.REFUSED)


def withdraw_requisition(actor: Actor, requisition: Requisition) -> Requisition:
    """Take back what nobody has decided yet (row from ``lock_requested``)."""
    if requisition.state not in OPEN:
        raise RequisitionNotInState(requisition.state)
    return _move(actor, requisition, RequisitionState.WITHDRAWN)


def expire_requisition(requisition_id: uuid.UUID) -> bool:
    """End a requisition whose time is over; False if it was decided meanwhile."""
    overdue = (Requisition.expires_at <= clock.now()) & Requisition.state.in_(OPEN)
    try:
        requisition = queries.lock_requisition(overdue, requisition_id)
    except RequisitionNotFound:
        return False
    _move(SYSTEM, requisition, RequisitionState.EXPIRED)
    return True


def put_back_into_cart(actor: Actor, requisition: Requisition) -> int:
    """Put the goods of a requisition that led to nothing back into the clerk's cart.

    What lies there already, or is no longer sold, is left as it is. Returns how many lines came back.
    """
    if requisition.state in (RequisitionState.SUBMITTED, RequisitionState.APPROVED):
        raise RequisitionNotInState(requisition.state)
    held = {line.sku_id for line in list_lines(actor.account_id)}
    count = 0
    for wanted in read_request(requisition).lines or ():
        if wanted.sku_id in held:
            continue
        try:
            with db.session.begin_nested():
                carts.add_to_cart(actor.account_id, wanted.sku_id, wanted.quantity)
        except (SkuNotSold, CartFull):
            continue
        count += 1
    return count


def lock_requested(actor: Actor, requisition_id: uuid.UUID) -> Requisition:
    """Return a requisition that the actor asked for, locked; raises RequisitionNotFound."""
    return queries.lock_requisition(queries.requested_by(actor), requisition_id)


def lock_to_decide(actor: Actor, requisition_id: uuid.UUID) -> Requisition:
    """Return a requisition that the actor may decide, locked.

    Raises RequisitionNotFound, and RequisitionDecidedByRequester for one's own.
    """
    requisition = queries.lock_requisition(queries.decidable_by(actor), requisition_id)
    if requisition.requested_by == actor.account_id:
        raise RequisitionDecidedByRequester
    return requisition


def read_request(requisition: Requisition) -> QuoteRequest:
    """Return what was asked for, as checkout takes it."""
    return msgspec.convert(requisition.request, QuoteRequest)


def quote_now(actor: Actor, requisition: Requisition) -> Quote:
    """Price a returned requisition as of now, without coupons that are gone, for its clerk."""
    return make_quote(actor, _without_gone_coupons(actor, read_request(requisition)))


def _without_gone_coupons(actor: Actor, request: QuoteRequest) -> QuoteRequest:
    if not request.coupon_ids:
        return request
    usable = {one.holding_id for one in list_held(actor.account_id)}
    return replace(request, coupon_ids=[one for one in request.coupon_ids if one in usable])


def count_gone_coupons(requisition: Requisition, quote: Quote) -> int:
    """Return how many of its coupons a requisition is now without."""
    return len(read_request(requisition).coupon_ids) - len(quote.coupons)


def _same_quote(
    actor: Actor, request: QuoteRequest, quote_digest: str, quote_token: str = ""
) -> Quote:
    quote = make_quote(actor, request)
    if quote.unavailable or quote.digest != quote_digest:
        raise changed(quote, quote_digest, quote_token)
    return quote


def _explicit(request: QuoteRequest, quote: Quote) -> QuoteRequest:
    """Return the request with nothing left to a default that may be another one tomorrow."""
    settled = quote.attribution
    return replace(
        request,
        lines=[
            Wanted(line.sku.sku_id, line.quantity) for order in quote.orders for line in order.lines
        ],
        attribution=AttributionChoice(
            source=settled.source,
            buying_unit_id=settled.buying_unit_id,
            outlet_id=settled.outlet_id,
        ),
    )


def _actor_of(account_id: uuid.UUID) -> Actor:
    """Return the clerk as the clerk stands today: a role that was taken away buys nothing."""
    if get_account(account_id).state is not AccountState.ACTIVE:
        return Actor(id=account_id)
    memberships = list_memberships_of(account_id)
    grants = tuple(Grant(one.role, one.scope_kind, one.scope_id) for one in memberships)
    return Actor(id=account_id, grants=grants)


def _require(requisition: Requisition, state: RequisitionState) -> None:
    is_over = requisition.expires_at <= clock.now()
    if requisition.state is not state or is_over:
        raise RequisitionNotInState(RequisitionState.EXPIRED if is_over else requisition.state)


def _decide(actor: Actor, requisition: Requisition, state: RequisitionState) -> Requisition:
    requisition.decided_by = actor.account_id
    requisition.decided_at = clock.now()
    return _move(actor, requisition, state)


def _move(actor: Actor, requisition: Requisition, state: RequisitionState) -> Requisition:
    before = requisition.state
    requisition.state = state
    db.session.flush()
    _record(actor, f"requisition.{state}", requisition, before)
    return requisition


def _record(
    actor: Actor, action: str, requisition: Requisition, before: RequisitionState | None = None
) -> None:
    """Audit each step in one place; who is to be told of it learns it from here."""
    after: dict[str, Any] = {
        "state": requisition.state,
        "buying_unit_id": str(requisition.buying_unit_id),
        "total_fen": requisition.total_fen,
    }
    if requisition.trade_id is not None:
        after["trade_id"] = str(requisition.trade_id)
    audit.record(
        action, "requisition", requisition.id, actor=actor,
        before=None if before is None else {"state": before}, after=after,
    )  # fmt: skip
    announce(
        EventKind(f"requisition.{requisition.state}"),
        subject_id=requisition.id,
        account_id=requisition.requested_by,
        buying_unit_id=requisition.buying_unit_id,
        facts={
            "state": requisition.state,
            "total_fen": requisition.total_fen,
            "trade_id": requisition.trade_id,
        },
    )
