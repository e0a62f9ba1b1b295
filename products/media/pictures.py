"""Makes a picture again from an upload: what leaves here holds pixels only, in two sizes.

Nothing of the upload's bytes is kept, so metadata (where and when it was taken), trailing data and
tricks for careless viewers end here.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from products.media.errors import (
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooSmall,
    PhotoUnreadable,
)

MAX_BYTES = 8 * 1024 * 1024
# Decoding 24 million pixels takes about 100 MB for a moment. Telephones send up to 50 million in
# JPEG, which is decoded at a fraction of its size.
MAX_PIXELS = 24_000_000
MAX_JPEG_PIXELS = 64_000_000
SMALLEST_SIDE = 200
LARGE_SIDE = 1280
SMALL_SIDE = 400
QUALITY = 82

_MAGIC: dict[str, Callable[[bytes], bool]] = {
    "JPEG": lambda head: head.startswith(b"\xff\xd8\xff"),
    "PNG": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "WEBP": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made again: WebP in two sizes, named by the digest of the large one."""

    digest: str
    large: bytes
    small: bytes
    width: int
    height: int


def make_picture(upload: bytes) -> Picture:
    """Check an upload by its content and make it again; raises what is wrong with it."""
    if len(upload) > MAX_BYTES:
        raise PhotoTooLarge
    kind = next((kind for kind, fits in _MAGIC.items() if fits(upload[:12])), None)
    if kind is None:
        raise _unreadable()
    try:
        with Image.open(BytesIO(upload), formats=(kind,)) as image:
            _check_size(image, kind)
            if kind == "JPEG":
                # Decodes at the next fraction above what is wanted: less memory, less time.
                image.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
            image.load()
            plain = _upright_rgb(image)
    except (PhotoTooManyPixels, PhotoTooSmall):
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError,
            TypeError, ZeroDivisionError, OverflowError, MemoryError):  # fmt: skip
        # Pillow's decoders fail in many ways on broken files; all of them mean the same here.
        raise _unreadable() from None
    large, small = _fitted(plain, LARGE_SIDE), _fitted(plain, SMALL_SIDE)
    data = _encode(large)
    digest = hashlib.sha256(data).hexdigest()
    return Picture(digest, data, _encode(small), large.width, large.height)


def _check_size(image: Image.Image, kind: str) -> None:
    """Judge by the header, before a pixel is decoded."""
    width, height = image.size
    if width * height > (MAX_JPEG_PIXELS if kind == "JPEG" else MAX_PIXELS):
        raise _too_many_pixels()
    if min(width, height) < SMALLEST_SIDE:
        raise PhotoTooSmall(fields={"photo": PhotoTooSmall.title})


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Return the picture turned the way it was taken, on white where it was transparent."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return turned.convert("RGB")


def _fitted(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def _encode(image: Image.Image) -> bytes:
    # A new image of the bare pixels: info such as EXIF, XMP and comments cannot travel along.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    target = BytesIO()
    bare.save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()


def _unreadable() -> PhotoUnreadable:
    return PhotoUnreadable(fields={"photo": PhotoUnreadable.title})


def _too_many_pixels() -> PhotoTooManyPixels:
    return PhotoTooManyPixels(fields={"photo": PhotoTooManyPixels.title})
