"""The newest digest of every ledger, kept outside the database.

Whoever could cut off a chain's last links inside the database would have to change this file
too; the operator may put it on another machine (``LEDGER_HEADS_FILE``) or publish it.
"""

import os
import tempfile
from pathlib import Path
from typing import TypedDict

import orjson
from flask import current_app

from config.settings import Settings
from marketplace.days.ledgers import list_ledgers
from marketplace.days.queries import find_newest_link


class Head(TypedDict):
    """A chain's newest link as it is written down; sequence 0 while there is none."""

    sequence: int
    folded_on: str | None
    hash: str


def heads_file() -> Path:
    """Return where the heads are kept."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.ledger_heads_file or settings.var_dir / "ledger-heads.json"


def read_heads() -> dict[str, Head]:
    """Return the heads kept outside by ledger; nothing where none was ever written."""
    try:
        heads: dict[str, Head] = orjson.loads(heads_file().read_bytes())
    except FileNotFoundError:
        return {}
    return heads


def write_heads() -> None:
    """Write the newest link of every chain; after the fold's commit, whole or not at all."""
    heads: dict[str, Head] = {}
    for ledger in list_ledgers():
        link = find_newest_link(ledger.name)
        heads[ledger.name] = {
            "sequence": link.sequence if link else 0,
            "folded_on": link.folded_on.isoformat() if link else None,
            "hash": bytes(link.hash).hex() if link else "",
        }
    path = heads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
        new.write(orjson.dumps(heads, option=orjson.OPT_INDENT_2))
        new.flush()
        os.fsync(new.fileno())
    Path(new.name).replace(path)
