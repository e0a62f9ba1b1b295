"""Typed settings, checked together at start; the only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parent.parent


STRIPE_API_BASE = "https://api.stripe.com"
STRIPE_SCRIPT_URL = "https://js.stripe.com/v3/"
KUAIDI100_BASE = "https://poll.kuaidi100.com"
WECHAT_API_BASE = "https://api.weixin.qq.com"
ALIYUN_SMS_BASE = "https://dysmsapi.aliyuncs.com"
ALIYUN = "aliyun"
MAIL_TO_FILES = "files"
STRIPE_METHODS = ("alipay", "wechat_pay", "card")
# Nobody can pay to it by mistake: no bank has the number.
SAMPLE_BANK_ACCOUNT = ("示例平台（演示账户，请勿汇款）", "0000000000000000", "示例银行示例支行")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class SettingsIncomplete(Exception):
    """The environment lacks settings; the message lists every one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that may differ between machines. Durations are whole units named in the field."""

    environment: Environment
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    sandbox_webhook_secret: str = field(repr=False)
    database_owner_url: str = field(default="", repr=False)
    public_url: str = "http://127.0.0.1:8000"
    port: int = 8000
    var_dir: Path = PROJECT_ROOT / "var"
    ledger_heads_file: Path | None = None
    log_level: str = "INFO"
    metrics_dir: str = ""
    rate_limit_url: str = "memory://"
    trusted_proxies: int = 0
    database_pool_size: int = 8
    statement_timeout_ms: int = 15_000
    sandbox_payments: bool = False
    # Stripe is on offer where it has a key.
    stripe_secret_key: str = field(default="", repr=False)
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    stripe_methods: tuple[str, ...] = STRIPE_METHODS
    # With it the pay page has a card form of its own.
    stripe_publishable_key: str = ""
    stripe_script_url: str = STRIPE_SCRIPT_URL
    # Cooperatives with a connected account may be paid out of our balance there.
    stripe_transfers: bool = False
    # Bank transfer is on offer where there is an account to pay to.
    bank_account_holder: str = ""
    bank_account_no: str = field(default="", repr=False)
    bank_account_bank: str = ""
    bank_transfer_working_days: int = 5
    bank_transfer_for_persons: bool = False
    # Parcels are tracked where the service knows us as a customer.
    kuaidi100_customer: str = ""
    kuaidi100_key: str = field(default="", repr=False)
    kuaidi100_salt: str = field(default="", repr=False)
    kuaidi100_base: str = KUAIDI100_BASE
    # The mini-program whose users may sign in.
    wechat_app_id: str = ""
    wechat_app_secret: str = field(default="", repr=False)
    wechat_api_base: str = WECHAT_API_BASE
    code_sender: str = "console"
    code_sender_secret: str = field(default="", repr=False)
    aliyun_sms_key_id: str = ""
    aliyun_sms_key_secret: str = field(default="", repr=False)
    aliyun_sms_sign: str = ""
    # Which approved template carries which of our messages.
    aliyun_sms_templates: tuple[tuple[str, str], ...] = ()
    aliyun_sms_base: str = ALIYUN_SMS_BASE
    # Where e-mail goes: nowhere, to files of development, or to a server.
    mail_sender: str = ""
    mail_from: str = ""
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    # Webhooks go to public addresses; for trying them out, to this machine's own as well.
    webhooks_to_loopback: bool = False
    trade_expires_minutes: int = 30
    accept_automatically_days: int = 10
    after_sales_window_days: int = 7
    # Until when a seller issues what was asked for; no source settles it.
    invoice_due_days: int = 7
    # How long a cooperative has to confirm or dispute a statement, which then confirms itself.
    statement_confirm_days: int = 7
    # How long each side of an order or an after-sales case has; orders/trades/deadlines.py says
    # what happens then.
    ship_within_hours: int = 48
    remind_every_hours: int = 24
    pickup_remind_days: int = 3
    pickup_keep_days: int = 7
    cancellation_answer_hours: int = 24
    case_answer_days: int = 3
    case_return_days: int = 7
    case_receipt_days: int = 7
    case_replacement_days: int = 7
    case_escalate_days: int = 3

    @property
    def is_development(self) -> bool:
        return self.environment is not Environment.PRODUCTION

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; raise SettingsIncomplete naming all that is missing or malformed.

        In development the launcher provides the database and the secrets (``var/``); anywhere
        else a secret that is missing or short refuses to start.
        """
        read = _Reader(dict(os.environ if environ is None else environ))
        environment = read.environment()
        in_production = environment is Environment.PRODUCTION
        heads = read.text("LEDGER_HEADS_FILE")
        port = read.number("PORT", 8000, 1, 65535)
        settings = cls(
            environment=environment,
            database_url=read.needed("DATABASE_URL"),
            database_owner_url=read.text("DATABASE_OWNER_URL"),
            secret_key=read.needed("SECRET_KEY", 32),
            public_url=read.text("PUBLIC_URL", f"http://127.0.0.1:{port}"),
            port=port,
            var_dir=Path(read.text("VAR_DIR", str(PROJECT_ROOT / "var"))),
            ledger_heads_file=Path(heads) if heads else None,
            log_level=read.text("LOG_LEVEL", "INFO"),
            metrics_dir=read.text("PROMETHEUS_MULTIPROC_DIR"),
            rate_limit_url=read.text("RATE_LIMIT_URL", "memory://"),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 5),
            database_pool_size=read.number("DATABASE_POOL_SIZE", 8, 1, 100),
            statement_timeout_ms=read.number("STATEMENT_TIMEOUT_MS", 15_000, 100, 600_000),
            **_payments(read, in_production=in_production),
            **_outside_services(read, in_production=in_production),
            **_time_limits(read),
        )
        if read.wrong:
            raise SettingsIncomplete("missing or malformed settings: " + "; ".join(read.wrong))
        return settings


def _payments(read: "_Reader", *, in_production: bool) -> dict[str, Any]:
    """Read how money comes in."""
    sandbox = read.text("SANDBOX_PAYMENTS", "0" if in_production else "1") == "1"
    stripe = read.stripe()
    holder, account_no, bank_name = read.bank_account(in_production=in_production)
    return {
        "sandbox_webhook_secret": read.needed("SANDBOX_WEBHOOK_SECRET", 16) if sandbox else "",
        "sandbox_payments": sandbox,
        "stripe_secret_key": stripe,
        "stripe_webhook_secret": read.needed("STRIPE_WEBHOOK_SECRET", 16) if stripe else "",
        "stripe_api_base": read.loopback_or_https("STRIPE_API_BASE", STRIPE_API_BASE),
        "stripe_methods": read.stripe_methods(),
        "stripe_publishable_key": read.stripe_publishable_key(stripe),
        "stripe_transfers": bool(stripe) and read.text("STRIPE_TRANSFERS", "0") == "1",
        "stripe_script_url": read.script_url(in_production=in_production),
        "bank_account_holder": holder,
        "bank_account_no": account_no,
        "bank_account_bank": bank_name,
        "bank_transfer_working_days": read.number("BANK_TRANSFER_WORKING_DAYS", 5, 1, 20),
        "bank_transfer_for_persons": read.text("BANK_TRANSFER_FOR_PERSONS", "0") == "1",
    }


def _outside_services(read: "_Reader", *, in_production: bool) -> dict[str, Any]:
    """Read who carries codes and mail, tracks parcels and vouches for people."""
    code_sender = read.code_sender(in_production=in_production)
    aliyun = code_sender == ALIYUN
    mail = read.mail_sender(in_production=in_production)
    tracking = read.text("KUAIDI100_KEY")
    wechat = read.text("WECHAT_APP_ID")
    return {
        "webhooks_to_loopback": read.loopback_webhooks(in_production=in_production),
        "kuaidi100_customer": read.needed("KUAIDI100_CUSTOMER") if tracking else "",
        "kuaidi100_key": tracking,
        "kuaidi100_salt": read.needed("KUAIDI100_SALT", 16) if tracking else "",
        "kuaidi100_base": read.loopback_or_https("KUAIDI100_BASE", KUAIDI100_BASE),
        "wechat_app_id": wechat,
        "wechat_app_secret": read.needed("WECHAT_APP_SECRET", 16) if wechat else "",
        "wechat_api_base": read.loopback_or_https("WECHAT_API_BASE", WECHAT_API_BASE),
        "code_sender": code_sender,
        "code_sender_secret": (
            read.needed("CODE_SENDER_SECRET", 16) if code_sender.startswith("http") else ""
        ),
        "aliyun_sms_key_id": read.needed("ALIYUN_SMS_KEY_ID") if aliyun else "",
        "aliyun_sms_key_secret": read.needed("ALIYUN_SMS_KEY_SECRET", 16) if aliyun else "",
        "aliyun_sms_sign": read.needed("ALIYUN_SMS_SIGN") if aliyun else "",
        "aliyun_sms_templates": read.sms_templates() if aliyun else (),
        "aliyun_sms_base": read.loopback_or_https("ALIYUN_SMS_BASE", ALIYUN_SMS_BASE),
        "mail_sender": mail,
        "mail_from": read.mail_from(mail),
        "mail_user": read.text("MAIL_USER"),
        "mail_password": read.needed("MAIL_PASSWORD") if read.text("MAIL_USER") else "",
    }


def _time_limits(read: "_Reader") -> dict[str, Any]:
    """Read how long people have, and after what time something happens by itself."""
    return {
        "trade_expires_minutes": read.number("TRADE_EXPIRES_MINUTES", 30, 1, 10_080),
        "accept_automatically_days": read.number("ACCEPT_AUTOMATICALLY_DAYS", 10, 1, 60),
        "after_sales_window_days": read.number("AFTER_SALES_WINDOW_DAYS", 7, 0, 60),
        "statement_confirm_days": read.number("STATEMENT_CONFIRM_DAYS", 7, 1, 60),
        "invoice_due_days": read.number("INVOICE_DUE_DAYS", 7, 1, 60),
        "ship_within_hours": read.number("SHIP_WITHIN_HOURS", 48, 1, 720),
        "remind_every_hours": read.number("REMIND_EVERY_HOURS", 24, 1, 720),
        "pickup_remind_days": read.number("PICKUP_REMIND_DAYS", 3, 1, 90),
        "pickup_keep_days": read.number("PICKUP_KEEP_DAYS", 7, 1, 90),
        "cancellation_answer_hours": read.number("CANCELLATION_ANSWER_HOURS", 24, 1, 720),
        "case_answer_days": read.number("CASE_ANSWER_DAYS", 3, 1, 60),
        "case_return_days": read.number("CASE_RETURN_DAYS", 7, 1, 60),
        "case_receipt_days": read.number("CASE_RECEIPT_DAYS", 7, 1, 60),
        "case_replacement_days": read.number("CASE_REPLACEMENT_DAYS", 7, 1, 60),
        "case_escalate_days": read.number("CASE_ESCALATE_DAYS", 3, 1, 60),
    }


class _Reader:
    """Reads one environment and collects all that is wrong with it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.wrong: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, default)

    def needed(self, name: str, shortest: int = 1) -> str:
        value = self.text(name)
        if len(value) < shortest:
            hint = f" (at least {shortest} characters)" if shortest > 1 else ""
            self.wrong.append(name + hint)
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.text(name, str(default))
        if not raw.isdecimal() or not low <= int(raw) <= high:
            self.wrong.append(f"{name} (a whole number from {low} to {high})")
            return default
        return int(raw)

    def environment(self) -> Environment:
        try:
            return Environment(self.text("JIEDUI_ENV", "production"))
        except ValueError:
            self.wrong.append(f"JIEDUI_ENV (one of {', '.join(Environment)})")
            return Environment.PRODUCTION

    def stripe(self) -> str:
        """Read Stripe's secret key: none, or one that says whether it moves real money."""
        key = self.text("STRIPE_SECRET_KEY")
        if key and not key.startswith(("sk_live_", "sk_test_", "rk_live_", "rk_test_")):
            self.wrong.append("STRIPE_SECRET_KEY (a secret or restricted key, not a public one)")
        return key

    def stripe_publishable_key(self, secret_key: str) -> str:
        """Read the key that browsers are given: none, or one of the secret key's mode."""
        key = self.text("STRIPE_PUBLISHABLE_KEY")
        mode = secret_key[2:8]
        if key and not (secret_key and key.startswith(f"pk{mode}")):
            self.wrong.append("STRIPE_PUBLISHABLE_KEY (a pk_… key of the secret key's mode)")
        return key

    def script_url(self, *, in_production: bool) -> str:
        """Read where the card form's script comes from: over https, loopback in development only."""
        address = self.text("STRIPE_SCRIPT_URL", STRIPE_SCRIPT_URL)
        loopback = address.startswith(("http://127.0.0.1:", "http://localhost:"))
        if not address.startswith("https://") and (in_production or not loopback):
            self.wrong.append("STRIPE_SCRIPT_URL (an https address)")
        return address

    def stripe_methods(self) -> tuple[str, ...]:
        """Read which means to pay the Stripe account has been admitted to."""
        methods = tuple(self.text("STRIPE_METHODS", ",".join(STRIPE_METHODS)).split(","))
        if not set(methods) <= set(STRIPE_METHODS) or len(set(methods)) != len(methods):
            self.wrong.append(f"STRIPE_METHODS (of {','.join(STRIPE_METHODS)})")
        return methods

    def bank_account(self, *, in_production: bool) -> tuple[str, str, str]:
        """Read the account that buyers transfer to: all of it or nothing; plainly a sample elsewhere."""
        names = ("BANK_ACCOUNT_HOLDER", "BANK_ACCOUNT_NO", "BANK_ACCOUNT_BANK")
        samples = ("", "", "") if in_production else SAMPLE_BANK_ACCOUNT
        values = [self.text(name, sample) for name, sample in zip(names, samples, strict=True)]
        if any(values):
            self.wrong += [name for name, value in zip(names, values, strict=True) if not value]
        holder, account_no, bank_name = values
        return holder, account_no, bank_name

    def loopback_or_https(self, name: str, default: str) -> str:
        """Read an address that secrets are sent to."""
        address = self.text(name, default)
        if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            self.wrong.append(f"{name} (an https address)")
        return address

    def loopback_webhooks(self, *, in_production: bool) -> bool:
        """Read whether webhooks may go to this machine: never where strangers register them."""
        allowed = self.text("WEBHOOKS_TO_LOOPBACK", "0" if in_production else "1") == "1"
        if allowed and in_production:
            self.wrong.append("WEBHOOKS_TO_LOOPBACK (for development only)")
        return allowed

    def code_sender(self, *, in_production: bool) -> str:
        """Read where one-time codes go: the console, or a gateway over https."""
        sender = self.text("CODE_SENDER", "" if in_production else "console")
        if sender == "console":
            if in_production:
                self.wrong.append("CODE_SENDER (the console is for development only)")
        elif sender != ALIYUN and not sender.startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        ):
            self.wrong.append("CODE_SENDER (aliyun, or the https address of the message gateway)")
        return sender

    def sms_templates(self) -> tuple[tuple[str, str], ...]:
        """Read which approved template carries which message: ``code:SMS_1,order_shipped:SMS_2``."""
        raw = self.text("ALIYUN_SMS_TEMPLATES")
        parts = [one.strip().partition(":") for one in raw.split(",") if one.strip()]
        templates = {name: template for name, _, template in parts}
        if "code" not in templates or not all(templates) or not all(templates.values()):
            self.wrong.append("ALIYUN_SMS_TEMPLATES (name:template, …; code among them)")
        return tuple(templates.items())

    def mail_sender(self, *, in_production: bool) -> str:
        """Read where e-mail goes: nowhere, into files, or to a server that is reached encrypted."""
        sender = self.text("MAIL_SENDER", "" if in_production else MAIL_TO_FILES)
        if sender == MAIL_TO_FILES and in_production:
            self.wrong.append("MAIL_SENDER (files are for development only)")
        elif sender not in ("", MAIL_TO_FILES) and not re.fullmatch(
            r"smtps?://[A-Za-z0-9.-]+:[0-9]{1,5}", sender
        ):
            self.wrong.append("MAIL_SENDER (smtps://host:465, or smtp://host:587 with STARTTLS)")
        return sender

    def mail_from(self, sender: str) -> str:
        """Read the address that e-mail comes from."""
        if not sender.startswith("smtp"):
            return "no-reply@localhost"
        address = self.needed("MAIL_FROM")
        if address and not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", address):
            self.wrong.append("MAIL_FROM (an e-mail address)")
        return address
