"""The shapes of Stripe's objects and requests, as its own library describes them.

The library's classes are generated from Stripe's published OpenAPI description, in the version that
the shop speaks. What the small Stripe answers, and what it is asked, is held against them: a name
that Stripe does not know, a value of another type, a word outside a closed list.
"""

import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import stripe
from stripe import StripeObject, params
from stripe._stripe_object import UntypedStripeObject

OBJECTS: dict[str, type[StripeObject]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "file": stripe.File,
    "payment_intent": stripe.PaymentIntent,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "transfer": stripe.Transfer,
}
REQUESTS: dict[tuple[str, str], type] = {
    ("POST", "payment_intents"): params.PaymentIntentCreateParams,
    ("GET", "payment_intents/"): params.PaymentIntentRetrieveParams,
    ("GET", "payment_intents/search"): params.PaymentIntentSearchParams,
    ("POST", "payment_intents//confirm"): params.PaymentIntentConfirmParams,
    ("POST", "payment_intents//cancel"): params.PaymentIntentCancelParams,
    ("POST", "refunds"): params.RefundCreateParams,
    ("GET", "refunds"): params.RefundListParams,
    ("GET", "refunds/"): params.RefundRetrieveParams,
    ("GET", "events"): params.EventListParams,
    ("GET", "balance_transactions"): params.BalanceTransactionListParams,
    ("POST", "disputes/"): params.DisputeUpdateParams,
    ("POST", "transfers"): params.TransferCreateParams,
    ("GET", "transfers"): params.TransferListParams,
    ("GET", "transfers/"): params.TransferRetrieveParams,
}


class _Names(dict[str, Any]):
    """The names that annotations of the library use; what it loads late is loaded."""

    def __missing__(self, name: str) -> Any:
        if name in vars(typing):
            return vars(typing)[name]
        return getattr(stripe, name, Any)


def find_faults(body: Mapping[str, Any], kind: type | None = None, at: str = "") -> Iterator[str]:
    """Tell what of an object is not as Stripe's library describes it."""
    described = kind or OBJECTS.get(str(body.get("object")))
    if described is None or not issubclass(described, StripeObject):
        return
    hints = typing.get_type_hints(described, localns=_Names())
    for name, value in body.items():
        path = f"{at or described.__name__}.{name}"
        if name == "object" and value == "list":
            continue
        if name not in hints:
            yield f"{path} is unknown"
        else:
            yield from _check(value, hints[name], path)


def _check(value: Any, hint: Any, at: str) -> Iterator[str]:
    words = _words_of(hint)
    if words and isinstance(value, str) and value not in words:
        yield f"{at} is {value}, none of {sorted(words)}"
    kinds = list(_kinds_of(hint))
    if value is None:
        if type(None) not in kinds and Any not in kinds:
            yield f"{at} is never null"
    elif isinstance(value, Mapping):
        fitting = [k for k in kinds if inspect.isclass(k) and issubclass(k, StripeObject)]
        # Metadata hold what anybody puts there.
        fitting = [k for k in fitting if k not in (StripeObject, UntypedStripeObject)]
        if fitting:
            yield from find_faults(value, OBJECTS.get(str(value.get("object"))) or fitting[0], at)
    elif isinstance(value, list):
        for hinted in (typing.get_args(k) for k in _parts_of(hint) if typing.get_origin(k) is list):
            for number, each in enumerate(value):
                yield from _check(each, hinted[0], f"{at}[{number}]")
    elif Any not in kinds and type(value) not in kinds and not words:
        yield f"{at} is a {type(value).__name__}"


def _parts_of(hint: Any) -> Iterator[Any]:
    if typing.get_origin(hint) in (typing.Union, typing.Annotated):
        for part in typing.get_args(hint):
            yield from _parts_of(part)
    else:
        yield hint


def _kinds_of(hint: Any) -> Iterator[Any]:
    for part in _parts_of(hint):
        origin = typing.get_origin(part)
        yield str if origin is Literal else origin or part


def _words_of(hint: Any) -> set[str]:
    return {
        word
        for part in _parts_of(hint)
        if typing.get_origin(part) is Literal
        for word in typing.get_args(part)
    }


def find_unknown_fields(method: str, path: str, fields: Mapping[str, str]) -> Iterator[str]:
    """Tell which fields of a request Stripe's library does not know."""
    parts = path.split("/")[2:]
    verbs = {"confirm", "cancel", "search"}
    named = "/".join(part if not i or part in verbs else "" for i, part in enumerate(parts))
    described = REQUESTS.get((method, named))
    if described is None:
        if parts[0] != "files":
            yield f"{method} {path} is not described"
        return
    known = described.__annotations__
    for field in fields:
        if field.partition("[")[0] not in known:
            yield f"{method} {path} has no {field}"
