"""Every select on photos."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from marketplace.database import db
from products.catalogue.models import Product
from products.media.errors import PhotoNotFound
from products.media.models import Photo


def list_photos(product: Product) -> Sequence[Photo]:
    """Return a product's photos, the cover first."""
    statement = select(Photo).where(
        Photo.cooperative_id == product.cooperative_id, Photo.product_id == product.id
    )
    return db.session.scalars(statement.order_by(Photo.position, Photo.id)).all()


def photos_of(products: Sequence[Product]) -> dict[uuid.UUID, list[Photo]]:
    """Return the photos of some products by product, covers first, in one statement."""
    found: dict[uuid.UUID, list[Photo]] = {product.id: [] for product in products}
    statement = select(Photo).where(Photo.product_id.in_(found))
    for photo in db.session.scalars(statement.order_by(Photo.position, Photo.id)):
        found[photo.product_id].append(photo)
    return found


def get_photo(product: Product, photo_id: uuid.UUID) -> Photo:
    """Return a photo of a product."""
    statement = select(Photo).where(
        Photo.cooperative_id == product.cooperative_id,
        Photo.product_id == product.id,
        Photo.id == photo_id,
    )
    photo = db.session.scalar(statement)
    if photo is None:
        raise PhotoNotFound
    return photo
