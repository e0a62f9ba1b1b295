"""Where a photo is found: its digest is its name, so what an address shows never changes."""

from typing import Literal

Size = Literal["large", "small"]


def photo_url(digest: str, size: Size = "small") -> str:
    """Return the address of a photo in one of its two sizes."""
    return f"/media/photos/{digest}/{size}.webp"


def storage_key(digest: str, size: Size) -> str:
    """Return the key under which a photo's bytes are stored."""
    return f"photos/{digest[:2]}/{digest}-{size}.webp"
