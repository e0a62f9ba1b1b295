"""Files of issued invoices: PDF, OFD or XML, told by their content and stored for the buyer only."""

import hashlib
import io
import uuid
import zipfile
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from marketplace import storage
from marketplace.papers import PDF
from orders.invoices.errors import InvoiceFileTooLarge, InvoiceFileUnreadable

MAX_BYTES = 5 * 1024 * 1024
OFD = "application/ofd"
XML = "application/xml"
SUFFIXES = {PDF: "pdf", OFD: "ofd", XML: "xml"}
# An OFD is a ZIP archive; a real one holds some tens of small parts.
_MAX_PARTS = 500
_MAX_UNPACKED = 50 * 1024 * 1024
_OFD_ENTRY = "OFD.xml"


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An upload that may be kept: what it is, and its bytes as they came (they are signed)."""

    content_type: str
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def read_file(upload: bytes) -> InvoiceFile:
    """Check an upload by its content; raises InvoiceFileTooLarge, InvoiceFileUnreadable."""
    if len(upload) > MAX_BYTES:
        raise InvoiceFileTooLarge
    if upload.startswith(b"%PDF-"):
        if b"%%EOF" in upload[-1024:]:
            return InvoiceFile(PDF, upload)
    elif upload.startswith(b"PK\x03\x04"):
        if _is_ofd(upload):
            return InvoiceFile(OFD, upload)
    elif _is_xml(upload):
        return InvoiceFile(XML, upload)
    raise InvoiceFileUnreadable


def _is_ofd(upload: bytes) -> bool:
    """Tell whether an archive is an OFD, by its directory alone: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        return False
    names = {part.filename for part in parts}
    is_bounded = len(parts) <= _MAX_PARTS and sum(p.file_size for p in parts) <= _MAX_UNPACKED
    is_contained = all(not n.startswith(("/", "\\")) and ".." not in n for n in names)
    return _OFD_ENTRY in names and is_bounded and is_contained


def _is_xml(upload: bytes) -> bool:
    """Tell whether it is well-formed XML without entities, and no page that a browser would run."""
    try:
        root = fromstring(upload, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return False
    name = str(root.tag).rpartition("}")[2].lower()
    return name not in ("html", "svg")


def storage_key(cooperative_id: uuid.UUID, digest: str, content_type: str) -> str:
    """Return the key of a file; one cooperative cannot reach another's by the same content."""
    return f"invoices/{cooperative_id}/{digest}.{SUFFIXES[content_type]}"


def keep_file(cooperative_id: uuid.UUID, file: InvoiceFile) -> None:
    """Store a file, before the transaction that names it: without a row it does no harm."""
    storage.store(storage_key(cooperative_id, file.digest, file.content_type), file.data)
