"""Writing templates at the same moment."""

from marketplace.database import db, transaction
from orders.freight.errors import FreightTemplateNameTaken
from orders.freight.models import Basis, FreightTemplate
from orders.freight.service import create_template
from tests.conftest import Committed
from tests.factories.freight import zone
from tests.factories.orders import make_market
from tests.orders.invariants import broken


class TestCreateTemplate:
    def test_at_the_same_moment_leaves_one_default_and_one_of_each_name(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            seller = make_market().nanjiang
            actor, cooperative_id = seller.actor, seller.id

        def creating(name: str) -> object:
            def run() -> object:
                with transaction():
                    return create_template(
                        actor, cooperative_id, name=name, basis=Basis.PIECE, zones=[zone()],
                        is_default=True,
                    ).id  # fmt: skip

            return run

        names = ["常温", "常温", "冷链", "冷链"]
        answers = committed.in_parallel(*[creating(name) for name in names])  # type: ignore[arg-type]
        refused = [type(one) for one in answers if isinstance(one, Exception)]
        assert refused == [FreightTemplateNameTaken] * 2
        with committed.context():
            assert db.session.query(FreightTemplate).filter_by(is_default=True).count() == 1
            assert broken() == []
