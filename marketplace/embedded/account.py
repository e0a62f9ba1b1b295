"""Which account runs the server: PostgreSQL refuses root, so root drops to one without rights."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from marketplace.embedded.errors import EmbeddedPostgresUnavailable

# Debian's server package makes `postgres`; `nobody` is everywhere.
SERVER_ACCOUNTS = ("postgres", "nobody")


class Switch(TypedDict, total=False):
    """The arguments of `subprocess.run` that change the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A system account by its numbers; `is_switched` when it is not the one we run as."""

    uid: int
    gid: int

    @property
    def is_switched(self) -> bool:
        return self.uid != os.geteuid()

    def switch(self) -> Switch:
        if not self.is_switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hand `path` to this account."""
        if self.is_switched:
            os.chown(path, self.uid, self.gid)


def choose_account(data: Path) -> Account:
    """Choose who runs the server of the data directory `data`, which may not exist yet.

    Data that exists stays its owner's: root starting an ordinary user's server runs it as that
    user, so that the user can start it again.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresUnavailable(
        "PostgreSQL does not run as root, and this system has no account "
        f"{' or '.join(SERVER_ACCOUNTS)} to run it as. Run as an ordinary user, or set "
        "DATABASE_URL and DATABASE_OWNER_URL to a server of your own."
    )
