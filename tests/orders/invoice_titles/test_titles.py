"""Invoice titles: a checked number, a whole or an empty special part, shared by a unit's clerks."""

import pytest
from flask.testing import FlaskClient
from marshmallow import ValidationError
from sqlalchemy import text

from marketplace.database import db
from marketplace.pages import CSRF_FIELD
from orders.invoice_titles import service
from orders.invoice_titles.errors import InvoiceTitleNotFound
from orders.invoice_titles.queries import get_title, list_titles
from orders.invoice_titles.schemas import TitleDetailsSchema
from tests.factories.identity import actor_of, make_account, make_actor, sign_in, sign_in_page
from tests.factories.invoices import make_title
from tests.factories.partners import new_credit_code
from tests.factories.units import make_unit
from tests.orders.invariants import broken

WHOLE = {
    "address": "东阳市示例路 1 号",
    "phone": "0579-86000000",
    "bank_name": "示例银行",
    "account_no": "6222 0202 0011 2233",
}


class TestTitleDetailsSchema:
    def test_takes_a_person_a_body_and_a_whole_one(self) -> None:
        schema = TitleDetailsSchema()
        assert schema.load({"kind": "personal", "name": "个人"})["tax_no"] == ""
        code = new_credit_code()
        body = {"kind": "company", "name": "示例中学", "tax_no": code.lower()}
        assert schema.load(body)["tax_no"] == code
        assert schema.load(body | WHOLE)["account_no"] == "6222020200112233"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"kind": "company", "name": "示例中学"}, "tax_no"),
            ({"kind": "company", "name": "示例中学", "tax_no": "93511922MA00000011"}, "tax_no"),
            ({"kind": "personal", "name": "个人", "bank_name": "示例银行"}, "bank_name"),
            (
                {"kind": "company", "name": "示例", "tax_no": new_credit_code()}
                | {**WHOLE, "phone": ""},
                "phone",
            ),
            ({"kind": "company", "name": "", "tax_no": new_credit_code()}, "name"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, body: dict[str, str], field: str) -> None:
        with pytest.raises(ValidationError) as refused:
            TitleDetailsSchema().load(body)
        assert field in refused.value.normalized_messages()


class TestBooks:
    def test_a_units_is_shared_by_its_clerks_and_nobody_else(self) -> None:
        unit = make_unit()
        title = make_title(unit.actor, unit_id=unit.unit.id)
        own = make_title(unit.actor)
        assert {one.id for one in list_titles(unit.actor)} == {title.id, own.id}
        assert get_title(unit.actor, title.id).is_default
        for stranger in (make_actor(), make_unit().actor):
            with pytest.raises(InvoiceTitleNotFound):
                get_title(stranger, title.id)

    def test_keep_one_default(self) -> None:
        actor = make_actor()
        first, second = make_title(actor), make_title(actor)
        service.make_default(actor, second.id)
        assert (first.is_default, second.is_default) == (False, True)
        service.remove_title(actor, second.id)
        assert get_title(actor, first.id).is_default
        assert broken() == []

    def test_nothing_in_them_is_readable_at_rest(self) -> None:
        make_title(make_actor(), name="示例甲")
        row = db.session.execute(text("select * from invoice_titles")).one()
        assert "示例甲".encode() not in b"".join(v for v in row if isinstance(v, bytes))


class TestPages:
    def test_add_change_and_come_back(self, client: FlaskClient) -> None:
        account = make_account()
        token = sign_in_page(client, account)
        body = {CSRF_FIELD: token, "kind": "company", "name": "示例公司", "next": "/orders"}
        refused = client.post("/invoice-titles/new", data=body)
        assert refused.status_code == 422
        assert "统一社会信用代码" in refused.text
        body["tax_no"] = new_credit_code()
        assert client.post("/invoice-titles/new", data=body).headers["Location"] == "/orders"
        assert "示例公司" in client.get("/invoice-titles").text
        [title] = list_titles(actor_of(account))
        address = f"/invoice-titles/{title.id}"
        assert 'name="version" value="1"' in client.get(address).text
        changed = client.post(address, data=body | {"name": "示例新公司", "version": "1"})
        assert changed.status_code == 303
        stale = client.post(address, data=body | {"version": "1"})
        assert stale.status_code == 412

    def test_a_units_form_knows_the_unit(self, client: FlaskClient) -> None:
        unit = make_unit()
        sign_in_page(client, unit.clerk)
        page = client.get(f"/invoice-titles/new?unit={unit.unit.id}").text
        assert unit.unit.credit_code in page


def test_api_changes_on_the_version_that_was_read(client: FlaskClient) -> None:
    sign_in(client, make_account())
    body = {"kind": "personal", "name": "个人"}
    made = client.post("/api/v1/invoice-titles", json=body)
    assert made.status_code == 201
    address = f"/api/v1/invoice-titles/{made.json['id']}"
    etag = client.get(address).headers["ETag"]
    other = body | {"name": "某人"}
    assert client.put(address, json=other, headers={"If-Match": etag}).status_code == 200
    assert client.put(address, json=body, headers={"If-Match": etag}).status_code == 412
    assert client.delete(address).status_code == 204
    assert client.get("/api/v1/invoice-titles").json["items"] == []
