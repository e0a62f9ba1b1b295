"""Pictures as telephones and ill-wishers send them."""

import struct
import zlib
from io import BytesIO

from PIL import Image

GPS = {1: "N", 2: (32.0, 20.0, 6.0), 3: "E", 4: (106.0, 50.0, 24.0)}


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (640, 480),
    *,
    mode: str = "RGB",
    colour: str = "green",
    exif: Image.Exif | None = None,
    **options: object,
) -> bytes:
    """Return an encoded picture of one colour."""
    target = BytesIO()
    image = Image.new(mode, size, colour)
    if exif is not None:
        options["exif"] = exif
    image.save(target, kind, **options)
    return target.getvalue()


def located_exif(orientation: int = 6) -> Image.Exif:
    """Return what a telephone writes: where the picture was taken, and which side is up."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "示例手机"
    exif[0x8825] = GPS
    return exif


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a small PNG that says it has 3.6 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
