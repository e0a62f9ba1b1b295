"""A shop with Stripe on offer, and a day that is over."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from marketplace.identity.actor import Actor
from tests.factories.settlements import make_finance_officer
from tests.orders.payments.conftest import clean_sandbox
from tests.orders.payments.stripe.conftest import provider, shop, stripe

__all__ = ["clean_sandbox", "provider", "shop", "stripe"]

# A Monday in Shanghai: noon, and the next morning when the day is over.
DAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(travel: Callable[[datetime], None]) -> None:
    travel(NOON)


@pytest.fixture
def officer() -> Actor:
    return make_finance_officer()
