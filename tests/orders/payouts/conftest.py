"""Two released statements that wait for their money."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from marketplace.identity.actor import Actor
from orders.settlements.models import Statement
from orders.settlements.service import confirm_statement
from tests.factories.orders import Market, Seller, make_market
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    make_finance_officer,
    release,
    sell,
    settle,
    statements_of,
)


@pytest.fixture
def officers() -> tuple[Actor, Actor]:
    return make_finance_officer(), make_finance_officer()


@pytest.fixture
def market(travel: Callable[[datetime], None]) -> Market:
    travel(START)
    market = make_market()
    give_account(market.nanjiang)
    give_account(market.xinhe, "6222020200445566")
    return market


@pytest.fixture
def released(
    market: Market, officers: tuple[Actor, Actor], travel: Callable[[datetime], None]
) -> list[Statement]:
    """Nanjiang is owed 116 yuan, Xinhe 880."""
    complete_later(
        sell(market, market.nanjiang, [(market.mutton, 2)]),
        sell(market, market.xinhe, [(market.rawap, 1)]),
    )
    travel(START + timedelta(days=15))
    settle(officers[0], date(2026, 6, 15))
    return [_released(seller, officers) for seller in (market.nanjiang, market.xinhe)]


def _released(seller: Seller, officers: tuple[Actor, Actor]) -> Statement:
    [statement] = statements_of(seller.id)
    confirm_statement(seller.actor, statement.id)
    return release(statement, *officers)
