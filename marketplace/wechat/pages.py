"""The page on which somebody sees, and ends, the binding of WeChat to the own account."""

from flask import redirect
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.errors import Conflict, Problem
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.wechat import client, doors, queries

blueprint = PageBlueprint("wechat_pages", __name__)


def _page(problem: Problem | None = None) -> Response:
    client.settings()
    binding = queries.find_binding_of(current_actor().account_id)
    status = 200 if problem is None else problem.status
    return render("wechat/wechat.html", status, binding=binding, refusal=problem)


@blueprint.get("/me/wechat")
@requires(Permission.ACCOUNT_SELF)
def show_wechat() -> Response:
    """Tell whether WeChat opens this account."""
    return _page()


@blueprint.post("/me/wechat/unbind")
@requires(Permission.ACCOUNT_SELF)
def unbind_wechat_page() -> Response:
    """Take WeChat away from one's own account."""
    try:
        doors.unbind_own()
    except Conflict as problem:
        return _page(problem)
    layout.tell(Text("已解绑微信", "WeChat is unbound"))
    return redirect("/me/wechat", 303)
