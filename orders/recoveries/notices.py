"""What the lost number and the new one are told: sent by a job, outside any transaction."""

import uuid

from flask import current_app

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.identity.senders import sender_for
from marketplace.language import Text
from orders.recoveries.evidence import Statements
from orders.recoveries.models import Recovery, RecoveryState

TO_OLD = Text(
    "【结对集市】有人申请把您的账号转到另一个手机号，{day} 生效。如非本人，请在此之前用本号码登录，"
    "在“我的账号—找回申请”中点“停止”。",
    "[Jiedui] Somebody asks to move your account to another number on {day}. If it was not you, sign"
    " in with this number before then and stop it under “My account — Recovery”.",
)
TO_NEW = Text(
    "【结对集市】找回申请 {number} 已核实，公示期满（{day}）后可用本号码登录原账号。",
    "[Jiedui] Application {number} is confirmed; from {day} on this number opens the account.",
)
DONE = Text(
    "【结对集市】您的账号已转到新的手机号，原号码不能再登录。",
    "[Jiedui] Your account has moved to its new number; the old one no longer opens it.",
)


@jobs.task("orders.send_recovery_notice")
def send_recovery_notice(recovery_id: str) -> None:
    """Tell both numbers that a recovery was approved, or that it is done. Sent again if it fails."""
    with transaction():
        recovery = db.session.get_one(Recovery, uuid.UUID(recovery_id))
        messages = _messages(recovery)
    sender = sender_for(current_app.config["SETTINGS"])
    for phone, text, template, values in messages:
        sender.send_notice(phone, str(text.format(**values)), template, values)


def _messages(recovery: Recovery) -> list[tuple[str, Text, str, dict[str, str]]]:
    said = Statements.unseal(recovery.sealed)
    if recovery.state is RecoveryState.COMPLETED:
        return [
            (phone, DONE, "recovery_done", {})
            for phone in dict.fromkeys((said.old_phone, said.new_phone))
        ]
    if recovery.state is not RecoveryState.APPROVED or recovery.completes_at is None:
        return []
    day = clock.shanghai_date(recovery.completes_at).isoformat()
    return [
        (said.old_phone, TO_OLD, "recovery_to_old", {"day": day}),
        (said.new_phone, TO_NEW, "recovery_to_new", {"number": recovery.recovery_no, "day": day}),
    ]
