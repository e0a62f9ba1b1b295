"""The cooperative's and the reviewer's API: drafts, steps, specs; who may, and what is refused."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.permissions import Role
from products.catalogue.models import ListingState, Product, Sku
from products.certificates.models import CertificateState
from products.listings import queries as listings
from tests.factories.identity import make_account, sign_in
from tests.factories.partners import make_cooperative, office_of
from tests.factories.products import NANJIANG, XINHE, make_product

API = "/api/v1"


@pytest.fixture
def cooperative() -> uuid.UUID:
    return make_cooperative().id


@pytest.fixture
def staff(app: Any, cooperative: uuid.UUID) -> FlaskClient:
    client: FlaskClient = app.test_client()
    sign_in(client, make_account(role=Role.COOPERATIVE_STAFF, scope=cooperative))
    return client


@pytest.fixture
def reviewer(app: Any) -> FlaskClient:
    client: FlaskClient = app.test_client()
    sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
    return client


def facts(cooperative: uuid.UUID, **changes: Any) -> dict[str, Any]:
    return {
        "cooperative_id": str(cooperative),
        "name": "南江核桃",
        "kind": "agricultural",
        "category_code": "walnuts",
        "description": "薄皮核桃。\n产自海拔 1000 米以上。",
        "origin_code": NANJIANG,
        "return_class": "seven_days",
    } | changes


SKU = {"spec": "500 克", "unit": "袋", "weight_g": 500, "price_fen": 3900, "on_hand": 20}


def step(client: FlaskClient, product: dict[str, Any], name: str, **body: Any) -> Any:
    current = client.get(f"{API}/managed-products/{product['id']}")
    return client.post(
        f"{API}/products/{product['id']}/{name}",
        json=body or None,
        headers={"If-Match": current.headers.get("ETag", '"v0"')},
    )


def drafted(client: FlaskClient, cooperative: uuid.UUID, **changes: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/products", json=facts(cooperative, **changes))
    assert answer.status_code == 201, answer.json
    product: dict[str, Any] = answer.json
    added = client.post(f"{API}/products/{product['id']}/skus", json=SKU)
    assert added.status_code == 201, added.json
    return product


class TestLifeOfAListing:
    def test_goes_from_draft_to_the_window_and_back(
        self, staff: FlaskClient, reviewer: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        product = drafted(staff, cooperative)
        assert product["state"] == "draft"
        assert listings.list_page().items == []

        assert step(staff, product, "submit").json["state"] == "submitted"
        waiting = reviewer.get(f"{API}/product-reviews").json["items"]
        assert [row["id"] for row in waiting] == [product["id"]]

        returned = step(reviewer, product, "return", reason="请补充规格说明").json
        assert (returned["state"], returned["return_reason"]) == ("returned", "请补充规格说明")
        assert step(staff, product, "submit").json["return_reason"] is None

        assert step(reviewer, product, "approve").json["state"] == "listed"
        cards = listings.list_page(region=NANJIANG, category="nuts", q="核桃").items
        assert [(card.name, card.price_from_fen) for card in cards] == [("南江核桃", 3900)]

        assert step(staff, product, "pause").json["state"] == "paused"
        assert listings.list_page().items == []
        assert step(staff, product, "resume").json["state"] == "listed"
        assert len(listings.list_page().items) == 1
        assert step(staff, product, "withdraw").json["state"] == "withdrawn"
        assert listings.list_page().items == []
        assert listings.list_page(q="核桃").items == []

        actions = db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_id == product["id"])
            .order_by(AuditEntry.at, AuditEntry.id)
        ).all()
        assert actions == [
            "product.drafted", "product.submitted", "product.returned", "product.submitted",
            "product.approved", "product.paused", "product.resumed", "product.withdrawn",
        ]  # fmt: skip

    @pytest.mark.parametrize("state", list(ListingState))
    @pytest.mark.parametrize("name", ["submit", "approve", "return", "pause", "resume", "withdraw"])
    def test_refuses_every_step_that_does_not_fit_the_state(
        self,
        staff: FlaskClient,
        reviewer: FlaskClient,
        cooperative: uuid.UUID,
        state: ListingState,
        name: str,
    ) -> None:
        fits = {
            "submit": {"draft", "returned"}, "approve": {"submitted"}, "return": {"submitted"},
            "pause": {"listed"}, "resume": {"paused"}, "withdraw": set(ListingState) - {"withdrawn"},
        }  # fmt: skip
        made = make_product(cooperative, state=state)
        client = reviewer if name in ("approve", "return") else staff
        body = {"reason": "原因"} if name == "return" else {}
        answer = step(client, {"id": str(made.id)}, name, **body)
        if state in fits[name]:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json["code"]) == (409, "listing_step_refused")
            assert db.session.get_one(Product, made.id).state is state

    def test_asks_for_the_version_that_was_read(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        product = drafted(staff, cooperative)
        address = f"{API}/products/{product['id']}"
        assert staff.post(f"{address}/submit").status_code == 428
        assert staff.post(f"{address}/submit", headers={"If-Match": '"v9"'}).status_code == 412
        assert staff.patch(address, json={"name": "新名"}).status_code == 428

    def test_keeps_the_submitter_from_approving(
        self, app: Any, cooperative: uuid.UUID, staff: FlaskClient
    ) -> None:
        both = make_account(role=Role.PLATFORM_ADMIN)
        client = app.test_client()
        sign_in(client, both)
        made = make_product(cooperative, state=ListingState.SUBMITTED, submitted_by=both.id)
        answer = step(client, {"id": str(made.id)}, "approve")
        assert (answer.status_code, answer.json["code"]) == (409, "self_review")


class TestCreateProduct:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""), ("name", "   "), ("name", "x" * 61), ("name", "a\x00b"),
            ("name", "\u202eevil"), ("name", 5), ("name", None), ("name", "两\n行"),
            ("kind", "gold"), ("category_code", "gold"), ("category_code", "nuts"),
            ("origin_code", "999999"), ("origin_code", "510000"), ("origin_code", "511900"),
            ("origin_code", "511922; drop"), ("origin_code", 511922),
            ("main_material_code", NANJIANG), ("return_class", "never"),
            ("sc_licence_no", "SC123"), ("sc_licence_no", "SC1234567890123\n"),
            ("shelf_life_days", 0), ("shelf_life_days", -1), ("shelf_life_days", 2**63),
            ("shelf_life_days", 1.5), ("shelf_life_days", True), ("is_prepackaged", "yes"),
            ("description", "x" * 5001), ("price_fen", 1), ("state", "listed"),
            ("cooperative_id", "not-an-id"),
        ],
    )  # fmt: skip
    def test_names_the_field_at_fault_and_writes_nothing(
        self, staff: FlaskClient, cooperative: uuid.UUID, field: str, value: Any
    ) -> None:
        answer = staff.post(f"{API}/products", json=facts(cooperative) | {field: value})
        assert answer.status_code == 422, answer.json
        assert answer.json["fields"].keys() == {field}
        assert db.session.scalar(select(func.count()).select_from(Product)) == 0

    @pytest.mark.parametrize(
        "field", ["cooperative_id", "name", "kind", "category_code", "origin_code", "return_class"]
    )
    def test_names_what_is_missing(
        self, staff: FlaskClient, cooperative: uuid.UUID, field: str
    ) -> None:
        body = facts(cooperative)
        del body[field]
        answer = staff.post(f"{API}/products", json=body)
        assert (answer.status_code, set(answer.json["fields"])) == (422, {field})

    def test_is_made_once_per_idempotency_key(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        headers = {"Idempotency-Key": "product-1"}
        answers = [
            staff.post(f"{API}/products", json=facts(cooperative), headers=headers)
            for _ in range(2)
        ]
        assert answers[0].json == answers[1].json
        assert db.session.scalar(select(func.count()).select_from(Product)) == 1

    def test_refuses_another_cooperative(self, staff: FlaskClient) -> None:
        answer = staff.post(f"{API}/products", json=facts(make_cooperative().id))
        assert answer.status_code == 404
        assert db.session.scalar(select(func.count()).select_from(Product)) == 0


class TestUpdateProduct:
    def patch(self, client: FlaskClient, product_id: uuid.UUID, **changes: Any) -> Any:
        version = db.session.get_one(Product, product_id).version
        return client.patch(
            f"{API}/products/{product_id}", json=changes, headers={"If-Match": f'"v{version}"'}
        )

    def test_changes_a_draft_and_its_version(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        made = make_product(cooperative, state=ListingState.DRAFT, is_certified=False)
        answer = self.patch(staff, made.id, name="空山土豆", kind="processed")
        assert answer.status_code == 200
        assert answer.json["name"] == "空山土豆"
        assert answer.json["judged_origin_code"] is None
        assert answer.headers["ETag"] == '"v2"'

    def test_makes_a_paused_product_a_draft_again(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        made = make_product(cooperative, state=ListingState.PAUSED, is_certified=False)
        assert self.patch(staff, made.id, description="新说明").json["state"] == "draft"

    @pytest.mark.parametrize("state", ["listed", "submitted", "withdrawn"])
    def test_leaves_what_is_listed_or_under_review(
        self, staff: FlaskClient, cooperative: uuid.UUID, state: str
    ) -> None:
        made = make_product(cooperative, state=ListingState(state))
        answer = self.patch(staff, made.id, name="假名")
        assert (answer.status_code, answer.json["code"]) == (409, "product_not_editable")

    @pytest.mark.parametrize(
        "change",
        [{"name": "别的"}, {"origin_code": XINHE}, {"kind": "craft"}, {"category_code": "rice"}],
    )
    @pytest.mark.parametrize("state", ["applied", "county_certified", "active", "suspended"])
    def test_keeps_certified_facts(
        self, staff: FlaskClient, cooperative: uuid.UUID, change: dict[str, str], state: str
    ) -> None:
        made = make_product(
            cooperative, state=ListingState.DRAFT, certificate_state=CertificateState(state)
        )
        answer = self.patch(staff, made.id, **change)
        assert (answer.status_code, set(answer.json["fields"])) == (409, set(change))

    def test_frees_the_facts_of_a_revoked_certificate(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        made = make_product(
            cooperative, state=ListingState.DRAFT, certificate_state=CertificateState.REVOKED
        )
        assert self.patch(staff, made.id, name="别的").status_code == 200

    @pytest.mark.parametrize("body", [{"state": "listed"}, {"version": 7}, {"cooperative_id": "x"}])
    def test_refuses_fields_that_are_not_the_clients(
        self, staff: FlaskClient, cooperative: uuid.UUID, body: dict[str, Any]
    ) -> None:
        made = make_product(cooperative, state=ListingState.DRAFT)
        answer = self.patch(staff, made.id, **body)
        assert (answer.status_code, set(answer.json["fields"])) == (422, set(body))


class TestSubmitProduct:
    @pytest.mark.parametrize(
        ("changes", "gaps"),
        [
            ({"description": ""}, {"description"}),
            ({"category_code": "mutton"}, {"quarantine_certificate_no"}),
            (
                {"category_code": "pastries", "kind": "processed", "is_prepackaged": True},
                {"sc_licence_no", "net_content", "shelf_life_days", "storage_conditions"},
            ),
            (
                {"category_code": "pastries", "kind": "processed"},
                {"shelf_life_days", "storage_conditions"},
            ),
        ],
    )
    def test_names_every_gap(
        self,
        staff: FlaskClient,
        cooperative: uuid.UUID,
        changes: dict[str, Any],
        gaps: set[str],
    ) -> None:
        product = drafted(staff, cooperative, **changes)
        answer = step(staff, product, "submit")
        assert (answer.status_code, answer.json["code"]) == (422, "listing_incomplete")
        assert set(answer.json["fields"]) == gaps
        assert db.session.get_one(Product, uuid.UUID(product["id"])).state is ListingState.DRAFT

    def test_needs_a_spec(self, staff: FlaskClient, cooperative: uuid.UUID) -> None:
        product = staff.post(f"{API}/products", json=facts(cooperative)).json
        assert set(step(staff, product, "submit").json["fields"]) == {"skus"}

    def test_takes_prepackaged_food_with_all_its_label(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        product = drafted(
            staff, cooperative, category_code="pastries", kind="processed", is_prepackaged=True,
            sc_licence_no="SC12451052400018", net_content="400 克", shelf_life_days=180,
            storage_conditions="阴凉干燥处", main_material_code=NANJIANG,
        )  # fmt: skip
        assert step(staff, product, "submit").status_code == 200


class TestSkus:
    def test_keeps_the_lowest_price_on_the_card(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        made = make_product(cooperative, price_fen=5800)
        answer = staff.patch(
            f"{API}/skus/{made.sku.id}", json={"price_fen": 4900}, headers={"If-Match": '"v1"'}
        )
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"v2"')
        assert listings.list_page().items[0].price_from_fen == 4900
        staff.post(f"{API}/products/{made.id}/skus", json=SKU | {"spec": "小袋", "price_fen": 900})
        assert listings.list_page().items[0].price_from_fen == 900
        prices = staff.get(f"{API}/skus/{made.sku.id}/price-changes").json["items"]
        assert [row["price_fen"] for row in prices] == [4900, 5800]

    def test_keeps_one_spec_on_sale_while_listed(
        self, staff: FlaskClient, cooperative: uuid.UUID
    ) -> None:
        made = make_product(cooperative)
        answer = staff.patch(
            f"{API}/skus/{made.sku.id}", json={"is_active": False}, headers={"If-Match": '"v1"'}
        )
        assert (answer.status_code, answer.json["code"]) == (409, "last_sku")
        assert db.session.get_one(Sku, made.sku.id).is_active

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("price_fen", 0), ("price_fen", -1), ("price_fen", 2**63), ("price_fen", 1.5),
            ("price_fen", "100"), ("price_fen", 100_000_001), ("weight_g", 0), ("weight_g", -5),
            ("on_hand", -1), ("on_hand", 1_000_001), ("spec", ""), ("unit", "x" * 11),
            ("reserved", 1), ("cooperative_id", "x"),
        ],
    )  # fmt: skip
    def test_names_the_field_at_fault_and_writes_nothing(
        self, staff: FlaskClient, cooperative: uuid.UUID, field: str, value: Any
    ) -> None:
        made = make_product(cooperative)
        answer = staff.post(f"{API}/products/{made.id}/skus", json=SKU | {field: value})
        assert (answer.status_code, set(answer.json["fields"])) == (422, {field})
        assert db.session.scalar(select(func.count()).select_from(Sku)) == 1

    def test_refuses_the_same_spec_twice(self, staff: FlaskClient, cooperative: uuid.UUID) -> None:
        made = make_product(cooperative)
        answer = staff.post(f"{API}/products/{made.id}/skus", json=SKU)
        assert (answer.status_code, answer.json["code"]) == (409, "spec_taken")

    def test_moves_stock_by_hand(self, staff: FlaskClient, cooperative: uuid.UUID) -> None:
        made = make_product(cooperative, on_hand=10)
        address = f"{API}/skus/{made.sku.id}/stock-moves"
        answer = staff.post(address, json={"kind": "written_off", "quantity": 3, "note": "受潮"})
        assert (answer.status_code, answer.json["quantity"]) == (201, -3)
        assert staff.get(f"{API}/skus/{made.sku.id}").json["on_hand"] == 7
        assert staff.post(address, json={"kind": "written_off", "quantity": 8}).status_code == 409
        moves = staff.get(address).json["items"]
        assert [row["quantity"] for row in moves] == [-3, 10]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"kind": "shipped", "quantity": 1}, "kind"),
            ({"kind": "put_back", "quantity": 1}, "kind"),
            ({"kind": "received", "quantity": 0}, "quantity"),
            ({"kind": "received", "quantity": -1}, "quantity"),
            ({"kind": "corrected", "quantity": 0}, "quantity"),
            ({"kind": "received", "quantity": 1_000_001}, "quantity"),
            ({"kind": "received", "quantity": 1, "order_id": str(uuid.UUID(int=7))}, "order_id"),
        ],
    )
    def test_refuses_moves_that_are_not_a_persons(
        self, staff: FlaskClient, cooperative: uuid.UUID, body: dict[str, Any], field: str
    ) -> None:
        made = make_product(cooperative, on_hand=10)
        answer = staff.post(f"{API}/skus/{made.sku.id}/stock-moves", json=body)
        assert (answer.status_code, set(answer.json["fields"])) == (422, {field})
        assert db.session.get_one(Sku, made.sku.id).on_hand == 10


class TestForeignRows:
    """What belongs to another cooperative is not there."""

    def test_are_not_found(self, staff: FlaskClient) -> None:
        made = make_product(make_cooperative().id, state=ListingState.DRAFT)
        match = {"If-Match": '"v1"'}
        product, sku = f"{API}/products/{made.id}", f"{API}/skus/{made.sku.id}"
        answers = [
            staff.get(f"{API}/managed-products/{made.id}"),
            staff.patch(product, json={"name": "我的"}, headers=match),
            *(staff.post(f"{product}/{s}", headers=match)
              for s in ("submit", "pause", "resume", "withdraw")),
            staff.post(f"{product}/skus", json=SKU),
            staff.get(sku),
            staff.patch(sku, json={"price_fen": 1}, headers=match),
            staff.get(f"{sku}/price-changes"),
            staff.get(f"{sku}/stock-moves"),
            staff.post(f"{sku}/stock-moves", json={"kind": "received", "quantity": 1}),
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert staff.get(f"{API}/managed-products").json["items"] == []
        assert db.session.get_one(Sku, made.sku.id).price_fen == 5800

    def test_stay_out_of_ones_own_list(self, staff: FlaskClient, cooperative: uuid.UUID) -> None:
        mine = make_product(cooperative)
        make_product(make_cooperative().id)
        rows = staff.get(f"{API}/managed-products").json["items"]
        assert [row["id"] for row in rows] == [str(mine.id)]


class TestOfficeReview:
    def test_reaches_its_region_only(self, app: Any, cooperative: uuid.UUID) -> None:
        clients = {}
        for code in (NANJIANG, "511900", XINHE):
            clients[code] = app.test_client()
            office = office_of(code)
            sign_in(clients[code], make_account(role=Role.OFFICE_OFFICER, scope=office.id))
        made = make_product(cooperative, state=ListingState.SUBMITTED, origin_code=NANJIANG)
        row = {"id": str(made.id)}
        assert clients[XINHE].get(f"{API}/product-reviews").json["items"] == []
        assert clients[XINHE].get(f"{API}/managed-products/{made.id}").status_code == 404
        assert step(clients[XINHE], row, "approve").status_code == 404
        assert len(clients["511900"].get(f"{API}/product-reviews").json["items"]) == 1
        assert step(clients[NANJIANG], row, "approve").json["state"] == "listed"
