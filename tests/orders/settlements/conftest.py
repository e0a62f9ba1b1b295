"""What tests of settlement stand on: a market in June 2026, and an untouched copy of the digests."""

from collections.abc import Callable
from datetime import datetime

import pytest

from marketplace.identity.actor import Actor
from tests.factories.orders import Market, make_market
from tests.factories.settlements import START, give_account, make_finance_officer


@pytest.fixture
def market(travel: Callable[[datetime], None]) -> Market:
    """The market on the first of June 2026; its cooperatives have bank accounts."""
    travel(START)
    market = make_market()
    give_account(market.nanjiang)
    give_account(market.xinhe, "6222020200445566")
    return market


@pytest.fixture
def officer() -> Actor:
    return make_finance_officer()


@pytest.fixture
def other_officer() -> Actor:
    return make_finance_officer()
