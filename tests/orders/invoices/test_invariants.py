"""The invariants of invoices and papers see what is planted."""

import pytest
from sqlalchemy import text

from marketplace.database import db
from orders.papers.models import PaperKind
from orders.papers.service import make_paper
from tests.factories import invoices as make
from tests.factories.orders import deliver, make_market
from tests.factories.units import make_unit
from tests.orders.invariants import broken
from tests.orders.invoices.refunding import refund

NOBODY = "'00000000-0000-0000-0000-000000000001'"
FAULTS = [
    ("I3", "update invoice_lines set amount_fen = amount_fen + 1 where is_live"),
    ("I3", "update invoices set amount_fen = amount_fen + 1 where state = 'issued'"),
    ("I3", "update invoice_lines set reversed_fen = 0 where reversed_fen > 0"),
    ("I3", "update order_lines set claimed_fen = net_fen, refunded_fen = net_fen"),
    ("I8", "update invoice_lines set is_live = false where is_live"),
    ("I8", "update invoices set state = 'reversed' where kind = 'blue' and state = 'issued'"),
    ("I8", "update invoices set account_id = gen_random_uuid() where kind = 'red'"),
    ("I6", f"update invoices set account_id = {NOBODY}"),
    ("I6", "update invoices set buying_unit_id = null"),
    ("I6", f"update invoice_titles set owner_id = {NOBODY}"),
    ("I6", "update invoice_titles set is_default = false"),
    ("I3", "update orders set accepted_at = null"),
]


@pytest.fixture
def busy() -> None:
    """A unit's invoice, a part of it to be reversed, a request, and an acceptance note."""
    market, unit = make_market(), make_unit()
    [order] = unit.buy([(market.mutton, 2), (market.tea, 3)])
    make.issue(market.nanjiang.actor, make.ask(unit.actor, [order]))
    refund(market, order, "南江大叶茶", unit.actor, quantity=1)
    make.ask(unit.actor, unit.buy([(market.tea, 1)]))
    [accepted] = unit.buy([(market.tea, 1)])
    deliver(unit.actor, market.nanjiang, accepted)
    make_paper(unit.actor, accepted.id, kind=PaperKind.ACCEPTANCE)


class TestInvariants:
    def test_hold_on_sound_rows(self, busy: None) -> None:
        assert broken() == []

    @pytest.mark.parametrize(("code", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
    def test_see_a_planted_fault(self, busy: None, code: str, fault: str) -> None:
        assert db.session.execute(text(fault)).rowcount > 0
        assert code in {line.split()[0] for line in broken()}
