"""Pick lists summed by SKU, labels in two sizes, and the desk page that prints them."""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.typesetting import Labels, Paper
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.fulfilment.label_sizes import LabelSize
from orders.fulfilment.labels import write_labels
from orders.fulfilment.pick_lists import make_pick_list, write_pick_list
from orders.fulfilment.picking import pick_order
from orders.fulfilment.service import ShipItem
from orders.orderbook.couriers import BY_CODE, looks_usual, tidy_waybill
from orders.trades.models import Order
from tests.factories import identity
from tests.factories.identity import sign_in
from tests.factories.orders import Market, buy, lines_of, make_market, orders_of, ship


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def orders(market: Market) -> list[Order]:
    first = buy(market.buyer, [(market.mutton, 3), (market.tea, 1)])[0]
    second = buy(market.buyer, [(market.mutton, 2)])[0]
    return [first, second]


class TestMakePickList:
    def test_sums_what_is_left_by_sku_over_the_orders_that_wait(
        self, market: Market, orders: list[Order]
    ) -> None:
        ship(market.nanjiang, orders[0], items=[ShipItem(lines_of(orders[0])[0].id, 1)])
        listed = make_pick_list(market.nanjiang.actor)
        assert [order.id for order in listed.orders] == [order.id for order in orders]
        sums = {item.product_name: (item.quantity, item.order_count) for item in listed.items}
        assert sums == {"南江黄羊肉": (4, 2), "南江大叶茶": (1, 1)}

    def test_leaves_out_what_is_to_be_called_off_and_what_is_anothers(
        self, market: Market, orders: list[Order]
    ) -> None:
        pick_order(market.nanjiang.actor, orders[1].id)
        cancel_order(market.buyer, orders[1].id, reason=CancellationReason.NOT_WANTED)
        listed = make_pick_list(market.nanjiang.actor)
        assert [order.id for order in listed.orders] == [orders[0].id]
        assert make_pick_list(market.xinhe.actor).orders == []
        assert make_pick_list(market.xinhe.actor, [orders[0].id]).orders == []


def pages_of(body: bytes) -> list[tuple[int, int]]:
    """Return the sizes of a PDF's pages in millimetres, as the PDF states them."""
    usual = re.search(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", body)
    assert usual is not None
    size = tuple(round(float(side) * 25.4 / 72) for side in usual.groups())
    return [size] * len(re.findall(rb"/Type /Page\n", body))  # type: ignore[list-item]


class TestWritePickList:
    def test_is_a_paper_whose_rows_are_the_goods_and_the_orders(
        self, market: Market, orders: list[Order], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows: list[tuple[str, ...]] = []
        monkeypatch.setattr(Paper, "add_table", lambda _, given, *__: rows.extend(given))
        body = write_pick_list(make_pick_list(market.nanjiang.actor))
        assert body.startswith(b"%PDF")
        assert ("南江黄羊肉", "500 克", "5 袋", "2") in rows
        assert [row[0] for row in rows[-2:]] == [order.order_no for order in orders]


class TestWriteLabels:
    @pytest.mark.parametrize("size", LabelSize)
    def test_are_of_the_rolls_size_one_a_page(
        self, market: Market, orders: list[Order], size: LabelSize
    ) -> None:
        body = write_labels(make_pick_list(market.nanjiang.actor).orders, size)
        assert pages_of(body) == [size.millimetres] * 2

    def test_say_who_takes_it_and_what_is_in_it(
        self, market: Market, orders: list[Order], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said: list[str] = []
        monkeypatch.setattr(Labels, "add_line", lambda _, text, **__: said.append(text))
        monkeypatch.setattr(Labels, "add_barcode", lambda _, text, __: said.append(text))
        write_labels(make_pick_list(market.nanjiang.actor).orders[:1], LabelSize.SMALL)
        assert said == [
            orders[0].order_no, "收  示例收货人  13800138000", "浙江省丽水市莲都区", "示例路 1 号",
            "寄  示例合作社 · 南江", "3 袋  南江黄羊肉 500 克", "1 袋  南江大叶茶 100 克",
        ]  # fmt: skip

    def test_say_what_is_still_to_be_sent(
        self,
        client: FlaskClient,
        market: Market,
        orders: list[Order],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        mutton, tea = lines_of(orders[0])
        ship(market.nanjiang, orders[0], items=[ShipItem(mutton.id, 1), ShipItem(tea.id, 1)])
        said: list[str] = []
        rows: list[tuple[str, ...]] = []
        monkeypatch.setattr(Labels, "add_line", lambda _, text, **__: said.append(text))
        monkeypatch.setattr(Paper, "add_table", lambda _, given, *__: rows.extend(given))
        listed = make_pick_list(market.nanjiang.actor, [orders[0].id])
        write_labels(listed.orders, LabelSize.SMALL)
        write_pick_list(listed)
        assert said[-1] == "还需发 2 袋，共 3 袋：南江黄羊肉 500 克"
        assert rows[-1][2] == "南江黄羊肉 500 克 还需发 2 袋，共 3 袋"
        identity.sign_in_page(client, market.nanjiang.manager)
        for address in ("/desk/orders", "/desk/orders/pick-list"):
            assert "还需发 2 袋，共 3 袋" in client.get(address).text
        assert "已发 1 袋，不用再发" in client.get("/desk/orders").text


class TestDesk:
    def test_prints_what_is_ticked_and_begins_to_pack_it(
        self, client: FlaskClient, market: Market, orders: list[Order]
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        page = client.get("/desk/orders/pick-list").text
        assert orders[0].order_no in page
        assert page.count('.pdf" data-downloads>') == 2
        data = {"csrf_token": token, "order": [str(orders[1].id), "nonsense"], "size": "100x150"}
        labels = client.post("/desk/orders/labels.pdf", data=data)
        assert labels.content_type == "application/pdf"
        assert pages_of(labels.data) == [LabelSize.LARGE.millimetres]
        assert client.post("/desk/orders/pick-list.pdf", data=data).data.startswith(b"%PDF")
        client.post("/desk/orders/pick-list", data=data)
        marked = [bool(orders_of(order.trade_id)[0].picked_at) for order in orders]
        assert marked == [False, True]

    def test_the_api_gives_the_same(
        self, client: FlaskClient, market: Market, orders: list[Order]
    ) -> None:
        sign_in(client, market.nanjiang.manager)
        home = f"/api/v1/cooperatives/{market.nanjiang.id}"
        assert client.get(f"{home}/pick-list").json["pieces"] == 6
        assert client.get(f"{home}/pick-list.pdf").data.startswith(b"%PDF")
        assert client.get(f"{home}/labels.pdf?size=100x150").data.startswith(b"%PDF")
        assert client.get(f"{home}/labels.pdf?size=A4").status_code == 422
        other = f"/api/v1/cooperatives/{market.xinhe.id}"
        assert client.get(f"{other}/pick-list").status_code == 404


class TestWaybills:
    def test_are_tidied(self) -> None:
        assert tidy_waybill(" sf１２３４ 5678 90 12\n") == "SF123456789012"

    @pytest.mark.parametrize(
        ("code", "number", "usual"),
        [("sf", "SF1234567890123", True), ("sf", "75312345678901", False),
         ("jitu", "JT1234567890123", True), ("pigeon", "X1", True)],
    )  # fmt: skip
    def test_that_look_odd_are_pointed_out(self, code: str, number: str, usual: bool) -> None:
        assert looks_usual(code, number) is usual

    def test_every_courier_is_known_to_the_tracking_service(self) -> None:
        codes = [courier.kuaidi100_code for courier in BY_CODE.values()]
        assert all(codes)
        assert len(set(codes)) == len(codes)
