"""The page where a shopper fills in a card: the provider's form inside ours, on this page only.

The number goes from the browser to the provider and never comes here. What opens the form (the
client secret) is asked of the provider for each view, handed to the payer alone and kept nowhere.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from flask import redirect
from werkzeug.wrappers import Response

from config.settings import STRIPE_SCRIPT_URL
from marketplace import layout
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text, language
from marketplace.pages import CONTENT_SECURITY_POLICY, PageBlueprint, render
from marketplace.permissions import Permission
from orders.payments import calls
from orders.payments.provider import CardForm
from orders.payments.queries import get_payment
from orders.payments.telling import is_card_form
from orders.trades.queries import get_trade

blueprint = PageBlueprint("card_pages", __name__)

# https://docs.stripe.com/security/guide#content-security-policy
_STRIPE = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
    "img-src": "https://*.stripe.com",
}


@blueprint.get("/payments/<uuid:payment_id>/card")
@requires(Permission.TRADE_PAY)
def show_card_form(payment_id: uuid.UUID) -> Response:
    """Show the form for a card of a payment that waits for one."""
    actor = current_actor()
    attempt = get_payment(actor, payment_id)
    trade = get_trade(actor, attempt.trade_id, Permission.TRADE_PAY)
    back = f"/trades/{trade.id}/pay"
    form = calls.open_card_form(attempt) if is_card_form(attempt) else None
    if form is None:
        # Decided meanwhile, or out of reach: the page it leads to says which.
        if is_card_form(attempt):
            layout.tell(
                Text(
                    "暂时打不开银行卡表单，请稍后再试，或换一种付款方式",
                    "The card form cannot be opened now; try again later, or pay another way",
                ),
                "waiting",
            )
        return redirect(back, 303)
    page = render(
        "card_forms/card.html",
        trade=trade,
        attempt=attempt,
        form=form,
        locale="en" if language() == "en" else "zh",
        back=back,
    )
    page.headers["Content-Security-Policy"] = _policy(form)
    page.headers["Cache-Control"] = "no-store"
    return page


def _policy(form: CardForm) -> str:
    """Widen the policy for this page by what the provider's form needs."""
    sources = _STRIPE
    if form.script_url != STRIPE_SCRIPT_URL:
        there = urlsplit(form.script_url)
        origin = f"{there.scheme}://{there.netloc}"
        sources = {name: f"{origin} {more}" for name, more in _STRIPE.items()}
    widened = []
    for rule in CONTENT_SECURITY_POLICY.split("; "):
        name = rule.partition(" ")[0]
        widened.append(f"{rule} {sources[name]}" if name in sources else rule)
    widened.append(f"frame-src {sources['frame-src']}")
    return "; ".join(widened)
