"""Many waybills at once: read as people write them, every fault named, done row by row, once."""

import io
import itertools
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.outbox.models import Announcement
from marketplace.spreadsheets import XlsxFile, read_rows
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.fulfilment.batches import running
from orders.fulfilment.batches.checking import CheckedParcel, RowState, check_parcels
from orders.fulfilment.batches.reading import (
    HEAD,
    Entered,
    find_courier,
    guess_courier,
    read_table,
    read_text,
    write_template,
    write_text,
)
from orders.fulfilment.batches.running import send_parcels
from orders.fulfilment.errors import WaybillAlreadyUsed
from orders.fulfilment.models import Parcel
from orders.fulfilment.pick_lists import make_pick_list
from orders.fulfilment.picking import pick_order
from orders.trades.models import Order
from orders.trades.states import OrderState
from products.stock.models import StockMove
from tests.factories.identity import sign_in, sign_in_page
from tests.factories.orders import Market, buy, lines_of, make_market, orders_of
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


def bought(market: Market, *quantities: int) -> Order:
    skus = (market.mutton, market.tea)
    return buy(market.buyer, list(zip(skus, quantities, strict=False)))[0]


def again(order: Order) -> Order:
    return next(each for each in orders_of(order.trade_id) if each.id == order.id)


def checked(market: Market, text: str) -> list[CheckedParcel]:
    return check_parcels([market.nanjiang.id], read_text(text))


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "订单编号\t物流公司\t快递单号\nDD1234\t顺丰\tSF1234567890123",
            "DD1234,顺丰速运,SF1234567890123",
            "DD1234  sf  SF1234567890123",
            "DD1234 SF1234567890123",
        ],
    )
    def test_takes_a_row_as_people_write_it(self, text: str) -> None:
        [one] = read_text(text)
        assert (one.order_no, one.waybill_no) == ("DD1234", "SF1234567890123")

    def test_reads_what_it_wrote(self) -> None:
        rows = [
            Entered(row=2, order_no="DD1", courier="中通", waybill_no="123456789012"),
            Entered(row=3, order_no="DD2", courier="sf", waybill_no="SF1", line="2", quantity="3"),
        ]
        assert read_text(write_text(rows)) == rows

    @pytest.mark.parametrize(
        ("number", "courier"),
        [("SF1234567890123", "sf"), ("JT1234567890123", "jitu"), ("123456789012", None),
         ("EA123456789CN", None)],
    )  # fmt: skip
    def test_guesses_a_courier_by_its_own_letters_only(
        self, number: str, courier: str | None
    ) -> None:
        assert guess_courier(number) == courier

    @pytest.mark.parametrize(
        ("said", "courier"),
        [
            ("顺丰", "sf"),
            ("中通速递", "zto"),
            ("邮政", None),
            ("飞毛腿", None),
            ("YTO Express", "yto"),
        ],
    )
    def test_knows_couriers_by_name(self, said: str, courier: str | None) -> None:
        assert find_courier(said) == courier


class TestCheckParcels:
    def test_names_every_fault_in_plain_words(self, market: Market) -> None:
        paid, asked = bought(market, 1), bought(market, 1)
        pick_order(market.nanjiang.actor, asked.id)
        cancel_order(market.buyer, asked.id, reason=CancellationReason.NOT_WANTED)
        foreign = buy(market.buyer, [(market.rawap, 1)])[0]
        number = paid.order_no
        rows = {
            "=1+1\t顺丰\tSF1234567890123": "公式",
            "NOSUCH1\t顺丰\tSF1234567890123": "没有这个订单",
            f"{foreign.order_no}\t顺丰\tSF1234567890123": "没有这个订单",
            f"{number}\t飞毛腿\tSF1234567890123": "没有叫“飞毛腿”的快递公司",
            f"{number}\t\t123456789012": "请填写快递公司",
            f"{number}\t顺丰\t1.23E+14": "科学记数",
            f"{number}\t丹鸟\t123456789012345000": "改成了 0",
            f"{number}\t顺丰\tSF1": "6 至 40 位",
            f"{number}\t顺丰\tSF1234567890123\t3\t1": "没有商品行 3",
            f"{number}\t顺丰\tSF1234567890124\t1\t9": "最多还可发 1 件",
            f"{asked.order_no}\t顺丰\tSF1234567890125": "申请取消",
        }  # fmt: skip
        for text, words in rows.items():
            [parcel] = checked(market, text)
            assert parcel.state is RowState.WRONG
            assert parcel.reason is not None
            assert words in parcel.reason.zh

    def test_shares_an_order_out_over_its_parcels(self, market: Market) -> None:
        order = bought(market, 3, 1)
        number = order.order_no
        parcels = checked(
            market,
            f"{number}\tsf\tSF1234567890123\t1\t2\n{number}\tsf\tSF1234567890123\t2\t1\n"
            f"{number}\tsf\tSF1234567890124\n{number}\tsf\tSF1234567890125",
        )
        assert [(one.rows, one.state) for one in parcels] == [
            ([1, 2], RowState.READY),
            ([3], RowState.READY),
            ([4], RowState.WRONG),
        ]
        lines = lines_of(order)
        assert parcels[0].items == {lines[0].id: 2, lines[1].id: 1}
        assert parcels[1].items == {lines[0].id: 1}

    def test_reads_as_often_for_many_rows_as_for_one(self, market: Market) -> None:
        orders = [bought(market, 1) for _ in range(4)]

        rows = [f"{one.order_no} SF123456789012{at}" for at, one in enumerate(orders)]
        owner = market.nanjiang.id

        def statements(count: int) -> int:
            heard: list[str] = []
            listen = lambda *args: heard.append(args[2])  # noqa: E731
            db.session.expire_all()
            event.listen(db.engine, "before_cursor_execute", listen)
            check_parcels([owner], read_text("\n".join(rows[:count])))
            event.remove(db.engine, "before_cursor_execute", listen)
            return len(heard)

        assert statements(1) == statements(4)


class TestSendParcels:
    def test_sends_what_it_can_and_nothing_twice(self, market: Market) -> None:
        first, second = bought(market, 1), bought(market, 2, 1)
        number = second.order_no
        rows = read_text(
            f"{first.order_no} SF1234567890123\nNOSUCH1 SF1234567890129\n"
            f"{number}\tsf\tSF1234567890124\t1\t1"
        )
        seller = market.nanjiang
        done = send_parcels(seller.actor, [seller.id], rows)
        assert [one.state for one in done] == [
            RowState.SHIPPED, RowState.WRONG, RowState.SHIPPED,
        ]  # fmt: skip
        assert again(first).state is OrderState.SHIPPED
        assert again(second).state is OrderState.PART_SHIPPED
        once_more = send_parcels(seller.actor, [seller.id], rows)
        assert [one.state for one in once_more] == [
            RowState.KNOWN, RowState.WRONG, RowState.KNOWN,
        ]  # fmt: skip
        assert len(db.session.scalars(select(Parcel.id)).all()) == 2
        assert broken() == []

    def test_takes_as_many_statements_for_one_as_for_many(self, market: Market) -> None:
        seller, numbers = market.nanjiang, itertools.count(1)

        def statements(*orders: Order) -> int:
            heard: list[str] = []
            rows = "\n".join(f"{order.order_no} SF{next(numbers):012d}" for order in orders)
            entered = read_text(rows)
            db.session.expire_all()

            def hear(*arguments: object) -> None:
                heard.append(str(arguments[2]))

            event.listen(db.engine, "before_cursor_execute", hear)
            try:
                done = send_parcels(seller.actor, [seller.id], entered)
            finally:
                event.remove(db.engine, "before_cursor_execute", hear)
            assert {one.state for one in done} == {RowState.SHIPPED}
            return len(heard)

        orders = [bought(market, 2, 1) for _ in range(5)]
        assert statements(orders[0]) == statements(*orders[1:])
        assert broken() == []

    def test_leaves_the_rows_that_single_parcels_leave(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def traces(order: Order) -> list[tuple[object, ...]]:
            ids = [str(order.id), *map(str, db.session.scalars(
                select(Parcel.id).where(Parcel.order_id == order.id)))]  # fmt: skip
            audited = select(AuditEntry.action, AuditEntry.after).where(
                AuditEntry.subject_id == str(order.id), AuditEntry.action.like("%ship%")
            )
            told = select(Announcement.kind).where(Announcement.subject_id.in_(ids))
            moves = select(StockMove.kind, StockMove.quantity).where(StockMove.order_id == order.id)
            fresh = again(order)
            return sorted(
                [*map(tuple, db.session.execute(audited)), *map(tuple, db.session.execute(told)),
                 *map(tuple, db.session.execute(moves)),
                 (fresh.state, fresh.shipped_at is None, fresh.accept_due_at is None)],
                key=str,
            )  # fmt: skip

        orders = [bought(market, 3, 1) for _ in range(2)]
        left = []
        for order, number in zip(orders, ("SF123456789012", "SF223456789012"), strict=True):
            rows = read_text(f"{order.order_no}\tsf\t{number}\t1\t2")
            send_parcels(market.nanjiang.actor, [market.nanjiang.id], rows)
            left.append(traces(order))

            def refuse(*_: object) -> None:
                raise WaybillAlreadyUsed

            # The second time anything is in the way: parcel by parcel.
            monkeypatch.setattr(running, "send_together", refuse)
        assert left[0] == left[1]
        assert (OrderState.PART_SHIPPED, True, True) in left[0]
        assert broken() == []

    def test_uses_no_number_for_two_orders(self, market: Market) -> None:
        first, second = bought(market, 1), bought(market, 1)
        rows = read_text(f"{first.order_no} SF1234567890123\n{second.order_no} SF1234567890123")
        done = send_parcels(market.nanjiang.actor, [market.nanjiang.id], rows)
        assert [one.state for one in done] == [RowState.SHIPPED, RowState.WRONG]
        assert done[1].reason is not None
        assert first.order_no in done[1].reason.zh


class TestPages:
    def test_numbers_rows_as_they_were_typed_and_names_every_fault(
        self, client: FlaskClient, market: Market
    ) -> None:
        order = bought(market, 1)
        token = sign_in_page(client, market.nanjiang.manager)
        text = f"NOSUCH1 飞毛腿 SF1\n\n{order.order_no} SF1234567890123"
        page = client.post(
            "/desk/orders/waybills", data={"csrf_token": token, "rows": text, "step": "check"}
        ).text
        rows = re.findall(r'data-label="行">([^<]*)<', page)
        assert rows == ["1", "3"]
        assert all(said in page for said in ("没有这个订单", "没有叫“飞毛腿”的", "6 至 40 位"))
        assert "按单号识别" in page

    def test_looks_first_and_then_records(self, client: FlaskClient, market: Market) -> None:
        order = bought(market, 1)
        token = sign_in_page(client, market.nanjiang.manager)
        template = client.get("/desk/orders/waybills/template.xlsx").data
        assert read_rows(template)[1][0] == order.order_no
        book = XlsxFile()
        book.add_sheet("运单", [HEAD, (order.order_no, "顺丰", "SF1234567890123")], [20, 10, 20])
        page = client.post(
            "/desk/orders/waybills",
            data={"csrf_token": token, "file": (io.BytesIO(book.close()), "运单.xlsx")},
        ).text
        assert "可发 1 个包裹" in page
        assert again(order).state is OrderState.PAID
        text = f"{order.order_no} SF1234567890123"
        done = client.post(
            "/desk/orders/waybills", data={"csrf_token": token, "rows": text, "step": "send"}
        ).text
        assert "已发货 1 个包裹" in done
        assert again(order).state is OrderState.SHIPPED
        assert client.post("/desk/orders/waybills", data={"csrf_token": token}).status_code == 422

    def test_the_template_comes_back_as_it_was_filled_in(self, market: Market) -> None:
        order = bought(market, 1)
        rows = read_rows(write_template(make_pick_list(market.nanjiang.actor)))
        rows[1][1:3] = ["顺丰", "SF1234567890123"]
        [one] = read_table(rows)
        assert (one.order_no, one.courier) == (order.order_no, "顺丰")


class TestApi:
    def test_answers_row_by_row(self, client: FlaskClient, market: Market) -> None:
        order = bought(market, 1)
        sign_in(client, market.nanjiang.manager)
        path = f"/api/v1/cooperatives/{market.nanjiang.id}/waybills"
        row = {"order_no": order.order_no, "waybill_no": "SF1234567890123", "line": 1}
        [looked] = client.post(f"{path}/check", json={"rows": [row]}).json
        assert (looked["state"], looked["courier_code"], looked["rows"]) == ("ready", "sf", [1])
        answer = client.post(path, json={"rows": [row]}, headers={"Idempotency-Key": "batch-1"})
        assert [one["state"] for one in answer.json] == ["shipped"]
        assert UUID(answer.json[0]["order_id"]) == order.id
        assert client.post(path, json={"rows": []}).status_code == 422
