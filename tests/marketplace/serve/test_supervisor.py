"""One command serves everything, survives the death of any part, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat

import psutil
import psycopg
import pytest

from marketplace import embedded
from tests.marketplace.serve.conftest import Checkout, Run, eventually, is_alive

# A start takes seconds: each test takes over what the one before left.


class TestRun:
    def test_says_what_to_open_in_both_languages(self, run: Run, checkout: Checkout) -> None:
        assert f"结对集市已就绪，请打开：http://127.0.0.1:{run.port}/" in run.told
        assert run.is_ready()
        secrets = checkout.root / "var" / "secrets.json"
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o600

    @pytest.mark.parametrize(("name", "word"), [("web", "gunicorn"), ("jobs", "worker")])
    def test_starts_a_killed_part_again(self, run: Run, name: str, word: str) -> None:
        killed = run.part(word)
        killed.send_signal(signal.SIGKILL)
        run.wait_until_told(f"{name} died; starting it again.")
        eventually(lambda: run.part(word).pid != killed.pid)
        eventually(run.is_ready)

    def test_recovers_a_killed_database_with_all_that_was_committed(
        self, run: Run, checkout: Checkout
    ) -> None:
        owner_url = embedded.ensure_running(checkout.root).owner_url.replace("+psycopg", "")
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        server = embedded.status(checkout.root).pid
        assert server is not None
        os.kill(server, signal.SIGKILL)
        run.wait_until_told("recovering it.")
        eventually(run.is_ready)
        with psycopg.connect(owner_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)

    def test_leaves_the_way_free_when_it_is_killed_itself(
        self, run: Run, runs: list[Run], checkout: Checkout
    ) -> None:
        parts = psutil.Process(run.process.pid).children()
        run.process.kill()
        run.wait()
        runs.append(checkout.start(run.port))
        runs[-1].wait_until_told("Ready. Open:")
        eventually(lambda: not any(is_alive(part) for part in parts))

    def test_prepares_nothing_the_second_time(
        self, run: Run, runs: list[Run], checkout: Checkout
    ) -> None:
        if len(runs) == 1:
            run.interrupt()
            runs.append(checkout.start())
            runs[-1].wait_until_told("Ready. Open:")
        assert "Preparing the database" in runs[0].told
        assert "Preparing the database" not in runs[-1].told

    def test_stops_everything_on_ctrl_c(self, run: Run, checkout: Checkout) -> None:
        parts = psutil.Process(run.process.pid).children(recursive=True)
        assert run.interrupt() == 0
        assert "Everything has stopped." in run.told
        eventually(lambda: not any(is_alive(part) for part in parts))
        assert not embedded.status(checkout.root).is_running
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", run.port)) != 0

    def test_says_plainly_that_the_port_is_taken(self, checkout: Checkout, runs: list[Run]) -> None:
        if runs and runs[-1].process.poll() is None:
            runs[-1].interrupt()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            refused = checkout.start(port)
            assert refused.wait() == 1
        refused.wait_until_told(f"Port {port} is taken")
        assert f"端口 {port} 已被占用" in refused.told
