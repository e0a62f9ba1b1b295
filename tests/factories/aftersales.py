"""What after-sales tests need beside the steps of a sale."""

from marketplace.identity.actor import Actor
from orders.aftersales.evidence import service
from orders.aftersales.evidence.models import Evidence
from orders.aftersales.models import AftersalesCase
from orders.trades.states import By
from products.media.pictures import make_picture
from tests.factories.pictures import picture


def make_evidence(actor: Actor, case: AftersalesCase, party: By = By.BUYER) -> Evidence:
    """Add a small photo to a case."""
    made = make_picture(picture())
    service.keep_picture(made)
    return service.add_evidence(actor, case, party, made)
