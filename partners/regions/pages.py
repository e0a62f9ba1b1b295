"""The piece of a form in which a region is chosen step by step."""

from flask import request
from werkzeug.wrappers import Response

from marketplace.http import requires
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.regions.picker import pick

blueprint = PageBlueprint("regions_pages", __name__)


@blueprint.get("/regions/picker")
@requires(Permission.PUBLIC)
def pick_region() -> Response:
    """Show the selects that follow from what is chosen so far."""
    return render("regions/picker.html", picker=pick(request.args), live=True, error=None)
