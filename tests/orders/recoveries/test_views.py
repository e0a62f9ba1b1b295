"""Recoveries over HTTP and in pages: no oracle for strangers, the second factor for officers."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.database import db
from marketplace.identity import senders
from marketplace.identity.codes import MadeCode
from marketplace.permissions import Role
from orders.recoveries.models import Recovery, RecoveryState
from orders.recoveries.service import approve_recovery
from tests.factories.identity import browse, make_account, make_actor, sign_in, sign_in_page
from tests.factories.recoveries import NEW, OLD, Loss, apply, make_loss

PATH = "/api/v1/recoveries"


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[MadeCode]:
    sent: list[MadeCode] = []
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: sent.append(made))
    return sent


@pytest.fixture
def loss() -> Loss:
    return make_loss()


def body(loss: Loss, code: str, **changed: object) -> dict[str, object]:
    return {
        "new_phone": NEW,
        "code": code,
        "old_phone": OLD,
        "recipient_name": "示例收货人",
        "order_numbers": [loss.order.order_no],
        "paid_fen": 5800,
    } | changed


class TestApplicant:
    def test_applies_by_a_code_and_follows_by_a_number(
        self, client: FlaskClient, codes: list[MadeCode], loss: Loss
    ) -> None:
        assert client.post(f"{PATH}/codes", json={"new_phone": NEW}).status_code == 202
        assert client.post(PATH, json=body(loss, "000000")).json["code"] == "code_refused"
        sent = client.post(PATH, json=body(loss, codes[-1].code))
        assert (sent.status_code, sent.json["state"]) == (201, "submitted")
        number = {"recovery_no": sent.json["recovery_no"].lower()}
        assert client.post(f"{PATH}/standing", json=number).json["state"] == "submitted"
        unknown = {"recovery_no": "ZH0000-0000-0000"}
        assert client.post(f"{PATH}/standing", json=unknown).status_code == 404

    def test_learns_nothing_of_whether_there_is_an_account(
        self, client: FlaskClient, codes: list[MadeCode], loss: Loss
    ) -> None:
        answers = []
        for new, old in ((NEW, OLD), ("13977777777", "13888888888")):
            client.post(f"{PATH}/codes", json={"new_phone": new})
            said = body(loss, codes[-1].code, new_phone=new, old_phone=old)
            answer = client.post(PATH, json=said)
            answers.append((answer.status_code, sorted(answer.json), answer.json["state"]))
        assert answers[0] == answers[1]

    def test_cannot_use_a_code_for_signing_in(
        self, client: FlaskClient, codes: list[MadeCode], loss: Loss
    ) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": NEW})
        assert client.post(PATH, json=body(loss, codes[-1].code)).status_code == 422
        assert db.session.scalar(select(func.count()).select_from(Recovery)) == 0


class TestOfficer:
    def test_reads_what_is_true_and_starts_the_notice(
        self, client: FlaskClient, loss: Loss
    ) -> None:
        path = f"{PATH}/{apply(loss.said).id}"
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        seen = client.get(path)
        assert seen.json["said"]["old_phone"] == "138****1111"
        [evidence] = seen.json["evidence"]
        assert (evidence["numbers_right"], evidence["is_enough"]) == (1, True)
        assert client.post(f"{path}/approve").status_code == 428
        approved = client.post(f"{path}/approve", headers={"If-Match": seen.headers["ETag"]})
        assert approved.json["state"] == "approved"
        stopped = client.post(f"{path}/stop", json={"reason": "原号码来电"})
        assert stopped.json["state"] == "stopped"

    def test_needs_a_fresh_second_factor(self, client: FlaskClient, loss: Loss) -> None:
        path = f"{PATH}/{apply(loss.said).id}"
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN), stepped_up=False)
        answer = client.post(f"{path}/approve", headers={"If-Match": '"v1"'})
        assert answer.json["code"] == "step_up_required"

    def test_an_auditor_reads_no_word_of_the_person(self, client: FlaskClient, loss: Loss) -> None:
        path = f"{PATH}/{apply(loss.said).id}"
        sign_in(client, make_account(role=Role.AUDITOR))
        seen = client.get(path).json
        assert seen["said"] is None
        assert seen["evidence"] == []


class TestPages:
    def test_lead_an_applicant_through(
        self, client: FlaskClient, codes: list[MadeCode], loss: Loss
    ) -> None:
        browse(client)
        page = client.get("/recover").text
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
        assert found is not None
        form = {"csrf_token": found[1], "new_phone": NEW}
        assert "原手机号码" in client.post("/recover/code", data=form).text
        form |= {"code": codes[-1].code, "old_phone": OLD, "recipient_name": "示例收货人",
                 "paid": "58.00"}  # fmt: skip
        missing = client.post("/recover", data=form)
        assert missing.status_code == 422
        sent = client.post("/recover", data=form | {"order_number_1": loss.order.order_no})
        assert "申请已收到" in sent.text
        number = db.session.scalars(select(Recovery.recovery_no)).one()
        assert number in sent.text
        standing = client.post("/recover/standing", data=form | {"recovery_no": number})
        assert "待核实" in standing.text

    def test_let_the_officer_decide(self, client: FlaskClient, loss: Loss) -> None:
        recovery = apply(loss.said)
        path = f"/desk/recoveries/{recovery.id}"
        token = sign_in_page(client, make_account(role=Role.PLATFORM_ADMIN))
        assert recovery.recovery_no in client.get("/desk/recoveries").text
        assert "1 个相符" in client.get(path).text
        unsaid = apply(loss.said, paid_fen=None, new_phone="+8613900000077")
        assert "没有填写" in client.get(f"/desk/recoveries/{unsaid.id}").text
        form = {"csrf_token": token, "version": "1"}
        assert client.post(f"{path}/decide", data=form | {"decision": "refuse"}).status_code == 422
        done = client.post(f"{path}/decide", data=form | {"decision": "approve"})
        assert done.status_code == 303
        assert "公示期内" in client.get(path).text

    def test_let_the_holder_stop_it(self, client: FlaskClient, loss: Loss) -> None:
        approve_recovery(make_actor(Role.PLATFORM_ADMIN), apply(loss.said))
        token = sign_in_page(client, loss.account)
        assert "不是我，停止" in client.get("/me/recovery").text
        client.post("/me/recovery/stop", data={"csrf_token": token})
        assert "没有人申请" in client.get("/me/recovery").text
        assert db.session.scalars(select(Recovery.state)).one() is RecoveryState.STOPPED
