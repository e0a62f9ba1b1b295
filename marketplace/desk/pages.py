"""The page of what waits, for everybody with a workplace."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from marketplace import clock
from marketplace.desk.waiting import list_places
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission

blueprint = PageBlueprint("desk_pages", __name__)


@blueprint.get("/desk")
@requires(Permission.ACCOUNT_SELF)
def show_desk() -> Response:
    """Show what waits for the reader; who has no workplace is led to the own page."""
    places = list_places(current_actor())
    if not places:
        return redirect("/me", 302)
    return render(
        "desk/desk.html",
        today=clock.today(),
        busy=[place for place in places if place.waiting],
        quiet=[place.workplace for place in places if not place.waiting],
    )
