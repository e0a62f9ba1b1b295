"""The sandbox commits for real, on connections of its own: what a test left there is removed."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from orders.payments.sandbox import database as sandbox


@pytest.fixture(autouse=True)
def clean_sandbox(app: Flask, database: Connection) -> Iterator[None]:
    yield
    with sandbox.own_transaction() as connection:
        for table in ("events", "refunds", "payments", "switches"):
            connection.execute(text(f"delete from sandbox.{table}"))
    sandbox.dispose(app)
