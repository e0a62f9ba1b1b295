"""The API by which cooperatives keep their photos."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from products.catalogue.queries import lock_product
from products.media import queries, service
from products.media.errors import PhotoUnreadable
from products.media.models import Photo
from products.media.pictures import MAX_BYTES, make_picture
from products.media.schemas import AddPhotoSchema, PhotoSchema

blp = ApiBlueprint(
    "media", __name__, url_prefix="/api/v1", description="产品图片 Photos of products"
)


@blp.route("/products/<uuid:product_id>/photos", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@idempotent(steps=True)
@blp.arguments(AddPhotoSchema, location="files")
@blp.response(201, PhotoSchema)
@blp.alt_response(413, description="The file is over 8 MB")
def add_photo(files: dict[str, Any], product_id: uuid.UUID) -> Photo:
    """Add a photo; it is made again without its metadata, in two sizes."""
    actor = current_actor()
    with transaction():
        lock_product(actor, product_id)  # nobody decodes pictures for a product that is not theirs
    if "photo" not in files:
        raise PhotoUnreadable(fields={"photo": PhotoUnreadable.title})
    picture = make_picture(files["photo"].stream.read(MAX_BYTES + 1))
    service.keep_picture(picture)
    with transaction():
        return service.add_photo(actor, lock_product(actor, product_id), picture)


@blp.route("/products/<uuid:product_id>/photos/<uuid:photo_id>", methods=["DELETE"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(204)
def remove_photo(product_id: uuid.UUID, photo_id: uuid.UUID) -> None:
    """Take a photo from a product."""
    actor = current_actor()
    with transaction():
        product = lock_product(actor, product_id)
        service.remove_photo(actor, product, queries.get_photo(product, photo_id))


@blp.route("/products/<uuid:product_id>/photos/<uuid:photo_id>/cover", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(200, PhotoSchema)
def choose_cover(product_id: uuid.UUID, photo_id: uuid.UUID) -> Photo:
    """Make a photo the product's cover."""
    actor = current_actor()
    with transaction():
        product = lock_product(actor, product_id)
        photo = queries.get_photo(product, photo_id)
        service.choose_cover(actor, product, photo)
        return photo
