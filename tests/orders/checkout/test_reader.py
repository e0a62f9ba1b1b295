"""The shop window judges for the unit that checkout would propose."""

from flask import Flask, g

from marketplace.permissions import Role
from products.storefront.reader import get_reader
from tests.factories.identity import actor_of, give_role, make_account
from tests.factories.orders import DONGYANG, JINYUN, make_market, place
from tests.factories.partners import make_buying_unit


def test_the_unit_last_bought_for_comes_first(app: Flask) -> None:
    market = make_market()
    first = make_buying_unit(name="示例小学 1", region_code=DONGYANG)
    second = make_buying_unit(name="示例小学 2", region_code=JINYUN)
    clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=first.id)
    give_role(clerk, Role.BUYING_UNIT_CLERK, second.id)
    seen = []
    for unit in (None, second, first):
        if unit is not None:
            place(actor_of(clerk), [(market.mutton, 1)], DONGYANG, buying_unit_id=unit.id)
        with app.test_request_context("/products"):
            g.actor = actor_of(clerk)
            seen.append(get_reader().unit_id)
    assert seen == [first.id, second.id, first.id]
