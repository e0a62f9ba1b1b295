"""Any order of steps, by anybody: the states move as the table says and the invariants hold."""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.errors import Problem
from marketplace.permissions import Role
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    confirm_replacement,
    escalate_case,
    give_refund,
    receive_goods,
    refund_instead,
    refuse_goods,
    refuse_refund,
    send_goods_back,
    send_replacement,
    settle_due_case,
    withdraw_application,
)
from orders.arbitration.service import Outcome, decide_case
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import (
    agree_to_cancel,
    cancel_order,
    cancel_sale,
    refuse_to_cancel,
    settle_due_cancellation,
)
from orders.fulfilment.picking import pick_order
from orders.fulfilment.service import (
    ShipItem,
    accept_order,
    accept_order_automatically,
    complete_order,
)
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.trades.models import Order, OrderLine
from orders.trades.service import close_trade
from orders.trades.states import CANCEL_TRADE, EXPIRE_TRADE, ORDER_MOVES, OrderState
from tests.conftest import EXPLORE
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import (
    lines_of,
    make_market,
    place,
    send_back,
    ship,
    start_attempt,
    succeed,
)
from tests.orders.invariants import broken

DEPOT = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
ALLOWED = {(source, move.target) for move in ORDER_MOVES for source in move.sources}


class SaleMachine(RuleBasedStateMachine):
    """A market in which everybody tries everything at any time; what is refused changes nothing."""

    orders = Bundle("orders")
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.time = ExitStack()
        self.market = make_market(on_hand=12)
        self.buyer = self.market.buyer
        self.states: dict[uuid.UUID, OrderState] = {}
        self.judge = actor_of(make_account(role=Role.PLATFORM_ADMIN))
        for seller in (self.market.nanjiang, self.market.xinhe):
            set_return_address(seller.actor, seller.id, DEPOT)

    def teardown(self) -> None:
        self.time.close()
        db.session.rollback()

    def attempt(self, step: Callable[[], object]) -> object:
        """Take a step; a stated refusal undoes it, anything else is a fault."""
        savepoint = db.session.begin_nested()
        try:
            done = step()
        except Problem:
            savepoint.rollback()
            return None
        savepoint.commit()
        return done

    def seller_of(self, order_id: uuid.UUID) -> object:
        cooperative_id = db.session.scalars(
            select(Order.cooperative_id).where(Order.id == order_id)
        ).one()
        sellers = (self.market.nanjiang, self.market.xinhe)
        return next(seller for seller in sellers if seller.id == cooperative_id)

    def order(self, order_id: uuid.UUID) -> Order:
        return db.session.scalars(
            select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
        ).one()

    @initialize(target=orders)
    def buys(self) -> object:
        """Begin with a paid sale, so that most steps are about goods on their way."""
        basket = [(self.market.mutton, 3), (self.market.rawap, 2)]
        whole = place(self.buyer, basket)
        assert succeed(start_attempt(self.buyer, whole.trade.id)) == "accepted"
        return multiple(*(order.id for order in whole.orders))

    @precondition(lambda self: len(self.states) < 4)
    @rule(target=orders, mutton=st.integers(1, 3), tea=st.integers(0, 3), rawap=st.integers(0, 2))
    def places(self, mutton: int, tea: int, rawap: int) -> object:
        wanted = zip(
            (self.market.mutton, self.market.tea, self.market.rawap),
            (mutton, tea, rawap),
            strict=True,
        )
        basket = [(sku, quantity) for sku, quantity in wanted if quantity]
        whole = self.attempt(lambda: place(self.buyer, basket))
        if whole is None:
            return multiple()
        return multiple(*(order.id for order in whole.orders))  # type: ignore[attr-defined]

    @rule(order_id=orders)
    def pays(self, order_id: uuid.UUID) -> None:
        trade_id = self.order(order_id).trade_id
        self.attempt(lambda: succeed(start_attempt(self.buyer, trade_id)))

    @rule(order_id=orders)
    def pays_again(self, order_id: uuid.UUID) -> None:
        """A provider's news comes twice, or a second attempt succeeds after all."""
        trade_id = self.order(order_id).trade_id
        for attempt_id in db.session.scalars(
            select(PaymentAttempt.id).where(PaymentAttempt.trade_id == trade_id)
        ).all():
            self.attempt(lambda attempt_id=attempt_id: succeed(attempt_id))  # type: ignore[misc]

    @rule(order_id=orders, move=st.sampled_from([CANCEL_TRADE, EXPIRE_TRADE]))
    def closes(self, order_id: uuid.UUID, move: object) -> None:
        trade_id = self.order(order_id).trade_id
        self.attempt(lambda: close_trade(trade_id, move))  # type: ignore[arg-type]

    @rule(order_id=orders, quantity=st.integers(1, 3))
    def ships_a_part(self, order_id: uuid.UUID, quantity: int) -> None:
        order, seller = self.order(order_id), self.seller_of(order_id)
        items = [ShipItem(lines_of(order)[0].id, quantity)]
        self.attempt(lambda: ship(seller, order, items=items))  # type: ignore[arg-type]

    @rule(order_id=orders)
    def ships_the_rest(self, order_id: uuid.UUID) -> None:
        order, seller = self.order(order_id), self.seller_of(order_id)
        self.attempt(lambda: ship(seller, order))  # type: ignore[arg-type]

    @rule(order_id=orders)
    def accepts(self, order_id: uuid.UUID) -> None:
        self.attempt(lambda: accept_order(self.buyer, order_id))

    @rule(days=st.integers(1, 12))
    def lets_time_pass(self, days: int) -> None:
        self.time.enter_context(clock.travel(clock.now() + timedelta(days=days)))
        for order_id in list(self.states):
            self.attempt(lambda order_id=order_id: accept_order_automatically(order_id))  # type: ignore[misc]
            self.attempt(lambda order_id=order_id: complete_order(order_id))  # type: ignore[misc]
            self.attempt(lambda order_id=order_id: settle_due_cancellation(order_id))  # type: ignore[misc]
        due = select(AftersalesCase.id).where(AftersalesCase.due_at <= clock.now())
        for case_id in db.session.scalars(due.order_by(AftersalesCase.id)).all():
            self.attempt(lambda case_id=case_id: settle_due_case(case_id))  # type: ignore[misc]

    @rule(order_id=orders)
    def begins_to_pack(self, order_id: uuid.UUID) -> None:
        actor = self.seller_of(order_id).actor  # type: ignore[attr-defined]
        self.attempt(lambda: pick_order(actor, order_id))

    @rule(order_id=orders, step=st.sampled_from(["cancel", "cancel_sale", "agree", "refuse"]))
    def calls_off(self, order_id: uuid.UUID, step: str) -> None:
        actor = self.seller_of(order_id).actor  # type: ignore[attr-defined]
        steps: dict[str, Callable[[], object]] = {
            "cancel": lambda: cancel_order(
                self.buyer, order_id, reason=CancellationReason.NOT_WANTED
            ),
            "cancel_sale": lambda: cancel_sale(
                actor, order_id, reason=CancellationReason.OUT_OF_STOCK
            ),
            "agree": lambda: agree_to_cancel(actor, order_id),
            "refuse": lambda: refuse_to_cancel(actor, order_id, answer="已经打包"),
        }
        self.attempt(steps[step])

    @rule(
        target=cases,
        order_id=orders,
        quantity=st.integers(0, 3),
        amount=st.none() | st.integers(1, 9000),
        kind=st.sampled_from(CaseKind),
    )
    def applies(
        self, order_id: uuid.UUID, quantity: int, amount: int | None, kind: CaseKind
    ) -> object:
        line_id = lines_of(self.order(order_id))[0].id
        case = self.attempt(
            lambda: apply_for_refund(
                self.buyer,
                order_id,
                order_line_id=line_id,
                quantity=quantity,
                amount_fen=amount,
                kind=kind,
                cause=CaseCause.QUALITY,
                reason="坏了",
            )
        )
        return multiple() if case is None else case.id  # type: ignore[attr-defined]

    @rule(target=cases, order_id=orders, quantity=st.integers(1, 3), back=st.integers(0, 2))
    def gives(self, order_id: uuid.UUID, quantity: int, back: int) -> object:
        line_id = lines_of(self.order(order_id))[-1].id
        seller = self.seller_of(order_id)
        case = self.attempt(
            lambda: give_refund(
                seller.actor,  # type: ignore[attr-defined]
                order_id,
                order_line_id=line_id,
                quantity=quantity,
                put_back_quantity=back,
                reason="缺货",
            )
        )
        return multiple() if case is None else case.id  # type: ignore[attr-defined]

    @rule(case_id=cases, answer=st.sampled_from(["agree", "refuse", "withdraw"]))
    def answers(self, case_id: uuid.UUID, answer: str) -> None:
        case = db.session.get_one(AftersalesCase, case_id)
        actor = self.seller_of(case.order_id).actor  # type: ignore[attr-defined]
        steps: dict[str, Callable[[], object]] = {
            "agree": lambda: agree_to_refund(actor, case_id),
            "refuse": lambda: refuse_refund(actor, case_id, answer="不同意"),
            "withdraw": lambda: withdraw_application(self.buyer, case_id),
        }
        self.attempt(steps[answer])

    @rule(
        case_id=cases,
        step=st.sampled_from(
            ["send_back", "receive", "refuse_goods", "replace", "refund", "confirm", "escalate"]
        ),
        back=st.integers(0, 3),
    )
    def goes_on(self, case_id: uuid.UUID, step: str, back: int) -> None:
        case = db.session.get_one(AftersalesCase, case_id)
        actor = self.seller_of(case.order_id).actor  # type: ignore[attr-defined]
        waybill = {"courier_code": "sf", "waybill_no": f"SF{case_id.hex[-12:]}"}
        steps: dict[str, Callable[[], object]] = {
            "send_back": lambda: send_goods_back(self.buyer, case_id, **waybill),
            "receive": lambda: receive_goods(actor, case_id, put_back_quantity=back),
            "refuse_goods": lambda: refuse_goods(actor, case_id, answer="空包裹"),
            "replace": lambda: send_replacement(actor, case_id, **waybill),
            "refund": lambda: refund_instead(actor, case_id),
            "confirm": lambda: confirm_replacement(self.buyer, case_id),
            "escalate": lambda: escalate_case(self.buyer, case_id, reason="请平台看看"),
        }
        self.attempt(steps[step])

    @rule(case_id=cases, outcome=st.sampled_from(Outcome), amount=st.none() | st.integers(1, 9000))
    def is_decided(self, case_id: uuid.UUID, outcome: Outcome, amount: int | None) -> None:
        self.attempt(
            lambda: decide_case(
                self.judge, case_id, outcome=outcome, decision="按照片裁定", amount_fen=amount
            )
        )

    @rule(case_id=cases)
    def sends_back(self, case_id: uuid.UUID) -> None:
        refund = db.session.scalar(select(Refund).where(Refund.cause_id == case_id))
        if refund is not None and refund.state is not RefundState.FAILED:
            send_back(db.session.get_one(AftersalesCase, case_id))

    @invariant()
    def states_move_as_the_table_says(self) -> None:
        for order_id, state in db.session.execute(select(Order.id, Order.state)):
            before = self.states.get(order_id, OrderState.UNPAID)
            # A rule may take several steps (time passes: accepted, then completed).
            assert state == before or _reaches(before, state), f"{before} → {state}"
            self.states[order_id] = state

    @invariant()
    def nothing_is_broken(self) -> None:
        assert broken() == []

    @invariant()
    def nobody_gets_back_more_than_was_paid(self) -> None:
        for line in db.session.scalars(select(OrderLine)):
            assert 0 <= line.refunded_fen <= line.claimed_fen <= line.net_fen


def _reaches(before: OrderState, after: OrderState) -> bool:
    reached = {str(before)}
    for _ in OrderState:
        reached |= {target for source, target in ALLOWED if source in reached}
    return str(after) in reached


def test_any_order_of_steps_leaves_the_invariants_whole() -> None:
    run_state_machine_as_test(
        SaleMachine,
        settings=settings(
            max_examples=8 * max(EXPLORE, 1),
            stateful_step_count=24,
        ),
    )
