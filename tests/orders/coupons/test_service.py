"""Coupons from issue to settlement: limits, use, return, refunds, journal, credits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.permissions import Role
from orders.aftersales.service import give_refund
from orders.checkout.errors import QuoteChanged
from orders.checkout.quoting import make_quote
from orders.checkout.service import place_trade
from orders.coupons import queries, service
from orders.coupons.errors import (
    CouponCooperativeUnknown,
    CouponLimitReached,
    CouponNotClaimable,
    CouponNotHeld,
    CouponProductsUnknown,
    CouponsGone,
    CouponStopped,
)
from orders.coupons.models import Coupon, CouponHolding, HoldingState, Party
from orders.fees.service import set_fee_rate
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments.pay_later.service import release_trade
from orders.settlements.models import SettlementLine
from orders.trades.models import Trade
from orders.trades.service import close_trade
from orders.trades.states import CANCEL_TRADE, EXPIRE_TRADE
from tests.conftest import Committed
from tests.factories.bank import make_officers
from tests.factories.coupons import claim, make_platform_coupon, make_sellers_coupon
from tests.factories.debts import make_clerk_on_terms
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import (
    RECIPIENT,
    Market,
    buy,
    complete,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    request_for,
    send_back,
    start_attempt,
    succeed,
)
from tests.orders.invariants import broken

BASKET = 2


@pytest.fixture
def market() -> Market:
    return make_market()


def balance(kind: AccountKind) -> int:
    db.session.flush()
    return get_balance(kind)


class TestClaimCoupon:
    def test_stops_at_the_last_one(self, market: Market) -> None:
        coupon = make_platform_coupon(total_limit=1)
        claim(market.shopper, coupon)
        with pytest.raises(CouponsGone):
            claim(make_account(), coupon)

    def test_stops_at_the_accounts_limit(self, market: Market) -> None:
        coupon = make_platform_coupon(per_account_limit=2)
        claim(market.shopper, coupon)
        claim(market.shopper, coupon)
        with pytest.raises(CouponLimitReached):
            claim(market.shopper, coupon)

    def test_refuses_what_is_over_or_stopped(self, market: Market) -> None:
        coupon = make_platform_coupon(valid_until_at=clock.now() + timedelta(hours=1))
        with clock.travel(clock.now() + timedelta(hours=2)), pytest.raises(CouponNotClaimable):
            claim(market.shopper, coupon)
        service.stop_coupon(market.nanjiang.actor, coupon)
        with pytest.raises(CouponNotClaimable):
            claim(market.shopper, coupon)
        with pytest.raises(CouponStopped):
            service.stop_coupon(market.nanjiang.actor, coupon)


class TestIssueCoupon:
    def test_is_for_products_that_exist(self, market: Market) -> None:
        with pytest.raises(CouponProductsUnknown):
            make_sellers_coupon(market.nanjiang, product_ids=[market.rawap.product_id])

    def test_at_a_cooperatives_cost_needs_its_word(self, market: Market) -> None:
        with pytest.raises(CouponCooperativeUnknown):
            make_platform_coupon(bearer=Party.COOPERATIVE, cooperative_id=market.nanjiang.id)
        agreed = make_platform_coupon(
            bearer=Party.COOPERATIVE, cooperative_id=market.nanjiang.id, document="协议 1 号"
        )
        assert agreed.bearer is Party.COOPERATIVE


class TestUse:
    def test_takes_it_off_and_credits_what_is_paid(self, market: Market) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        request = request_for([(market.rawap, 1)], coupon_ids=[mine])
        quote = make_quote(market.buyer, request)
        assert (quote.discount_fen, quote.total_fen) == (1000, 87_000)
        [pairing] = [h for h in quote.orders[0].lines[0].helps if h.scheme == "pairing"]
        assert pairing.amount_fen == 87_000
        whole = place(market.buyer, [(market.rawap, 1)], coupon_ids=[mine])
        [order] = orders_of(whole.trade.id)
        assert (order.discount_fen, order.platform_discount_fen) == (1000, 1000)
        assert db.session.get_one(CouponHolding, mine).state is HoldingState.USED
        assert succeed(start_attempt(market.buyer, whole.trade.id)) == "accepted"
        assert broken() == []

    def test_is_shared_over_orders_and_borne_by_whom_it_says(self, market: Market) -> None:
        ours = claim(market.shopper, make_platform_coupon())
        theirs = claim(market.shopper, make_sellers_coupon(market.nanjiang, amount_off_fen=500))
        basket = [(market.mutton, BASKET), (market.rawap, 1)]
        orders = buy(market.buyer, basket, coupon_ids=[ours, theirs])
        by_seller = {order.cooperative_id: order for order in orders}
        nanjiang, xinhe = by_seller[market.nanjiang.id], by_seller[market.xinhe.id]
        # 111.00 and 880.00 are left after Nanjiang's own 5.00.
        assert (nanjiang.discount_fen, nanjiang.platform_discount_fen) == (500 + 112, 112)
        assert (xinhe.discount_fen, xinhe.platform_discount_fen) == (888, 888)
        assert balance(AccountKind.COUPON_COST) == 1000
        assert balance(AccountKind.COOPERATIVE_PENDING) == -(11_600 - 500 + 88_000)
        assert broken() == []

    def test_of_somebody_elses_coupon_is_refused(self, market: Market) -> None:
        theirs = claim(make_account(), make_platform_coupon())
        with pytest.raises(CouponNotHeld):
            make_quote(market.buyer, request_for([(market.rawap, 1)], coupon_ids=[theirs]))

    def test_a_coupon_used_meanwhile_is_told_with_the_new_quote(self, market: Market) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        request = request_for([(market.rawap, 1)], coupon_ids=[mine])
        digest = make_quote(market.buyer, request).digest
        place(market.buyer, [(market.rawap, 1)], coupon_ids=[mine])
        with pytest.raises(QuoteChanged) as told:
            place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        [coupon] = told.value.extra["quote"]["coupons"]
        assert (coupon["discount_fen"], coupon["reason"]) == (0, "这张优惠券已经用过")
        assert told.value.extra["quote"]["total_fen"] == 88_000

    def test_one_that_takes_nothing_off_is_kept(self, market: Market) -> None:
        mine = claim(market.shopper, make_platform_coupon(from_fen=90_000))
        whole = place(market.buyer, [(market.rawap, 1)], coupon_ids=[mine])
        assert whole.trade.discount_fen == 0
        assert db.session.get_one(CouponHolding, mine).state is HoldingState.HELD

    @pytest.mark.parametrize("move", [CANCEL_TRADE, EXPIRE_TRADE])
    def test_comes_back_when_the_trade_comes_to_nothing(self, market: Market, move: object) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        whole = place(market.buyer, [(market.rawap, 1)], coupon_ids=[mine])
        assert close_trade(whole.trade.id, move)  # type: ignore[arg-type]
        db.session.expire_all()
        assert db.session.get_one(CouponHolding, mine).state is HoldingState.HELD
        assert broken() == []
        again = place(market.buyer, [(market.rawap, 1)], coupon_ids=[mine])
        assert again.trade.discount_fen == 1000
        assert broken() == []


class TestRefund:
    def test_gives_back_what_was_paid_and_takes_back_what_the_platform_added(
        self, market: Market
    ) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        [order] = buy(market.buyer, [(market.mutton, 3)], coupon_ids=[mine])
        [line] = lines_of(order)
        assert (line.net_fen, line.platform_discount_fen) == (16_400, 1000)
        given = [
            give_refund(
                market.nanjiang.actor, order.id, order_line_id=line.id, reason="缺货", quantity=1
            )
            for _ in range(3)
        ]
        assert [case.goods_fen for case in given] == [5467, 5466, 5467]
        assert balance(AccountKind.COUPON_COST) == 0
        assert balance(AccountKind.COOPERATIVE_PENDING) == 0
        assert sum(send_back(case) == "succeeded" for case in given) == 3
        assert broken() == []

    def test_after_completion_goes_into_the_next_statement(self, market: Market) -> None:
        set_fee_rate(
            actor_of(make_account(role=Role.PLATFORM_ADMIN)),
            rate_bp=500, valid_from=clock.today(), document="费率 1 号",
        )  # fmt: skip
        mine = claim(market.shopper, make_platform_coupon())
        [order] = buy(market.buyer, [(market.mutton, 2)], coupon_ids=[mine])
        deliver(market.buyer, market.nanjiang, order)
        with clock.travel(clock.now() + timedelta(days=60)):
            assert complete(order)
            sale = db.session.scalars(select(SettlementLine)).one()
            # 116.00 for the cooperative: 106.00 from the buyer, 10.00 from the platform; 5 % fee.
            assert (sale.gross_fen, sale.fee_fen, sale.payable_fen) == (11_600, 580, 11_020)
            assert (sale.coupon_fen, sale.coupon_back_fen, sale.own_discount_fen) == (1000, 0, 0)
            assert broken() == []
            [line] = lines_of(order)
            case = give_refund(
                market.nanjiang.actor, order.id, order_line_id=line.id, reason="变质", quantity=2
            )
            assert case.goods_fen == 10_600
            sums = select(
                func.sum(SettlementLine.payable_fen), func.sum(SettlementLine.coupon_back_fen)
            )
            assert db.session.execute(sums).one() == (0, 1000)
            assert balance(AccountKind.COUPON_COST) == 0
            assert broken() == []

    def test_of_goods_that_came_first_and_are_not_paid_yet(self, market: Market) -> None:
        clerk = make_clerk_on_terms(make_officers())
        coupon = make_platform_coupon()
        mine = service.claim_coupon(clerk.actor.account_id, coupon.id).id
        whole = place(clerk.actor, [(market.mutton, 2)], coupon_ids=[mine])
        release_trade(clerk.actor, whole.trade.id)
        assert balance(AccountKind.COUPON_COST) == 1000
        assert balance(AccountKind.COOPERATIVE_PENDING) == -11_600
        assert broken() == []
        [order] = orders_of(whole.trade.id)
        [line] = lines_of(order)
        give_refund(
            market.nanjiang.actor, order.id, order_line_id=line.id, reason="缺货", quantity=1
        )
        assert balance(AccountKind.COUPON_COST) == 500
        assert broken() == []


class TestFigures:
    def test_count_what_is_claimed_used_and_spent(self, market: Market) -> None:
        coupon = make_platform_coupon(per_account_limit=3)
        first, _ = claim(market.shopper, coupon), claim(market.shopper, coupon)
        place(market.buyer, [(market.rawap, 1)], coupon_ids=[first])
        [figures] = queries.with_figures([db.session.get_one(Coupon, coupon.id)])
        db.session.refresh(figures.coupon)
        assert (figures.coupon.claimed, figures.used, figures.discount_fen) == (2, 1, 1000)


class TestInvariants:
    @pytest.mark.parametrize(
        "fault",
        [
            "update coupons set claimed = claimed + 1",
            "update coupon_holdings set state = 'held', trade_id = null, used_at = null",
            "update coupon_uses set discount_fen = discount_fen + 1",
            "update coupon_uses set bearer = 'cooperative'",
            "update order_lines set platform_discount_fen = 999",
            "update order_lines set platform_returned_fen = 1",
            "update coupons set cooperative_id = gen_random_uuid()",
            "update refunds set coupon_fen = 1",
        ],
    )
    def test_see_a_fault(self, market: Market, fault: str) -> None:
        mine = claim(market.shopper, make_platform_coupon())
        [order] = buy(market.buyer, [(market.mutton, 2)], coupon_ids=[mine])
        give_refund(
            market.nanjiang.actor, order.id,
            order_line_id=lines_of(order)[0].id, reason="补偿", amount_fen=100,
        )  # fmt: skip
        assert broken() == []
        db.session.execute(text(fault))
        assert broken() != []


class TestRaces:
    def test_for_the_last_coupon_have_one_winner(self, committed: Committed) -> None:
        with committed.context(), transaction():
            coupon_id = make_platform_coupon(total_limit=1).id
            accounts = [make_account().id for _ in range(16)]

        def taking(account_id: object) -> object:
            def run() -> object:
                with transaction():
                    return service.claim_coupon(account_id, coupon_id).id  # type: ignore[arg-type]

            return run

        answers = committed.in_parallel(*[taking(each) for each in accounts])  # type: ignore[arg-type]
        refusals = [one for one in answers if isinstance(one, Exception)]
        assert len(refusals) == 15
        assert {type(one) for one in refusals} == {CouponsGone}
        with committed.context():
            assert broken() == []

    def test_of_one_account_stop_at_its_limit_and_one_coupon_is_used_once(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            market = make_market()
            coupon_id = make_platform_coupon(per_account_limit=1, total_limit=50).id
            buyer = market.buyer
            request = request_for([(market.rawap, 1)])

        def claiming() -> object:
            with transaction():
                return service.claim_coupon(buyer.account_id, coupon_id).id

        claimed = committed.in_parallel(*[claiming] * 8)
        [mine] = [one for one in claimed if not isinstance(one, Exception)]
        assert {type(one) for one in claimed if one is not mine} == {CouponLimitReached}
        with committed.context():
            request = replace(request, coupon_ids=[mine])  # type: ignore[list-item]
            digest = make_quote(buyer, request).digest

        def placing() -> object:
            with transaction():
                return place_trade(
                    buyer, request, recipient=RECIPIENT, quote_digest=digest
                ).trade.id

        placed = committed.in_parallel(*[placing] * 8)
        assert [type(one) for one in placed if isinstance(one, Exception)] == [QuoteChanged] * 7
        with committed.context():
            assert db.session.scalar(select(func.count()).select_from(Trade)) == 1
            assert broken() == []


def test_is_guarded_even_without_the_quotes_lock(market: Market) -> None:
    mine = claim(market.shopper, make_platform_coupon())
    trade_id = place(market.buyer, [(market.rawap, 1)]).trade.id
    service.use_coupons(market.shopper.id, trade_id, {mine})
    with pytest.raises(CouponNotHeld):
        service.use_coupons(market.shopper.id, trade_id, {mine})
