"""What the API and the pages do alike around an application, with the transactions in sight."""

from typing import Any

from marketplace.database import transaction
from marketplace.identity import doors as identity
from marketplace.identity.actor import Actor
from marketplace.identity.errors import CodeRefused
from marketplace.identity.models import CodePurpose, masked
from marketplace.identity.sign_in import prove_phone
from marketplace.permissions import Permission
from orders.recoveries import queries, service
from orders.recoveries.evidence import Evidence, Statements, list_evidence
from orders.recoveries.models import Recovery, RecoveryState


def send_code(new_phone: str) -> None:
    """Send a code to the number that is to open the account."""
    identity.send_code(new_phone, CodePurpose.RECOVER)


def apply(code: str, said: dict[str, Any]) -> Recovery:
    """Take an application down; raises CodeRefused after the try was counted."""
    address = identity.address()
    with transaction():
        is_proved = prove_phone(said["new_phone"], code, address, CodePurpose.RECOVER)
    if not is_proved:
        raise CodeRefused(fields={"code": CodeRefused.title})
    statements = Statements(**said | {"order_numbers": tuple(said["order_numbers"])})
    with transaction():
        return service.submit_recovery(statements, address)


class ReadRecovery:
    """An application as one officer sees it; who only audits sees nothing of the person."""

    def __init__(self, actor: Actor, row: Recovery) -> None:
        self.row = row
        self.said: dict[str, Any] | None = None
        self.evidence: list[Evidence] = []
        if actor.is_platform(Permission.RECOVERY_DECIDE):
            said = Statements.unseal(row.sealed)
            self.said = {name: getattr(said, name) for name in said.__slots__} | {
                "old_phone": masked(said.old_phone),
                "new_phone": masked(said.new_phone),
            }
            if row.state is RecoveryState.SUBMITTED:
                self.evidence = list_evidence(said, row.old_phone_index)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def read(actor: Actor, recovery_id: Any) -> ReadRecovery:
    """Return an application that the actor may read, with what of it is true."""
    return ReadRecovery(actor, queries.get_recovery(actor, recovery_id))
