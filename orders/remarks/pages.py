"""Remarks, notes and reminders in pages."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, TooManyRequests
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from orders.remarks import service
from orders.remarks.schemas import RemarkSchema, SellerNoteSchema

blueprint = PageBlueprint("remarks_pages", __name__)

_TOO_LONG = Text(
    "内容太长或含有不能使用的字符", "It is too long, or has characters that cannot be used"
)
_SAVED = Text("已保存", "Saved")


@blueprint.post("/orders/<uuid:order_id>/remark")
@requires(Permission.TRADE_PLACE)
def change_remark(order_id: uuid.UUID) -> Response:
    """Say something to the cooperative."""
    entered = forms.load_values(
        RemarkSchema(), {"remark": request.form.get("remark", "").strip() or None}, request.form
    )
    if entered.errors:
        layout.tell(_TOO_LONG, "bad")
        return redirect(f"/orders/{order_id}", 303)
    try:
        with transaction():
            service.change_remark(current_actor(), order_id, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(_SAVED)
    return redirect(f"/orders/{order_id}", 303)


@blueprint.post("/orders/<uuid:order_id>/remind")
@requires(Permission.TRADE_PLACE)
def remind_to_ship(order_id: uuid.UUID) -> Response:
    """Remind the cooperative to ship."""
    try:
        with transaction():
            service.remind_to_ship(current_actor(), order_id)
    except (Conflict, TooManyRequests) as problem:
        layout.tell(problem.detail or problem.title, "bad")
    else:
        layout.tell(Text("已提醒合作社尽快发货", "The cooperative was reminded"))
    return redirect(f"/orders/{order_id}", 303)


@blueprint.post("/desk/orders/<uuid:order_id>/note")
@requires(Permission.ORDER_SHIP)
def change_seller_note(order_id: uuid.UUID) -> Response:
    """Keep a note that only the cooperative reads."""
    entered = forms.load_values(
        SellerNoteSchema(), {"note": request.form.get("note", "").strip() or None}, request.form
    )
    if entered.errors:
        layout.tell(_TOO_LONG, "bad")
        return redirect(f"/desk/orders/{order_id}", 303)
    with transaction():
        service.change_seller_note(current_actor(), order_id, **entered.values)
    layout.tell(_SAVED)
    return redirect(f"/desk/orders/{order_id}", 303)
