"""Setting the rhythm of settlement, from the page of its runs."""

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from orders.settlement_schedules import service
from orders.settlement_schedules.schemas import SetScheduleSchema

blueprint = PageBlueprint("settlement_schedules_pages", __name__)

FINANCE = "/desk/settlements"


@blueprint.post(f"{FINANCE}/schedules")
@requires(Permission.SETTLEMENT_RUN)
def set_schedule() -> Response:
    """Set in which rhythm runs start by themselves."""
    entered = forms.load(SetScheduleSchema(), request.form)
    if entered.errors:
        layout.tell(Text("请选择结算周期和起始日期", "Choose a rhythm and the day"), "bad")
        return redirect(FINANCE, 303)
    try:
        with transaction():
            service.set_schedule(current_actor(), **entered.values)
    except Unprocessable as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("结算周期已保存", "The rhythm is saved"))
    return redirect(FINANCE, 303)
