"""A small Stripe that speaks HTTP on loopback: what the shop calls, with state, keys and a clock.

Shaped after https://docs.stripe.com/api in version 2026-10-28. It knows no
customers. It misbehaves as the real one may: answers lost after the deed, notices
repeated, late, disordered, or never sent.
"""

import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from marketplace import clock
from tests.stripe_balance import Balance
from tests.stripe_disputes import Disputes
from tests.stripe_js import BANK_PAGE, CARDS, DECLINED, SCRIPT
from tests.stripe_transfers import Transfers

SECRET_KEY = "sk_test_only_for_tests"
PUBLISHABLE_KEY = "pk_test_only_for_tests"
WEBHOOK_SECRET = "whsec_only_for_tests_0123456789"

Fields = dict[str, str]
Body = dict[str, Any]


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, kind: str, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": code, **extra}}


@dataclass
class FakeStripe:
    """One account in test mode."""

    url: str = ""
    # How far its clock is ahead of ours, in seconds.
    ahead: int = 0
    # Deeds that are done while their answer is lost: create, confirm, cancel, refund, retrieve …
    loses_answers: set[str] = field(default_factory=set)
    # Deeds that fail outright with a 500 and leave nothing.
    is_down: bool = False
    refunds_stay_pending: bool = False
    intents: dict[str, Body] = field(default_factory=dict)
    refunds: dict[str, Body] = field(default_factory=dict)
    events: list[Body] = field(default_factory=list)
    keys: dict[str, tuple[str, Fields, int, Body]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    # What the shop asked with its secret key: method, path and fields.
    asked: list[tuple[str, str, Fields]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    balance: Balance = field(init=False)
    disputes: Disputes = field(init=False)
    transfers: Transfers = field(init=False)

    def __post_init__(self) -> None:
        self.balance = Balance(self.now)
        self.disputes = Disputes(self.now, self.balance, self._tell)
        self.transfers = Transfers(self.now, self.balance, self._tell)

    def now(self) -> int:
        return int(clock.now().timestamp()) + self.ahead

    # What tests do to it.

    def complete(self, intent_id: str, *, amount: int | None = None, currency: str = "") -> None:
        """The shopper pays in their wallet."""
        with self.lock:
            intent = self.intents[intent_id]
            self._charge(intent, amount, currency)

    def is_payers(self, path: str, secret: str) -> bool:
        """Tell whether a browser may confirm a payment: it knows its secret."""
        intent = self.intents.get(path.split("/")[3]) if path.endswith("/confirm") else None
        return intent is not None and intent["client_secret"] == secret

    def hear_holder(self, intent_id: str, *, is_agreed: bool) -> str:
        """The card's holder answers the bank; returns where the browser goes back to."""
        action = self.intents[intent_id]["next_action"]
        self.complete(intent_id) if is_agreed else self.decline(intent_id)
        return str(action["redirect_to_url"]["return_url"])

    def decline(self, intent_id: str) -> None:
        """The shopper's wallet refuses."""
        with self.lock:
            intent = self.intents[intent_id]
            intent |= {
                "status": "requires_payment_method",
                "next_action": None,
                "last_payment_error": {"type": "card_error", "code": "payment_intent_authentication_failure"},
            }  # fmt: skip
            self._tell("payment_intent.payment_failed", intent)

    def finish_refund(self, refund_id: str, status: str = "succeeded") -> None:
        with self.lock:
            refund = self.refunds[refund_id]
            if status == "failed" and refund["status"] != "failed":
                # The money that had left comes back.
                self.balance.record(
                    "payment_failure_refund",
                    refund["amount"],
                    refund | {"status": status},
                    currency=refund["currency"],
                )
            refund["status"] = status
            if status == "failed":
                refund["failure_reason"] = "expired_or_canceled_card"
            self._tell("refund.failed" if status == "failed" else "refund.updated", refund)

    def forget_keys(self) -> None:
        """A day goes by."""
        self.keys.clear()

    def notice(self, event: Body, *, secret: str = WEBHOOK_SECRET) -> tuple[bytes, str]:
        """Return an event as it travels: raw bytes and the signature header."""
        raw = json.dumps(event, indent=2).encode()
        return raw, sign(raw, secret, self.now())

    # What it does when called.

    def answer(
        self, method: str, path: str, fields: Fields, key: str | None
    ) -> tuple[int, Body, bool]:
        with self.lock:
            self.asked.append((method, path, dict(fields)))
            if self.is_down:
                return 500, {"error": {"type": "api_error", "message": "down"}}, False
            seen = self.keys.get(key or "")
            if seen is not None:
                if seen[:2] != (path, fields):
                    no = Refusal(400, "idempotency_error", "idempotency_error")
                    return no.status, no.body, False
                return seen[2], seen[3], True
            try:
                status, body = 200, self._act(method, path.split("/")[2:], fields)
            except Refusal as no:
                status, body = no.status, no.body
            body = json.loads(json.dumps(body))
            if key is not None and method == "POST":
                self.keys[key] = (path, fields, status, body)
            return status, body, False

    def _act(self, method: str, parts: list[str], fields: Fields) -> Body:  # noqa: PLR0911
        match (method, *parts):
            case ("POST", "payment_intents"):
                return self._create(fields)
            case ("GET", "payment_intents", "search"):
                return self._search(fields["query"])
            case ("GET", "payment_intents", intent_id):
                return self._get(self.intents, intent_id)
            case ("POST", "payment_intents", intent_id, "confirm"):
                return self._confirm(self._get(self.intents, intent_id), fields)
            case ("POST", "payment_intents", intent_id, "cancel"):
                return self._cancel(self._get(self.intents, intent_id))
            case ("POST", "refunds"):
                return self._refund(fields)
            case ("GET", "refunds"):
                made = [
                    r
                    for r in self.refunds.values()
                    if r["payment_intent"] == fields["payment_intent"]
                ]
                return _list("/v1/refunds", made)
            case ("GET", "refunds", refund_id):
                return self._get(self.refunds, refund_id)
            case ("GET", "events"):
                return self._list_events(fields)
            case ("GET", "balance_transactions"):
                return self.balance.list(fields)
        return self._act_on_disputes(method, parts, fields)

    def _act_on_disputes(self, method: str, parts: list[str], fields: Fields) -> Body:
        match (method, *parts):
            case ("POST", "transfers"):
                made = self.transfers.make(fields)
                if isinstance(made, str):
                    raise Refusal(400, "invalid_request_error", made)
                return made
            case ("GET", "transfers"):
                return _list("/v1/transfers", self.transfers.list(fields["transfer_group"]))
            case ("GET", "transfers", transfer_id):
                return self._get(self.transfers.made, transfer_id)
            case ("POST", "disputes", dispute_id):
                answered = self.disputes.answer(self._get(self.disputes.found, dispute_id), fields)
                if answered is None:
                    raise Refusal(400, "invalid_request_error", "dispute_not_answerable")
                return answered
            case ("POST", "files"):
                return self.disputes.keep_file(fields["file"].encode())
        raise Refusal(404, "invalid_request_error", "resource_missing")

    def _create(self, fields: Fields) -> Body:
        if any(name.startswith("payment_method_types") for name in fields):
            raise Refusal(400, "invalid_request_error", "payment_method_types_no_longer_supported")
        intent = {
            "id": (intent_id := f"pi_{next(self.numbers)}"),
            "object": "payment_intent",
            "client_secret": f"{intent_id}_secret_{intent_id[::-1]}",
            "amount": int(fields["amount"]),
            "amount_received": 0,
            "currency": fields["currency"],
            "status": "requires_payment_method",
            "payment_method_types": [fields["allowed_payment_method_types[0]"]],
            "metadata": _nested(fields, "metadata"),
            "next_action": None,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "created": self.now(),
        }
        self.intents[intent["id"]] = intent
        return intent

    def _confirm(self, intent: Body, fields: Fields) -> Body:
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise _unexpected(intent)
        kind = fields.get("payment_method_data[type]", "card")
        card = fields.get("payment_method") or CARDS.get(
            fields.get("payment_method_data[card][number]", "").replace(" ", ""), DECLINED
        )
        if kind not in intent["payment_method_types"]:
            raise Refusal(400, "invalid_request_error", "payment_intent_invalid_parameter")
        page = f"{self.url}/wallet/{intent['id']}"
        if kind == "alipay":
            action: Body = {
                "type": "alipay_handle_redirect",
                "alipay_handle_redirect": {"url": page, "return_url": fields["return_url"]},
            }
        elif kind == "wechat_pay":
            if fields.get("payment_method_options[wechat_pay][client]") != "web":
                raise Refusal(400, "invalid_request_error", "parameter_missing")
            code = f"weixin://wxpay/bizpayurl?pr={intent['id']}"
            action = {
                "type": "wechat_pay_display_qr_code",
                "wechat_pay_display_qr_code": {"data": code, "hosted_instructions_url": page},
            }
        elif card == "pm_card_visa":
            self._charge(intent)
            return intent
        elif card == "pm_card_threeDSecure2Required":
            action = {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": page, "return_url": fields["return_url"]},
            }
        else:
            intent["last_payment_error"] = {"type": "card_error", "code": "card_declined"}
            self._tell("payment_intent.payment_failed", intent)
            raise Refusal(402, "card_error", "card_declined", payment_intent=intent)
        intent |= {"status": "requires_action", "next_action": action}
        return intent

    def _charge(self, intent: Body, amount: int | None = None, currency: str = "") -> None:
        if currency:
            intent["currency"] = currency
        received = intent["amount"] if amount is None else amount
        charge = {
            "id": f"ch_{intent['id']}",
            "object": "charge",
            "amount": received,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": intent["metadata"],
            "created": self.now(),
        }
        intent |= {
            "status": "succeeded",
            "amount_received": received,
            "next_action": None,
            "latest_charge": charge,
        }
        kind = "charge" if intent["payment_method_types"] == ["card"] else "payment"
        fee = self.balance.fee_of(received)
        self.balance.record(kind, received, charge, fee=fee, currency=intent["currency"])
        self._tell("payment_intent.succeeded", intent)

    def _cancel(self, intent: Body) -> Body:
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise _unexpected(intent)
        intent |= {"status": "canceled", "next_action": None}
        self._tell("payment_intent.canceled", intent)
        return intent

    def _refund(self, fields: Fields) -> Body:
        intent = self._get(self.intents, fields["payment_intent"])
        given = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"] and refund["status"] != "failed"
        )
        if intent["status"] != "succeeded":
            raise Refusal(400, "invalid_request_error", "payment_intent_unexpected_state")
        if self.disputes.blocks_refund(intent["id"]):
            raise Refusal(400, "invalid_request_error", "charge_disputed")
        if int(fields["amount"]) > intent["amount_received"] - given:
            raise Refusal(400, "invalid_request_error", "amount_too_large")
        refund = {
            "id": f"re_{next(self.numbers)}",
            "object": "refund",
            "amount": int(fields["amount"]),
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": _nested(fields, "metadata"),
            "status": "pending" if self.refunds_stay_pending else "succeeded",
            "created": self.now(),
        }
        self.refunds[refund["id"]] = refund
        kind = "refund" if intent["payment_method_types"] == ["card"] else "payment_refund"
        self.balance.record(kind, -refund["amount"], refund, currency=refund["currency"])
        self._tell("refund.created", refund)
        return refund

    def _get(self, where: dict[str, Body], name: str) -> Body:
        if name not in where:
            raise Refusal(404, "invalid_request_error", "resource_missing")
        return where[name]

    def _search(self, query: str) -> Body:
        found = [
            i for i in self.intents.values() if f"'{i['metadata'].get('attempt_id')}'" in query
        ]
        return {
            "object": "search_result",
            "data": found,
            "has_more": False,
            "url": "/v1/payment_intents/search",
        }

    def _list_events(self, fields: Fields) -> Body:
        kinds = {value for name, value in fields.items() if name.startswith("types")}
        since = int(fields.get("created[gte]", "0"))
        found = [e for e in reversed(self.events) if e["type"] in kinds and e["created"] >= since]
        after = fields.get("starting_after")
        if after is not None:
            found = found[[e["id"] for e in found].index(after) + 1 :]
        # Small pages, so that a reader that stops at the first one is found out.
        return _list("/v1/events", found[:2], has_more=len(found) > 2)

    def _tell(self, kind: str, subject: Body) -> None:
        event = {
            "id": f"evt_{next(self.numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "type": kind,
            "created": self.now(),
            "livemode": False,
            "pending_webhooks": 1,
            "data": {"object": subject},
        }
        self.events.append(json.loads(json.dumps(event)))


def sign(raw: bytes, secret: str, moment: int) -> str:
    """Sign raw bytes as Stripe does."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _list(url: str, data: list[Body], *, has_more: bool = False) -> Body:
    return {"object": "list", "url": url, "data": data, "has_more": has_more}


def _nested(fields: Fields, name: str) -> Fields:
    start = f"{name}["
    return {key[len(start) : -1]: value for key, value in fields.items() if key.startswith(start)}


def _unexpected(intent: Body) -> Refusal:
    code = "payment_intent_unexpected_state"
    return Refusal(400, "invalid_request_error", code, payment_intent=intent)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stripe: FakeStripe

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        address = urlsplit(self.path)
        is_upload = (self.headers.get("Content-Type") or "").startswith("multipart/")
        sent = [("file", raw)] if is_upload else parse_qsl(raw)
        fields = dict(sent + parse_qsl(address.query))
        if self._serve_browser(address.path, fields):
            return
        deed = _deed(self.command, address.path)
        self.stripe.calls.append(deed)
        is_payer = fields.get("key") == PUBLISHABLE_KEY and self.stripe.is_payers(
            address.path, fields.pop("client_secret", "")
        )
        fields.pop("key", None)
        if self.headers["Authorization"] != f"Bearer {SECRET_KEY}" and not is_payer:
            status, body, replayed = 401, {"error": {"type": "invalid_request_error"}}, False
        else:
            key = self.headers.get("Idempotency-Key")
            status, body, replayed = self.stripe.answer(self.command, address.path, fields, key)
        if deed in self.stripe.loses_answers:
            self.close_connection = True
            return
        answer = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Request-Id", "req_test")
        self.send_header("Access-Control-Allow-Origin", "*")
        if replayed:
            self.send_header("Idempotent-Replayed", "true")
        self.end_headers()
        self.wfile.write(answer)

    def _serve_browser(self, path: str, fields: Fields) -> bool:
        """Answer what browsers ask for: the script, and the bank's page; tell whether it was that."""
        if path == "/stripe.js":
            script = SCRIPT.replace("BASE", self.stripe.url).encode()
            self._show(script, "text/javascript; charset=utf-8")
        elif path.startswith("/wallet/") and self.command == "GET":
            self._show(BANK_PAGE.encode(), "text/html; charset=utf-8")
        elif path.startswith("/wallet/"):
            back = self.stripe.hear_holder(path.split("/")[2], is_agreed=fields["said"] == "yes")
            self.send_response(303)
            self.send_header("Location", back)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            return False
        return True

    def _show(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def _deed(method: str, path: str) -> str:
    parts = path.split("/")[2:]
    if parts[-1] in ("confirm", "cancel", "search"):
        return parts[-1]
    names = {
        "payment_intents": ("create", "retrieve"),
        "refunds": ("refund", "read_refund"),
        "transfers": ("transfer", "read_transfer"),
    }
    return names.get(parts[0], ("", parts[0]))[method == "GET"]


@contextmanager
def serve() -> Iterator[FakeStripe]:
    """Serve one fresh Stripe on a free port."""
    fake = FakeStripe()
    handler = type("Handler", (_Handler,), {"stripe": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=120)
