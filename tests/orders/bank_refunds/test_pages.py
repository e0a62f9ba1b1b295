"""Bank refunds in pages and over the API."""

import io

from flask.testing import FlaskClient

from marketplace.permissions import Role
from marketplace.spreadsheets import read_rows, write_csv
from orders.bank_refunds import queries, service
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
        assert client.post(f"{path}/release").json["code"] == "list_released_by_its_maker"
        assert client.get(f"{path}/file.csv").json["code"] == "list_not_released"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER), stepped_up=False)
        assert client.post(f"{path}/release").json["code"] == "step_up_required"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        assert client.post(f"{path}/release").json["state"] == "released"
        assert "3300001234567890" in client.get(f"{path}/file.csv").text
        [payment] = client.get(path).json["payments"]
        assert payment["payee_account_masked"] == "**** 7890"
        assert len(client.get(api).json["items"]) == 1

    def test_give_another_account_where_the_bank_could_not_pay(self, client: FlaskClient) -> None:
        trade = announce(make_clerk().actor, [(make_market().mutton, 2)])
        officers = make_officers()
        receive(officers, trade, 12_000)
        found = service.release_list(officers[1], service.make_list(officers[0]).id)
        [payment] = queries.list_payments(found)
        refused = [payment.payment_no, "4.00", "失败", "", "账户已销户"]
        service.read_results(
            officers[0], found.id, [[NUMBER, AMOUNT, RESULT, SERIAL, FAILURE], refused]
        )
        corrector = make_account(role=Role.FINANCE_OFFICER, login_name="finance-1")
        token = sign_in_page(client, corrector)
        assert "更正收款账户" in client.get(f"{HOME}/{found.id}").text
        path = f"{HOME}/payees/{payment.bank_entry_id}"
        form = {"csrf_token": token, "name": "示例小学 · 缙云", "bank_name": "示例银行"}
        client.post(path, data=form | {"account_no": "12", "reason": "销户"})
        assert "8 至 32 位账号" in client.get(HOME).text
        client.post(path, data=form | {"account_no": "6222 0202 0099 9999", "reason": "销户"})
        assert "请重新生成清单" in client.get(HOME).text
        made = client.post(HOME, data={"csrf_token": token}).headers["Location"]
        page = client.get(made).text
        assert "账户已更正" in page
        assert "您是制单人" in page
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        assert ">放行</button>" in client.get(made).text
        client.post(f"{made}/reject", data={"csrf_token": token})
        made = client.post(HOME, data={"csrf_token": token}).headers["Location"]
        assert f"{corrector.login_name} 更正过清单里的收款账户" in client.get(made).text
        sign_in_page(client, corrector)
        shown = client.get(made).text
        assert "没有第三位财务时，请作废后由您重新生成清单" in shown
        assert ">放行</button>" not in shown
        assert "**** 9999" in page
