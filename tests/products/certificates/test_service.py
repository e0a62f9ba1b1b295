"""Activations that race: one certificate at most vouches for a product on a day."""

import uuid
from collections.abc import Callable

from sqlalchemy import func, select

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor, Grant
from marketplace.ids import new_id
from marketplace.permissions import Permission, Role, ScopeKind
from products.certificates import queries, service
from products.certificates.errors import CertificateOverlaps, CertificateStepRefused
from products.certificates.models import Certificate, CertificateState
from tests.conftest import Committed
from tests.factories.partners import make_cooperative
from tests.factories.products import make_certificate, make_product


def platform() -> Actor:
    return Actor(id=new_id(), grants=(Grant(Role.PLATFORM_ADMIN, ScopeKind.PLATFORM, None),))


def approve(certificate_id: uuid.UUID) -> Callable[[], bool]:
    def run() -> bool:
        actor = platform()
        with transaction():
            row = queries.lock_certificate(actor, certificate_id, Permission.CERTIFICATE_APPROVE)
            service.approve(actor, row)
        return True

    return run


def count_active(committed: Committed) -> int:
    with committed.context():
        statement = select(func.count()).where(Certificate.state == CertificateState.ACTIVE)
        return db.session.scalar(statement) or 0


class TestApprove:
    def test_activates_once_however_many_officers_approve(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = make_product(
                make_cooperative().id, certificate_state=CertificateState.CITY_REVIEWED
            )
            assert made.certificate is not None
            certificate_id = made.certificate.id
        results = committed.in_parallel(*[approve(certificate_id)] * 8)
        assert results.count(True) == 1
        assert sum(isinstance(result, CertificateStepRefused) for result in results) == 7

    def test_activates_one_of_two_that_overlap(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = make_product(make_cooperative().id, is_certified=False)
            ids = [
                make_certificate(made.product, state=CertificateState.CITY_REVIEWED).id
                for _ in range(4)
            ]
        results = committed.in_parallel(*[approve(certificate_id) for certificate_id in ids])
        assert results.count(True) == 1
        assert sum(isinstance(result, CertificateOverlaps) for result in results) == 3
        assert count_active(committed) == 1
