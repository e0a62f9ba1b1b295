"""From which amount on a unit's purchases need a second person, and who may say so."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from marketplace import audit
from marketplace.database import db
from marketplace.errors import Conflict, Forbidden
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.identity.models import Account, AccountState, Membership
from marketplace.language import Text
from marketplace.permissions import Permission, Role
from partners.buying_units.models import BuyingUnit


class ApproverMissing(Conflict):
    """Nobody but the clerk could approve: the purchase would wait for ever."""

    title = Text("本单位还没有其他审批人", "Your unit has no other approver yet")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "请先向平台申请为本单位另一位同事开通审批人角色",
                "Ask the platform to make another colleague of the unit its approver",
            )
        )


class ApprovalRuleLoosenedByClerk(Forbidden):
    """Who buys may tighten the rule, but not loosen it for oneself."""

    title = Text(
        "提高审批起点或停用审批，须由不兼任经办人的审批人操作",
        "The threshold is raised or dropped by an approver who does not buy for the unit",
    )


def ruled_by(actor: Actor) -> ColumnElement[bool]:
    """Return the units whose approval rule the actor may change."""
    return BuyingUnit.id.in_(actor.scopes(Permission.APPROVAL_RULE_WRITE, ScopeKind.BUYING_UNIT))


def set_approval_rule(
    actor: Actor, unit: BuyingUnit, *, approval_from_fen: int | None
) -> BuyingUnit:
    """Have purchases approved from an amount on (0: all; None: none), for a locked unit.

    Raises ApproverMissing while nobody could approve, ApprovalRuleLoosenedByClerk.
    """
    before = unit.approval_from_fen
    if approval_from_fen == before:
        return unit
    is_looser = before is not None and (approval_from_fen is None or approval_from_fen > before)
    if is_looser and not _only_approves(actor, unit.id):
        raise ApprovalRuleLoosenedByClerk
    if approval_from_fen is not None:
        require_other_approver(unit.id, None)
    unit.approval_from_fen = approval_from_fen
    db.session.flush()
    audit.record(
        "buying_unit.approval_rule_set", "buying_unit", unit.id, actor=actor,
        before={"approval_from_fen": before}, after={"approval_from_fen": approval_from_fen},
    )  # fmt: skip
    return unit


def require_other_approver(unit_id: UUID, than_account_id: UUID | None) -> None:
    """Raise ApproverMissing unless somebody else can approve for the unit."""
    condition = exists().where(
        Membership.scope_kind == ScopeKind.BUYING_UNIT,
        Membership.scope_id == unit_id,
        Membership.role == Role.BUYING_UNIT_APPROVER,
        Membership.revoked_at.is_(None),
        Membership.account_id.is_distinct_from(than_account_id),
        Account.id == Membership.account_id,
        Account.state == AccountState.ACTIVE,
    )
    if not db.session.scalar(select(condition)):
        raise ApproverMissing


def _only_approves(actor: Actor, unit_id: UUID) -> bool:
    roles = {grant.role for grant in actor.grants if grant.scope_id == unit_id}
    return Role.BUYING_UNIT_APPROVER in roles and Role.BUYING_UNIT_CLERK not in roles
