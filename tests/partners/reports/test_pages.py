"""The office's pages: progress, and the lines behind it."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.ids import new_id
from marketplace.permissions import Role
from partners.credits import service as credit_service
from partners.reports.figures import Amounts, Elapsed, Figures
from partners.reports.showing import percent, total_view
from tests.factories import identity
from tests.factories.credits import DONGYANG, JINHUA, make_sale
from tests.factories.partners import office_of


def officer_of(region_code: str, client: FlaskClient) -> None:
    office = office_of(region_code)
    account = identity.make_account(role=Role.OFFICE_OFFICER, scope=office.id)
    identity.sign_in_page(client, account)


def words(page: str) -> str:
    """The page as one reads it, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


class TestShowProgress:
    def test_shows_pending_and_confirmed_apart(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        sold = make_sale(amount_fen=12_345)
        credit_service.confirm_sales(
            cooperative_id=sold.cooperative_id, line_ids=[sold.line_id], cause_id=new_id()
        )
        officer_of(DONGYANG, client)
        page = words(client.get("/office/progress").text)
        assert "东阳市任务进度" in page
        assert "已确认完成¥123.45" in page.replace("> ", "").replace(" ¥", "¥")
        assert "待确认¥300.00" in page.replace(" ¥", "¥")

    def test_rolls_up_to_the_city_once(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        officer_of(JINHUA, client)
        page = client.get("/office/progress").text
        assert "金华市任务进度" in page
        assert "300.00" in page
        assert "600.00" not in page
        assert f"region={DONGYANG}" in page

    def test_a_neighbour_s_report_is_not_found(self, client: FlaskClient) -> None:
        officer_of(DONGYANG, client)
        assert client.get("/office/progress?region=331122").status_code == 404

    @pytest.mark.parametrize("query", ["year=0", "year=x", "year=99999", "scheme=x", "region=x"])
    def test_nonsense_is_no_server_error(self, client: FlaskClient, query: str) -> None:
        officer_of(DONGYANG, client)
        assert client.get(f"/office/progress?{query}").status_code in (200, 404)

    def test_each_scheme_stands_by_itself(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        officer_of("511922", client)
        page = words(client.get("/office/progress?scheme=catalogue").text)
        assert "待确认¥300.00" in page.replace(" ¥", "¥")

    def test_a_western_county_first_sees_its_supply_ledger(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        officer_of("511922", client)
        page = words(client.get("/office/progress").text)
        assert "待确认¥300.00" in page.replace(" ¥", "¥")
        assert "今年还没有计入的销售" not in page

    def test_shoppers_have_no_such_page(self, client: FlaskClient) -> None:
        identity.sign_in_page(client, identity.make_account())
        assert client.get("/office/progress").status_code == 403


class TestShowProgressLines:
    def test_shows_what_was_sold_to_whom_under_which_certificate(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        officer_of(DONGYANG, client)
        address = f"/office/progress/lines?region={DONGYANG}&year={clock.today().year}"
        page = client.get(address).text
        for said in ("南江黄羊", "示例学校 · 东阳", "直接采购", "RD-511922-0001", "300.00"):
            assert said in page

    def test_narrows_to_a_stage(self, client: FlaskClient) -> None:
        make_sale(amount_fen=30_000)
        officer_of(DONGYANG, client)
        address = f"/office/progress/lines?region={DONGYANG}&stage=confirmed"
        assert "南江黄羊" not in client.get(address).text

    def test_a_refund_is_a_line_of_its_own(self, client: FlaskClient) -> None:
        sold = make_sale(amount_fen=30_000)
        credit_service.reverse_sale(
            cooperative_id=sold.cooperative_id, line_id=sold.line_id, cause_id=new_id(),
            returned_fen_total=10_000,
        )  # fmt: skip
        officer_of(DONGYANG, client)
        page = client.get(f"/office/progress/lines?region={DONGYANG}").text
        assert "-100.00" in page
        assert "退款冲回" in page


class TestTotalView:
    def figures(self, target_fen: int | None) -> Figures:
        return Figures(
            target_fen=target_fen, pending=Amounts(500, 0), confirmed=Amounts(2_000, 1_000),
            held=Amounts(0, 0), corrections_fen=0, elapsed=Elapsed.of(2026, date(2026, 7, 2)),
        )  # fmt: skip

    def test_computes_every_share_from_sums(self) -> None:
        view = total_view(self.figures(10_000))
        assert (view.rate, view.elapsed) == ("30.00%", "50.14%")
        assert (view.confirmed_share, view.pending_share, view.elapsed_share) == (300, 50, 501)

    def test_without_a_target_there_is_no_rate(self) -> None:
        view = total_view(self.figures(None))
        assert view.rate is None
        assert view.confirmed_share == 0


class TestPercent:
    @pytest.mark.parametrize(
        ("points", "said"), [(0, "0.00%"), (8054, "80.54%"), (14118, "141.18%")]
    )
    def test_writes_two_decimals(self, points: int, said: str) -> None:
        assert percent(points) == said
