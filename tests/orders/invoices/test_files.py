"""Files of invoices: told by their content, whatever they are called."""

import io
import zipfile

import pytest

from orders.invoices.errors import InvoiceFileTooLarge, InvoiceFileUnreadable
from orders.invoices.files import MAX_BYTES, OFD, XML, read_file

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


class TestReadFile:
    @pytest.mark.parametrize(
        ("upload", "content_type"),
        [
            (PDF, "application/pdf"),
            (zipped(OFD_xml=b"<OFD/>", Doc_0__Document_xml=b"<x/>"), OFD),
            ("<?xml version='1.0' encoding='utf-8'?><EInvoice>发票</EInvoice>".encode(), XML),
        ],
    )
    def test_knows_the_three_kinds(self, upload: bytes, content_type: str) -> None:
        file = read_file(upload)
        assert file.content_type == content_type
        assert file.data == upload

    @pytest.mark.parametrize(
        "upload",
        [
            b"",
            b"hello",
            b"%PDF-1.7 cut short",
            b"PK\x03\x04 no archive",
            zipped(other_xml=b"<x/>"),
            zipped(**{"OFD_xml": b"<OFD/>", "..__evil": b"x"}),
            zipped(OFD_xml=b"<OFD/>", big=b"\0" * (50 * 1024 * 1024)),
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"<html><body/></html>",
            b"<a><b></a>",
            b"<!DOCTYPE a [<!ENTITY b 'bbbb'>]><a>&b;</a>",
            b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        ],
        ids=range(12),
    )
    def test_refuses_everything_else(self, upload: bytes) -> None:
        with pytest.raises(InvoiceFileUnreadable):
            read_file(upload)

    def test_refuses_what_is_too_large(self) -> None:
        with pytest.raises(InvoiceFileTooLarge):
            read_file(PDF + b" " * MAX_BYTES)
