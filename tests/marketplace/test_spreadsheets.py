"""Tables are written so that nothing in them runs, and read whatever they are called."""

import io
import zipfile
from decimal import Decimal

import pytest

from marketplace.spreadsheets import (
    TableTooLarge,
    TableUnreadable,
    XlsxFile,
    numbered,
    read_rows,
    write_csv,
    yuan_of,
)

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


class TestWriteCsv:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_escapes_what_a_spreadsheet_would_run(self, text: str) -> None:
        assert f"'{text}" in write_csv([[text]]).decode("utf-8-sig")

    def test_leaves_numbers_and_chinese_alone(self) -> None:
        assert read_rows(write_csv([["南江", yuan_of(-150), 3]])) == [["南江", "-1.50", "3"]]


class TestXlsxFile:
    @pytest.mark.parametrize("text", FORMULAS[:4])
    def test_writes_texts_as_texts(self, text: str) -> None:
        file = XlsxFile()
        file.add_sheet("表", [["列"], [text], [Decimal("1.5")]], [10])
        body = file.close()
        assert read_rows(body) == [["列"], [text], ["1.5"]]
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


class TestReadRows:
    def test_reads_what_office_programs_write(self) -> None:
        assert read_rows("付款编号,结果\nFK1,成功\n".encode("gb18030"))[1] == ["FK1", "成功"]
        assert read_rows("\ufeff付款编号\n".encode()) == [["付款编号"]]

    def test_keeps_each_row_at_its_number_in_the_sheet(self) -> None:
        file = XlsxFile()
        file.add_sheet("表", [[], ["列"], [], ["值"], [""]], [10])
        for body in (file.close(), ",\n列\n\n值\n,\n".encode()):
            assert [(at, row[0]) for at, row in numbered(read_rows(body))] == [(2, "列"), (4, "值")]

    @pytest.mark.parametrize(
        "body",
        [b"\xff\xff\xff", b"PK\x03\x04", b"a\0b", b'"open', b"%PDF-1.7\nobj", b"<html>", b"a\x1bb"],
    )
    def test_refuses_what_is_no_table(self, body: bytes) -> None:
        with pytest.raises(TableUnreadable):
            read_rows(body)

    def test_refuses_a_bomb(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("xl/worksheets/sheet1.xml", b"0" * (61 * 1024 * 1024))
        with pytest.raises(TableTooLarge):
            read_rows(out.getvalue())

    def test_refuses_too_many_rows(self) -> None:
        with pytest.raises(TableTooLarge):
            read_rows(b"1\n" * 20_001)

    def test_refuses_too_many_bytes(self) -> None:
        with pytest.raises(TableTooLarge):
            read_rows(b"a" * (5 * 1024 * 1024 + 1))
