"""Taking a photo in for one side of a case: checked, made again, stored, then named in a row."""

import uuid
from typing import IO

from sqlalchemy import ColumnElement

from marketplace.database import transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.aftersales import queries as cases
from orders.aftersales.evidence import service
from orders.aftersales.evidence.models import Evidence
from orders.trades import queries as trade_queries
from orders.trades.states import By
from products.media.errors import PhotoUnreadable
from products.media.pictures import MAX_BYTES, make_picture


def right_of(actor: Actor, party: By) -> ColumnElement[bool]:
    """Return the condition under which the actor speaks for a side of a case."""
    if party is By.BUYER:
        return trade_queries.bought_by(actor, Permission.AFTER_SALES_APPLY)
    return trade_queries.sold_by(actor, Permission.AFTER_SALES_ANSWER)


def check_case(actor: Actor, case_id: uuid.UUID, party: By) -> None:
    """Raise what keeps the actor from adding to a case: nobody's picture is decoded for nothing."""
    with transaction():
        case, _ = cases.lock_case(case_id, right_of(actor, party))
        service.require_open(case)


def take_photo(actor: Actor, case_id: uuid.UUID, party: By, stream: IO[bytes] | None) -> Evidence:
    """Add an uploaded photo to a case in steps of its own; files come before the row."""
    check_case(actor, case_id, party)
    if stream is None:
        raise PhotoUnreadable(fields={"photo": PhotoUnreadable.title})
    picture = make_picture(stream.read(MAX_BYTES + 1))
    service.keep_picture(picture)
    with transaction():
        case, _ = cases.lock_case(case_id, right_of(actor, party))
        return service.add_evidence(actor, case, party, picture)
