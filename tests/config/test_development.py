"""A development machine gets its secrets once; any other kind gets nothing for free."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.development import environment
from config.settings import Settings, SettingsIncomplete


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JIEDUI_ENV", "SECRET_KEY", "SANDBOX_WEBHOOK_SECRET", "DATABASE_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)


class TestEnvironment:
    def test_makes_secrets_once_for_the_owner_only(self, tmp_path: Path) -> None:
        first = environment(tmp_path)
        assert len(first["SECRET_KEY"]) >= 32
        assert environment(tmp_path) == first
        file = tmp_path / "var" / "secrets.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_suffices_for_the_settings(self, tmp_path: Path) -> None:
        made = environment(tmp_path) | {"DATABASE_URL": "postgresql+psycopg://app@/jiedui"}
        assert Settings.from_env(made).is_development

    def test_leaves_what_was_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", "x" * 40)
        assert environment(tmp_path)["SECRET_KEY"] == "x" * 40

    def test_gives_production_no_secret(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JIEDUI_ENV", "production")
        with pytest.raises(SettingsIncomplete, match="SECRET_KEY"):
            Settings.from_env(environment(tmp_path))
        assert not (tmp_path / "var").exists()
