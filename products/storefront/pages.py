"""The shop window's pages: home by paired region."""

from __future__ import annotations

from werkzeug.wrappers import Response

from marketplace import clock
from marketplace.http import requires
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.pairings import queries as pairings
from products.storefront import showing

blueprint = PageBlueprint("storefront_pages", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def home() -> Response:
    """Show the pairings in force today, the categories and what is new."""
    in_force = pairings.list_in_force(clock.today())
    return render(
        "storefront/home.html",
        flow=showing.flow(in_force),
        pairings=[showing.pairing_card(entry) for entry in in_force],
        categories=[],
        products=[],
    )
