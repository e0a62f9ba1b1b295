"""Products to review: what the cooperative says, side by side, and the two answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, PreconditionFailed
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.cooperatives.queries import find_names
from products.catalogue import queries, service, wording
from products.catalogue.models import Product
from products.catalogue.schemas import ReturnProductSchema

blueprint = PageBlueprint("reviews_pages", __name__)

HOME = "/office/products"
PAGE = 10

layout.add_workplace(42, Text("商品审核", "Products"), HOME, "shield", Permission.PRODUCT_REVIEW)
add_queue(HOME, Text("待审核", "to review"), queries.select_to_review)


@blueprint.get(HOME)
@requires(Permission.PRODUCT_REVIEW)
def show_products_to_review() -> Response:
    """List the products that await the reader's review, the longest waiting first."""
    page = queries.list_to_review(current_actor(), PAGE, request.args.get("after"))
    names = find_names([product.cooperative_id for product in page.items])
    return render(
        "reviews/products.html",
        products=[
            {**wording.card(one), "cooperative_name": names[one.product.cooperative_id]}
            for one in queries.describe(page.items)
        ],
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


@blueprint.post(f"{HOME}/<uuid:product_id>/approve")
@requires(Permission.PRODUCT_REVIEW)
def put_on_sale(product_id: uuid.UUID) -> Response:
    """Put a product on sale in the version that was read."""
    return _answer(product_id, service.approve_product, Text("已上架", "On sale"))


@blueprint.post(f"{HOME}/<uuid:product_id>/return")
@requires(Permission.PRODUCT_REVIEW)
def send_back(product_id: uuid.UUID) -> Response:
    """Send a product back with the reason."""
    entered = forms.load(ReturnProductSchema(), request.form)
    if entered.errors:
        with transaction():
            queries.lock_reviewable(current_actor(), product_id)
        layout.tell(Text("退回须写明理由", "Say why it is returned"), "bad")
        return redirect(HOME, 303)

    def take(actor: Actor, product: Product) -> None:
        service.return_product(actor, product, **entered.values)

    return _answer(product_id, take, Text("已退回合作社", "Sent back"))


def _answer(product_id: uuid.UUID, take: Callable[[Actor, Product], None], done: Text) -> Response:
    actor = current_actor()
    try:
        with transaction():
            product = queries.lock_reviewable(actor, product_id)
            forms.check_version(request.form, product.version)
            take(actor, product)
    except (Conflict, PreconditionFailed) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(HOME, 303)
