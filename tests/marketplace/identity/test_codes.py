"""One-time codes: good once, for five minutes, for the newest only, and never guessed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity import codes
from marketplace.identity.errors import CodeRequestedTooOften
from marketplace.identity.models import CodePurpose, OneTimeCode
from marketplace.identity.senders import ConsoleSender
from tests.conftest import Committed

PHONE = "13812345678"
HERE = "203.0.113.7"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestRedeemCode:
    def test_takes_the_code_once(self) -> None:
        made = codes.make_code(PHONE, HERE)
        assert codes.redeem_code(PHONE, made.code)
        assert not codes.redeem_code(PHONE, made.code)

    def test_refuses_a_wrong_code_and_then_takes_the_right_one(self) -> None:
        made = codes.make_code(PHONE, HERE)
        assert not codes.redeem_code(PHONE, wrong(made.code))
        assert codes.redeem_code(PHONE, made.code)

    def test_refuses_the_right_code_after_five_wrong_ones(self) -> None:
        made = codes.make_code(PHONE, HERE)
        for _ in range(codes.TRIES):
            assert not codes.redeem_code(PHONE, wrong(made.code))
        assert not codes.redeem_code(PHONE, made.code)

    def test_refuses_a_code_of_another_phone(self) -> None:
        made = codes.make_code(PHONE, HERE)
        assert not codes.redeem_code("13912345678", made.code)

    def test_refuses_a_code_made_for_something_else(self) -> None:
        made = codes.make_code(PHONE, HERE, CodePurpose.CHANGE_PHONE)
        assert not codes.redeem_code(PHONE, made.code)
        assert codes.redeem_code(PHONE, made.code, CodePurpose.CHANGE_PHONE)

    def test_takes_a_code_until_five_minutes_have_passed(self) -> None:
        made, start = codes.make_code(PHONE, HERE), clock.now()
        with clock.travel(start + timedelta(minutes=4, seconds=55)):
            assert codes.redeem_code(PHONE, made.code)

    def test_refuses_a_code_after_five_minutes(self) -> None:
        made, start = codes.make_code(PHONE, HERE), clock.now()
        with clock.travel(start + timedelta(minutes=5, seconds=1)):
            assert not codes.redeem_code(PHONE, made.code)

    def test_refuses_an_older_code_once_a_newer_one_was_made(self) -> None:
        older, start = codes.make_code(PHONE, HERE), clock.now()
        with clock.travel(start + timedelta(seconds=61)):
            newer = codes.make_code(PHONE, HERE)
            if older.code != newer.code:
                assert not codes.redeem_code(PHONE, older.code)
            assert codes.redeem_code(PHONE, newer.code)

    def test_lets_one_of_many_parallel_uses_win(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = codes.make_code(PHONE, HERE)

        def redeem() -> bool:
            with transaction():
                return codes.redeem_code(PHONE, made.code)

        assert sorted(committed.in_parallel(*[redeem] * 6)) == [False] * 5 + [True]

    def test_gives_parallel_guesses_five_tries_in_all(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = codes.make_code(PHONE, HERE)

        def guess() -> bool:
            with transaction():
                return codes.redeem_code(PHONE, wrong(made.code))

        assert committed.in_parallel(*[guess] * 8) == [False] * 8
        with committed.context():
            assert db.session.scalar(select(OneTimeCode.attempts)) == codes.TRIES
            assert not codes.redeem_code(PHONE, made.code)


class TestMakeCode:
    def test_makes_six_digits_that_the_table_does_not_show(self) -> None:
        made = codes.make_code(PHONE, HERE)
        assert len(made.code) == 6
        assert made.code.isdecimal()
        row = str(db.session.execute(text("select * from one_time_codes")).one())
        assert PHONE not in row
        assert HERE not in row
        assert f"'{made.code}'" not in row

    def test_waits_a_minute_between_two(self) -> None:
        start = clock.now()
        codes.make_code(PHONE, HERE)
        with pytest.raises(CodeRequestedTooOften) as refused:
            codes.make_code(PHONE, "198.51.100.1")
        assert 1 <= int(refused.value.headers["Retry-After"]) <= 61
        with clock.travel(start + timedelta(seconds=61)):
            codes.make_code(PHONE, HERE)

    def test_makes_five_an_hour_for_one_phone(self) -> None:
        start = clock.now()
        for i in range(codes.CODES_OF_A_PHONE_PER_HOUR):
            with clock.travel(start + timedelta(minutes=2 * i)):
                codes.make_code(PHONE, f"203.0.113.{i}")
        with clock.travel(start + timedelta(minutes=20)), pytest.raises(CodeRequestedTooOften):
            codes.make_code(PHONE, HERE)
        with clock.travel(start + timedelta(minutes=61)):
            codes.make_code(PHONE, HERE)

    def test_makes_ten_a_day_for_one_phone(self) -> None:
        start = clock.now()
        for i in range(codes.CODES_OF_A_PHONE_PER_DAY):
            with clock.travel(start + timedelta(minutes=40 * i)):
                codes.make_code(PHONE, HERE)
        with clock.travel(start + timedelta(hours=20)), pytest.raises(CodeRequestedTooOften):
            codes.make_code(PHONE, HERE)

    def test_makes_a_hundred_an_hour_for_one_address(self) -> None:
        for i in range(codes.CODES_OF_AN_ADDRESS_PER_HOUR):
            codes.make_code(f"139{i:08d}", HERE)
        with pytest.raises(CodeRequestedTooOften):
            codes.make_code("13888888888", HERE)
        codes.make_code("13888888888", "198.51.100.1")

    def test_makes_one_of_many_asked_for_at_once(self, committed: Committed) -> None:
        def ask() -> None:
            with transaction():
                codes.make_code(PHONE, HERE)

        outcomes = committed.in_parallel(*[ask] * 5)
        assert outcomes.count(None) == 1
        assert sum(isinstance(o, CodeRequestedTooOften) for o in outcomes) == 4


class TestConsoleSender:
    def test_writes_a_line_that_a_person_reads_and_logs_nothing(
        self, capfdbinary: pytest.CaptureFixture[bytes], caplog: pytest.LogCaptureFixture
    ) -> None:
        made = codes.make_code(PHONE, HERE)
        ConsoleSender().send(made)
        written = capfdbinary.readouterr().err.decode()
        assert written == f"测试验证码 {made.code}（手机 138****5678，5 分钟内有效）\n"
        assert caplog.text == ""

    def test_never_shows_a_code_by_accident(self) -> None:
        made = codes.make_code(PHONE, HERE)
        assert made.code not in repr(made)
        assert PHONE not in repr(made)
