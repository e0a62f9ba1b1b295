"""Where a checkout's server keeps its data, its passwords, its socket and its log."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from fcntl import LOCK_EX, flock
from pathlib import Path

from marketplace.embedded.account import Account, choose_account
from marketplace.embedded.errors import EmbeddedPostgresUnavailable

log = logging.getLogger(__name__)

FIRST_PORT = 54329
# Folders of the system in which root makes a place of its own per checkout.
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the name below is unguessable
# sun_path holds 108 bytes, of which "/.s.PGSQL.65535" and the closing zero take 16.
LONGEST_SOCKET_FOLDER = 90


@dataclass(frozen=True, slots=True)
class Memory:
    """What must be the same at every start; kept in `var/<cluster>/state.json`, mode 0600."""

    place: str | None = None
    port: int = FIRST_PORT
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    owner_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    app_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One server of one checkout: `folder` is in the project, `place` is where its files are."""

    folder: Path
    place: Path
    account: Account
    memory: Memory

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log_file(self) -> Path:
        return self.place / "log" / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Give a folder whose path fits a socket's name and needs no quoting in an address."""
        folder = self.place / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(
            r"[A-Za-z0-9/._-]+", str(folder)
        ):
            return folder
        name = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:16]
        return Path("/tmp") / f"jiedui-{name}"  # noqa: S108 - make_folders() checks whose it is

    def remember(self, **changes: int | str) -> Cluster:
        """Write the memory with `changes`, whole or not at all, and give the changed cluster."""
        changed = replace(self, memory=replace(self.memory, **changes))  # type: ignore[arg-type]
        _write(self.folder / "state.json", changed.memory)
        return changed

    def make_folders(self) -> None:
        """Make the folders that the server's account writes to; nobody else may."""
        for folder in (self.place / "log", self.socket_folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            known = folder.lstat()
            if not stat.S_ISDIR(known.st_mode) or known.st_uid not in {
                os.geteuid(),
                self.account.uid,
            }:
                raise EmbeddedPostgresUnavailable(
                    f"{folder} belongs to somebody else; remove it and start again."
                )
            # Root needs the way in to the socket also where it may not override modes.
            folder.chmod(0o711 if self.account.is_switched else 0o700)
            self.account.own(folder)


@contextmanager
def locked_cluster(root: Path, name: str) -> Iterator[Cluster]:
    """Open the cluster `name` of the checkout `root`, alone: two first starts wait in line here."""
    folder = root.resolve() / "var" / name
    folder.parent.mkdir(exist_ok=True)
    lock_file = folder.with_suffix(".lock")
    with lock_file.open("a") as lock:
        _keep_owner(lock_file)
        flock(lock, LOCK_EX)
        yield _open(folder)


def read_cluster(root: Path, name: str) -> Cluster | None:
    """Read what is known of a cluster without waiting and without making anything."""
    folder = root.resolve() / "var" / name
    memory = _read(folder / "state.json")
    return None if memory is None else _cluster(folder, memory)


def _open(folder: Path) -> Cluster:
    folder.mkdir(mode=0o700, exist_ok=True)
    _keep_owner(folder)
    memory = _read(folder / "state.json")
    if memory is None:
        if (folder / "data").exists():
            raise EmbeddedPostgresUnavailable(
                f"{folder} holds data but its state.json, with the passwords, is gone. "
                f"Put that file back, or remove {folder} to start empty."
            )
        memory = Memory()
    if memory.place is not None and not _is_ours(Path(memory.place), folder):
        memory = replace(memory, place=None)
    if memory.place is None and os.geteuid() == 0 and not (folder / "data").exists():
        memory = replace(memory, place=str(_make_place(folder)))
    _write(folder / "state.json", memory)
    return _cluster(folder, memory)


def _cluster(folder: Path, memory: Memory) -> Cluster:
    place = folder if memory.place is None else Path(memory.place)
    return Cluster(folder, place, choose_account(place / "data"), memory)


def _is_ours(place: Path, folder: Path) -> bool:
    """Tell a checkout that moved, and keeps its data, from a copy, which gets data of its own."""
    named = place / "checkout"
    try:
        maker = Path(named.read_text(encoding="utf-8"))
    except FileNotFoundError:
        log.warning("%s, where the data of %s was, is gone: starting empty", place, folder)
        return False
    if maker == folder:
        return True
    others = _read(maker / "state.json")
    if others is not None and others.place == str(place):
        return False
    named.write_text(str(folder), encoding="utf-8")
    return True


def _make_place(folder: Path) -> Path:
    """Make root's folder for one checkout where an account without rights can reach it."""
    for system in SYSTEM_FOLDERS:
        if not os.access(system, os.W_OK) or not _is_open_to_all(system):
            continue
        parent = system / "jiedui"
        try:
            parent.mkdir(mode=0o755, exist_ok=True)
        except FileExistsError:
            continue
        if parent.is_symlink() or parent.stat().st_uid != 0 or not _is_open_to_all(parent):
            continue
        place = Path(tempfile.mkdtemp(prefix="", dir=parent))
        place.chmod(0o755)
        (place / "checkout").write_text(str(folder), encoding="utf-8")
        return place
    raise EmbeddedPostgresUnavailable(
        "PostgreSQL does not run as root, and none of "
        f"{', '.join(map(str, SYSTEM_FOLDERS))} can hold its data for another account. "
        "Run as an ordinary user, or set DATABASE_URL and DATABASE_OWNER_URL."
    )


def _is_open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def _read(file: Path) -> Memory | None:
    try:
        return Memory(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as unreadable:
        raise EmbeddedPostgresUnavailable(f"{file} cannot be read: {unreadable}") from unreadable


def _write(file: Path, memory: Memory) -> None:
    half = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:
        json.dump(asdict(memory), opened, indent=1)
        opened.flush()
        os.fsync(opened.fileno())
    _keep_owner(half)
    half.replace(file)


def _keep_owner(path: Path) -> None:
    """Let the owner of the project keep what root makes in it, so that both can start it."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid)
