"""Business days are Shanghai days, and travelling moves every reading of the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace import clock


class TestShanghaiDate:
    def test_changes_at_four_in_the_afternoon_utc(self) -> None:
        assert clock.shanghai_date(datetime(2020, 12, 31, 15, 59, tzinfo=UTC)) == date(2020, 12, 31)
        assert clock.shanghai_date(datetime(2020, 12, 31, 16, 0, tzinfo=UTC)) == date(2021, 1, 1)


class TestTravel:
    def test_moves_now_and_today_and_ends(self) -> None:
        real = clock.now()
        with clock.travel(datetime(2020, 6, 15, 4, tzinfo=UTC)):
            assert clock.today() == date(2020, 6, 15)
            assert clock.travelled_to() is not None
        assert clock.now() >= real
        assert clock.travelled_to() is None

    def test_may_go_on(self, travel: Callable[[datetime], None]) -> None:
        travel(datetime(2020, 6, 15, tzinfo=UTC))
        travel(datetime(2021, 1, 1, tzinfo=UTC))
        assert clock.now().year == 2021

    def test_refuses_a_naive_instant(self) -> None:
        naive = datetime(2020, 1, 1)  # noqa: DTZ001 - the refusal is what is tested
        with pytest.raises(ValueError, match="aware"), clock.travel(naive):
            pass


class TestDeadline:
    def test_names_the_day_that_ends(self) -> None:
        midnight = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
        assert clock.deadline(midnight) == "2026-11-25 24:00"
        assert clock.deadline(midnight - timedelta(minutes=1)) == "2026-11-25 23:59"
