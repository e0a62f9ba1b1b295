"""Scripts and style sheets travel compressed: on a slow line they are most of a first visit.

Only static files, which hold no secret: a page that mixes a visitor's words with a form token must
not be compressed, since the length would tell the token bit by bit (BREACH).
"""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
SMALLEST = 1024


def register(app: Flask) -> None:
    """Compress static answers for browsers that take it."""
    folder = Path(app.root_path) / "static"

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or not request.accept_encodings["gzip"]:
            return response
        path = folder / (request.view_args or {})["filename"]
        body = _compressed(path, path.stat().st_mtime_ns)
        if body is None:
            return response
        response.close()  # the file that would have been sent
        response.direct_passthrough = False
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)
        return response


@lru_cache(maxsize=64)
def _compressed(path: Path, modified_ns: int) -> bytes | None:
    """Return a file's bytes compressed, kept for this process; None where it is not worth it."""
    content = path.read_bytes()
    return gzip.compress(content, 6) if len(content) >= SMALLEST else None
