"""PDF papers in Chinese: A4 pages set in an embedded font, the same bytes for the same content."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import Align, WrapMode
from fpdf.fonts import FontFace
from pylopdf_fonts_zh_cn import sans_path

from marketplace.papers import Side

_FONT = "Noto Sans SC"
_GREY = (110, 110, 110)
_LINE = (190, 200, 192)
_HEAD = FontFace(fill_color=(232, 240, 234))


class Paper(FPDF):
    """An A4 paper: a heading, particulars in two columns, tables that run over pages."""

    def __init__(self, title: str, *, made_at: datetime, footer: str) -> None:
        super().__init__(format="A4")
        self._footer = footer
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_margins(15, 15, 15)
        self.set_auto_page_break(auto=True, margin=18)
        # Noto Sans SC (SIL OFL 1.1); only the characters used are embedded.
        self.add_font(_FONT, fname=str(sans_path()))
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
        """Add the heading of a part."""
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
