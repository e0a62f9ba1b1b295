"""`python -m marketplace.serve` serves; `… with COMMAND…` runs a command on the same database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from config import development
from marketplace.embedded import EmbeddedPostgresUnavailable
from marketplace.serve.messages import CannotServe, say
from marketplace.serve.supervisor import Database, Supervisor

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Serve, or run one command with the settings that serving would use."""
    environment = development.environment(ROOT)
    try:
        if arguments and arguments[0] == "with":
            return _run_with(arguments[1:], environment)
        Supervisor(ROOT, environment).run()
    except CannotServe as reason:
        say(reason.chinese, reason.english)
        return 1
    except EmbeddedPostgresUnavailable as reason:
        say("内置数据库无法启动：", str(reason))
        return 1
    return 0


def _run_with(command: list[str], environment: dict[str, str]) -> int:
    database = Database(ROOT, environment)
    was_running = database.is_running()
    environment |= database.ensure()
    try:
        done = subprocess.run(command, check=False, env=environment)  # noqa: S603 - the caller's own
        return done.returncode
    finally:
        if not was_running:
            database.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
