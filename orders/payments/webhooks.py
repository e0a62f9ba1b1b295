"""Providers' notices: verified over their raw bytes, then settled like any other news."""

from flask import Blueprint, Response, request

from marketplace.database import transaction
from marketplace.errors import NotFound, PayloadTooLarge
from marketplace.http import requires
from marketplace.permissions import Permission
from orders.payments import service
from orders.payments.errors import NoticeRefused
from orders.payments.provider import EventRefused
from orders.payments.providers import find_provider

MAX_NOTICE_BYTES = 64 * 1024

hooks = Blueprint("payment_notices", __name__, url_prefix="/webhooks")


@hooks.route("/<provider_name>", methods=["POST"])
@requires(Permission.PUBLIC)
def receive_notice(provider_name: str) -> Response:
    """Settle a notice; a repeat is thanked like the first, a forgery is refused and forgotten."""
    provider = find_provider(provider_name)
    if provider is None:
        raise NotFound
    if (request.content_length or 0) > MAX_NOTICE_BYTES:
        raise PayloadTooLarge
    try:
        event = provider.read_event(request.get_data(cache=False), dict(request.headers))
    except EventRefused as refused:
        raise NoticeRefused from refused
    with transaction():
        service.settle_event(provider.name, event)
    return Response(status=204)
