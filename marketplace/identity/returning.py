"""Where to go after signing in: back to the page that asked, and never to another site."""

from urllib.parse import urlencode, urlsplit

from flask import request

LONGEST = 1000


def safe_target(wanted: str | None, default: str = "/") -> str:
    """Return a path of this site, or the default.

    Refused: other schemes and hosts, ``//host``, backslashes (browsers read them as slashes),
    control characters (browsers drop them), and the sign-in pages themselves.
    """
    if not wanted or len(wanted) > LONGEST or not wanted.startswith("/"):
        return default
    if (
        wanted.startswith("//")
        or "\\" in wanted
        or any(ord(c) <= 32 or ord(c) == 127 for c in wanted)
    ):
        return default
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-in", "/sign-out", "/api/")):
        return default
    return wanted


def with_target(path: str, target: str, **more: str) -> str:
    """Return a page's address that remembers where to go afterwards."""
    query = dict(more) if target == "/" else more | {"next": target}
    return f"{path}?{urlencode(query)}" if query else path


def here() -> str:
    """Return where to come back to: this page, or for a form the page that showed it."""
    if request.method in ("GET", "HEAD"):
        return safe_target(request.full_path.rstrip("?"))
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc != request.host:
        return "/"
    return safe_target(referrer.path + (f"?{referrer.query}" if referrer.query else ""))
