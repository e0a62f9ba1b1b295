"""Folding by the clock: every hour, so that a missed night is made good."""

from marketplace import jobs
from marketplace.database import transaction
from marketplace.days import heads, service
from marketplace.days.ledgers import list_ledgers


@jobs.periodic("7 * * * *", "days.fold_days")
def fold_days() -> None:
    """Fold every ledger up to yesterday, and write the newest digests outside the database.

    Before as well as after: a run that died between its commit and the file is made good first,
    and a ledger's very first link is already expected.
    """
    with transaction():
        heads.write_heads()
    for ledger in list_ledgers():
        is_more_left = True
        while is_more_left:
            with transaction():
                is_more_left = service.fold_days(ledger)
    with transaction():
        heads.write_heads()
