"""Uploads: only pixels get through."""

from io import BytesIO

import pytest
from PIL import Image

from marketplace.errors import Problem
from products.media import pictures
from products.media.errors import (
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooSmall,
    PhotoUnreadable,
)
from products.media.pictures import make_picture
from tests.factories.pictures import located_exif, picture, png_bomb


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


class TestMakePicture:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_makes_two_sizes_of_what_is_allowed(self, kind: str) -> None:
        made = make_picture(picture(kind, (3000, 1500)))
        assert (made.width, made.height) == (1280, 640)
        assert opened(made.large).size == (1280, 640)
        assert opened(made.small).size == (400, 200)
        assert {opened(made.large).format, opened(made.small).format} == {"WEBP"}

    def test_leaves_small_pictures_at_their_size(self) -> None:
        assert make_picture(picture(size=(300, 240))).width == 300

    def test_names_equal_pictures_equally(self) -> None:
        assert make_picture(picture()).digest == make_picture(picture()).digest
        assert make_picture(picture()).digest != make_picture(picture(colour="red")).digest

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_keeps_no_metadata_and_turns_the_picture_upright(self, kind: str) -> None:
        upload = picture(kind, (640, 480), exif=located_exif(orientation=6))
        assert 0x8825 in opened(upload).getexif()
        made = make_picture(upload)
        assert (made.width, made.height) == (480, 640)
        for data in (made.large, made.small):
            assert dict(opened(data).getexif()) == {}
            assert not {"exif", "xmp", "icc_profile", "comment"} & opened(data).info.keys()
            assert "示例手机".encode() not in data

    def test_lays_transparent_pictures_on_white(self) -> None:
        made = make_picture(picture("PNG", mode="RGBA", colour="#00000000"))
        pixel = opened(made.small).convert("RGB").getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert min(pixel) > 250

    @pytest.mark.parametrize("mode", ["L", "CMYK", "P", "1"])
    def test_reads_other_colour_models(self, mode: str) -> None:
        kind = "JPEG" if mode in ("L", "CMYK") else "PNG"
        image = Image.new("RGB", (300, 300), "red").convert(mode)
        target = BytesIO()
        image.save(target, kind)
        assert opened(make_picture(target.getvalue()).small).mode == "RGB"

    @pytest.mark.parametrize(
        "upload",
        [
            b"",
            b"GIF89a" + bytes(100),
            picture("GIF"),
            picture("TIFF"),
            picture("BMP"),
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<?xml version='1.0'?><svg/>",
            b"<html><script>alert(1)</script>",
            b"\xff\xd8\xff" + b"not a jpeg at all" * 20,
            b"\x89PNG\r\n\x1a\n" + bytes(50),
            b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(20),
            picture("JPEG")[:400],
            picture("PNG")[:60],
            picture("WEBP")[:40],
            b"%PDF-1.7" + bytes(100),
            b"PK\x03\x04" + bytes(100),
        ],
        ids=range(16),
    )
    def test_refuses_what_is_no_whole_picture(self, upload: bytes) -> None:
        with pytest.raises(PhotoUnreadable) as caught:
            make_picture(upload)
        assert caught.value.fields.keys() == {"photo"}

    def test_refuses_by_the_header_before_decoding(self) -> None:
        with pytest.raises(PhotoTooManyPixels):
            make_picture(png_bomb())
        with pytest.raises(PhotoTooManyPixels):
            make_picture(png_bomb(10_000, 5_000))

    def test_refuses_a_flood_of_pixels_that_compresses_well(self) -> None:
        with pytest.raises(PhotoTooManyPixels):
            make_picture(picture("PNG", (6000, 5000), mode="1", colour="white"))

    def test_reads_a_large_telephone_photo(self) -> None:
        assert make_picture(picture("JPEG", (8000, 6000), mode="L", colour="grey")).width == 1280

    def test_refuses_too_many_bytes(self) -> None:
        with pytest.raises(PhotoTooLarge):
            make_picture(picture() + bytes(pictures.MAX_BYTES))

    def test_refuses_pictures_of_a_few_pixels(self) -> None:
        with pytest.raises(PhotoTooSmall):
            make_picture(picture(size=(1, 1)))

    def test_drops_what_hides_behind_a_picture(self) -> None:
        made = make_picture(picture() + b"<script>alert(1)</script>" * 10)
        assert b"<script>" not in made.large + made.small

    @pytest.mark.parametrize("cut", range(0, 2000, 97))
    def test_answers_every_broken_file_with_a_problem(self, cut: int) -> None:
        whole = bytearray(picture("PNG", (256, 256)) + picture("JPEG", (256, 256)))
        whole[cut % len(whole)] ^= 0xFF
        for upload in (bytes(whole), bytes(whole[cut:])):
            try:
                make_picture(upload)
            except Problem as problem:
                assert problem.status == 422  # noqa: PT017 - it may as well be readable
