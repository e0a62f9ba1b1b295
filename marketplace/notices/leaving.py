"""Leaving a group of e-mail by a signed link, without signing in."""

from marketplace import audit
from marketplace.identity.actor import Actor
from marketplace.identity.queries import get_account
from marketplace.notices import links
from marketplace.notices.groups import Channel, NoticeGroup
from marketplace.notices.service import Choice, choose


def group_of(token: str) -> NoticeGroup:
    """Return what a link leaves; raises UnsubscribeLinkWrong."""
    return links.read_unsubscribe_token(token)[1]


def leave(token: str) -> NoticeGroup:
    """Turn the e-mail of a group off; raises UnsubscribeLinkWrong."""
    account_id, group = links.read_unsubscribe_token(token)
    choose(get_account(account_id).id, [Choice(group, Channel.EMAIL, is_on=False)])
    audit.record(
        "notice.unsubscribe", "account", account_id, actor=Actor(id=account_id),
        after={"group": group},
    )  # fmt: skip
    return group
