"""Settings are checked together: a start that cannot work says everything that is missing."""

import pytest

from config.settings import Environment, Settings, SettingsIncomplete

COMPLETE = {
    "JIEDUI_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://app@db/jiedui",
    "SECRET_KEY": "x" * 32,
    "CODE_SENDER": "https://sms.invalid/send",
    "CODE_SENDER_SECRET": "y" * 32,
}


class TestFromEnv:
    def test_reads_a_complete_production_environment(self) -> None:
        settings = Settings.from_env(COMPLETE)
        assert settings.environment is Environment.PRODUCTION
        assert not settings.sandbox_payments
        assert not settings.is_development

    def test_lists_every_missing_name_at_once(self) -> None:
        with pytest.raises(SettingsIncomplete) as refused:
            Settings.from_env({"SANDBOX_PAYMENTS": "1"})
        for name in ("DATABASE_URL", "SECRET_KEY", "SANDBOX_WEBHOOK_SECRET", "CODE_SENDER"):
            assert name in str(refused.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", "short"),
            ("PORT", "70000"),
            ("PORT", "-1"),
            ("PORT", "eight"),
            ("CODE_SENDER", "console"),
            ("AFTER_SALES_WINDOW_DAYS", "61"),
            ("JIEDUI_ENV", "prod"),
            ("STRIPE_SECRET_KEY", "pk_live_public"),
            ("STRIPE_API_BASE", "http://stripe.invalid"),
            ("STRIPE_METHODS", "alipay,cash"),
            ("STRIPE_METHODS", ""),
            ("STRIPE_PUBLISHABLE_KEY", "pk_live_without_a_secret_key"),
            ("STRIPE_SCRIPT_URL", "http://127.0.0.1:9/stripe.js"),
        ],
    )
    def test_refuses_malformed_values(self, name: str, value: str) -> None:
        with pytest.raises(SettingsIncomplete, match=name):
            Settings.from_env(COMPLETE | {name: value})

    def test_an_empty_webhook_secret_refuses_to_start(self) -> None:
        environ = COMPLETE | {"SANDBOX_PAYMENTS": "1", "SANDBOX_WEBHOOK_SECRET": ""}
        with pytest.raises(SettingsIncomplete, match="SANDBOX_WEBHOOK_SECRET"):
            Settings.from_env(environ)

    @pytest.mark.parametrize("secret", ["", "whsec_short"])
    def test_stripe_without_a_webhook_secret_refuses_to_start(self, secret: str) -> None:
        environ = COMPLETE | {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": secret}
        with pytest.raises(SettingsIncomplete, match="STRIPE_WEBHOOK_SECRET"):
            Settings.from_env(environ)

    @pytest.mark.parametrize("secret", ["", "short"])
    def test_a_mini_program_without_its_secret_refuses_to_start(self, secret: str) -> None:
        environ = COMPLETE | {"WECHAT_APP_ID": "wx0", "WECHAT_APP_SECRET": secret}
        with pytest.raises(SettingsIncomplete, match="WECHAT_APP_SECRET"):
            Settings.from_env(environ)

    def test_reads_which_means_stripe_offers(self) -> None:
        stripe = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_" + "z" * 20}
        with pytest.raises(SettingsIncomplete, match="STRIPE_PUBLISHABLE_KEY"):
            Settings.from_env(COMPLETE | stripe | {"STRIPE_PUBLISHABLE_KEY": "pk_test_other_mode"})
        settings = Settings.from_env(COMPLETE | stripe | {"STRIPE_METHODS": "wechat_pay"})
        assert settings.stripe_methods == ("wechat_pay",)
        assert settings.stripe_api_base == "https://api.stripe.com"
        assert "z" * 20 not in repr(settings)

    def test_shows_no_secret(self) -> None:
        shown = repr(Settings.from_env(COMPLETE))
        assert "x" * 32 not in shown
        assert "app@db" not in shown
