"""The API of invoices: a request, its file, its issue, the buyer's download."""

import io

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.permissions import Role
from tests.factories import invoices as make
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Market, buy, make_market


@pytest.fixture
def market() -> Market:
    return make_market()


def test_from_request_to_download(client: FlaskClient, market: Market) -> None:
    [order] = buy(market.buyer, [(market.mutton, 2)])
    title = make.make_title(market.buyer)
    sign_in(client, market.shopper)
    state = client.get(f"/api/v1/orders/{order.id}/invoices").json
    assert (state["standing"], state["open_fen"]) == ("none", 116_00)
    body = {"order_ids": [str(order.id)], "title_id": str(title.id)}
    asked = client.post("/api/v1/invoices", json=body, headers={"Idempotency-Key": "k1"})
    assert asked.status_code == 201
    again = client.post("/api/v1/invoices", json=body, headers={"Idempotency-Key": "k1"})
    assert again.json == asked.json
    address = f"/api/v1/invoices/{asked.json['id']}"
    shown = client.get(address).json
    assert shown["title"]["tax_no"]
    assert shown["actions"] == ["cancel"]
    [line] = shown["lines"]
    assert (line["name"], line["quantity"], line["unit_price"]) == ("南江黄羊肉", 2, "58.00")

    sign_in(client, market.nanjiang.manager)
    listed = client.get("/api/v1/invoices?standing=seller").json
    assert listed["open"] == {"blue": 1, "red": 0, "overdue": 0}
    assert listed["items"][0]["actions"] == ["issue", "decline"]
    pdf = make.make_pdf()
    put = client.post(f"{address}/file", data={"file": (io.BytesIO(pdf), "a.pdf")})
    assert put.json["file_type"] == "application/pdf"
    issued = client.post(
        f"{address}/issue",
        json={
            "number": make.new_invoice_no(),
            "issued_on": clock.today().isoformat(),
            "amount_fen": 116_00,
            "taxes": [{"line_id": line["id"], "treatment": "exempt"}],
        },
    )
    assert issued.status_code == 200, issued.text
    assert issued.json["state"] == "issued"
    assert client.get(address).json["actions"] == ["reverse"]
    assert client.get(f"/api/v1/orders/{order.id}").json["invoicing"] == "issued"
    assert client.get(f"{address}/file").status_code == 404

    sign_in(client, market.shopper)
    taken = client.get(f"{address}/file")
    assert (taken.data, taken.content_type) == (pdf, "application/pdf")

    sign_in(client, make_account(role=Role.AUDITOR))
    seen = client.get(address).json
    assert seen["title"] is None
    assert seen["actions"] == []
    assert client.get(f"{address}/file").status_code == 404


def test_a_posted_price_is_refused(client: FlaskClient, market: Market) -> None:
    [order] = buy(market.buyer, [(market.mutton, 2)])
    title = make.make_title(market.buyer)
    sign_in(client, market.shopper)
    body = {"order_ids": [str(order.id)], "title_id": str(title.id), "amount_fen": 1}
    assert client.post("/api/v1/invoices", json=body).status_code == 422
