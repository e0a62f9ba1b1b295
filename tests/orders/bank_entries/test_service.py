"""The bank's entries: imported once, identified by two."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.bank_entries import service
from orders.bank_entries.errors import (
    ConfirmedBySameOfficer,
    EntryNotIdentifiable,
    MatchAlreadyDecided,
    PartExceedsRest,
    StatementFileWrong,
    TargetUnknown,
    TradeTakenAlready,
)
from orders.bank_entries.matching import BY_PAYER
from orders.bank_entries.models import EntryState
from orders.bank_entries.service import Imported
from orders.bank_entries.statement_files import HEAD
from orders.bank_refunds.queries import list_returning
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.trades.models import Trade
from orders.trades.states import TradeState
from tests.factories.bank import (
    announce,
    bank_entries,
    bring_in,
    code_of,
    make_clerk,
    make_officers,
    matches,
    receipt,
)
from tests.factories.orders import make_market, trade_of
from tests.orders.invariants import broken

Officers = tuple[Actor, Actor]


@pytest.fixture
def officers() -> Officers:
    return make_officers()


@pytest.fixture
def trade() -> Trade:
    """A unit's trade over 116 yuan that waits for its transfer."""
    market = make_market()
    return announce(make_clerk().actor, [(market.mutton, 2)])


class TestImportStatement:
    def test_books_receipts_as_unidentified(self, officers: Officers) -> None:
        rows = [receipt(500, "捐款", name="张某"), receipt(300, out=True)]
        assert bring_in(officers[0], *rows) == Imported(fresh=2, matched=0, repeated=0)
        assert get_balance(AccountKind.BANK) == 500
        assert get_balance(AccountKind.UNIDENTIFIED_RECEIPTS) == -500
        states = [entry.state for entry in bank_entries()]
        assert states == [EntryState.UNIDENTIFIED, EntryState.OUTGOING]
        assert broken() == []

    def test_of_overlapping_files_takes_each_entry_once(self, officers: Officers) -> None:
        one, two, three = (receipt(100 * n) for n in (1, 2, 3))
        bring_in(officers[0], one, two)
        assert bring_in(officers[1], one, two, three) == Imported(fresh=1, matched=0, repeated=2)
        assert bring_in(officers[0], one, two, three) == Imported(fresh=0, matched=0, repeated=3)
        assert get_balance(AccountKind.BANK) == 600
        assert broken() == []

    def test_finds_the_trade_by_its_code(self, officers: Officers, trade: Trade) -> None:
        bring_in(officers[0], receipt(5_000, f"货款 {code_of(trade).lower()}", name="别处"))
        [match] = matches()
        assert (match.trade_id, match.proposed_by) == (trade.id, officers[0].id)

    def test_finds_the_trade_by_payer_and_amount(self, officers: Officers, trade: Trade) -> None:
        bring_in(officers[0], receipt(11_600), receipt(11_601), receipt(11_600, name="别处"))
        [match] = matches()
        assert (match.trade_id, match.reason) == (trade.id, BY_PAYER)

    def test_does_not_guess_between_two_trades(self, officers: Officers) -> None:
        market, clerk = make_market(), make_clerk()
        one, two = (announce(clerk.actor, [(market.mutton, 2)]) for _ in range(2))
        bring_in(officers[0], receipt(11_600), receipt(100, code_of(one) + code_of(two)))
        assert matches() == []

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({0: ""}, "银行流水号应为 3 至 64 位字母、数字"),
            ({0: "=1+1"}, "银行流水号应为 3 至 64 位字母、数字"),
            ({1: "昨天"}, "交易时间无法识别，或不在最近两年内"),
            ({1: "1999-01-01"}, "交易时间无法识别，或不在最近两年内"),
            ({2: "USD"}, "币种不是人民币，请与银行联系退回，不要导入"),
            ({3: "1.005"}, "金额无法识别"),
            ({3: "1e400"}, "金额无法识别"),
            ({3: "NaN"}, "金额无法识别"),
            ({3: "-5"}, "金额无法识别"),
            ({3: ""}, "收入和支出恰有一项大于零"),
            ({4: "5"}, "收入和支出恰有一项大于零"),
            ({5: ""}, "收入须有对方户名和账号"),
            ({8: "长" * 201}, "对方信息或附言太长"),
        ],
    )
    def test_takes_nothing_of_a_file_with_a_wrong_row(
        self, officers: Officers, change: dict[int, str], why: str
    ) -> None:
        wrong = receipt(500)
        for column, value in change.items():
            wrong[column] = value
        with pytest.raises(StatementFileWrong) as refused:
            bring_in(officers[0], receipt(100), wrong)
        assert refused.value.extra["rows"] == [{"row": 3, "reason": why}]
        assert bank_entries() == []

    def test_refuses_a_serial_that_means_something_else(self, officers: Officers) -> None:
        bring_in(officers[0], receipt(100, serial="S-1"))
        for row in (receipt(200, serial="S-1"), receipt(100, serial="S-1", out=True)):
            with pytest.raises(StatementFileWrong):
                bring_in(officers[0], row)
        with pytest.raises(StatementFileWrong):
            bring_in(officers[0], receipt(1, serial="S-2"), receipt(1, serial="S-2"))

    @pytest.mark.parametrize("rows", [[], [HEAD[:4]]])
    def test_refuses_a_file_without_its_columns(
        self, officers: Officers, rows: list[list[str]]
    ) -> None:
        with pytest.raises(StatementFileWrong):
            service.import_statement(officers[0], rows)

    def test_knows_columns_by_the_names_that_banks_give_them(self, officers: Officers) -> None:
        head = ["交易流水号", "交易日期", "币种", "贷方金额（元）", "借方金额（元）", "对方名称",
                "对方账户", "对方行名", "摘要"]  # fmt: skip
        row = receipt(100)
        row[1] = row[1][:10].replace("-", "/")
        assert service.import_statement(officers[0], [head, row]).fresh == 1


class TestConfirmMatch:
    def test_takes_another_officer(self, officers: Officers, trade: Trade) -> None:
        bring_in(officers[0], receipt(11_600, code_of(trade)))
        [match] = matches()
        with pytest.raises(ConfirmedBySameOfficer):
            service.confirm_match(officers[0], match.id)
        assert trade_of(trade.id).state is TradeState.OPEN
        service.confirm_match(officers[1], match.id)
        assert trade_of(trade.id).state is TradeState.PAID
        for officer in officers:
            with pytest.raises(MatchAlreadyDecided):
                service.confirm_match(officer, match.id)
        assert get_balance(AccountKind.BANK) == 11_600
        assert broken() == []

    def test_by_one_officer_is_refused_by_the_database(
        self, officers: Officers, trade: Trade
    ) -> None:
        bring_in(officers[0], receipt(11_600, code_of(trade)))
        alone = text(
            "update bank_matches set state = 'confirmed', decided_by = proposed_by,"
            " decided_at = now()"
        )
        with pytest.raises(IntegrityError, match="two_officers"), db.session.begin_nested():
            db.session.execute(alone)
        other = text("update bank_matches set proposed_by = gen_random_uuid()")
        with pytest.raises(ProgrammingError, match="permission"), db.session.begin_nested():
            db.session.execute(other)


class TestProposeMatch:
    def test_names_a_trade_by_its_number_or_code(self, officers: Officers, trade: Trade) -> None:
        bring_in(officers[0], *(receipt(100, name="别处") for _ in range(2)))
        one, two = bank_entries()
        service.propose_match(officers[0], one.id, target=trade.trade_no, reason="电话确认")
        service.propose_match(officers[1], two.id, target=code_of(trade), reason="电话确认")
        assert [match.trade_id for match in matches()] == [trade.id] * 2
        with pytest.raises(EntryNotIdentifiable):
            service.propose_match(officers[1], one.id, target=trade.trade_no, reason="再认一次")
        assert broken() == []

    def test_refuses_a_trade_that_is_not_there(self, officers: Officers) -> None:
        bring_in(officers[0], receipt(100))
        with pytest.raises(TargetUnknown):
            service.propose_match(
                officers[0], bank_entries()[0].id, target="JY2345", reason="电话确认"
            )

    def test_refuses_money_that_left(self, officers: Officers, trade: Trade) -> None:
        bring_in(officers[0], receipt(100, out=True))
        with pytest.raises(EntryNotIdentifiable):
            service.propose_match(
                officers[0], bank_entries()[0].id, target=trade.trade_no, reason="电话确认"
            )


class TestRejectMatch:
    def test_leaves_the_receipt_to_be_identified_again(
        self, officers: Officers, trade: Trade
    ) -> None:
        bring_in(officers[0], receipt(11_600, code_of(trade)))
        service.reject_match(officers[1], matches()[0].id)
        [entry] = bank_entries()
        assert entry.state is EntryState.UNIDENTIFIED
        service.propose_return(officers[0], entry.id, reason="付款方要求退回")
        service.confirm_match(officers[1], matches()[0].id)
        assert bank_entries()[0].state is EntryState.RETURNING
        assert trade_of(trade.id).state is TradeState.OPEN
        assert broken() == []


class TestParts:
    def test_of_one_receipt_pay_several_trades_and_the_rest_goes_back(
        self, officers: Officers, trade: Trade
    ) -> None:
        market, clerk = make_market(), make_clerk()
        other = announce(clerk.actor, [(market.tea, 1)])
        bring_in(officers[0], receipt(20_000, "两笔货款"))
        [entry] = bank_entries()
        one = service.propose_match(
            officers[0], entry.id, target=trade.trade_no, reason="电话确认", amount_fen=11_600
        )
        with pytest.raises(PartExceedsRest):
            service.propose_match(
                officers[0], entry.id, target=other.trade_no, reason="多写", amount_fen=8_401
            )
        with pytest.raises(TradeTakenAlready):
            service.propose_match(officers[0], entry.id, target=trade.trade_no, reason="再认领")
        service.confirm_match(officers[1], one.id)
        assert bank_entries()[0].state is EntryState.UNIDENTIFIED
        assert get_balance(AccountKind.UNIDENTIFIED_RECEIPTS) == -8_400
        assert broken() == []
        two = service.propose_match(
            officers[0], entry.id, target=code_of(other), reason="电话确认", amount_fen=3_333
        )
        rest = service.propose_return(officers[1], entry.id, reason="多转，请退回")
        assert rest.amount_fen == 5_067
        service.confirm_match(officers[1], two.id)
        service.confirm_match(officers[0], rest.id)
        assert bank_entries()[0].state is EntryState.RETURNING
        assert [trade_of(each.id).state for each in (trade, other)] == [TradeState.PAID] * 2
        assert [each.amount_fen for each in list_returning()] == [5_067]
        assert broken() == []
