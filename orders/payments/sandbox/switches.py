"""How a sandbox payment misbehaves: one set of switches per payment, all off by default."""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from marketplace.language import Text
from orders.payments.sandbox.database import own_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What goes otherwise than it should, as it does with real providers."""

    # Notices come this long after the shopper has gone back to the shop.
    delay_ms: int = 500
    # How often each notice is sent, although it was received.
    copies: int = 1
    # A notice that the payment is pending follows the notice of its success.
    is_disordered: bool = False
    # No notice comes at all: the shop has to ask.
    is_silent: bool = False
    # Calls that do their work and then time out: open, look_up, close, refund.
    times_out_on: tuple[str, ...] = ()
    # The shopper's wallet is charged as soon as the payment is opened.
    charges_on_open: bool = False
    # A closed payment can still be charged.
    charges_when_closed: bool = False
    # What is charged instead of the amount asked for.
    charges_amount: int | None = None
    charges_currency: str | None = None
    refuses_refunds: bool = False
    # Refused at first; once a person has it tried again it goes through.
    refuses_refunds_at_first: bool = False
    # The first refund goes through and comes back so much later; tried again it stays.
    returns_refunds_after_ms: int | None = None


SCENARIOS: dict[str, tuple[Text, Switches]] = {
    "normal": (Text("一切正常", "All is well"), Switches()),
    "late": (Text("通知迟到 20 秒", "The notice is 20 seconds late"), Switches(delay_ms=20_000)),
    "repeated": (Text("通知重复十次", "The notice comes ten times"), Switches(copies=10)),
    "disordered": (
        Text("通知次序颠倒", "Notices come in the wrong order"),
        Switches(is_disordered=True),
    ),
    "silent": (
        Text("没有通知，等商城主动查询", "No notice; the shop has to ask"),
        Switches(is_silent=True),
    ),
    "short": (
        Text("只扣了一半的钱", "Only half of the amount is charged"),
        Switches(charges_amount=-2),
    ),
    "refund_refused": (
        Text("以后退款会被拒，重试才成功", "A refund is refused later, and works when tried again"),
        Switches(refuses_refunds_at_first=True),
    ),
    "refund_returned": (
        Text(
            "以后退款先成功、十秒后又退回",
            "A refund succeeds later and comes back after ten seconds",
        ),
        Switches(returns_refunds_after_ms=10_000),
    ),
    "foreign": (Text("扣了外币", "Another currency is charged"), Switches(charges_currency="USD")),
}


def set_switches(merchant_reference: UUID, switches: Switches) -> None:
    """Set the switches of a payment, before or after it is opened."""
    with own_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO sandbox.switches (merchant_reference, switches) "
                "VALUES (:reference, CAST(:switches AS jsonb)) "
                "ON CONFLICT (merchant_reference) DO UPDATE SET switches = excluded.switches"
            ),
            {"reference": merchant_reference, "switches": json.dumps(asdict(switches))},
        )


def get_switches(connection: Connection, merchant_reference: UUID) -> Switches:
    """Return the switches of a payment; none are set on most."""
    stored = connection.scalar(
        text("SELECT switches FROM sandbox.switches WHERE merchant_reference = :reference"),
        {"reference": merchant_reference},
    )
    return read_switches(stored)


def read_switches(stored: dict[str, Any] | None) -> Switches:
    """Return stored switches, of which an earlier version may have known others."""
    if stored is None:
        return Switches()
    known = {each.name for each in fields(Switches)}
    switches = Switches(**{name: value for name, value in stored.items() if name in known})
    return replace(switches, times_out_on=tuple(switches.times_out_on))
