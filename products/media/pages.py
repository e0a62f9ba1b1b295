"""The photos themselves, as browsers fetch them, and the forms that add and remove them."""

import re
import uuid

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from marketplace import layout, storage
from marketplace.database import transaction
from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from products.catalogue.queries import lock_product
from products.media import queries, service
from products.media.addresses import Size, storage_key
from products.media.pictures import MAX_BYTES, make_picture

blueprint = PageBlueprint("media_files", __name__)


_SIZES: dict[str, Size] = {"large.webp": "large", "small.webp": "small"}
_DIGEST = re.compile("[0-9a-f]{64}")


@blueprint.route("/media/photos/<digest>/<name>")
@requires(Permission.PUBLIC)
def get_photo_file(digest: str, name: str) -> Response:
    """Send a photo. Its name is its content, so a copy is good for ever."""
    size = _SIZES.get(name)
    if size is None or not _DIGEST.fullmatch(digest):
        raise NotFound
    tag = f"{digest[:32]}-{size}"
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(storage.read(storage_key(digest, size)), content_type="image/webp")
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.post("/desk/products/<uuid:product_id>/photos")
@requires(Permission.PRODUCT_WRITE)
def upload_photo(product_id: uuid.UUID) -> AnyResponse:
    """Add a photo; it is made again without its metadata."""
    actor = current_actor()
    with transaction():
        lock_product(actor, product_id)  # nobody decodes pictures for a product that is not theirs
    upload = request.files.get("photo")
    try:
        picture = make_picture(upload.stream.read(MAX_BYTES + 1) if upload else b"")
        service.keep_picture(picture)
        with transaction():
            service.add_photo(actor, lock_product(actor, product_id), picture)
    except (Conflict, Unprocessable, PayloadTooLarge) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("图片已添加", "The photo is added"))
    return redirect(f"/desk/products/{product_id}", 303)


@blueprint.post("/desk/products/<uuid:product_id>/photos/<uuid:photo_id>/remove")
@requires(Permission.PRODUCT_WRITE)
def drop_photo(product_id: uuid.UUID, photo_id: uuid.UUID) -> AnyResponse:
    """Take a photo from a product."""
    actor = current_actor()
    try:
        with transaction():
            product = lock_product(actor, product_id)
            service.remove_photo(actor, product, queries.get_photo(product, photo_id))
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    return redirect(f"/desk/products/{product_id}", 303)
