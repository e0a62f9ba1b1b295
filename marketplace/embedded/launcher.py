"""Starts and stops a checkout's own PostgreSQL, whatever state the last run left it in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from marketplace.embedded.binaries import Binaries, find_binaries, run
from marketplace.embedded.cluster import Cluster, locked_cluster, read_cluster
from marketplace.embedded.configuration import ACCESS, FILE, settings_text
from marketplace.embedded.errors import EmbeddedPostgresUnavailable
from marketplace.embedded.provision import ADMIN, APP, DATABASE, OWNER, provision

# Recovery after a kill -9 replays at most max_wal_size; a slow disk needs its time.
START_SECONDS = 120
STOP_SECONDS = 60
LOG_LIMIT_BYTES = 5_000_000
PROVISIONED = "jiedui.provisioned"
HALF_MADE = "data.new"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """How to reach the running server, through its own socket folder; the port is for tools."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    admin_url: str = field(repr=False)
    port: int


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a checkout's server."""

    is_running: bool
    pid: int | None = None
    port: int | None = None
    data: Path | None = None


def ensure_running(
    root: Path,
    *,
    name: str = "postgres",
    is_durable: bool = True,
    port: int | None = None,
    major: int | None = None,
) -> Endpoints:
    """Start the server of the checkout `root` unless it runs, and say how to reach it.

    `name` tells several servers of one checkout apart (each in `var/<name>`). With
    `is_durable=False` a new start gives up surviving a crash of the machine for speed, which is
    for tests. Any number of processes may call this at once.
    Raises EmbeddedPostgresUnavailable with a sentence that says what to do.
    """
    with locked_cluster(root, name) as known:
        cluster = known
        deadline = time.monotonic() + START_SECONDS
        while True:
            if _postmaster(cluster.data) is None:
                cluster = _start(cluster, is_durable=is_durable, port=port, major=major)
            if _answers(cluster, deadline):
                break
            # It was dying when we found it alive: once more from the beginning.
        marker = cluster.data / PROVISIONED
        if not marker.exists():
            provision(_conninfo(cluster), cluster.memory)
            marker.touch(mode=0o600)
            cluster.account.own(marker)
        return endpoints_of(cluster)


def stop(
    root: Path, *, name: str = "postgres", mode: Literal["fast", "immediate"] = "fast"
) -> bool:
    """Stop the server: `fast` writes everything out, `immediate` leaves it to recovery."""
    with locked_cluster(root, name) as cluster:
        if _postmaster(cluster.data) is None:
            return False
        binaries = _binaries(cluster)
        command = [str(binaries.folder / "pg_ctl"), "stop", "-D", "data", "-m", mode, "-w", "-s"]
        command += ["-t", str(STOP_SECONDS)]
        done = run(
            command, account=cluster.account, folder=cluster.place, seconds=STOP_SECONDS + 10
        )
        if done.returncode != 0 and _postmaster(cluster.data) is not None:
            raise EmbeddedPostgresUnavailable(f"PostgreSQL did not stop: {done.stdout.strip()}")
        return True


def remove(root: Path, *, name: str = "postgres") -> None:
    """Stop the server and delete everything it kept."""
    if read_cluster(root, name) is None:
        return
    stop(root, name=name, mode="immediate")
    with locked_cluster(root, name) as cluster:
        for folder in (cluster.socket_folder, cluster.place, cluster.folder):
            shutil.rmtree(folder, ignore_errors=True)


def status(root: Path, *, name: str = "postgres") -> Status:
    """Look, and change nothing."""
    cluster = read_cluster(root, name)
    if cluster is None:
        return Status(is_running=False)
    pid = _postmaster(cluster.data)
    if pid is None:
        return Status(is_running=False, data=cluster.data)
    return Status(is_running=True, pid=pid, port=_port(cluster), data=cluster.data)


def endpoints_of(cluster: Cluster) -> Endpoints:
    """Write the addresses of a cluster that runs."""
    memory, port = cluster.memory, _port(cluster)
    host = quote(str(cluster.socket_folder), safe="")

    def url(role: str, password: str, database: str) -> str:
        return f"postgresql+psycopg://{role}:{password}@/{database}?host={host}&port={port}"

    return Endpoints(
        owner_url=url(OWNER, memory.owner_password, DATABASE),
        app_url=url(APP, memory.app_password, DATABASE),
        admin_url=url(ADMIN, memory.admin_password, "postgres"),
        port=port,
    )


def _start(cluster: Cluster, *, is_durable: bool, port: int | None, major: int | None) -> Cluster:
    binaries = _binaries(cluster, major)
    cluster.make_folders()
    if not cluster.data.exists():
        _make_data(cluster, binaries, is_durable=is_durable)
    if cluster.log_file.exists() and cluster.log_file.stat().st_size > LOG_LIMIT_BYTES:
        cluster.log_file.replace(cluster.log_file.with_suffix(".log.1"))
    wanted = port or cluster.memory.port
    deadline = time.monotonic() + START_SECONDS
    while True:
        chosen = _free_port(wanted)
        _write_settings(cluster, port=chosen, is_durable=is_durable)
        _disown_stale_pid(cluster)
        told = _try_start(cluster, binaries)
        if told is None:
            return cluster.remember(port=chosen)
        if "could not bind" in told or "could not create any TCP/IP" in told:
            wanted = 0  # somebody took the port since we looked
        elif "shared memory block" not in told or time.monotonic() > deadline:
            # Other than that: sessions that outlive a killed server for a moment.
            raise EmbeddedPostgresUnavailable(
                f"PostgreSQL did not start from {cluster.data}:\n{told.strip()[-2000:]}"
            )
        time.sleep(0.2)


def _try_start(cluster: Cluster, binaries: Binaries) -> str | None:
    """Start the server; None when it runs, else what it wrote to its log.

    The paths are relative to the place: `pg_ctl` hands them to a shell, where the path of a
    project may hold anything.
    """
    before = cluster.log_file.stat().st_size if cluster.log_file.exists() else 0
    command = [str(binaries.folder / "pg_ctl"), "start", "-D", "data", "-w", "-s"]
    command += ["-l", str(cluster.log_file.relative_to(cluster.place)), "-t", str(START_SECONDS)]
    try:
        done = run(
            command, account=cluster.account, folder=cluster.place, seconds=START_SECONDS + 10
        )
    except subprocess.TimeoutExpired as late:
        raise EmbeddedPostgresUnavailable(
            f"PostgreSQL took longer than {START_SECONDS} s to start; see {cluster.log_file}"
        ) from late
    if done.returncode == 0:
        return None
    written = b""
    if cluster.log_file.exists():
        with cluster.log_file.open("rb") as log:
            log.seek(before)
            written = log.read()
    return written.decode("utf-8", "replace") or done.stdout


def _make_data(cluster: Cluster, binaries: Binaries, *, is_durable: bool) -> None:
    """Make the data directory beside its place and rename it: it is there whole or not at all.

    Each try has a name of its own: the initdb of a start that was killed may still be at work, and
    clears away what it has made when it fails.
    """
    for left in cluster.place.glob(f"{HALF_MADE}*"):
        shutil.rmtree(left, ignore_errors=True)
    half = Path(tempfile.mkdtemp(prefix=f"{HALF_MADE}.", dir=cluster.place))
    cluster.account.own(half)
    password = cluster.place / "log" / "password"
    password.touch(mode=0o600)
    cluster.account.own(password)
    try:
        password.write_text(cluster.memory.admin_password, encoding="utf-8")
        command = [str(binaries.folder / "initdb"), "-D", half.name, "-U", ADMIN]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        command += [f"--pwfile={password.relative_to(cluster.place)}", "--no-instructions"]
        command += [] if is_durable else ["--no-sync"]
        done = run(command, account=cluster.account, folder=cluster.place)
    finally:
        password.unlink()
    if done.returncode != 0:
        raise EmbeddedPostgresUnavailable(f"initdb failed:\n{done.stdout.strip()[-2000:]}")
    (half / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
    with (half / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(f"\ninclude_if_exists = '{FILE}'\n")
    half.rename(cluster.data)


def _write_settings(cluster: Cluster, *, port: int, is_durable: bool) -> None:
    file = cluster.data / FILE
    text = settings_text(port=port, socket_folder=cluster.socket_folder, is_durable=is_durable)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    cluster.account.own(file)


def _binaries(cluster: Cluster, major: int | None = None) -> Binaries:
    version = cluster.data / "PG_VERSION"
    if version.exists():
        major = int(version.read_text(encoding="utf-8"))
    return find_binaries(cluster.account, cluster.place / "software", major=major)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _postmaster(data: Path) -> int | None:
    """Find the live server of `data`: the process its pid file names, if that runs in `data`.

    After a crash or a restart of the machine the pid may belong to anything.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    if Path("/proc/self/cwd").exists():
        try:
            # A server's working directory is its data directory; a zombie has none.
            return pid if os.readlink(f"/proc/{pid}/cwd") == os.path.realpath(data) else None
        except OSError:
            return None
    told = subprocess.run(  # noqa: S603 - a fixed program and a number
        ["/bin/ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True
    )
    return pid if "postgres" in told.stdout else None


def _disown_stale_pid(cluster: Cluster) -> None:
    """Put our own pid into a stale pid file, which PostgreSQL takes for its starter's.

    It refuses to start while the named pid is alive, whosever it is. Deleting the file would work
    too, but with it goes the check for sessions that still write to the data. The socket's lock
    names the same pid and guards nothing else: the folder is this cluster's own.
    """
    lines = _pid_file(cluster.data)
    if lines:
        file = cluster.data / "postmaster.pid"
        file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]), encoding="utf-8")
    for left in cluster.socket_folder.glob(".s.PGSQL.*"):
        left.unlink()


def _port(cluster: Cluster) -> int:
    lines = _pid_file(cluster.data)
    return int(lines[3]) if len(lines) > 3 and lines[3].strip() else cluster.memory.port


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedPostgresUnavailable("No free port on 127.0.0.1")


def _conninfo(cluster: Cluster) -> str:
    return make_conninfo(
        host=str(cluster.socket_folder),
        port=_port(cluster),
        user=ADMIN,
        password=cluster.memory.admin_password,
        connect_timeout=5,
    )


def _answers(cluster: Cluster, deadline: float) -> bool:
    """Connect, however long recovery takes within the limit; False when the server is gone."""
    while True:
        try:
            psycopg.connect(_conninfo(cluster), dbname="postgres").close()
        except psycopg.OperationalError as refused:
            if "password authentication failed" in str(refused):
                raise EmbeddedPostgresUnavailable(
                    f"The passwords in {cluster.folder} are not those of the data in "
                    f"{cluster.data}. Put the right state.json back, or remove both."
                ) from refused
            if time.monotonic() > deadline:
                raise EmbeddedPostgresUnavailable(
                    f"PostgreSQL does not answer ({refused}); see {cluster.log_file}"
                ) from refused
            if _postmaster(cluster.data) is None:
                return False
            time.sleep(0.1)
        else:
            return True
