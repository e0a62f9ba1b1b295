"""A sample of what went back to households: one statement's share attested, the others waiting."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.database import db, transaction
from orders.household_shares import service
from orders.household_shares.kinds import HouseholdKind
from orders.household_shares.models import HouseholdShare
from orders.household_shares.service import Returned
from orders.settlements.models import Statement
from orders.settlements.states import StatementState
from partners.cooperatives.models import Cooperative
from samples import people
from samples.purchases import manager_of

# Made-up counts, and the tenths of the statement that went to each kind.
SHARES = ((HouseholdKind.LIFTED, 18, 5), (HouseholdKind.MONITORED, 3, 1))


def return_to_households() -> None:
    """Enter the shares of the first statements, once; the office attests the first."""
    with transaction():
        if db.session.scalar(select(HouseholdShare.id).limit(1)) is not None:
            return
        paid = select(Statement).where(
            Statement.state != StatementState.DRAFT, Statement.payable_fen > 0
        )
        statements = db.session.scalars(paid.order_by(Statement.payable_fen.desc()).limit(3)).all()
        for number, statement in enumerate(statements):
            home = db.session.get_one(Cooperative, statement.cooperative_id).region_code
            lines = [
                Returned(
                    place_code=home,
                    kind=kind,
                    households=households,
                    amount_fen=statement.payable_fen * tenths // 10,
                )
                for kind, households, tenths in SHARES
            ]
            manager = manager_of(statement.cooperative_id)
            share = service.enter_share(manager, statement.id, lines=lines, vouchers=21)
            if number == 0:
                service.attest_share(people.approver(home), share.id)
