"""Evidence in pages: the photos themselves, and the forms that add them."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.errors import Conflict, PayloadTooLarge, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from orders.aftersales.evidence.uploads import check_case, take_photo
from orders.aftersales.evidence.views import photo_response
from orders.trades.states import By

blueprint = PageBlueprint("evidence_pages", __name__)


@blueprint.get("/aftersales/<uuid:case_id>/evidence/<uuid:evidence_id>")
@requires(Permission.ORDER_READ)
def show_evidence(case_id: uuid.UUID, evidence_id: uuid.UUID) -> Response:
    """Send a photo to those who may see the case."""
    return photo_response(
        case_id, evidence_id, "small" if request.args.get("size") == "small" else "large"
    )


@blueprint.post("/aftersales/<uuid:case_id>/evidence")
@requires(Permission.AFTER_SALES_APPLY)
def upload_evidence(case_id: uuid.UUID) -> Response:
    """Add photos as the buyer."""
    check_case(current_actor(), case_id, By.BUYER)
    take_uploads(case_id, By.BUYER)
    return redirect(f"/aftersales/{case_id}", 303)


@blueprint.post("/desk/refunds/<uuid:case_id>/evidence")
@requires(Permission.AFTER_SALES_ANSWER)
def upload_answer_evidence(case_id: uuid.UUID) -> Response:
    """Add photos as the cooperative."""
    check_case(current_actor(), case_id, By.COOPERATIVE)
    take_uploads(case_id, By.COOPERATIVE)
    return redirect(f"/desk/refunds/{case_id}", 303)


def take_uploads(case_id: uuid.UUID, party: By) -> None:
    """Add the photos of a form, and tell the reader what became of them."""
    photos = [upload for upload in request.files.getlist("photo") if upload.filename]
    try:
        for photo in photos[:9]:
            take_photo(current_actor(), case_id, party, photo.stream)
    except (Conflict, Unprocessable, PayloadTooLarge) as problem:
        layout.tell(problem.title, "bad")
    else:
        if photos:
            layout.tell(Text("照片已添加", "The photos are added"))
