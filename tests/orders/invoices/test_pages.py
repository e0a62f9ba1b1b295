"""Invoices in pages: asked for on the order, issued at the desk, taken by the buyer alone."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.pages import CSRF_FIELD
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.invoices.models import Invoice
from orders.invoices.reversing import reverse_invoice
from orders.invoices.states import InvoiceState, InvoiceType
from orders.trades.models import Order
from tests.factories import invoices as make
from tests.factories.identity import sign_in_page
from tests.factories.orders import Market, buy, make_market
from tests.factories.units import make_unit
from tests.orders.invoices.refunding import refund


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])[0]


class TestTheBuyersPages:
    def test_ask_on_the_order(self, client: FlaskClient, market: Market, order: Order) -> None:
        title = make.make_title(market.buyer)
        token = sign_in_page(client, market.shopper)
        assert "申请发票 ¥149.33" in client.get(f"/orders/{order.id}").text
        form = client.get(f"/orders/{order.id}/invoice").text
        assert "示例中学 · 东阳" in form
        asked = client.post(
            f"/orders/{order.id}/invoice", data={CSRF_FIELD: token, "title_id": str(title.id)}
        )
        assert asked.status_code == 303
        page = client.get(f"/orders/{order.id}").text
        assert "已申请" in page
        assert "申请发票 ¥" not in page
        assert "149.33" in client.get("/invoices").text

    def test_say_what_is_missing(self, client: FlaskClient, market: Market, order: Order) -> None:
        token = sign_in_page(client, market.shopper)
        assert "/invoice-titles/new?" in client.get(f"/orders/{order.id}/invoice").text
        refused = client.post(f"/orders/{order.id}/invoice", data={CSRF_FIELD: token})
        assert refused.status_code == 422
        title = make.make_title(market.buyer, account_no="")
        refused = client.post(
            f"/orders/{order.id}/invoice",
            data={
                CSRF_FIELD: token,
                "title_id": str(title.id),
                "invoice_type": "special",
            },
        )
        assert "开具专用发票，抬头须有纳税人识别号" in refused.text

    def test_take_a_request_back(self, client: FlaskClient, market: Market, order: Order) -> None:
        invoice = make.ask(market.buyer, [order])
        token = sign_in_page(client, market.shopper)
        assert "撤回申请" in client.get(f"/invoices/{invoice.id}").text
        client.post(f"/invoices/{invoice.id}/cancel", data={CSRF_FIELD: token})
        assert "已撤回" in client.get(f"/invoices/{invoice.id}").text

    def test_say_nothing_of_an_order_with_nothing_to_print(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        cancel_order(market.buyer, order.id, reason=CancellationReason.NOT_WANTED)
        sign_in_page(client, market.shopper)
        assert "invoices-title" not in client.get(f"/orders/{order.id}").text
        sign_in_page(client, market.nanjiang.manager)
        assert "invoices-title" not in client.get(f"/desk/orders/{order.id}").text

    def test_a_units_month_in_one(self, client: FlaskClient, market: Market) -> None:
        unit = make_unit()
        first = unit.buy([(market.mutton, 1)])[0]
        unit.buy([(market.tea, 1)])
        title = make.make_title(unit.actor, unit_id=unit.unit.id)
        token = sign_in_page(client, unit.clerk)
        month = first.sale_on.strftime("%Y-%m")
        page = client.get("/invoices/monthly").text
        assert "2 个订单，2 行明细未开票" in page, "it opens on the last month with something open"
        asked = client.post(
            "/invoices/monthly",
            data={
                CSRF_FIELD: token,
                "buying_unit_id": str(unit.unit.id),
                "cooperative_id": str(market.nanjiang.id),
                "month": month,
                "title_id": str(title.id),
            },
        )
        assert asked.status_code == 303
        assert "91.33" in client.get(asked.headers["Location"]).text
        assert "没有未开票的订单" in client.get(f"/invoices/monthly?month={month}").text
        with clock.travel(clock.now() - timedelta(days=100)):
            [older] = unit.buy([(market.mutton, 1)])
        page = client.get("/invoices/monthly").text
        assert f'value="{older.sale_on:%Y-%m}"' in page
        assert "1 个订单，1 行明细未开票" in page


class TestTheDesk:
    def test_issues_with_file_and_taxes(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        invoice = make.ask(market.buyer, [order])
        tea = make.line_of(invoice, "南江大叶茶")
        token = sign_in_page(client, market.nanjiang.manager)
        assert "待开具" in client.get("/desk/invoices").text
        form = client.get(f"/desk/invoices/{invoice.id}").text
        assert "示例银行东阳支行" in form
        pdf = make.make_pdf()
        number = make.new_invoice_no()
        data = {
            CSRF_FIELD: token,
            "number": f"{number[:10]} {number[10:]}",
            "issued_on": clock.today().isoformat(),
            "amount_yuan": "149.33",
            "treatment": "exempt",
            "rate": "",
            "basis": "财税〔2008〕81号",
            f"treatment-{tea.id}": "taxed",
            f"rate-{tea.id}": "9%",
        }
        address = f"/desk/invoices/{invoice.id}/issue"
        wrong = client.post(address, data=data | {"amount_yuan": "149.34", "file": file(pdf)})
        assert wrong.status_code == 422
        assert "现在应开 149.33 元" in wrong.text
        for changed, said in (
            ({f"rate-{tea.id}": ""}, "请填写税率"),
            ({"number": "12345"}, "发票号码"),
            ({"treatment": ""}, 'id="treatment-error">请从列出的选项中选择'),
            ({"file": file(b"no file")}, "请上传完整的"),
        ):
            refused = client.post(address, data=data | {"file": file(pdf)} | changed)
            assert refused.status_code == 422, changed
            assert said in refused.text
        assert client.post(address, data=data | {"file": file(pdf)}).status_code == 303
        lines = {line.name: line.tax_fen for line in make.list_lines([invoice.id])}
        assert lines == {"南江黄羊肉": 0, "南江大叶茶": 2_75}
        assert invoice.number == number
        # What was declared last stands in the form of the next one.
        [later] = buy(market.buyer, [(market.tea, 1)])
        form = client.get(f"/desk/invoices/{make.ask(market.buyer, [later]).id}").text
        assert 'value="taxed" selected' in form
        assert "只有买方能下载" in form
        assert client.get(f"/invoices/{invoice.id}/file").status_code == 404
        sign_in_page(client, market.shopper)
        taken = client.get(f"/invoices/{invoice.id}/file")
        assert taken.data == pdf
        assert taken.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'

    @pytest.mark.parametrize("wanted", list(InvoiceType))
    def test_warns_of_exempt_goods_on_a_special_invoice(
        self, client: FlaskClient, market: Market, order: Order, wanted: InvoiceType
    ) -> None:
        invoice = make.ask(market.buyer, [order], invoice_type=wanted)
        token = sign_in_page(client, market.nanjiang.manager)
        is_special = wanted is InvoiceType.SPECIAL
        form = client.get(f"/desk/invoices/{invoice.id}").text
        assert ("一般不得开具专用发票" in form) is is_special
        data = {CSRF_FIELD: token, "number": make.new_invoice_no(), "amount_yuan": "149.33",
                "issued_on": clock.today().isoformat(), "treatment": "exempt",
                "basis": "财税〔2008〕81号", "file": file(make.make_pdf())}  # fmt: skip
        done = client.post(f"/desk/invoices/{invoice.id}/issue", data=data)
        assert done.status_code == 303, "it is a warning only"
        assert ("登记了免税的商品" in client.get("/desk/invoices").text) is is_special

    def test_declines_and_reverses_with_a_reason(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        invoice = make.ask(market.buyer, [order])
        token = sign_in_page(client, market.nanjiang.manager)
        address = f"/desk/invoices/{invoice.id}"
        client.post(f"{address}/decline", data={CSRF_FIELD: token, "reason": ""})
        assert "请写明原因" in client.get(address).text
        client.post(f"{address}/decline", data={CSRF_FIELD: token, "reason": "请改开普通发票"})
        assert "未受理" in client.get(address).text
        again = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
        client.post(
            f"/desk/invoices/{again.id}/reverse", data={CSRF_FIELD: token, "reason": "抬头有误"}
        )
        assert "待红冲" in client.get(f"/desk/invoices/{again.id}").text

    @pytest.mark.parametrize("printed", ["-149.33", "¥−149.33", "149.33"])
    def test_takes_a_red_invoice_as_it_is_printed(
        self, client: FlaskClient, market: Market, order: Order, printed: str
    ) -> None:
        blue = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
        red = reverse_invoice(market.nanjiang.actor, blue.id, reason="抬头有误")
        token = sign_in_page(client, market.nanjiang.manager)
        address = f"/desk/invoices/{red.id}"
        assert "如 -149.33" in client.get(address).text
        data = {CSRF_FIELD: token, "number": make.new_invoice_no(), "amount_yuan": printed,
                "issued_on": clock.today().isoformat()}  # fmt: skip
        for wrong, said in (
            ("-6.00", "应红冲 149.33 元"),
            ("0", "请填写金额，单位元"),
            ("负六元", "请填写金额，单位元"),
        ):
            refused = client.post(
                f"{address}/issue",
                data=data | {"amount_yuan": wrong, "file": file(make.make_pdf())},
            )
            assert refused.status_code == 422, wrong
            assert said in refused.text
        done = client.post(f"{address}/issue", data=data | {"file": file(make.make_pdf())})
        assert done.status_code == 303
        assert (red.state, red.amount_fen) == (InvoiceState.ISSUED, 149_33)
        assert blue.state is InvoiceState.REVERSED

    def test_counts_what_is_to_be_issued_and_reversed_and_late(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        issued = make.issue(market.nanjiang.actor, make.ask(market.buyer, [order]))
        refund(market, order, "南江大叶茶", quantity=1)
        [later] = buy(market.buyer, [(market.tea, 1)])
        waiting: Invoice = make.ask(market.buyer, [later])
        waiting.due_at = waiting.requested_at - timedelta(days=400)
        sign_in_page(client, market.nanjiang.manager)
        page = client.get("/desk/invoices?tab=overdue").text
        assert "<title>已超期 · 发票 · " in page
        assert '已超期<span class="count">1</span>' in page
        assert '待红冲<span class="count">1</span>' in page
        assert waiting.request_no in page
        assert issued.state is InvoiceState.ISSUED


def file(data: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), "发票.pdf"
