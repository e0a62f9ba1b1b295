"""The environment of a development machine: what `Settings` needs and nobody should have to type."""

import json
import os
import secrets
from pathlib import Path

# Each is made once per checkout. Outside development `Settings` refuses to start without them.
SECRETS = ("SECRET_KEY", "SANDBOX_WEBHOOK_SECRET")


def environment(root: Path) -> dict[str, str]:
    """Give this process's environment, completed unless it names another kind than development."""
    given = dict(os.environ)
    if given.setdefault("JIEDUI_ENV", "development") != "development":
        return given
    made = _secrets(root / "var" / "secrets.json")
    # The terminal is for what to open and for sign-in codes, not for a line per request.
    return {"LOG_LEVEL": "WARNING", "VAR_DIR": str(root / "var")} | made | given


def _secrets(file: Path) -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        made = {}
    missing = [name for name in SECRETS if name not in made]
    if missing:
        made |= {name: secrets.token_urlsafe(48) for name in missing}
        file.parent.mkdir(exist_ok=True)
        half = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            json.dump(made, opened, indent=1)
        half.replace(file)
    return made
