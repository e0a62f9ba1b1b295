"""The photos themselves, as browsers fetch them."""

import re

from flask import Response, request

from marketplace import storage
from marketplace.errors import NotFound
from marketplace.http import requires
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from products.media.addresses import Size, storage_key

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
