"""Bank refunds in pages and over the API."""

import io

from flask.testing import FlaskClient

from marketplace.permissions import Role
from marketplace.spreadsheets import read_rows, write_csv
from orders.payouts.bank_files import AMOUNT, FAILURE, NUMBER, RESULT, SERIAL
from tests.factories.bank import announce, make_clerk, make_officers, receive
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import make_market

HOME = "/desk/bank-refunds"


class TestBankRefundPages:
    def test_lead_from_what_is_owed_to_what_the_bank_paid(self, client: FlaskClient) -> None:
        trade = announce(make_clerk().actor, [(make_market().mutton, 2)])
        receive(make_officers(), trade, 12_000)
        one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
        token = sign_in_page(client, one)
        assert "4.00" in client.get(HOME).text
        path = client.post(HOME, data={"csrf_token": token}).headers["Location"]
        assert "您是制单人" in client.get(path).text
        client.get(f"{path}/file.xlsx")
        assert "须由另一位财务放行后才能下载" in client.get(path).text
        token = sign_in_page(client, two)
        client.post(f"{path}/release", data={"csrf_token": token})
        head, row = read_rows(client.get(f"{path}/file.xlsx").data)
        assert row[head.index("收款账号")] == "3300001234567890"
        assert "退款单号" in head
        page = client.get(path).text
        assert "**** 7890" in page
        assert "3300001234567890" not in page
        answer = [row[head.index(NUMBER)], row[head.index(AMOUNT)], "成功", "B1", ""]
        table = [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], answer]
        form = {"csrf_token": token, "file": (io.BytesIO(write_csv(table)), "回盘.csv")}
        client.post(f"{path}/results", data=form, content_type="multipart/form-data")
        assert "成功 1 笔" in client.get(path).text

    def test_have_their_api(self, client: FlaskClient) -> None:
        trade = announce(make_clerk().actor, [(make_market().mutton, 2)])
        receive(make_officers(), trade, 12_000)
        api = "/api/v1/bank/refund-lists"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        made = client.post(api).json
        assert (made["state"], made["total_fen"]) == ("made", 400)
        path = f"{api}/{made['id']}"
        assert client.post(f"{path}/release").json["code"] == "released_by_same_officer"
        assert client.get(f"{path}/file.csv").json["code"] == "list_not_released"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER), stepped_up=False)
        assert client.post(f"{path}/release").json["code"] == "step_up_required"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        assert client.post(f"{path}/release").json["state"] == "released"
        assert "3300001234567890" in client.get(f"{path}/file.csv").text
        [payment] = client.get(path).json["payments"]
        assert payment["payee_account_masked"] == "**** 7890"
        assert len(client.get(api).json["items"]) == 1
