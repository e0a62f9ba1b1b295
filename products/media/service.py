"""Use cases of photos: add, remove, choose the cover; callers hold the product's lock."""

from marketplace import audit, clock, storage
from marketplace.database import db
from marketplace.identity.actor import Actor
from products.catalogue.errors import ProductNotEditable
from products.catalogue.models import ListingState, Product
from products.media import queries
from products.media.addresses import storage_key
from products.media.errors import PhotoRepeated, TooManyPhotos
from products.media.models import Photo
from products.media.pictures import Picture

MAX_PHOTOS = 9


def keep_picture(picture: Picture) -> None:
    """Store a picture's two files, before the transaction that names them.

    A name is its content, so files without a row do no harm; a row without files shows a hole.
    """
    storage.store(storage_key(picture.digest, "small"), picture.small)
    storage.store(storage_key(picture.digest, "large"), picture.large)


def add_photo(actor: Actor, product: Product, picture: Picture) -> Photo:
    """Put a kept picture behind a product's other photos; the first is its cover."""
    _require_open(product)
    photos = queries.list_photos(product)
    if len(photos) >= MAX_PHOTOS:
        raise TooManyPhotos
    if any(photo.digest == picture.digest for photo in photos):
        raise PhotoRepeated
    photo = Photo(
        cooperative_id=product.cooperative_id, product_id=product.id,
        position=photos[-1].position + 1 if photos else 0, digest=picture.digest,
        width=picture.width, height=picture.height,
        size_bytes=len(picture.large) + len(picture.small),
        uploaded_by=actor.account_id, uploaded_at=clock.now(),
    )  # fmt: skip
    db.session.add(photo)
    db.session.flush()
    _renew_cover(product)
    after = {"product_id": str(product.id), "digest": photo.digest}
    audit.record("photo.added", "photo", photo.id, actor=actor, after=after)
    return photo


def remove_photo(actor: Actor, product: Product, photo: Photo) -> None:
    """Take a photo from a product; its file stays, since orders may still show it."""
    _require_open(product)
    before = {"product_id": str(product.id), "digest": photo.digest}
    db.session.delete(photo)
    db.session.flush()
    _renew_cover(product)
    audit.record("photo.removed", "photo", photo.id, actor=actor, before=before)


def choose_cover(actor: Actor, product: Product, photo: Photo) -> None:
    """Put a photo before all others of its product."""
    _require_open(product)
    photo.position = queries.list_photos(product)[0].position - 1
    db.session.flush()
    _renew_cover(product)
    after = {"product_id": str(product.id)}
    audit.record("photo.made_cover", "photo", photo.id, actor=actor, after=after)


def _require_open(product: Product) -> None:
    if product.state in (ListingState.SUBMITTED, ListingState.WITHDRAWN):
        raise ProductNotEditable


def _renew_cover(product: Product) -> None:
    photos = queries.list_photos(product)
    product.cover_digest = photos[0].digest if photos else None
    db.session.flush()
