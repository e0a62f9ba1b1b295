"""Telling an endpoint's people that it was paused: nobody looks at a log that is quiet."""

import uuid

from marketplace.endpoints.models import Endpoint, PauseReason
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.queries import list_members
from marketplace.notices.service import Telling, tell
from marketplace.notices.wording import Wording
from marketplace.permissions import ROLE_PERMISSIONS, Permission, ScopeKind

_GROUPS = {
    ScopeKind.COOPERATIVE: NoticeGroup.SELLING,
    ScopeKind.BUYING_UNIT: NoticeGroup.PURCHASING,
    ScopeKind.PLATFORM: NoticeGroup.OFFICE,
}
_TITLE = Text("事件推送已自动暂停", "A webhook was paused")
WORDS = {
    PauseReason.FAILING: Text(
        "推送地址“{name}”连续三天未送达，已自动暂停，请检查后恢复并补发。",
        "Nothing was taken at “{name}” for three days, so it was paused; see to it, resume, and send"
        " what was missed.",
    ),
    PauseReason.GONE: Text(
        "推送地址“{name}”回应不再接收，已自动暂停，请核对地址。",
        "“{name}” answered that it is gone, so it was paused; check the address.",
    ),
}


def tell_of_pause(endpoint: Endpoint, reason: PauseReason) -> None:
    """Tell those who may put an endpoint right that it was paused by itself."""
    wording = Wording(_GROUPS[endpoint.scope_kind], _TITLE, WORDS[reason])
    link = f"/desk/webhooks/{endpoint.id}"
    words = wording.say(f"webhook_{reason}", link, {"name": endpoint.label})
    event_id = new_id()
    tell([Telling(event_id, each, words) for each in _people(endpoint)])


def _people(endpoint: Endpoint) -> list[uuid.UUID]:
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.WEBHOOK_WRITE in held]
    scopes = [] if endpoint.scope_id is None else [endpoint.scope_id]
    return list_members(endpoint.scope_kind, scopes, roles).get(endpoint.scope_id, [])
