"""Photos over HTTP: what gets in, what comes out, and under which headers."""

import uuid
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from marketplace.database import db
from marketplace.permissions import Role
from products.catalogue.models import ListingState, Product
from products.listings import queries as listings
from products.media.models import Photo
from products.media.pictures import MAX_BYTES
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_cooperative
from tests.factories.pictures import located_exif, picture, png_bomb
from tests.factories.products import MadeProduct, make_product

API = "/api/v1"


@pytest.fixture
def made() -> MadeProduct:
    return make_product(make_cooperative().id)


@pytest.fixture
def staff(app: Flask, made: MadeProduct) -> FlaskClient:
    client = app.test_client()
    scope = made.product.cooperative_id
    sign_in(client, make_account(role=Role.COOPERATIVE_STAFF, scope=scope))
    return client


def multipart(**files: tuple[str, bytes]) -> dict[str, Any]:
    """Return a body as browsers send it (the client's own encoder leaves large files open)."""
    body = b""
    for field, (name, data) in files.items():
        head = f'--frame\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"'
        body += head.encode() + b"\r\n\r\n" + data + b"\r\n"
    return {
        "data": body + b"--frame--\r\n",
        "content_type": "multipart/form-data; boundary=frame",
    }


def upload(client: FlaskClient, product_id: uuid.UUID, data: bytes, name: str = "a.jpg") -> Any:
    return client.post(f"{API}/products/{product_id}/photos", **multipart(photo=(name, data)))


def count_photos() -> int:
    return db.session.scalar(select(func.count()).select_from(Photo)) or 0


class TestAddPhoto:
    def test_shows_it_on_the_product_for_ever(
        self, client: FlaskClient, staff: FlaskClient, made: MadeProduct
    ) -> None:
        answer = upload(staff, made.id, picture(size=(1600, 1200), exif=located_exif(1)))
        assert answer.status_code == 201
        assert (answer.json["width"], answer.json["height"]) == (1280, 960)
        assert listings.list_page().items[0].photo_url == answer.json["small_url"]
        assert listings.get_detail(made.id).photos[0].large_url == answer.json["large_url"]

        file = client.get(answer.json["large_url"])
        assert file.status_code == 200
        image = Image.open(BytesIO(file.data))
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (1280, 960), {})
        assert file.headers["Content-Type"] == "image/webp"
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        (policy,) = file.headers.getlist("Content-Security-Policy")
        assert "sandbox" in policy
        again = client.get(
            answer.json["large_url"], headers={"If-None-Match": file.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo_unreadable"),
            (b"MZ" + bytes(500), "photo_unreadable"),
            (b"", "photo_unreadable"),
            (png_bomb(), "photo_too_many_pixels"),
            (picture(size=(10, 10)), "photo_too_small"),
        ],
        ids=["svg", "program", "empty", "bomb", "tiny"],
    )
    def test_names_the_field_at_fault_and_writes_nothing(
        self, staff: FlaskClient, made: MadeProduct, data: bytes, code: str
    ) -> None:
        answer = upload(staff, made.id, data, "photo.jpg")
        assert (answer.status_code, answer.json["code"]) == (422, code)
        assert answer.json["fields"].keys() == {"photo"}
        assert count_photos() == 0

    def test_judges_by_content_whatever_the_name_says(
        self, staff: FlaskClient, made: MadeProduct
    ) -> None:
        assert upload(staff, made.id, picture("PNG"), "../../etc/passwd\x00.svg").status_code == 201
        assert count_photos() == 1

    def test_refuses_files_that_are_too_large(self, staff: FlaskClient, made: MadeProduct) -> None:
        assert upload(staff, made.id, picture() + bytes(MAX_BYTES)).status_code == 413
        assert upload(staff, made.id, bytes(13 * 1024 * 1024)).status_code == 413
        assert count_photos() == 0

    def test_refuses_what_is_no_upload(self, staff: FlaskClient, made: MadeProduct) -> None:
        address = f"{API}/products/{made.id}/photos"
        assert staff.post(address, data={"photo": "text"}).status_code == 422
        assert staff.post(address, json={"photo": "x"}).status_code in (415, 422)
        both = multipart(photo=("a.jpg", picture()), other=("b.jpg", b"x"))
        answer = staff.post(address, **both)
        assert (answer.status_code, set(answer.json["fields"])) == (422, {"other"})
        assert count_photos() == 0

    def test_refuses_the_same_picture_twice_and_a_tenth(
        self, staff: FlaskClient, made: MadeProduct
    ) -> None:
        for shade in range(9):
            answer = upload(staff, made.id, picture(colour=f"#{shade}0{shade}0{shade}0"))
            assert answer.status_code == 201
        assert upload(staff, made.id, picture(colour="#000000")).status_code == 409
        answer = upload(staff, made.id, picture(colour="blue"))
        assert answer.json["code"] == "too_many_photos"
        assert count_photos() == 9

    def test_refuses_products_of_others(self, staff: FlaskClient) -> None:
        theirs = make_product(make_cooperative().id)
        assert upload(staff, theirs.id, picture()).status_code == 404

    @pytest.mark.parametrize("state", [ListingState.SUBMITTED, ListingState.WITHDRAWN])
    def test_leaves_products_under_review(
        self, staff: FlaskClient, made: MadeProduct, state: ListingState
    ) -> None:
        db.session.get_one(Product, made.id).state = state
        answer = upload(staff, made.id, picture())
        assert (answer.status_code, answer.json["code"]) == (409, "product_not_editable")

    def test_is_added_once_per_idempotency_key(self, staff: FlaskClient, made: MadeProduct) -> None:
        answers = [
            staff.post(
                f"{API}/products/{made.id}/photos",
                **multipart(photo=("a.jpg", picture())),
                headers={"Idempotency-Key": "photo-1"},
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json == answers[1].json
        assert count_photos() == 1


class TestOrder:
    def test_follows_the_choice_of_cover_and_removal(
        self, staff: FlaskClient, made: MadeProduct
    ) -> None:
        photos = [upload(staff, made.id, picture(colour=c)).json for c in ("red", "blue")]
        address = f"{API}/products/{made.id}/photos"
        staff.post(f"{address}/{photos[1]['id']}/cover")
        assert listings.list_page().items[0].photo_url == photos[1]["small_url"]
        assert staff.delete(f"{address}/{photos[1]['id']}").status_code == 204
        assert listings.list_page().items[0].photo_url == photos[0]["small_url"]
        staff.delete(f"{address}/{photos[0]['id']}")
        assert listings.list_page().items[0].photo_url is None
        assert staff.delete(f"{address}/{photos[0]['id']}").status_code == 404


class TestGetPhotoFile:
    @pytest.mark.parametrize(
        "path",
        [
            "a" * 64 + "/large.webp",
            "a" * 64 + "/huge.webp",
            "A" * 64 + "/large.webp",
            "..%2f..%2fetc/large.webp",
            "a" * 63 + "/large.webp",
        ],
    )
    def test_finds_only_what_was_stored(self, client: FlaskClient, path: str) -> None:
        assert client.get(f"/media/photos/{path}").status_code == 404
