"""Posting an approved recount, a hundred sales a transaction; a second run finds them done."""

from uuid import UUID

from marketplace import jobs
from marketplace.database import transaction
from partners.recounts import service
from partners.recounts.models import RecountState
from partners.recounts.queries import get_recount


@jobs.task(service.POST_JOB)
def post_recount(recount_id: str) -> None:
    """Judge every sale of the range again and post what comes out differently, today."""
    wanted, after = UUID(recount_id), None
    while True:
        with transaction():
            recount = get_recount(wanted)
            if recount.state is not RecountState.APPROVED:
                return
            after = service.post_sales(recount, after)
        if after is None:
            break
    with transaction():
        service.finish_recount(wanted)
