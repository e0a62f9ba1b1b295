"""What the API takes in and shows of photos."""

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.http import Schema
from products.media.addresses import Size, photo_url


class AddPhotoSchema(Schema):
    """A photo as a multipart upload: JPEG, PNG or WebP, up to 8 MB."""

    # Looked for after the product: a stranger hears that it is not there, whatever is sent.
    photo = Upload()


def _address(size: Size) -> fields.Function:
    def address(photo: Any) -> str:
        return photo_url(photo.digest, size)

    return fields.Function(address, metadata={"type": "string"})


class PhotoSchema(Schema):
    """A photo of a product, the cover first."""

    id = fields.UUID()
    position = fields.Integer()
    large_url = _address("large")
    small_url = _address("small")
    width = fields.Integer()
    height = fields.Integer()
