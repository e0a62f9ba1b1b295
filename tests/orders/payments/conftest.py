"""The sandbox commits for real, on connections of its own: what a test left there is removed."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection

from orders.payments.sandbox import database as sandbox
from tests.factories.payments import clear_sandbox


@pytest.fixture(autouse=True)
def clean_sandbox(app: Flask, database: Connection) -> Iterator[None]:
    yield
    clear_sandbox()
    sandbox.dispose(app)
