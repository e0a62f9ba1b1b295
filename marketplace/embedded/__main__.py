"""`python -m marketplace.embedded start|stop|status|url|remove`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from marketplace.embedded import launcher
from marketplace.embedded.cluster import read_cluster
from marketplace.embedded.errors import EmbeddedPostgresUnavailable


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 for done or running, 1 for not."""
    parser = argparse.ArgumentParser(
        prog="python -m marketplace.embedded", description="The checkout's own PostgreSQL."
    )
    parser.add_argument("command", choices=["start", "stop", "status", "url", "remove"])
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: .)")
    parser.add_argument("--name", default="postgres", help="which server of it: var/NAME")
    parser.add_argument("--port", type=int, help="start: the TCP port to prefer")
    parser.add_argument("--major", type=int, help="start: the version to make new data with")
    parser.add_argument("--throwaway", action="store_true", help="start: no fsync, for tests")
    parser.add_argument("--immediate", action="store_true", help="stop: leave it to recovery")
    parser.add_argument("--role", choices=["app", "owner", "admin"], default="app", help="url: of")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except EmbeddedPostgresUnavailable as unavailable:
        sys.stderr.write(f"{unavailable}\n")
        return 1


def _run(options: argparse.Namespace) -> int:
    root, name = options.root, options.name
    match options.command:
        case "start":
            launcher.ensure_running(
                root,
                name=name,
                is_durable=not options.throwaway,
                port=options.port,
                major=options.major,
            )
        case "stop":
            launcher.stop(root, name=name, mode="immediate" if options.immediate else "fast")
        case "remove":
            launcher.remove(root, name=name)
        case "url":
            return _print_url(root, name, options.role)
    known = launcher.status(root, name=name)
    told = f"running, pid {known.pid}, port {known.port}" if known.is_running else "stopped"
    sys.stdout.write(f"{told}{f', data in {known.data}' if known.data else ''}\n")
    return 0 if known.is_running or options.command != "status" else 1


def _print_url(root: Path, name: str, role: str) -> int:
    cluster = read_cluster(root, name)
    if cluster is None or not launcher.status(root, name=name).is_running:
        sys.stderr.write("stopped: start it first\n")
        return 1
    sys.stdout.write(getattr(launcher.endpoints_of(cluster), f"{role}_url") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
