"""Where the reader's goods would go: chosen in a page, else the default address, else the last order."""

from __future__ import annotations

from flask import Response, after_this_request, request

from marketplace.identity.actor import current_actor
from marketplace.pages import set_cookie
from orders.addresses.queries import list_addresses
from orders.trades.queries import find_latest_order
from partners.regions.picker import REGION, pick
from partners.regions.queries import tree

PLACE_COOKIE = "delivers_to"
REMEMBERED_FOR = 60 * 60 * 24 * 180


def find_place() -> str | None:
    """Return the county-level region this reader's goods would go to, None if nobody knows."""
    if f"{REGION}-1" in request.args:
        chosen = pick(request.args).code
        if chosen is not None:
            _remember(chosen)
            return chosen
    remembered = request.cookies.get(PLACE_COOKIE)
    if remembered is not None and remembered in tree() and not tree().children(remembered):
        return remembered
    actor = current_actor()
    if actor.is_anonymous:
        return None
    for address in list_addresses(actor):
        if address.is_default:
            return address.region_code
    latest = find_latest_order(actor)
    return latest.ship_to_code if latest is not None else None


def _remember(code: str) -> None:
    """Keep the chosen region for the next pages, in the visitor's own browser."""

    @after_this_request
    def carry(response: Response) -> Response:
        set_cookie(response, PLACE_COOKIE, code, REMEMBERED_FOR)
        return response
