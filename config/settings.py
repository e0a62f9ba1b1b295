"""Typed settings, checked together at start; the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


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
    code_sender: str = "console"
    code_sender_secret: str = field(default="", repr=False)
    trade_expires_minutes: int = 30
    accept_automatically_days: int = 10
    after_sales_window_days: int = 7

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
        env = dict(os.environ if environ is None else environ)
        wrong: list[str] = []
        try:
            environment = Environment(env.get("JIEDUI_ENV", "production"))
        except ValueError:
            raise SettingsIncomplete(
                f"JIEDUI_ENV must be one of {', '.join(Environment)}"
            ) from None

        def need(name: str, shortest: int = 1) -> str:
            value = env.get(name, "")
            if len(value) < shortest:
                wrong.append(f"{name} (at least {shortest} characters)" if shortest > 1 else name)
            return value

        def number(name: str, default: int, low: int, high: int) -> int:
            raw = env.get(name, str(default))
            if not raw.isdecimal() or not low <= int(raw) <= high:
                wrong.append(f"{name} (a whole number from {low} to {high})")
                return default
            return int(raw)

        sandbox = env.get("SANDBOX_PAYMENTS", "1" if environment != "production" else "0") == "1"
        code_sender = env.get("CODE_SENDER", "" if environment == "production" else "console")
        settings = cls(
            environment=environment,
            database_url=need("DATABASE_URL"),
            database_owner_url=env.get("DATABASE_OWNER_URL", ""),
            secret_key=need("SECRET_KEY", 32),
            sandbox_webhook_secret=need("SANDBOX_WEBHOOK_SECRET", 16) if sandbox else "",
            public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{env.get('PORT', '8000')}"),
            port=number("PORT", 8000, 1, 65535),
            var_dir=Path(env.get("VAR_DIR", str(PROJECT_ROOT / "var"))),
            ledger_heads_file=Path(heads) if (heads := env.get("LEDGER_HEADS_FILE")) else None,
            log_level=env.get("LOG_LEVEL", "INFO"),
            metrics_dir=env.get("PROMETHEUS_MULTIPROC_DIR", ""),
            rate_limit_url=env.get("RATE_LIMIT_URL", "memory://"),
            trusted_proxies=number("TRUSTED_PROXIES", 0, 0, 5),
            database_pool_size=number("DATABASE_POOL_SIZE", 8, 1, 100),
            statement_timeout_ms=number("STATEMENT_TIMEOUT_MS", 15_000, 100, 600_000),
            sandbox_payments=sandbox,
            code_sender=code_sender,
            code_sender_secret="" if code_sender == "console" else need("CODE_SENDER_SECRET", 16),
            trade_expires_minutes=number("TRADE_EXPIRES_MINUTES", 30, 1, 10_080),
            accept_automatically_days=number("ACCEPT_AUTOMATICALLY_DAYS", 10, 1, 60),
            after_sales_window_days=number("AFTER_SALES_WINDOW_DAYS", 7, 0, 60),
        )
        if code_sender == "console":
            if environment is Environment.PRODUCTION:
                wrong.append("CODE_SENDER (the console is for development only)")
        elif not code_sender.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            wrong.append("CODE_SENDER (the https address of the message gateway)")
        if wrong:
            raise SettingsIncomplete("missing or malformed settings: " + "; ".join(wrong))
        return settings
