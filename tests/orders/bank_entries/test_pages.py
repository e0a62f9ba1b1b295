"""A transfer in pages: announced, shown what is missing, brought in, agreed by two, paid."""

import io
import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.audit_trail.showing import show_entries
from marketplace.database import db
from marketplace.permissions import Role
from marketplace.spreadsheets import write_csv
from orders.bank_entries.statement_files import HEAD
from orders.payments.bank_transfer.errors import ProofTooLarge
from orders.payments.bank_transfer.proofs import read_paper
from orders.payments.bank_transfer.references import spell
from orders.payments.bank_transfer.service import start_transfer
from products.media.pictures import MAX_BYTES
from tests.factories.bank import Clerk, bank_entries, code_of, make_clerk, matches, receipt
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import make_market, place, trade_of
from tests.factories.pictures import picture

HOME = "/desk/bank-entries"


@pytest.fixture
def clerk() -> Clerk:
    return make_clerk()


@pytest.fixture
def trade_id(clerk: Clerk) -> uuid.UUID:
    return place(clerk.actor, [(make_market().mutton, 2)]).trade.id


def bring(client: FlaskClient, token: str, *rows: list[str]) -> str:
    """Import a file, and return the page that follows."""
    file = (io.BytesIO(write_csv([HEAD, *rows])), "流水.csv")
    form = {"csrf_token": token, "file": file}
    client.post(f"{HOME}/import", data=form, content_type="multipart/form-data")
    return client.get(HOME).text


def drawers() -> set[tuple[str, str]]:
    """What the system drew from a payment, with who is said to have done it."""
    drawn = AuditEntry.action.in_(["payment.succeeded", "trade.paid", "order.paid"])
    rows = db.session.scalars(select(AuditEntry).where(drawn)).all()
    return {(shown.entry.action, shown.who) for shown in show_entries(rows)}


class TestATransferInPages:
    def test_goes_from_the_pay_page_to_paid(
        self, client: FlaskClient, clerk: Clerk, trade_id: uuid.UUID
    ) -> None:
        pay = f"/trades/{trade_id}/pay"
        token = sign_in_page(client, clerk.account)
        assert "对公转账" in client.get(pay).text
        client.post(pay, data={"csrf_token": token, "provider": "bank_transfer"})
        page = client.get(pay).text
        code = code_of(trade_of(trade_id))
        for said in ("等待转账到账", spell(code), "0000000000000000", "116.00", "换一种付款方式"):
            assert said in page
        assert "every 2s" not in page

        form = {"csrf_token": token, "proof": (io.BytesIO(picture()), "回单.png")}
        client.post(f"{pay}/proofs", data=form, content_type="multipart/form-data")
        page = client.get(pay).text
        assert "已上传凭证" in page
        own = f"{pay}/proofs/{page.split(f'{pay}/proofs/')[1].split(chr(34))[0]}"
        assert client.get(own).headers["Content-Disposition"].startswith("attachment")
        sign_in_page(client, make_clerk("别的单位").account)
        assert client.get(own).status_code == 404
        token = sign_in_page(client, clerk.account)

        one, two = (
            make_account(role=Role.FINANCE_OFFICER, login_name=name)
            for name in ("finance-1", "finance-2")
        )
        desk = client.application.test_client()
        token = sign_in_page(desk, one)
        page = bring(desk, token, receipt(5_000, code), receipt(88, name="陌生人"))
        assert "新增 2 笔（自动找到交易 1 笔）" in page
        [match] = matches()
        desk.post(f"/desk/bank-matches/{match.id}/confirm", data={"csrf_token": token})
        assert "您是提出人" in desk.get(f"{HOME}/{match.bank_entry_id}").text

        token = sign_in_page(desk, two)
        confirm = {"csrf_token": token, "back": "list"}
        desk.post(f"/desk/bank-matches/{match.id}/confirm", data=confirm)
        trail = desk.get(f"{HOME}/{match.bank_entry_id}").text.partition('id="deeds"')[2]
        who = "提出认领</strong> finance-1" in trail, "复核认领</strong> finance-2" in trail
        assert who == (True, True)
        page = client.get(pay).text
        assert "已收到部分转账，请补足余款" in page
        assert page.split('class="price"')[1].split("</div>")[0].count("66.00") == 1
        assert "换一种付款方式" not in page

        token = sign_in_page(desk, one)
        bring(desk, token, receipt(7_000, code))
        proof_page = desk.get(f"{HOME}/{bank_entries()[-1].id}").text
        for page in (proof_page, desk.get(f"{HOME}?state=proposed").text):
            assert "其中 4.00 元会退回付款方" in page
            assert "超出应付的部分" in page
        assert "下载买家上传的转账凭证" in proof_page
        link = proof_page.split('href="/desk/transfer-proofs/')[1].split('"')[0]
        taken = desk.get(f"/desk/transfer-proofs/{link}")
        assert taken.headers["Content-Disposition"].startswith("attachment")
        token = sign_in_page(desk, two)
        desk.post(f"/desk/bank-matches/{matches()[0].id}/confirm", data={"csrf_token": token})
        assert "付款成功" in client.get(pay).text
        assert drawers() == {
            (action, "系统（因 finance-2 的操作）")
            for action in ("payment.succeeded", "trade.paid", "order.paid")
        }

    def test_proposes_by_hand_and_says_what_is_wrong(
        self, client: FlaskClient, clerk: Clerk, trade_id: uuid.UUID
    ) -> None:
        start_transfer(clerk.actor, trade_id)
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        wrong = receipt(5)
        wrong[0] = ""
        assert "第 2 行：银行流水号应为" in bring(client, token, wrong)
        bring(client, token, receipt(11_600, name="别处"))
        path = f"{HOME}/{bank_entries()[0].id}"
        form = {"csrf_token": token, "kind": "trade", "target": "JY1", "reason": "电话确认"}
        refused = client.post(f"{path}/matches", data=form)
        assert refused.status_code == 422
        assert "没有这个交易号或附言编号" in refused.text
        assert "等待转账的交易" in refused.text
        form |= {"target": trade_of(trade_id).trade_no, "amount": "116.01"}
        assert "还没有认领的只有 116.00 元" in client.post(f"{path}/matches", data=form).text
        form["amount"] = "100"
        client.post(f"{path}/matches", data=form)
        page = client.get(path).text
        assert "待另一位财务复核" in page
        assert "余下的全部 16.00 元" in page
        client.post(f"/desk/bank-matches/{matches()[0].id}/reject", data={"csrf_token": token})
        assert "流水回到待查" in client.get(path).text


class TestProofs:
    @pytest.mark.parametrize(
        ("upload", "status"),
        [
            (b"%PDF-1.7\n%%EOF", 201),
            (b"%PDF-1.7 cut off", 422),
            (b"<svg onload=alert(1)>", 422),
        ],
    )
    def test_are_judged_by_their_content(
        self, client: FlaskClient, clerk: Clerk, trade_id: uuid.UUID, upload: bytes, status: int
    ) -> None:
        sign_in(client, clerk.account)
        path = f"/api/v1/trades/{trade_id}"
        assert client.get(f"{path}/transfer").json["code"] == "transfer_not_chosen"
        start = client.post(f"{path}/payments", json={"provider": "bank_transfer"})
        assert start.json["state"] == "pending"
        data = {"proof": (io.BytesIO(upload), "回单.pdf")}
        sent = client.post(f"{path}/transfer/proofs", data=data, content_type="multipart/form-data")
        assert sent.status_code == status
        told = client.get(f"{path}/transfer").json
        assert (told["missing_fen"], len(told["proofs"])) == (11_600, int(status == 201))
        assert client.post(f"{path}/payments/close").status_code == 204

    def test_have_a_size(self) -> None:
        with pytest.raises(ProofTooLarge):
            read_paper(b"%PDF-" + b"0" * MAX_BYTES)


class TestTheApi:
    def test_imports_identifies_and_confirms(
        self, client: FlaskClient, trade_id: uuid.UUID
    ) -> None:
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        file = (io.BytesIO(write_csv([HEAD, receipt(11_600, name="别处")])), "流水.csv")
        done = client.post(
            "/api/v1/bank/statements", data={"file": file}, content_type="multipart/form-data"
        )
        assert done.json == {"fresh": 1, "matched": 0, "repeated": 0}
        [entry] = client.get("/api/v1/bank/entries?state=unidentified").json["items"]
        assert entry["payer"]["account_masked"] == "**** 7890"
        command = {"target": trade_of(trade_id).trade_no, "reason": "电话确认"}
        path = f"/api/v1/bank/entries/{entry['id']}"
        match = client.post(f"{path}/matches", json=command).json
        confirm = f"/api/v1/bank/matches/{match['id']}/confirm"
        assert client.post(confirm).json["code"] == "confirmed_by_same_officer"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER), stepped_up=False)
        assert client.post(confirm).json["code"] == "step_up_required"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        assert client.post(confirm).json["state"] == "confirmed"
        assert client.get(path).json["entry"]["state"] == "identified"


class TestTheList:
    def test_has_the_latest_first_whenever_it_was_imported(self, client: FlaskClient) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        bring(client, token, receipt(100, serial="LATE0001"))
        with clock.travel(clock.now() - timedelta(days=1)):
            early = receipt(100, serial="EARLY001")
        page = bring(client, token, early)
        assert 0 < page.index("LATE0001") < page.index("EARLY001")
        assert "“余额”一列（选填）" in page
