"""The piece of a form in which a region is chosen step by step."""

import re

from flask import request
from werkzeug.wrappers import Response

from marketplace.http import requires
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.regions.picker import REGION, pick

blueprint = PageBlueprint("regions_pages", __name__)

# Several choices may stand in one form: where it comes from and where its material grew; one a line.
PREFIXES = re.compile(rf"{REGION}|origin|material|place-[1-9][0-9]{{0,2}}")


@blueprint.get("/regions/picker")
@requires(Permission.PUBLIC)
def pick_region() -> Response:
    """Show the selects that follow from what is chosen so far."""
    prefix = request.args.get("prefix", REGION)
    if not PREFIXES.fullmatch(prefix):
        prefix = REGION
    return render("regions/picker.html", picker=pick(request.args, prefix), live=True, error=None)
