"""Adding and ending pairings, alone and at the same moment."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg.errors import CheckViolation, ExclusionViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit import AuditEntry
from marketplace.database import db, transaction
from marketplace.errors import Problem
from partners.pairings import queries, service
from partners.pairings.errors import (
    PairingAlreadyEnded,
    PairingEndsBeforeStart,
    PairingOfOneRegion,
    PairingOrganisationUnknown,
    PairingOverlaps,
)
from partners.pairings.models import Pairing, Relation
from partners.regions.errors import RegionNotAPlace
from tests.conftest import Committed
from tests.factories.partners import PLATFORM_ADMIN, make_pairing


def count_pairings() -> int:
    return db.session.scalar(select(func.count()).select_from(Pairing)) or 0


class TestLoadPairings:
    def test_loads_the_known_pairings_once_with_their_evidence(self) -> None:
        service.load_pairings()
        service.load_pairings()
        assert count_pairings() == 14
        entry = queries.candidates("511922", "331122", date(2020, 6, 1))[0]
        assert entry.is_assumed
        assert "start year assumed" in entry.evidence

    def test_leaves_what_an_officer_has_changed(self) -> None:
        entry = queries.candidates("511922", "330783", date(2026, 1, 1))[0]
        row = queries.lock_pairing(entry.id)
        service.end_pairing(PLATFORM_ADMIN, row, valid_to=date(2027, 12, 31), document="终止文件")
        service.load_pairings()
        assert count_pairings() == 14
        assert queries.get_entry(entry.id).valid_to == date(2027, 12, 31)


class TestAddPairing:
    def test_is_found_at_once_and_audited(self) -> None:
        added = make_pairing()
        found = queries.candidates("652925", "331121", date(2026, 1, 1))
        assert found[0].id == added.id
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == str(added.id))
        ).one()
        assert (entry.action, entry.account_id) == ("pairing.added", PLATFORM_ADMIN.id)

    @pytest.mark.parametrize(
        ("overrides", "problem", "field"),
        [
            ({"east_code": "999999"}, RegionNotAPlace, "east_code"),
            ({"west_code": "659000"}, RegionNotAPlace, "west_code"),
            ({"east_code": "652925"}, PairingOfOneRegion, "west_code"),
            ({"west_code": "331100"}, PairingOfOneRegion, "west_code"),
            ({"valid_to": date(2025, 12, 31)}, PairingEndsBeforeStart, "valid_to"),
            (
                {"west_organisation_code": "xpcc"},
                PairingOrganisationUnknown,
                "west_organisation_code",
            ),
            (
                {"west_organisation_code": "none"},
                PairingOrganisationUnknown,
                "west_organisation_code",
            ),
        ],
    )
    def test_names_the_field_at_fault_and_writes_nothing(
        self, overrides: dict[str, Any], problem: type[Problem], field: str
    ) -> None:
        with pytest.raises(problem) as raised:
            make_pairing(**overrides)
        assert list(raised.value.fields) == [field]
        assert count_pairings() == 14

    @pytest.mark.parametrize(
        ("valid_from", "valid_to"),
        [
            (date(2026, 1, 1), None),
            (date(2020, 1, 1), date(2026, 1, 1)),
            (date(2026, 12, 31), date(2027, 12, 31)),
            (date(2026, 6, 1), date(2026, 6, 1)),
        ],
    )
    def test_refuses_an_overlap_even_of_one_day(
        self, valid_from: date, valid_to: date | None
    ) -> None:
        make_pairing(valid_to=date(2026, 12, 31))
        with pytest.raises(PairingOverlaps) as raised:
            make_pairing(valid_from=valid_from, valid_to=valid_to)
        assert list(raised.value.fields) == ["valid_from"]
        assert count_pairings() == 15

    def test_allows_the_day_after_another_relation_and_an_organisation(self) -> None:
        make_pairing(valid_to=date(2026, 12, 31))
        make_pairing(valid_from=date(2027, 1, 1))
        make_pairing(relation=Relation.COUNTERPART_COOPERATION)
        make_pairing(west_code="650000")
        make_pairing(west_code="650000", west_organisation_code="xpcc")
        assert count_pairings() == 19

    def test_two_overlapping_at_the_same_moment_leave_one(self, committed: Committed) -> None:
        def add() -> bool:
            with transaction():
                make_pairing()
            return True

        results = committed.in_parallel(*[add] * 6)
        assert results.count(True) == 1
        assert [type(r) for r in results if r is not True] == [PairingOverlaps] * 5
        with committed.context():
            assert count_pairings() == 15


class TestEndPairing:
    def test_keeps_earlier_sales_and_stops_later_ones(self) -> None:
        added = make_pairing()
        service.end_pairing(PLATFORM_ADMIN, added, valid_to=date(2026, 11, 30), document="终止文件")
        found = [
            [e.id for e in queries.candidates("652925", "331121", day) if e.id == added.id]
            for day in (date(2026, 11, 30), date(2026, 12, 1))
        ]
        assert found == [[added.id], []]
        assert (added.document, added.end_document) == ("浙对口办〔2026〕1号", "终止文件")
        assert added.version == 2

    def test_refuses_an_end_before_the_start(self) -> None:
        added = make_pairing()
        with pytest.raises(PairingEndsBeforeStart) as raised:
            service.end_pairing(PLATFORM_ADMIN, added, valid_to=date(2025, 1, 1), document="x")
        assert "2026-01-01" in raised.value.fields["valid_to"].zh

    def test_refuses_to_reopen_what_has_ended(self, travel: Any) -> None:
        added = make_pairing(valid_to=date(2026, 6, 30))
        travel(datetime(2026, 6, 30, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
        service.end_pairing(PLATFORM_ADMIN, added, valid_to=date(2026, 6, 30), document="x")
        travel(datetime(2026, 6, 30, 16, 0, tzinfo=UTC))  # the next day there
        with pytest.raises(PairingAlreadyEnded):
            service.end_pairing(PLATFORM_ADMIN, added, valid_to=date(2027, 1, 1), document="x")

    def test_refuses_to_run_into_the_next_pairing(self, travel: Any) -> None:
        travel(datetime(2026, 6, 30, tzinfo=UTC))
        first = make_pairing(valid_to=date(2026, 12, 31))
        make_pairing(valid_from=date(2027, 1, 1))
        with pytest.raises(PairingOverlaps):
            service.end_pairing(PLATFORM_ADMIN, first, valid_to=date(2027, 1, 1), document="x")


class TestConstraints:
    """What the database itself refuses, whoever writes."""

    def _insert(self, **overrides: Any) -> None:
        facts = {"east": "331122", "west": "511922", "start": "2018-06-01", "end": None}
        statement = (
            "insert into pairings (id, east_code, west_code, relation, valid_from, valid_to,"
            " evidence, is_assumed, version) values (gen_random_uuid(), :east, :west,"
            " 'east_west_cooperation', :start, :end, '', false, 1)"
        )
        with db.session.begin_nested():
            db.session.execute(text(statement), facts | overrides)

    @pytest.mark.parametrize(
        ("overrides", "refusal"),
        [
            ({}, ExclusionViolation),
            ({"west": "331122"}, CheckViolation),
            ({"start": "2030-01-02", "end": "2030-01-01"}, CheckViolation),
        ],
    )
    def test_refuses(self, overrides: dict[str, Any], refusal: type[Exception]) -> None:
        with pytest.raises(IntegrityError) as raised:
            self._insert(**overrides)
        assert isinstance(raised.value.orig, refusal)

    def test_takes_a_period_that_touches_none(self) -> None:
        self._insert(start="2030-01-01")
