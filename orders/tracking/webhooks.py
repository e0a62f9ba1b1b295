"""What the tracking service tells by itself, believed only with its signature."""

from flask import Blueprint, Response, request

from marketplace.database import transaction
from marketplace.errors import Forbidden, NotFound, PayloadTooLarge
from marketplace.http import json_response, requires
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.tracking import service
from orders.tracking.tracker import NoticeUnreadable, find_tracker

MAX_NOTICE_BYTES = 256 * 1024

hooks = Blueprint("tracking_notices", __name__, url_prefix="/webhooks")


class TrackingNoticeRefused(Forbidden):
    """Not the service's, or nothing that can be read."""

    title = Text("物流通知的签名不正确", "The notice is not signed as it should be")


@hooks.route("/kuaidi100", methods=["POST"])
@requires(Permission.PUBLIC)
def receive_tracking_notice() -> Response:
    """Keep a notice; a repeat is thanked like the first."""
    tracker = find_tracker()
    if tracker is None:
        raise NotFound
    if (request.content_length or 0) > MAX_NOTICE_BYTES:
        raise PayloadTooLarge
    try:
        news = tracker.read_notice(request.form)
    except NoticeUnreadable as refused:
        raise TrackingNoticeRefused from refused
    if news is not None:
        with transaction():
            service.record_news(news)
    return json_response('{"result":true,"returnCode":"200","message":"成功"}'.encode())
