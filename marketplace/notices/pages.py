"""The pages of notices: the inbox, what comes by which channel, links from e-mail, what failed."""

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout, secrets
from marketplace.database import transaction
from marketplace.errors import NotFound, Problem, TooManyRequests, Unavailable, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.identity.queries import get_account
from marketplace.language import Text
from marketplace.notices import leaving, mailing, queries, resending, service
from marketplace.notices.groups import ALWAYS, Channel, NoticeGroup
from marketplace.notices.schemas import MailAddressSchema
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission, ScopeKind

blueprint = PageBlueprint("notices_pages", __name__)

INBOX, CHOICES, UNDELIVERED = "/messages", "/me/notices", "/desk/undelivered"
PAGE, MOST_UNDELIVERED = 20, 200

layout.add_workplace(61, Text("未送达", "Undelivered"), UNDELIVERED, "flag", Permission.AUDIT_READ)


def _count_unread() -> int:
    actor = current_actor()
    return 0 if actor.is_anonymous else queries.count_unread(actor.account_id)


layout.count_notices_with(_count_unread)


@blueprint.get(INBOX)
@requires(Permission.ACCOUNT_SELF)
def show_inbox() -> Response:
    """Show what the reader was told, newest first."""
    page = queries.list_notices(current_actor(), PAGE, request.args.get("after"))
    more_url = f"{INBOX}?after={page.next}" if page.next else None
    return render("notices/inbox.html", notices=page.items, more_url=more_url)


@blueprint.post(f"{INBOX}/read")
@requires(Permission.ACCOUNT_SELF)
def read_all_notices() -> Response:
    """Mark everything as read."""
    with transaction():
        service.read_notices(current_actor(), None)
    return redirect(INBOX, 303)


@blueprint.post(f"{INBOX}/<uuid:notice_id>/open")
@requires(Permission.ACCOUNT_SELF)
def open_notice(notice_id: uuid.UUID) -> Response:
    """Go to what a notice is about; it is read from now on."""
    with transaction():
        link = service.open_notice(current_actor(), notice_id).link
    return redirect(link, 303)


# Who has no such role gets no such notices; what was chosen before stays as it is.
_OF_SCOPES = {
    NoticeGroup.PURCHASING: {ScopeKind.BUYING_UNIT},
    NoticeGroup.SELLING: {ScopeKind.COOPERATIVE},
    NoticeGroup.SETTLEMENT: {ScopeKind.COOPERATIVE},
    NoticeGroup.OFFICE: {ScopeKind.OFFICE, ScopeKind.PLATFORM},
}


def _groups() -> list[NoticeGroup]:
    """Return the groups that concern the reader."""
    held = {grant.scope_kind for grant in current_actor().grants}
    return [group for group in NoticeGroup if group not in _OF_SCOPES or held & _OF_SCOPES[group]]


def _choices_page(problem: Problem | None = None, entered: forms.Entered | None = None) -> Response:
    actor = current_actor()
    mail = queries.find_mail(actor.account_id)
    chosen = {(one.group, one.channel): one.is_on for one in service.list_own_choices(actor)}
    return render(
        "notices/choices.html",
        200 if problem is None else problem.status,
        groups=_groups(),
        always=ALWAYS,
        channels=list(Channel),
        chosen=chosen,
        phone=get_account(actor.account_id).phone_masked,
        mail=mail,
        address=None if mail is None else secrets.unseal(mail.address_sealed),
        is_mail_offered=mailing.is_offered(),
        refusal=problem,
        entered=entered or forms.Entered({}),
    )


@blueprint.get(CHOICES)
@requires(Permission.ACCOUNT_SELF)
def show_notice_choices() -> Response:
    """Show which notices come by which channel."""
    return _choices_page()


@blueprint.post(CHOICES)
@requires(Permission.ACCOUNT_SELF)
def save_notice_choices() -> Response:
    """Keep what was ticked."""
    ticked = set(request.form.getlist("on"))
    choices = [
        service.Choice(group, channel, is_on=f"{group}:{channel}" in ticked)
        for group in _groups()
        for channel in Channel
    ]
    with transaction():
        service.choose(current_actor().account_id, choices)
    layout.tell(Text("已保存", "Saved"))
    return redirect(CHOICES, 303)


@blueprint.post(f"{CHOICES}/mail")
@requires(Permission.ACCOUNT_SELF)
def give_mail_address() -> Response:
    """Write an e-mail address down and send it a link."""
    entered = forms.load(MailAddressSchema(), request.form)
    if entered.errors:
        return _choices_page(Unprocessable(), entered)
    try:
        mailing.ask_to_confirm(current_actor(), entered.values["address"])
    except (TooManyRequests, Unavailable) as problem:
        return _choices_page(problem, entered)
    layout.tell(
        Text(
            "确认邮件已发出，请在 24 小时内打开",
            "A confirmation is on its way; open it within a day",
        )
    )
    return redirect(CHOICES, 303)


@blueprint.post(f"{CHOICES}/mail/remove")
@requires(Permission.ACCOUNT_SELF)
def remove_mail_address() -> Response:
    """Forget the e-mail address."""
    with transaction():
        mailing.remove(current_actor())
    layout.tell(Text("邮箱已删除", "The e-mail address is removed"))
    return redirect(CHOICES, 303)


@blueprint.get("/confirm-mail/<token>")
@requires(Permission.PUBLIC)
def show_mail_confirmation(token: str) -> Response:
    """Ask whoever opened the link to confirm: mail programs open links by themselves."""
    mailing.check_link(token)
    return render("notices/link.html", is_mail=True, group=None, is_done=False)


@blueprint.post("/confirm-mail/<token>")
@requires(Permission.PUBLIC)
def confirm_mail_address(token: str) -> Response:
    """Use the address from now on."""
    with transaction():
        mailing.confirm(token)
    return render("notices/link.html", is_mail=True, group=None, is_done=True)


@blueprint.get("/unsubscribe/<token>")
@requires(Permission.PUBLIC)
def show_unsubscribing(token: str) -> Response:
    """Ask whoever opened the link whether the e-mail should end."""
    return render("notices/link.html", is_mail=False, group=leaving.group_of(token), is_done=False)


@blueprint.post("/unsubscribe/<token>")
@requires(Permission.PUBLIC)
def unsubscribe(token: str) -> Response:
    """End the e-mail of a group."""
    with transaction():
        group = leaving.leave(token)
    return render("notices/link.html", is_mail=False, group=group, is_done=True)


@blueprint.get(UNDELIVERED)
@requires(Permission.AUDIT_READ)
def show_undelivered() -> Response:
    """List the messages that were given up; to whom they were is not shown."""
    rows = queries.list_undelivered(MOST_UNDELIVERED)
    return render(
        "notices/undelivered.html",
        rows=rows,
        channels=sorted({row.message.channel for row in rows}),
        may_resend=current_actor().is_platform(Permission.NOTICE_RESEND),
        most=resending.AT_ONCE,
    )


@blueprint.post(f"{UNDELIVERED}/messages/<uuid:message_id>")
@requires(Permission.NOTICE_RESEND)
def resend_message(message_id: uuid.UUID) -> Response:
    """Put one message on its way again."""
    with transaction():
        count = int(resending.resend_message(current_actor(), message_id))
    return _resent(count)


@blueprint.post(f"{UNDELIVERED}/channels/<channel>")
@requires(Permission.NOTICE_RESEND)
def resend_channel(channel: str) -> Response:
    """Put everything that a channel's provider did not take on its way again."""
    if channel not in set(Channel):
        raise NotFound
    with transaction():
        count = resending.resend_all(current_actor(), Channel(channel))
    return _resent(count)


def _resent(count: int) -> Response:
    if count:
        layout.tell(Text("{n} 条正在重新发送", "{n} on their way again").format(n=count), "waiting")
    else:
        layout.tell(Text("没有要重新发送的", "There is nothing to send again"), "waiting")
    return redirect(UNDELIVERED, 303)
