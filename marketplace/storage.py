"""Files: stored under a key in the local folder ``var/files``; the key is ours, never a client's."""

import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from flask import current_app

from marketplace.errors import NotFound

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_.-]*)+")


def _path(key: str) -> Path:
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"not a storage key: {key!r}")
    root: Path = current_app.config["SETTINGS"].var_dir / "files"
    return root / key


def store(key: str, data: bytes) -> None:
    """Write a file whole or not at all; the same key again replaces it."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def keep(key: str, made: Path) -> None:
    """Keep a file that was written elsewhere on this disk; it is moved, whole or not at all."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)


def workshop() -> Path:
    """Return a folder on the disk of the stored files, for files that are still being written."""
    folder: Path = current_app.config["SETTINGS"].var_dir / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_(key: str) -> BinaryIO:
    """Open a stored file to be read piece by piece; raises NotFound."""
    try:
        return _path(key).open("rb")
    except FileNotFoundError:
        raise NotFound from None


def read(key: str) -> bytes:
    """Return a stored file; raises NotFound."""
    try:
        return _path(key).read_bytes()
    except FileNotFoundError:
        raise NotFound from None


def remove(key: str) -> None:
    """Delete a stored file; one that is gone already is fine."""
    _path(key).unlink(missing_ok=True)
