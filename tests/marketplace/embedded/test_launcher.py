"""The embedded PostgreSQL starts from whatever the last run, or the user's machine, left it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.marketplace.embedded.conftest import ACCOUNTS, Checkout, interpreter


def data_of(checkout: Checkout) -> Path:
    return Path(checkout.run("start", "--throwaway").split("data in ")[1])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while Path(f"/proc/{pid}/cwd").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


class TestFirstStart:
    def test_gives_a_database_to_an_owner_and_an_application(self, running: Checkout) -> None:
        assert running.query("SELECT current_user::text, current_database()::text") == (
            "jiedui_owner",
            "jiedui",
        )
        assert running.query("SELECT current_user::text", role="app") == ("jiedui_app",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            running.query("CREATE TABLE taken (id int)", role="app")

    def test_leaves_the_folders_above_as_they_were(self, checkout: Checkout) -> None:
        modes = [folder.stat().st_mode for folder in checkout.root.parents]
        checkout.start()
        assert modes == [folder.stat().st_mode for folder in checkout.root.parents]

    def test_leaves_the_server_to_an_account_without_rights(self, running: Checkout) -> None:
        pid = running.start()
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        data = data_of(running)
        assert data.stat().st_uid == Path(f"/proc/{pid}").stat().st_uid
        assert stat.S_IMODE(data.stat().st_mode) == 0o700

    def test_databases_that_the_owner_makes_have_the_extensions(self, running: Checkout) -> None:
        running.query("CREATE DATABASE another")
        with psycopg.connect(running.url("owner"), dbname="another") as connection:
            rows = connection.execute("SELECT extname::text FROM pg_extension").fetchall()
        assert {("btree_gist",), ("pg_trgm",)} <= set(rows)

    def test_two_at_once_make_one_server(self, own_checkout: Checkout) -> None:
        starts = [own_checkout.popen("start", "--throwaway") for _ in range(3)]
        told = [start.wait() for start in starts]
        assert [start.returncode for start in starts] == [0, 0, 0], told
        assert len(set(told)) == 1
        assert own_checkout.query("SELECT 1") == (1,)

    def test_begins_anew_over_a_half_made_data_directory(self, own_checkout: Checkout) -> None:
        start = own_checkout.popen("start", "--throwaway")
        state = own_checkout.root / "var" / "postgres" / "state.json"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            place = json.loads(state.read_text("utf-8")).get("place") if state.exists() else None
            if list((Path(place) if place else state.parent).glob("data.new.*/base")):
                break
            time.sleep(0.005)
        start.kill()
        start.wait()
        own_checkout.start()
        assert own_checkout.query("SELECT 1") == (1,)

    def test_finishes_what_was_cut_off_before_the_roles_were_made(
        self, own_checkout: Checkout
    ) -> None:
        own_checkout.start()
        own_checkout.query("DROP DATABASE jiedui WITH (FORCE)", role="admin")
        (data_of(own_checkout) / "jiedui.provisioned").unlink()
        own_checkout.start()
        assert own_checkout.query("SELECT 1", role="app") == (1,)

    @pytest.mark.parametrize(
        "environment",
        [{}, {"LANG": "C"}, {"LANG": "zz_ZZ.UTF-8", "LC_ALL": "zz_ZZ.UTF-8", "PGPORT": "1"}],
        ids=["unset", "C", "not installed, and another server's settings"],
    )
    def test_sees_chinese_whatever_the_callers_language_is(
        self, own_checkout: Checkout, environment: dict[str, str]
    ) -> None:
        with interpreter(own_checkout.interpreter.packages, environment) as asked:
            replace(own_checkout, interpreter=asked).start()
        encoding, trigrams = own_checkout.query(
            "SELECT current_setting('server_encoding'), array_length(show_trgm('大叶茶'), 1)"
        )
        assert (encoding, trigrams) == ("UTF8", 4)

    def test_works_below_a_long_path_that_needs_quoting(self, far_checkout: Checkout) -> None:
        far_checkout.start()
        assert far_checkout.query("SELECT 1", role="app") == (1,)

    @pytest.mark.skipif("root" not in ACCOUNTS, reason="only root runs it as another account")
    def test_copies_programs_that_the_servers_account_cannot_reach(
        self, own_checkout: Checkout
    ) -> None:
        hidden = own_checkout.root / "packages"
        shutil.copytree(own_checkout.interpreter.packages, hidden)
        with interpreter(hidden) as asked:
            checkout = replace(own_checkout, interpreter=asked)
            pid = checkout.start()
            data = data_of(checkout)
        program = Path(f"/proc/{pid}/exe").readlink()
        assert program.is_relative_to(data.parent / "software")


class TestSecondStart:
    def test_finds_a_running_server(self, running: Checkout) -> None:
        assert running.start() == running.start()

    @pytest.mark.parametrize("way", ["stop", "immediate stop", "kill -9"])
    def test_finds_what_was_committed(self, used_checkout: Checkout, way: str) -> None:
        pid = used_checkout.start(durable=True)
        used_checkout.query("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n")
        if way == "kill -9":
            kill(pid)
        else:
            used_checkout.run("stop", *(["--immediate"] if "immediate" in way else []))
        status = used_checkout.popen("status")
        assert status.wait().startswith("stopped")
        assert status.returncode == 1
        used_checkout.start(durable=True)
        assert used_checkout.query("SELECT n FROM kept") == (7,)

    def test_starts_a_server_that_dies_at_that_moment(self, used_checkout: Checkout) -> None:
        for _ in range(3):
            os.kill(used_checkout.start(), signal.SIGKILL)
            used_checkout.start()
            assert used_checkout.query("SELECT 1") == (1,)

    def test_takes_no_strangers_process_for_the_server(self, checkout: Checkout) -> None:
        kill(checkout.start())
        pid_file = data_of_stopped(checkout) / "postmaster.pid"
        with subprocess.Popen(["sleep", "600"]) as stranger:
            try:
                lines = pid_file.read_text("utf-8").splitlines()
                pid_file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
                checkout.run("stop")
                assert stranger.poll() is None
                checkout.start()
                assert checkout.query("SELECT 1") == (1,)
                assert stranger.poll() is None
            finally:
                stranger.kill()

    def test_takes_another_port_when_its_own_is_taken(self, used_checkout: Checkout) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            told = used_checkout.run("start", "--throwaway", "--port", str(port))
        assert f"port {port}," not in told
        assert used_checkout.query("SELECT 1") == (1,)

    def test_says_what_to_do_when_the_passwords_are_gone(self, used_checkout: Checkout) -> None:
        used_checkout.start()
        state = used_checkout.root / "var" / "postgres" / "state.json"
        kept = state.read_text("utf-8")
        state.write_text(kept.replace('"admin_password": "', '"admin_password": "x'))
        again = used_checkout.popen("start")
        told = again.wait()
        state.write_text(kept)
        assert again.returncode == 1
        assert "Put the right state.json back" in told

    @pytest.mark.skipif("root" not in ACCOUNTS, reason="an ordinary user's data moves along")
    def test_follows_a_checkout_that_moved_but_not_its_copy(self, own_checkout: Checkout) -> None:
        own_checkout.start()
        own_checkout.query("CREATE TABLE kept AS SELECT 7 AS n")
        copy = Checkout(own_checkout.root.with_name("copy"), 0, 0, own_checkout.interpreter)
        shutil.copytree(own_checkout.root, copy.root)
        assert data_of(copy) != data_of(own_checkout)
        copy.run("remove")
        shutil.rmtree(copy.root)
        own_checkout.root.rename(copy.root)
        assert copy.query("SELECT n FROM kept") == (7,)
        copy.start()
        copy.root.rename(own_checkout.root)


class TestPasswords:
    def test_nobody_enters_without_one(self, running: Checkout) -> None:
        told = running.run("start", "--throwaway")
        port = told.split("port ")[1].split(",")[0]
        for host in ("127.0.0.1", str(data_of(running).parent / "run")):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=host, port=port, user="jiedui_app", dbname="jiedui")

    def test_only_the_owner_of_the_project_reads_them(self, running: Checkout) -> None:
        state = running.root / "var" / "postgres" / "state.json"
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        assert state.stat().st_uid == running.uid


def data_of_stopped(checkout: Checkout) -> Path:
    return Path(checkout.popen("status").wait().split("data in ")[1].strip())
