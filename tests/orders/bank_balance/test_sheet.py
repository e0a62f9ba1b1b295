"""The bank's reconciliation statement: each kind of outstanding item, and what else a difference is."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.bank_balance import service
from orders.bank_balance.errors import OpeningConfirmedBySameOfficer, OpeningKnown, OpeningTooLate
from orders.bank_balance.sheet import OutstandingKind, draw_up
from orders.bank_entries import service as bank
from orders.bank_entries.statement_files import BALANCE, HEAD
from orders.bank_refunds.models import BankRefund
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from tests.factories.bank import announce, bring_in, make_clerk, make_officers, receipt, receive
from tests.factories.identity import actor_of, make_account, sign_in, sign_in_page
from tests.factories.orders import make_market
from tests.orders.invariants import broken
from tests.orders.reconciliation.conftest import DAY, NEXT_MORNING, noon
from tests.orders.reconciliation.test_bank_day import BACK, answer, payment

__all__ = ["noon", "payment"]

WHY = "银行对账单 2026-05"
Officers = tuple[Actor, Actor]
KIND = OutstandingKind


@pytest.fixture
def officers() -> Officers:
    return make_officers()


def open_with(officers: Officers, fen: int) -> None:
    opening = service.propose_opening(officers[0], day=DAY, amount_fen=fen, reason=WHY)
    service.confirm_opening(officers[1], opening.id)


class TestDrawUp:
    def test_tells_every_kind_and_agrees(
        self, officers: Officers, payment: BankRefund, travel: Callable[[datetime], None]
    ) -> None:
        # 130 yuan came in; the bank charges 5, and 14 go back of which it says so a day later.
        open_with(officers, 100_000)
        bring_in(officers[0], receipt(500, "账户管理费", out=True))
        late = receipt(700, "结息")
        answer(officers[0], payment, "OUT00001")
        travel(NEXT_MORNING)
        bring_in(officers[0], late)

        sheet = draw_up(DAY)

        assert {kind: sheet.total(kind) for kind in KIND} == {
            KIND.BANK_RECEIVED: 700,
            KIND.BANK_PAID: -500,
            KIND.BOOKS_RECEIVED: 0,
            KIND.BOOKS_PAID: -BACK,
        }
        assert (sheet.statement_fen, sheet.booked_fen) == (113_200, 113_000 - BACK)
        assert sheet.adjusted_statement_fen == sheet.adjusted_booked_fen == 111_800
        assert (sheet.is_agreed, sheet.reasons) == (True, [])
        later = draw_up(DAY + timedelta(days=1))
        assert {one.kind for one in later.items} == {KIND.BANK_PAID, KIND.BOOKS_PAID}
        assert broken() == []

    def test_takes_the_balance_that_entries_carry_and_names_what_is_missing(
        self, officers: Officers
    ) -> None:
        assert draw_up(DAY).statement_fen is None
        # All at one moment, the latest first: only the chain tells which came last.
        rows = [[*receipt(300, "c"), "5030.00"], [*receipt(2_000, "b", out=True), "5027.00"]]
        bank.import_statement(officers[0], [[*HEAD, BALANCE], *rows])
        sheet = draw_up(DAY)
        assert (sheet.statement_fen, sheet.is_carried) == (503_000, True)
        assert [part for _, part in sheet.reasons] == [504_700]

        open_with(officers, 504_700)
        assert (draw_up(DAY).gap_fen, draw_up(DAY).is_agreed) == (0, True)
        bank.import_statement(officers[0], [[*HEAD, BALANCE], [*receipt(100), "5040.00"]])
        # Both ends stand alone at one moment: neither is believed.
        assert not draw_up(DAY).is_carried
        with clock.travel(clock.now() + timedelta(minutes=1)):
            bank.import_statement(officers[0], [[*HEAD, BALANCE], [*receipt(100), "5041.00"]])
            assert [part for _, part in draw_up(DAY).reasons] == [900]

    def test_names_a_break_beside_the_missing_opening(self, officers: Officers) -> None:
        bank.import_statement(officers[0], [[*HEAD, BALANCE], [*receipt(300), "5003.00"]])
        with clock.travel(clock.now() + timedelta(minutes=1)):
            bank.import_statement(officers[0], [[*HEAD, BALANCE], [*receipt(100), "5004.01"]])
            sheet = draw_up(DAY)
        assert [part for _, part in sheet.reasons] == [500_000, 1]
        assert sheet.gap_fen == 500_001

    def test_counts_a_payment_once_whose_serial_the_bank_told_before(
        self, officers: Officers, payment: BankRefund
    ) -> None:
        answer(officers[0], payment, "OUT00001")
        bring_in(officers[0], receipt(BACK, serial="OUT00001", out=True))
        assert draw_up(DAY).items == []


class TestOpening:
    def test_takes_two_officers_and_is_booked_once(self, officers: Officers) -> None:
        bring_in(officers[0], receipt(100))
        with pytest.raises(OpeningTooLate):
            service.propose_opening(
                officers[0], day=DAY + timedelta(days=1), amount_fen=1, reason=WHY
            )
        opening = service.propose_opening(officers[0], day=DAY, amount_fen=9_900, reason=WHY)
        with pytest.raises(OpeningKnown):
            service.propose_opening(officers[1], day=DAY, amount_fen=9_900, reason=WHY)
        with pytest.raises(OpeningConfirmedBySameOfficer):
            service.confirm_opening(officers[0], opening.id)
        service.confirm_opening(officers[1], opening.id)
        with pytest.raises(OpeningKnown):
            open_with(officers, 1)
        assert get_balance(AccountKind.BANK) == 10_000
        assert get_balance(AccountKind.OWN_FUNDS) == -9_900
        assert broken() == []


class TestPagesAndApi:
    def test_show_export_and_take_the_opening_balance(self, client: FlaskClient) -> None:
        one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
        market = make_market()
        trade = announce(make_clerk().actor, [(market.mutton, 2)])
        receive((actor_of(one), actor_of(two)), trade, 11_600)
        home = "/desk/reconciliation/bank-balance"
        token = {"csrf_token": sign_in_page(client, one)}
        assert "还不知道银行对账单上的余额" in client.get(home).text
        form = token | {"day": DAY.isoformat(), "amount": "x", "reason": WHY}
        assert client.post(home, data=form).status_code == 422
        assert client.post(home, data=form | {"amount": "1,000.00"}).status_code == 303
        token = {"csrf_token": sign_in_page(client, two)}
        waiting = client.get(home).text
        address = waiting.split(f'action="{home}/openings/')[1].split('"')[0]
        assert client.post(f"{home}/openings/{address}", data=token).status_code == 303
        assert "调节相符" in client.get(f"{home}?day={DAY.isoformat()}").text
        assert client.get(f"{home}?day=2999-01-01").status_code == 422
        assert client.get(f"{home}.xlsx?day=2026-99-21").status_code == 422

        taken = client.get(f"{home}.xlsx?day={DAY.isoformat()}").data
        lines = CalamineWorkbook.from_object(io.BytesIO(taken))
        rows = lines.get_sheet_by_name("银行存款余额调节表").to_python()
        assert rows[5] == ["调节后余额", 1_116.0, "调节后余额", 1_116.0]
        sign_in(client, make_account(role=Role.AUDITOR))
        told = client.get(f"/api/v1/reconciliation/bank-balance?day={DAY.isoformat()}").json
        assert (told["gap_fen"], told["statement_fen"], told["items"]) == (0, 111_600, [])
