"""What a form said, kept while its sender shows a second factor: on their own page, sealed.

Nothing of it is stored. The page that asks for the code carries the form, sealed and bound to the
session for as long as a second factor is good; the answer to a right code sends it again, by the
browser and with a form token of its own, so that every check of the form's own address holds as
ever. Docs: ``docs/decisions/0154-a-form-waits-for-the-second-factor.md``.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from flask import request

from marketplace import clock, secrets
from marketplace.identity.actor import STEP_UP_GOOD_FOR, current_actor
from marketplace.identity.returning import safe_target
from marketplace.pages import CSRF_FIELD

FIELD = "kept"
# Beyond this the form is not carried along: it would be sent thrice.
LONGEST = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """Where a form goes, what it said, and which files were chosen (which no page can carry)."""

    action: str
    fields: list[tuple[str, str]]
    files: list[tuple[str, str]]


def seal_form() -> str | None:
    """Return the form of this request, sealed; None where it is none, or cannot be sent again."""
    if request.method != "POST" or request.headers.get("HX-Request"):
        return None
    action = safe_target(request.full_path.rstrip("?"))
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != CSRF_FIELD]
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    text = orjson.dumps(
        {
            "session_id": current_actor().session_id,
            "at": clock.now(),
            "action": action,
            "fields": fields,
            "files": [pair for pair in files if pair[1]],
        }
    ).decode()
    if action == "/" or len(text) > LONGEST:
        return None
    return base64.urlsafe_b64encode(secrets.seal(text)).decode()


def unseal_form(sealed: str) -> KeptForm | None:
    """Return a form that this session sealed just now; None for anything else."""
    try:
        kept: dict[str, Any] = orjson.loads(secrets.unseal(base64.urlsafe_b64decode(sealed)))
        at = datetime.fromisoformat(kept["at"])
        is_own = kept["session_id"] == str(current_actor().session_id)
    except (binascii.Error, InvalidTag, ValueError, KeyError, TypeError):
        return None
    if not is_own or clock.now() >= at + STEP_UP_GOOD_FOR:
        return None
    return KeptForm(
        action=kept["action"],
        fields=[(name, value) for name, value in kept["fields"]],
        files=[(name, file) for name, file in kept["files"]],
    )
