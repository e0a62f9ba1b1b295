"""PDF papers: what those who write them need to know before the typesetter is loaded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from marketplace.typesetting import Paper

PDF = "application/pdf"

Side = Literal["LEFT", "RIGHT", "CENTER"]


def begin_paper(title: str, *, made_at: datetime, footer: str) -> Paper:
    """Begin an A4 paper under a title."""
    # It reads fonts as it is imported, longer than most of a start takes: only who writes waits.
    from marketplace.typesetting import Paper

    return Paper(title, made_at=made_at, footer=footer)
