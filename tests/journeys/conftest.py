"""The scene of the journeys."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from products.catalogue.models import ProductKind
from tests.factories.orders import make_seller, stock_up
from tests.factories.payments import clear_sandbox
from tests.journeys.people import NANJIANG, XINHE, Story


@pytest.fixture
def story(app: Flask, travel: Callable[[datetime], None]) -> Callable[[datetime], Story]:
    """Return a function that opens the scene at an instant."""

    def tell(instant: datetime) -> Story:
        travel(instant)
        # What other tests left with the provider is no part of this story's days.
        clear_sandbox()
        nanjiang = make_seller("示例合作社 · 南江", NANJIANG)
        stock_up(nanjiang, "南江黄羊肉", price_fen=5800)
        stock_up(nanjiang, "南江金银花", price_fen=4200, spec="100 克")
        stock_up(nanjiang, "南江大叶茶", price_fen=3333, spec="100 克")
        xinhe = make_seller("示例合作社 · 新和", XINHE)
        stock_up(
            xinhe,
            "热瓦普",
            kind=ProductKind.CRAFT,
            origin_code=XINHE,
            price_fen=88_000,
            is_certified=False,
        )
        return Story(app, travel, nanjiang, xinhe)

    return tell
