"""The server's programs are found, or it is said plainly what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from marketplace.embedded import binaries
from marketplace.embedded.account import Account
from marketplace.embedded.errors import EmbeddedPostgresUnavailable

US = Account(os.geteuid(), os.getegid())


def programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


class TestFindBinaries:
    def test_takes_the_first_that_is_new_enough(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old, new = programs(tmp_path / "old", "14.9"), programs(tmp_path / "new", "15.18 (Debian)")
        monkeypatch.setattr(binaries, "_candidates", lambda: [(old, False), (new, False)])
        found = binaries.find_binaries(US, tmp_path)
        assert (found.folder, found.major) == (new, 15)

    def test_takes_those_of_the_datas_version(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new, old = programs(tmp_path / "new", "18.6"), programs(tmp_path / "old", "15.18")
        monkeypatch.setattr(binaries, "_candidates", lambda: [(new, False), (old, False)])
        assert binaries.find_binaries(US, tmp_path, major=15).folder == old

    def test_says_what_it_wanted_and_what_it_saw(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = programs(tmp_path / "old", "14.9")
        monkeypatch.setattr(binaries, "_candidates", lambda: [(old, False)])
        with pytest.raises(EmbeddedPostgresUnavailable, match=r"15 or newer.*seen: 14.*make run"):
            binaries.find_binaries(US, tmp_path)


class TestEnvironment:
    def test_hides_the_callers_language_and_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LANG", "zz_ZZ.UTF-8")
        monkeypatch.setenv("PGDATA", "/elsewhere")
        assert set(binaries.environment()) == {"PATH", "LC_ALL", "TZ"}
        assert binaries.environment()["LC_ALL"] == "C.UTF-8"
