"""The meter of a torture run sees what is lost and what is doubled."""

from __future__ import annotations

from pathlib import Path

from benchmarks.torture.records import Records
from marketplace.ids import new_id
from tests.conftest import Committed


class TestJudge:
    def test_finds_nothing_where_nothing_was_acknowledged(
        self, committed: Committed, tmp_path: Path
    ) -> None:
        with committed.context():
            assert Records(tmp_path / "case.jsonl").judge(committed.url).is_clean

    def test_counts_what_was_acknowledged_and_is_not_there(
        self, committed: Committed, tmp_path: Path
    ) -> None:
        records = Records(tmp_path / "case.jsonl")
        trade_id = new_id()
        records.acknowledge_placed(trade_id, 100)
        records.acknowledge_paid(trade_id)
        with committed.context():
            verdict = records.judge(committed.url)
        assert (verdict.acked_lost, verdict.is_clean) == (2, False)
        assert str(trade_id) in (tmp_path / "case.jsonl").read_text("utf-8")

    def test_counts_another_answer_to_the_same_key(
        self, committed: Committed, tmp_path: Path
    ) -> None:
        records = Records(tmp_path / "case.jsonl")
        records.count("doubled")
        with committed.context():
            assert records.judge(committed.url).duplicated_effects == 1
