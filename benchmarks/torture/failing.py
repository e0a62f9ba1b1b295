"""Fail points inside a web worker: a kill -9 before a chosen statement of a chosen request.

Armed from outside by a file, which the first matching request takes away by renaming it: exactly
one request dies, whichever worker it meets.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Engine, event

FILE = "fail-point.json"


class _Request(threading.local):
    """How many points the request of this thread has left to live; None for nearly all."""

    left: int | None = None


_current = _Request()


def arm(folder: Path, *, method: str, path: str, point: int) -> None:
    """Let the next request with this method and a path matching the pattern die at a point.

    Points are counted from 1: before each statement and each commit, and last before the answer.
    """
    half = folder / f"{FILE}.new"
    half.write_text(json.dumps({"method": method, "path": path, "point": point}), "utf-8")
    half.replace(folder / FILE)


def disarm(folder: Path) -> bool:
    """Take the fail point away; False when a request had taken it."""
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    return True


def install(app: Flask, folder: Path) -> None:
    """Put the points into an application, in the worker that will run it."""

    def begin() -> None:
        _current.left = _claim(folder)

    def answer(response: Response) -> Response:
        _pass_point()
        _current.left = None
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(answer)
    event.listen(Engine, "before_cursor_execute", _pass_point)
    event.listen(Engine, "commit", _pass_point)


def _claim(folder: Path) -> int | None:
    file = folder / FILE
    try:
        armed = json.loads(file.read_text("utf-8"))
        if request.method != armed["method"] or not re.fullmatch(armed["path"], request.path):
            return None
        file.rename(folder / f"{FILE}.{os.getpid()}-{threading.get_ident()}")
    except FileNotFoundError:
        return None
    return int(armed["point"])


def _pass_point(*_: Any) -> None:
    if _current.left is None:
        return
    _current.left -= 1
    if _current.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
