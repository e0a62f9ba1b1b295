"""PDF papers in Chinese: A4 pages set in an embedded font, the same bytes for the same content."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import cast

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align, WrapMode
from fpdf.fonts import FontFace, SubsetMap, TTFFont
from pylopdf_fonts_zh_cn import sans_path

from marketplace.barcodes import code_128
from marketplace.papers import Side

_FONT = "Noto Sans SC"
_GREY = (110, 110, 110)
_LINE = (190, 200, 192)
# A heading with the head of its table and a row of it.
_PART_MM = 28
_HEAD = FontFace(fill_color=(232, 240, 234))


@cache
def _read_font() -> tuple[TTFFont, bytes, str]:
    """Read Noto Sans SC (SIL OFL 1.1) once a process, and the version of PDF that it asks for."""
    document = FPDF()
    document.add_font(_FONT, fname=str(sans_path()))
    font = cast(TTFFont, document.fonts[_FONT.lower()])
    for table in ("hmtx", "cmap"):
        font.ttfont[table]  # read before the file is closed
    font.ttfont.close()
    return font, sans_path().read_bytes(), document.pdf_version


def _add_font(document: FPDF) -> None:
    """Give a document the font as it was read; only the characters used are embedded.

    Reading its 30,000 glyphs is half the work of a paper. What a document notes in its font, and
    cuts out of the tables, is its own; what setting only looks up is everybody's.
    """
    read, file, document.pdf_version = _read_font()
    font = copy(read)
    font.subset, font.missing_glyphs = SubsetMap(font), []
    font.ttfont = TTFont(BytesIO(file), recalcTimestamp=False, lazy=True)
    widths, characters = copy(read.ttfont["hmtx"]), copy(read.ttfont["cmap"])
    characters.tables = [copy(table) for table in characters.tables]
    font.ttfont.tables |= {"hmtx": widths, "cmap": characters}
    for vertical in ("vhea", "vmtx", "VORG"):
        del font.ttfont[vertical]
    document.fonts[read.fontkey] = font


class Paper(FPDF):
    """An A4 paper: a heading, particulars in two columns, tables that run over pages."""

    def __init__(self, title: str, *, made_at: datetime, footer: str) -> None:
        super().__init__(format="A4")
        self._footer = footer
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_margins(15, 15, 15)
        self.set_auto_page_break(auto=True, margin=18)
        _add_font(self)
        self.set_draw_color(*_LINE)
        self.add_page()
        self.set_font(_FONT, size=18)
        self.cell(text=title, w=0, align=Align.C, new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def footer(self) -> None:
        """Write what stands below every page."""
        self.set_y(-13)
        self.set_font(_FONT, size=7)
        self.set_text_color(*_GREY)
        self.cell(w=150, text=self._footer)
        self.cell(w=0, text=f"第 {self.page_no()} 页", align=Align.R)
        self.set_text_color(0)

    def add_heading(self, text: str) -> None:
        """Add the heading of a part; on the next page where only it would stand on this one."""
        if self.will_page_break(_PART_MM):
            self.add_page()
        self.ln(4)
        self.set_font(_FONT, size=12)
        self.cell(text=text, w=0, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def add_particulars(self, rows: Iterable[tuple[str, str]]) -> None:
        """Add labels with their values."""
        self.set_font(_FONT, size=10)
        with self.table(
            col_widths=(30, 70), first_row_as_headings=False, wrapmode=WrapMode.CHAR,
            line_height=6.5, text_align=("LEFT", "LEFT"), padding=1,
        ) as table:  # fmt: skip
            for label, value in rows:
                row = table.row()
                row.cell(label)
                row.cell(value)

    def add_table(
        self, rows: Iterable[Sequence[str]], widths: Sequence[int], sides: Sequence[Side]
    ) -> None:
        """Add a table; its first row is the heading, repeated on every page."""
        self.set_font(_FONT, size=8)
        with self.table(
            col_widths=tuple(widths), wrapmode=WrapMode.CHAR, line_height=5,
            text_align=tuple(sides), headings_style=_HEAD, padding=0.8,
        ) as table:  # fmt: skip
            for cells in rows:
                table.row(list(cells))

    def add_note(self, text: str) -> None:
        """Add a sentence in small grey type."""
        self.ln(2)
        self.set_font(_FONT, size=8)
        self.set_text_color(*_GREY)
        self.multi_cell(w=0, text=text, wrapmode=WrapMode.CHAR)
        self.set_text_color(0)

    def close_up(self) -> bytes:
        """Finish the paper and return it."""
        return bytes(self.output())


class Labels(FPDF):
    """Labels for a thermal printer, one a page: black on white, without any grey."""

    def __init__(self, width_mm: int, height_mm: int, *, made_at: datetime) -> None:
        super().__init__(unit="mm", format=(width_mm, height_mm))
        self._edge = 3.0
        self.set_title("面单")
        self.set_creation_date(made_at)
        self.set_margins(self._edge, self._edge, self._edge)
        self.set_auto_page_break(auto=False)
        _add_font(self)

    def begin_label(self) -> None:
        """Begin the next label."""
        self.add_page()

    def add_line(self, text: str, *, size: float = 9, lines: int = 1) -> None:
        """Write a text over at most so many lines; what does not fit is left out."""
        self.set_font(_FONT, size=size)
        height = size * 0.46
        wrapped = cast(
            list[str],
            self.multi_cell(
                w=0, h=height, text=text, wrapmode=WrapMode.CHAR, dry_run=True, output="LINES"
            ),
        )
        for line in wrapped[:lines]:
            self.cell(w=0, h=height, text=line, new_x="LMARGIN", new_y="NEXT")

    def add_rule(self) -> None:
        """Draw a line across the label."""
        y = self.get_y() + 1
        self.line(self._edge, y, self.w - self._edge, y)
        self.set_y(y + 1)

    def add_barcode(self, text: str, height_mm: float) -> None:
        """Draw a code across the label, with its text below."""
        widths = code_128(text)
        # Ten modules of white on either side are part of the code.
        module = min((self.w - 2 * self._edge) / (sum(widths) + 20), 0.5)
        x = (self.w - module * sum(widths)) / 2
        for place, width in enumerate(widths):
            if place % 2 == 0:
                self.rect(x, self.get_y(), module * width, height_mm, style="F")
            x += module * width
        self.set_y(self.get_y() + height_mm)
        self.set_font(_FONT, size=9)
        self.cell(w=0, h=4.5, text=text, align=Align.C, new_x="LMARGIN", new_y="NEXT")

    def close_up(self) -> bytes:
        """Finish the labels and return them."""
        return bytes(self.output())
