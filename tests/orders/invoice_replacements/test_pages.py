"""A wish for a new invoice through the pages of both sides, and over the API."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.identity.models import Account
from marketplace.ids import new_id
from marketplace.pages import CSRF_FIELD
from orders.invoices.queries import list_reds
from orders.invoices.reversing import reverse_invoice
from tests.factories import invoices as make
from tests.factories.identity import sign_in, sign_in_page
from tests.factories.orders import buy, make_market


def test_is_asked_answered_and_followed_on_pages(client: FlaskClient) -> None:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
    title = make.make_title(market.buyer, name="示例中学附属小学")
    token = sign_in_page(client, market.shopper)
    here = f"/invoices/{blue.id}"
    assert f"{here}/replace" in client.get(here).text
    form = client.get(f"{here}/replace").text
    assert str(blue.number) in form
    wish = {CSRF_FIELD: token, "title_id": str(title.id), "reason": "单位名称写错"}
    refused = client.post(f"{here}/replace", data=wish | {"reason": ""})
    assert refused.status_code == 422
    assert client.post(f"{here}/replace", data=wish).status_code == 303
    again = client.post(f"{here}/replace", data=wish)
    assert "已申请换开，请等合作社答复" in again.text
    page = client.get(here).text
    assert "待合作社答复" in page
    assert "撤回换开申请" in page
    assert f'{here}/replace"' not in page

    token = sign_in_page(client, market.nanjiang.manager)
    desk = f"/desk/invoices/{blue.id}"
    assert desk in client.get("/desk/invoices?tab=anew").text
    page = client.get(desk).text
    assert "示例中学附属小学" in page
    client.post(f"{desk}/replace/decline", data={CSRF_FIELD: token, "reason": ""})
    assert "请写明原因" in client.get(desk).text
    client.post(f"{desk}/replace/agree", data={CSRF_FIELD: token})
    assert "已同意，待红冲" in client.get(desk).text
    assert desk not in client.get("/desk/invoices?tab=anew").text
    [red] = list_reds(blue)
    make.issue(market.nanjiang.actor, red)
    assert "示例中学附属小学" in client.get(desk).text
    assert "已重新申请" in client.get(desk).text

    sign_in_page(client, market.shopper)
    page = client.get(here).text
    assert "查看新的发票" in page
    # Accounts keep the old file beside the red one: it stays, named for what it is.
    assert "这张发票已换开" in page
    assert "下载原发票" in page
    assert client.get(f"{here}/file").status_code == 200
    assert "已换开" in client.get("/invoices").text
    assert "已换开" in client.get(f"/orders/{order.id}").text


def test_speaks_over_the_api(client: FlaskClient) -> None:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
    title = make.make_title(market.buyer, name="示例中学附属小学")
    buyer, seller = market.shopper, market.nanjiang.manager
    here = f"/api/v1/invoices/{blue.id}/replacements"
    wish = {"title_id": str(title.id), "reason": "单位名称写错"}

    def call(account: Account, path: str, body: dict[str, str] | None = None) -> TestResponse:
        sign_in(client, account)
        key = {"Idempotency-Key": new_id().hex}
        return client.post(here + path, json=body, headers=key)

    asked = call(buyer, "", wish)
    assert (asked.status_code, asked.json["state"]) == (201, "asked")
    assert call(seller, "/decline", {"reason": "原发票已抵扣"}).json["answer"] == "原发票已抵扣"
    call(buyer, "", wish)
    assert call(buyer, "/withdraw").json["state"] == "withdrawn"
    call(buyer, "", wish)
    red = call(seller, "/agree")
    assert (red.status_code, red.json["kind"]) == (201, "red")
    assert call(seller, "/agree").status_code == 409
    listed = client.get(here).json["items"]
    assert [one["state"] for one in listed] == ["agreed", "withdrawn", "declined"]


def test_is_not_offered_of_what_was_taken_back(client: FlaskClient) -> None:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
    reverse_invoice(market.nanjiang.actor, blue.id, reason="税率有误")
    sign_in_page(client, market.shopper)
    assert f"/invoices/{blue.id}/replace" not in client.get(f"/invoices/{blue.id}").text
