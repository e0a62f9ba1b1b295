"""The shop's side of Stripe: its calls and notices translated into the provider interface.

A PaymentIntent is made first and confirmed second. Making it moves no money and may be repeated
under the attempt's id, so that its reference is known before anybody can be charged.
"""

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
import stripe
from stripe import StripeClient

from config.settings import STRIPE_API_BASE, STRIPE_SCRIPT_URL
from marketplace import clock
from orders.payments.movements import Movement
from orders.payments.provider import (
    CARD,
    CardForm,
    DisputeFacts,
    Event,
    EventRefused,
    Evidence,
    Opened,
    PaymentFacts,
    PaymentRequest,
    PaymentStanding,
    ProviderRefused,
    ProviderUnreachable,
    RefundFacts,
    RefundRequest,
    RefundStanding,
    TransferFacts,
    TransferRequest,
)
from orders.payments.signatures import SHORTEST_SECRET, check_signature
from orders.payments.stripe import balance, transfers, translation

if TYPE_CHECKING:
    from stripe.params import (
        DisputeUpdateParamsEvidence,
        EventListParams,
        PaymentIntentConfirmParams,
        PaymentIntentCreateParams,
        RefundCreateParams,
    )

log = logging.getLogger(__name__)

FILES_BASE = "https://files.stripe.com"
SIGNATURE_HEADER = "Stripe-Signature"
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 15.0
NETWORK_RETRIES = 1
# Stripe forgets idempotency keys after 24 hours at the earliest; an hour is left for slow clocks.
KEYS_LAST = timedelta(hours=23)
PAGE = 100


class StripeProvider:
    """Stripe as a payment provider of this shop."""

    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        api_base: str,
        methods: tuple[str, ...],
        publishable_key: str = "",
        script_url: str = STRIPE_SCRIPT_URL,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        if len(webhook_secret) < SHORTEST_SECRET:
            raise ValueError("without a webhook secret anyone could announce a payment")
        self.methods = methods
        self.has_card_form = bool(publishable_key)
        self._publishable_key = publishable_key
        self._script_url = script_url
        # Files go to an address of their own, except where everything is somewhere else.
        files_base = FILES_BASE if api_base == STRIPE_API_BASE else api_base
        self._webhook_secret = webhook_secret
        self._is_live = "_live_" in secret_key[:8]
        # The client waits 80 seconds and retries never unless it is told.
        self._http = stripe.RequestsClient(timeout=(CONNECT_SECONDS, answer_seconds))
        self._client = StripeClient(
            secret_key,
            base_addresses={"api": api_base, "files": files_base},
            http_client=self._http,
            max_network_retries=NETWORK_RETRIES,
        )

    def open_payment(self, request: PaymentRequest) -> Opened:
        """Open the payment, or return the one already opened for this attempt."""
        with _calling():
            intent = self._find(request, is_wanted=True)
            if intent is None:
                raise ProviderRefused("the payment is not there any more")
            is_waiting = intent["status"] in {"requires_payment_method", "requires_confirmation"}
            if is_waiting and not _has_form(request):
                if intent.get("last_payment_error"):
                    raise ProviderRefused("the payment failed")
                intent = self._confirm(intent["id"], request)
            redirect_url, qr_code = translation.next_step(intent)
            return Opened(
                provider_reference=intent["id"], redirect_url=redirect_url, qr_code=qr_code
            )

    def open_card_form(self, request: PaymentRequest) -> CardForm | None:
        """Return what the card form needs; None once the payment waits for no card any more."""
        with _calling():
            intent = self._find(request, is_wanted=True)
            if intent is None or intent["status"] not in translation.WAITS_FOR_CARD:
                return None
            return CardForm(
                script_url=self._script_url,
                publishable_key=self._publishable_key,
                client_secret=translation.text(intent["client_secret"]),
                return_url=request.return_url,
            )

    def look_up(self, request: PaymentRequest) -> PaymentFacts | None:
        """Return how the payment stands; None when Stripe never heard of it."""
        with _calling():
            intent = self._find(request)
            return None if intent is None else translation.payment_facts(intent)

    def close(self, request: PaymentRequest) -> PaymentFacts | None:
        """Close the payment unless it is decided; return how it stands afterwards.

        One whose answer was lost is found by making it again, which charges nobody.
        """
        with _calling():
            intent = self._find(request)
            if intent is None:
                return None
            facts = translation.payment_facts(intent)
            if facts is not None and facts.standing in (
                PaymentStanding.SUCCEEDED,
                PaymentStanding.CLOSED,
            ):
                return facts
            return translation.payment_facts(self._cancel(intent["id"]))

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Give money back, or return the refund already made under this id."""
        with _calling():
            found = self._find_refund(request)
            facts = translation.refund_facts(found or self._make_refund(request))
        if facts is None:
            raise ProviderUnreachable("the refund does not carry our id")
        return facts

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Check a notice over its raw bytes, its age, mode and account; translate it."""
        check_signature(self._webhook_secret, raw, headers.get(SIGNATURE_HEADER, ""))
        try:
            return self._translate(orjson.loads(raw))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise EventRefused("the notice cannot be read") from error

    def list_events(self, since: datetime) -> Iterator[Event]:
        """Read Stripe's own list of what it told since a moment (30 days back at most)."""
        params: EventListParams = {
            "types": list(translation.EVENT_KINDS),
            "created": {"gte": int(since.timestamp())},
            "limit": PAGE,
        }
        with _calling():
            for event in self._client.v1.events.list(params).auto_paging_iter():
                try:
                    yield self._translate(event.to_dict())
                except (EventRefused, KeyError, TypeError, ValueError):
                    log.exception("an event cannot be read", extra={"event_id": event.id})

    def answer_dispute(self, dispute_id: UUID, reference: str, evidence: Evidence) -> DisputeFacts:
        """Hand evidence to the payer's bank: it is sent once, and not changed afterwards."""
        with _calling():
            given: DisputeUpdateParamsEvidence = {"uncategorized_text": evidence.explanation}
            if evidence.goods:
                given["product_description"] = evidence.goods
            if evidence.waybill_no:
                given["shipping_carrier"] = evidence.courier
                given["shipping_tracking_number"] = evidence.waybill_no
                given["shipping_date"] = evidence.shipped_on
            if evidence.paper is not None:
                given["uncategorized_file"] = self._upload(dispute_id, evidence.paper)
            # Put right after a refusal it is another request.
            digest = sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
            answered = self._client.v1.disputes.update(
                reference, {"evidence": given, "submit": True},
                {"idempotency_key": f"evidence-{dispute_id}-{digest}"},
            )  # fmt: skip
            facts = translation.dispute_facts(answered.to_dict())
        if facts is None:
            raise ProviderUnreachable("the dispute does not name its payment")
        return facts

    def _upload(self, dispute_id: UUID, paper: tuple[str, str, bytes]) -> str:
        name, _, data = paper
        file = io.BytesIO(data)
        # The library takes the name of the upload from here.
        file.name = name
        made = self._client.v1.files.create(
            {"purpose": "dispute_evidence", "file": file},
            {"idempotency_key": f"evidence-file-{dispute_id}-{sha256(data).hexdigest()[:16]}"},
        )
        return made.id

    def transfer(self, request: TransferRequest) -> TransferFacts:
        """Move money from our balance into a connected account, once for each payout."""
        with _calling():
            is_old = _is_older_than_keys(request.payout_id)
            sent = transfers.send(self._client, request, is_old=is_old)
            facts = translation.transfer_facts(sent)
        if facts is None:
            raise ProviderUnreachable("the transfer does not carry our id")
        return facts

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Read every movement of our balance in [since, until)."""
        with _calling():
            yield from balance.list_movements(self._client, since, until)

    def _translate(self, event: Mapping[str, Any]) -> Event:
        if event["livemode"] is not self._is_live:
            raise EventRefused("the notice is of the other mode, live or test")
        if event.get("account") is not None:
            raise EventRefused("the notice is for another account")
        return translation.read_event(event)

    def _find(self, request: PaymentRequest, *, is_wanted: bool = False) -> dict[str, Any] | None:
        """Return the payment as it stands now, making it if Stripe has not heard of it."""
        if request.provider_reference is not None:
            return self._get(request.provider_reference)
        if _is_older_than_keys(request.attempt_id) and not is_wanted:
            return self._search(request.attempt_id)
        made = self._client.v1.payment_intents.create(
            _terms(request), {"idempotency_key": str(request.attempt_id)}
        )
        # What is replayed is the first answer, however long ago; the truth may have moved on.
        headers = {} if made.last_response is None else made.last_response.headers
        is_replayed = headers.get("Idempotent-Replayed") == "true"
        return self._get(made.id) if is_replayed else made.to_dict()

    def _get(self, reference: str) -> dict[str, Any] | None:
        try:
            found = self._client.v1.payment_intents.retrieve(
                reference, {"expand": ["latest_charge"]}
            )
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                return None
            raise
        return found.to_dict()

    def _search(self, attempt_id: UUID) -> dict[str, Any] | None:
        # Search lags by a minute, which does not matter to a payment of yesterday.
        query = f"metadata['{translation.ATTEMPT}']:'{attempt_id}'"
        found = self._client.v1.payment_intents.search({"query": query})
        return self._get(found.data[0].id) if found.data else None

    def _confirm(self, reference: str, request: PaymentRequest) -> dict[str, Any]:
        """Start the payment. No stored answer is wanted: its own state refuses a second charge."""
        params: PaymentIntentConfirmParams = {"return_url": request.return_url}
        if request.payment_method is not None:
            params["payment_method"] = request.payment_method
        else:
            kind = cast("Any", request.method)
            params["payment_method_data"] = {"type": kind}
        if request.method == "wechat_pay":
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        try:
            return self._client.v1.payment_intents.confirm(reference, params).to_dict()
        except stripe.InvalidRequestError as error:
            now = self._get(reference) if error.code == "payment_intent_unexpected_state" else None
            if now is None:
                raise
            return now

    def _cancel(self, reference: str) -> dict[str, Any]:
        try:
            return self._client.v1.payment_intents.cancel(reference).to_dict()
        except stripe.InvalidRequestError as error:
            # It was decided between our look and our word; or it is being charged at this moment.
            now = self._get(reference) if error.code == "payment_intent_unexpected_state" else None
            facts = None if now is None else translation.payment_facts(now)
            if now is None or facts is None or facts.standing is PaymentStanding.PENDING:
                raise ProviderUnreachable("the payment cannot be closed now") from error
            return now

    def _find_refund(self, request: RefundRequest) -> dict[str, Any] | None:
        refunds = self._client.v1.refunds
        if request.refund_reference is not None:
            return refunds.retrieve(request.refund_reference).to_dict()
        if not _is_older_than_keys(request.refund_id):
            return None
        # The key may be forgotten: asking under it again could give the money back twice.
        made = refunds.list({"payment_intent": request.provider_reference, "limit": PAGE})
        for refund in made.auto_paging_iter():
            facts = translation.refund_facts(refund.to_dict())
            if facts is None or facts.refund_id != request.refund_id:
                continue
            if request.round == 0 or facts.standing is not RefundStanding.FAILED:
                return refund.to_dict()
        return None

    def _make_refund(self, request: RefundRequest) -> dict[str, Any]:
        params: RefundCreateParams = {
            "payment_intent": request.provider_reference,
            "amount": request.amount,
            "metadata": {translation.REFUND: str(request.refund_id)},
        }
        key = f"{request.refund_id}-{request.round}" if request.round else str(request.refund_id)
        return self._client.v1.refunds.create(params, {"idempotency_key": key}).to_dict()


def _terms(request: PaymentRequest) -> "PaymentIntentCreateParams":
    """Say what is asked; the same for every repeat, or Stripe would refuse the key."""
    return {
        "amount": request.amount_fen,
        "currency": request.currency.lower(),
        # Since version 2026-09-30 this is how a payment is kept to the means the shopper chose.
        "allowed_payment_method_types": [cast("Any", request.method)],
        "description": request.subject,
        "metadata": {
            translation.ATTEMPT: str(request.attempt_id),
            "payment_no": request.number,
            **({translation.FORM: "yes"} if _has_form(request) else {}),
        },
    }


def _has_form(request: PaymentRequest) -> bool:
    """Tell whether the card is filled into Stripe's own form, which confirms the payment itself."""
    return request.method == CARD and request.payment_method is None


def _is_older_than_keys(own_id: UUID) -> bool:
    """Tell whether a key made of this id may be forgotten; our ids say when they were made."""
    made_at = (own_id.int >> 80) / 1000
    return clock.now().timestamp() - made_at > KEYS_LAST.total_seconds()


@contextmanager
def _calling() -> Iterator[None]:
    """Sort Stripe's errors: a plain no refuses; after anything else nothing is known.

    https://docs.stripe.com/error-handling
    """
    try:
        yield
    except stripe.IdempotencyError as error:
        # In flight elsewhere (409), or asked with other terms, which a repeat cannot mend.
        if error.http_status == 409:
            raise ProviderUnreachable(str(error)) from error
        raise ProviderRefused(_reason(error)) from error
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        if error.http_status in (409, 429):
            raise ProviderUnreachable(str(error)) from error
        raise ProviderRefused(_reason(error)) from error
    except stripe.StripeError as error:
        if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
            log.error("Stripe refuses our key", extra={"code": error.code})  # noqa: TRY400
        raise ProviderUnreachable(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnreachable("the answer cannot be read") from error


def _reason(error: stripe.StripeError) -> str:
    return f"{error.code or type(error).__name__}: {error.user_message or ''}".strip(": ")
