"""The JSON API of notices: one's inbox, and what one wants by which channel."""

from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.notices import queries, service
from marketplace.notices.schemas import (
    ChoicesSchema,
    ListNoticesSchema,
    NoticePageSchema,
    ReadNoticesSchema,
)
from marketplace.permissions import Permission

blp = ApiBlueprint("notices", __name__, url_prefix="/api/v1/me", description="站内消息与通知设置")


@blp.route("/notices")
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ListNoticesSchema, location="query")
@blp.response(200, NoticePageSchema)
def list_my_notices(query: dict[str, Any]) -> dict[str, Any]:
    """List what one was told, newest first, with the number of unread ones (up to 100)."""
    actor = current_actor()
    page = queries.list_notices(
        actor, query["limit"], query["after"], is_unread_only=query["unread"]
    )
    unread = queries.count_unread(actor.account_id)
    return {"items": page.items, "next": page.next, "unread": unread}


@blp.route("/notices/read", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ReadNoticesSchema)
@blp.response(204)
def read_my_notices(command: dict[str, Any]) -> None:
    """Mark notices as read; ids that are not one's own are passed over."""
    with transaction():
        service.read_notices(current_actor(), command["ids"])


@blp.route("/notice-choices")
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, ChoicesSchema)
def list_my_notice_choices() -> dict[str, Any]:
    """List which notices come by short message and by e-mail."""
    return {"items": service.list_own_choices(current_actor())}


@blp.route("/notice-choices", methods=["PUT"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ChoicesSchema)
@blp.response(200, ChoicesSchema)
def choose_my_notices(command: dict[str, Any]) -> dict[str, Any]:
    """Choose channels; what is not named stays as it is. Notices of safety cannot be turned off."""
    actor = current_actor()
    with transaction():
        choices = [service.Choice(**one) for one in command["items"]]
        service.choose(actor.account_id, choices)
        return {"items": service.list_own_choices(actor)}
