"""Certification in pages: a cooperative applies, offices certify, review, activate or return."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.database import transaction
from marketplace.errors import Conflict, Forbidden, PreconditionFailed, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.cooperatives.queries import find_names
from products.catalogue.queries import find_product_names, lock_product
from products.certificates import queries, service, wording
from products.certificates.models import Certificate, CertificateState
from products.certificates.schemas import ApplyForCertificateSchema, CertificateReasonSchema

blueprint = PageBlueprint("certificates_pages", __name__)

HOME = "/office/certificates"
PAGE = 20

layout.add_workplace(
    45, Text("产品认定", "Certificates"), HOME, "certificate", Permission.CERTIFICATE_CERTIFY
)


@blueprint.post("/desk/products/<uuid:product_id>/certificates")
@requires(Permission.CERTIFICATE_APPLY)
def apply_for_certification(product_id: uuid.UUID) -> Response:
    """Apply for the certification of a product, with its linkage counts."""
    actor, raw = current_actor(), request.form.to_dict()
    with transaction():
        lock_product(actor, product_id, Permission.CERTIFICATE_APPLY)
    entered = forms.load_values(ApplyForCertificateSchema(), _application(raw), raw)
    back = redirect(f"/desk/products/{product_id}", 303)
    if entered.errors:
        layout.tell(
            Text(
                "请填写有效期和带动数，没有的填 0",
                "Give the period and all counts; 0 where there is none",
            ),
            "bad",
        )
        return back
    try:
        with transaction():
            product = lock_product(actor, product_id, Permission.CERTIFICATE_APPLY)
            service.apply_for_certificate(actor, product, **entered.values)
    except (Conflict, Unprocessable) as problem:
        why = next(iter(problem.fields.values()), problem.title)
        layout.tell(why, "bad")
    else:
        layout.tell(Text("认定申请已提交", "The application is sent"))
    return back


def _application(raw: dict[str, str]) -> dict[str, Any]:
    counts = ("linked_households", "linked_villages", "linked_jobs")
    return {
        "valid_from": raw.get("valid_from", ""),
        "valid_to": raw.get("valid_to", ""),
        **{name: forms.whole_typed(raw.get(name, "")) for name in counts},
        "linked_income_fen": forms.fen_typed(raw.get("linked_income_yuan", "")),
    }


@blueprint.get(HOME)
@requires(Permission.CERTIFICATE_CERTIFY)
def show_certificates() -> Response:
    """List the certificates of the region that the reader's office answers for."""
    actor = current_actor()
    given = request.args.get("state", str(CertificateState.APPLIED))
    state = CertificateState(given) if given in set(CertificateState) else None
    page = queries.list_certificates(
        actor, state=state, limit=PAGE, after=request.args.get("after")
    )
    products = find_product_names(one.product_id for one in page.items)
    cooperatives = find_names([one.cooperative_id for one in page.items])
    tabs = [
        {"href": f"{HOME}?state={one}", "label": label, "is_chosen": one is state}
        for one, label in wording.STATES.items()
    ]
    tabs.append(
        {"href": f"{HOME}?state=all", "label": Text("全部", "All"), "is_chosen": state is None}
    )
    return render(
        "certificates/review.html",
        tabs=tabs,
        certificates=[
            {**wording.view(one, actor), "product_name": products[one.product_id],
             "cooperative_name": cooperatives[one.cooperative_id]}
            for one in page.items
        ],
        next_url=f"{HOME}?state={given}&after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.post(f"{HOME}/<uuid:certificate_id>/certify")
@requires(Permission.CERTIFICATE_CERTIFY)
def certify_for_county(certificate_id: uuid.UUID) -> Response:
    """The county certifies."""
    return _step(certificate_id, Permission.CERTIFICATE_CERTIFY, service.certify)


@blueprint.post(f"{HOME}/<uuid:certificate_id>/approve")
@requires(Permission.CERTIFICATE_APPROVE)
def approve_for_city_or_province(certificate_id: uuid.UUID) -> Response:
    """The city reviews, or the province activates."""
    return _step(certificate_id, Permission.CERTIFICATE_APPROVE, service.approve)


@blueprint.post(f"{HOME}/<uuid:certificate_id>/return")
@requires(Permission.CERTIFICATE_CERTIFY)
def return_to_cooperative(certificate_id: uuid.UUID) -> Response:
    """Send an application back with the reason."""
    entered = forms.load(CertificateReasonSchema(), request.form)
    if entered.errors:
        with transaction():
            queries.lock_certificate(
                current_actor(), certificate_id, Permission.CERTIFICATE_CERTIFY
            )
        layout.tell(Text("退回须写明理由", "Say why it is returned"), "bad")
        return redirect(HOME, 303)

    def take(actor: Actor, certificate: Certificate) -> None:
        service.return_application(actor, certificate, **entered.values)

    return _step(certificate_id, Permission.CERTIFICATE_CERTIFY, take)


def _step(
    certificate_id: uuid.UUID,
    permission: Permission,
    take: Callable[[Actor, Certificate], None],
) -> Response:
    actor = current_actor()
    try:
        with transaction():
            certificate = queries.lock_certificate(actor, certificate_id, permission)
            forms.check_version(request.form, certificate.version)
            take(actor, certificate)
            told = wording.STATES[certificate.state]
    except (Conflict, Forbidden, PreconditionFailed) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(told)
    return redirect(HOME, 303)
