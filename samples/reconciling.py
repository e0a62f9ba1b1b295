"""A sample of reconciled days: most agree, and on one the provider has a payment that nobody knows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from marketplace import clock
from marketplace.database import transaction
from marketplace.identity.actor import SYSTEM
from orders.payments.sandbox.adapter import MERCHANT
from orders.payments.sandbox.service import confirm_payment, open_payment
from orders.payments.sandbox.switches import Switches, set_switches
from orders.reconciliation import queries, running, stages

CHANNEL = "sandbox"
STRAY = UUID("5a3b1e00-0000-4000-8000-000000000001")
STRAY_FEN = 8_800
STRAY_DAYS_AGO = 6
DAYS = 7


def reconcile_days() -> None:
    """Compare the sandbox's last days that are not compared yet; the stray payment is one time's."""
    last = clock.today() - timedelta(days=1)
    with transaction():
        known = {run.day for run in queries.list_runs(last - timedelta(days=DAYS))}
    if known:
        return
    with clock.travel(clock.now() - timedelta(days=STRAY_DAYS_AGO)):
        _take_stray_payment()
    for back in range(DAYS):
        with transaction():
            run = running.start_run(SYSTEM, channel=CHANNEL, day=last - timedelta(days=back))
            run_id = run.id
        stages.work(run_id)


def _take_stray_payment() -> None:
    """Charge something at the provider of which the shop never hears."""
    set_switches(STRAY, Switches(is_silent=True))
    reference = open_payment(
        merchant=MERCHANT, merchant_reference=STRAY, number="SAMPLE", amount=STRAY_FEN,
        currency="CNY", subject="示例：渠道后台手工收款", return_url="http://localhost/",
        notify_url="http://localhost/",
    )  # fmt: skip
    confirm_payment(reference)
