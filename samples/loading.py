"""Loads the sample data step by step; what is there already stays as it is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from marketplace import clock
from marketplace.database import db, transaction
from samples import people
from samples.aftersales import make_aftersales
from samples.applications import apply_for_things
from samples.approvals import have_purchases_approved
from samples.banking import keep_bank
from samples.buyers import register_buyers
from samples.goods import list_goods
from samples.households import return_to_households
from samples.offers import offer
from samples.papers import make_papers
from samples.pickups import make_pickups
from samples.purchases import make_purchases
from samples.reconciling import reconcile_days
from samples.sellers import admit_sellers
from samples.settlements import settle_sellers
from samples.storefronts import tell_a_storefront
from samples.tasks import set_tasks
from samples.terms import set_terms
from samples.troubles import make_troubles, set_fee

_LOCK = 7_301_001
BEGAN_AGO = timedelta(days=24)
# Offices of the east with both an officer and an approver: 东阳, 缙云, 莲都, 丽水, 金华, 义乌.
OFFICES = ("330783", "331122", "331102", "331100", "330700", "330782")


def load() -> None:
    """Load everything that is missing. Two at once: the second waits and finds nothing to do."""
    # Outside any transaction, where it may be held for as long as loading takes.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            _load()
        finally:
            guard.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})


def _load() -> None:
    # Weeks ago, so that the purchases of the last weeks find everything there.
    with clock.travel(clock.now() - BEGAN_AGO):
        _set_up()
    make_purchases()
    keep_bank()
    have_purchases_approved()
    make_papers()
    apply_for_things()
    make_aftersales()
    make_troubles()
    settle_sellers()
    return_to_households()
    make_pickups()
    reconcile_days()
    # Last, so that what was bought before is what it was.
    set_terms()
    tell_a_storefront()


def _set_up() -> None:
    with transaction():
        people.administrator()
        people.auditor()
        people.finance_officers()
        set_fee()
        for code in OFFICES:
            people.officer(code)
            people.approver(code)
    goods = list_goods()
    sellers = admit_sellers(good.region_code for good in goods)
    for good in goods:
        cooperative, manager = sellers[good.region_code]
        offer(good, cooperative.id, manager)
    register_buyers()
    set_tasks()
