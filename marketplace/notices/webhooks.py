"""Leaving a group of e-mail by the one click that mail programs make (RFC 8058)."""

from flask import Blueprint, Response

from marketplace.database import transaction
from marketplace.http import requires
from marketplace.notices import leaving
from marketplace.permissions import Permission

hooks = Blueprint("notice_links", __name__, url_prefix="/webhooks")


@hooks.route("/unsubscribe/<token>", methods=["POST"])
@requires(Permission.PUBLIC)
def unsubscribe_by_one_click(token: str) -> Response:
    """Leave the group that the signed link names; a repeat changes nothing."""
    with transaction():
        leaving.leave(token)
    return Response(status=204)
