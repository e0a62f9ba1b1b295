"""The invariants hold after a whole sale, and every planted fault is found by the right one."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from marketplace import clock, verify
from marketplace.app import create_app
from marketplace.database import db, transaction
from marketplace.days.jobs import fold_days
from marketplace.invariants import Invariant
from orders.aftersales import service as aftersales
from orders.fulfilment.service import complete_order
from orders.trades import service as trades
from orders.trades.states import CANCEL_TRADE
from tests import databases
from tests.conftest import close
from tests.factories import orders as shop

A_DAY = timedelta(days=1)


def tell_story() -> None:
    """Sell, ship, accept, refund, complete; cancel one trade and leave one unpaid; fold the days."""
    now = clock.now()
    with clock.travel(now - 20 * A_DAY), transaction():
        market = shop.make_market()
        buyer = market.buyer
        basket = [(market.mutton, 3), (market.tea, 1), (market.rawap, 1)]
        orders = shop.buy(buyer, basket)
        sellers = {seller.id: seller for seller in (market.nanjiang, market.xinhe)}
        for order in orders:
            shop.deliver(buyer, sellers[order.cooperative_id], order)
        nanjiang = next(o for o in orders if o.cooperative_id == market.nanjiang.id)
        mutton = shop.lines_of(nanjiang)[0]
        case = aftersales.give_refund(
            market.nanjiang.actor,
            nanjiang.id,
            order_line_id=mutton.id,
            reason="缺斤少两",
            quantity=1,
        )
        shop.send_back(case)
    with clock.travel(now - 5 * A_DAY), transaction():
        for order in orders:
            assert complete_order(order.id)
    with clock.travel(now - 3 * A_DAY), transaction():
        cancelled = shop.place(buyer, [(market.tea, 1)]).trade.id
        late = shop.start_attempt(buyer, cancelled)
        assert trades.close_trade(cancelled, CANCEL_TRADE)
        assert shop.succeed(late) == "trade_cancelled"
        shop.place(buyer, [(market.tea, 2)])
        shop.buy(buyer, [(market.mutton, 1)])
    fold_days()


@pytest.fixture(scope="module")
def shop_app(
    server: databases.Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, str]]:
    """A database in which the story was told, with the owner's URL."""
    with databases.clone(server, template) as (owner_url, app_url):
        app = create_app(databases.settings_for(app_url, tmp_path_factory.mktemp("verify")))
        with app.app_context():
            tell_story()
            db.session.remove()
        yield app, owner_url.render_as_string(hide_password=False)
        close(app)


@pytest.fixture
def owner(shop_app: tuple[Flask, str]) -> Iterator[Connection]:
    """The owner's connection to the story, with its own guards off; undone afterwards."""
    app, owner_url = shop_app
    engine = create_engine(owner_url, poolclass=NullPool)
    with app.app_context(), engine.connect() as connection:
        yield connection
        connection.rollback()
        db.session.remove()
    engine.dispose()


def broken_codes(connection: Connection) -> set[str]:
    findings = verify.check(connection, verify.collect())
    return {finding.invariant.code for finding in findings if finding.violations}


FAULTS = [
    ("I1", "update journal_postings set amount_fen = amount_fen + 1 where id = (select min(id::text)::uuid from journal_postings)"),
    ("I1", "delete from journal_postings where id = (select min(id::text)::uuid from journal_postings)"),
    ("I1", "delete from journal_postings"),
    ("I1", "insert into journal_entries values (gen_random_uuid(), 'refund_paid', gen_random_uuid(), current_date, now())"),
    ("I2", "update skus set on_hand = on_hand + 1"),
    ("I2", "update stock_moves set quantity = quantity + 1 where kind = 'received'"),
    ("I3", "update orders set goods_fen = goods_fen + 100, total_fen = total_fen + 100"),
    ("I3", "update trades set goods_fen = goods_fen + 100, total_fen = total_fen + 100"),
    ("I3", "update payment_attempts set captured = captured + 1 where outcome = 'accepted'"),
    ("I3", "update payment_attempts set refunded = refunded + 1 where outcome = 'accepted'"),
    ("I3", "update refunds set amount = amount + 1"),
    ("I3", "delete from refunds where state = 'succeeded'"),
    ("I3", "update refunds set state = 'sent' where state = 'succeeded'"),
    ("I4", "update credits set amount_fen = amount_fen + 1 where amount_fen > 0"),
    ("I4", "delete from credits"),
    ("I5", "update orders set state = 'accepted', completed_at = null where state = 'completed'"),
    ("I5", "update journal_postings set amount_fen = amount_fen * 2 where account_kind in ('cooperative_pending', 'cooperative_payable') and entry_id in (select id from journal_entries where kind = 'order_completed')"),
    ("I5", "update journal_postings set account_kind = 'cooperative_payable' where account_kind = 'cooperative_pending'"),
    ("I6", "update journal_postings set owner_id = gen_random_uuid() where account_kind = 'cooperative_payable'"),
    ("I6", "update journal_postings set order_id = gen_random_uuid() where order_id is not null"),
    ("I6", "update refunds set order_id = gen_random_uuid() where order_id is not null"),
    ("I6", "update orders set trade_id = gen_random_uuid()"),
    ("I7", "update journal_postings set order_id = null where account_kind = 'cooperative_pending'"),
    ("I7", "update credits set booked_at = booked_at + interval '1 day'"),
    ("I7", "delete from folded_days where sequence = (select max(sequence) from folded_days)"),
    ("I8", "update orders set state = 'shipped' where state = 'paid'"),
    ("I8", "update payment_attempts set ended_at = null where state = 'succeeded'"),
    ("I8", "update refunds set reason = 'trade_expired' where reason = 'trade_cancelled'"),
    ("I9", "update credit_daily_sums set amount_fen = amount_fen + 1"),
    ("I9", "delete from credit_daily_sums"),
]  # fmt: skip


class TestCheck:
    def test_finds_nothing_wrong_after_a_whole_sale(self, owner: Connection) -> None:
        findings = verify.check(owner, verify.collect())
        assert verify.report(findings) == [
            f"{code} 0 violations · {title.zh} ({title.en})"
            for code, title in verify.TITLES.items()
        ]

    @pytest.mark.parametrize(("code", "fault"), FAULTS)
    def test_finds_a_planted_fault(self, owner: Connection, code: str, fault: str) -> None:
        found = re.match(r"(?:update|delete from|insert into) (\w+)", fault)
        assert found is not None
        owner.execute(text(f"alter table {found[1]} disable trigger user"))
        assert owner.execute(text(fault)).rowcount > 0
        assert code in broken_codes(owner)


class TestCollect:
    def test_has_all_nine_stated(self) -> None:
        assert {invariant.code for invariant in verify.collect()} == set(verify.TITLES)


class TestReport:
    def finding(self, violations: int) -> verify.Finding:
        invariant = Invariant("I2", "库存", "select 1")
        return verify.Finding(invariant, violations, ["a"] * min(violations, verify.SHOWN))

    def test_sums_by_code_and_shows_the_first_rows(self) -> None:
        lines = verify.report([self.finding(0), self.finding(31)])
        start = lines.index(
            "I2 31 violations · 库存与流水、占用相符 (stock equals its moves and reservations)"
        )
        assert lines[start + 1] == "   31 × 库存"
        assert lines[start + 2 : start + 22] == ["      a"] * 20
        assert lines[start + 22].startswith("I3 ")

    def test_says_what_nobody_states(self) -> None:
        assert verify.report([])[0].startswith("I1 not stated")


class TestMain:
    @pytest.fixture
    def environment(self, shop_app: tuple[Flask, str], monkeypatch: pytest.MonkeyPatch) -> Flask:
        settings = shop_app[0].config["SETTINGS"]
        monkeypatch.setenv("JIEDUI_ENV", "test")
        monkeypatch.setenv("DATABASE_URL", settings.database_url)
        monkeypatch.setenv("SECRET_KEY", settings.secret_key)
        monkeypatch.setenv("SANDBOX_WEBHOOK_SECRET", settings.sandbox_webhook_secret)
        monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
        return shop_app[0]

    def test_succeeds_on_a_sound_database(
        self, environment: Flask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert verify.main() == 0
        assert capsys.readouterr().out.startswith("I1 0 violations")

    def test_fails_when_anything_is_broken(
        self,
        environment: Flask,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        wrong = Invariant("I1", "总有一行", "select 'this-one' as id")
        monkeypatch.setattr(verify, "collect", lambda: [wrong])
        assert verify.main() == 1
        assert "this-one" in capsys.readouterr().out
